//! The forms as a browser without script sends them: to their page's own address. The same code runs as with script;
//! what cannot be saved comes back as the page with all that was typed.

use app::customers::model::field::Field;
use app::customers::place::{self, Place};
use app::customers::query::CustomerQuery;
use app::customers::service::flash::{self, Failed};
use app::customers::service::{self, columns};
use app::customers::submission::Submission;
use app::customers::view::deed::Deed;
use app::customers::view::{CustomerForm, Moved, Outcome, Problem};
use app::error::AppError;
use app::people::model::roles::Right;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use uuid::Uuid;

use crate::desk::{Desk, Forms, Sent, elsewhere, to};
use crate::limits::status;

/// The addresses that these forms are sent to.
pub fn forms() -> Forms {
    Forms::default()
        .at("/customers/new", post(save))
        .at("/customers/{id}/edit", post(save))
        .at("/customers/{id}/delete", post(delete))
        .at("/customers/{id}/restore", post(restore).get(to("/customers/deleted")))
        .at("/customers/columns", post(choose_columns).get(to("/customers")))
}

async fn save(State(desk): State<Desk>, parts: Parts, body: String) -> Response {
    let Some(submission) = Submission::parse(&body) else {
        return (
            StatusCode::BAD_REQUEST,
            "This is not the form of a customer. Go back and send it again.",
        )
            .into_response();
    };
    let context = desk.for_request(&parts);
    match context.caller.with_right(Right::EditCustomers) {
        Ok(_) => {}
        Err(AppError::SignedOut) => return desk.sign_in_first(parts, &body).await,
        // What was typed stays in the sender's page, whoever it is.
        Err(error) => return unsaved(desk, parts, submission, &error).await,
    }
    if Sent::read(&body).is_resumed() {
        let problem = Problem {
            message: "You are signed in again. What you typed is back, and not saved yet.".into(),
            status: StatusCode::OK.as_u16(),
            customer: None,
        };
        let form: CustomerForm = submission.again(Default::default(), Some(problem));
        return desk.page_with(parts, StatusCode::OK, form).await;
    }
    let (writer, sent) = (context.clone(), submission.clone());
    match context.write(async move { service::save(&writer, sent).await }).await {
        Ok(Outcome::Done { deed, customer }) => done(&desk, &closed(&parts.uri), deed, customer.id),
        Ok(Outcome::Again(form)) => {
            let code = form.problem.as_ref().map_or(422, |problem| problem.status);
            desk.page_with(parts, StatusCode::from_u16(code).unwrap_or_default(), *form)
                .await
        }
        Err(error) => unsaved(desk, parts, submission, &error).await,
    }
}

/// The form with all that was typed, after a fault.
async fn unsaved(desk: Desk, parts: Parts, submission: Submission, error: &AppError) -> Response {
    let problem = Problem {
        message: error.to_string(),
        status: error.status(),
        customer: None,
    };
    let form: CustomerForm = submission.again(Default::default(), Some(problem));
    desk.page_with(parts, status(error), form).await
}

async fn delete(State(desk): State<Desk>, Path(id): Path<Uuid>, parts: Parts) -> Response {
    let context = desk.for_request(&parts);
    if let Err(error) = context.caller.with_right(Right::EditCustomers) {
        return refused(desk, parts, error).await;
    }
    let writer = context.clone();
    match context.write(async move { service::delete(&writer, id).await }).await {
        Ok(Moved::Done(customer)) => {
            let list = place::list(&place::list_part(parts.uri.query().unwrap_or_default()));
            done(&desk, &list, Deed::Deleted, customer.id)
        }
        // The page of the same address says that the customer is gone, or that the database is.
        Ok(Moved::Refused(_)) => desk.page_with(parts, StatusCode::CONFLICT, ()).await,
        Err(error) => desk.page_with(parts, status(&error), ()).await,
    }
}

async fn restore(State(desk): State<Desk>, Path(id): Path<Uuid>, parts: Parts) -> Response {
    let context = desk.for_request(&parts);
    let parts = elsewhere(parts, "/customers/deleted");
    if let Err(error) = context.caller.with_right(Right::EditCustomers) {
        return refused(desk, parts, error).await;
    }
    let writer = context.clone();
    let (code, message) = match context.write(async move { service::restore(&writer, id).await }).await {
        Ok(Moved::Done(customer)) => return done(&desk, &place::record(customer.id, ""), Deed::Restored, customer.id),
        Ok(Moved::Refused(problem)) => (StatusCode::CONFLICT, problem.message),
        Err(error) => (status(&error), error.to_string()),
    };
    desk.page_with(parts, code, Failed(message)).await
}

/// Signing in first; or the page of the address, which says that this is not allowed.
async fn refused(desk: Desk, parts: Parts, error: AppError) -> Response {
    match error {
        AppError::SignedOut => desk.sign_in_first(parts, "").await,
        error => desk.page_with(parts, status(&error), ()).await,
    }
}

async fn choose_columns(State(desk): State<Desk>, parts: Parts, body: String) -> Response {
    if let Err(error) = desk.for_request(&parts).caller.with_right(Right::Browse) {
        return refused(desk, elsewhere(parts, "/customers"), error).await;
    }
    let mut chosen = Vec::new();
    let mut back = String::new();
    for (key, value) in Sent::read(&body).pairs() {
        match key {
            "column" => chosen.extend(Field::parse(value)),
            // Through the reader of our own addresses, so that it leads nowhere else.
            "back" => back = CustomerQuery::from_url(value).0.to_url(),
            _ => {}
        }
    }
    desk.to(&place::list(&back), &[columns::cookie_for(&chosen)])
}

/// Where a dialog's address closes to.
fn closed(uri: &Uri) -> String {
    let search = uri.query().unwrap_or_default();
    Place::read(uri.path(), search).closed(search)
}

fn done(desk: &Desk, address: &str, deed: Deed, id: Uuid) -> Response {
    desk.to(address, &[flash::cookie_for(deed, id)])
}
