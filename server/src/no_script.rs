//! The forms as a browser without script sends them: to their page's own address. The same code runs as with script;
//! what cannot be saved comes back as the page with all that was typed.

use app::context::AppContext;
use app::customers::flash::{self, Deed, Failed};
use app::customers::place::{self, Place};
use app::customers::query::CustomerQuery;
use app::customers::submission::Submission;
use app::customers::view::{CustomerForm, Moved, Outcome, Problem};
use app::customers::{columns, field::Field, service};
use app::error::AppError;
use app::shell;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::render_app_async_with_context;
use uuid::Uuid;

use crate::limits::status;

/// What the handlers need.
#[derive(Clone)]
struct Desk {
    context: AppContext,
    options: LeptosOptions,
}

/// The addresses that forms are sent to.
pub fn routes(context: AppContext, options: LeptosOptions) -> Router {
    Router::new()
        .route("/customers/new", post(save))
        .route("/customers/{id}/edit", post(save))
        .route("/customers/{id}/delete", post(delete))
        .route("/customers/{id}/restore", post(restore).get(to("/customers/deleted")))
        .route("/customers/columns", post(choose_columns).get(to("/customers")))
        .with_state(Desk { context, options })
}

/// Where a form's address leads when it is opened by hand: to the page that has the form.
fn to(page: &'static str) -> impl Fn() -> std::future::Ready<Redirect> + Clone {
    move || std::future::ready(Redirect::to(page))
}

async fn save(State(desk): State<Desk>, uri: Uri, body: String) -> Response {
    let Some(submission) = Submission::parse(&body) else {
        return (
            StatusCode::BAD_REQUEST,
            "This is not the form of a customer. Go back and send it again.",
        )
            .into_response();
    };
    let deed = if submission.editing.is_some() {
        Deed::Saved
    } else {
        Deed::Created
    };
    let (context, sent) = (desk.context.clone(), submission.clone());
    match desk
        .context
        .write(async move { service::save(&context, sent).await })
        .await
    {
        Ok(Outcome::Done(customer)) => done(&closed(&uri), deed, customer.id),
        Ok(Outcome::Again(form)) => {
            let code = form.problem.as_ref().map_or(422, |problem| problem.status);
            desk.page_with(uri, StatusCode::from_u16(code).unwrap_or_default(), *form)
                .await
        }
        Err(error) => {
            let problem = Problem {
                message: error.to_string(),
                status: error.status(),
                customer: None,
            };
            let form: CustomerForm = submission.again(Default::default(), Some(problem));
            desk.page_with(uri, status(&error), form).await
        }
    }
}

async fn delete(State(desk): State<Desk>, Path(id): Path<Uuid>, uri: Uri) -> Response {
    let context = desk.context.clone();
    match desk
        .context
        .write(async move { service::delete(&context, id).await })
        .await
    {
        Ok(Moved::Done(customer)) => {
            let list = place::list(&place::list_part(uri.query().unwrap_or_default()));
            done(&list, Deed::Deleted, customer.id)
        }
        // The page of the same address says that the customer is gone, or that the database is.
        Ok(Moved::Refused(_)) => desk.page_with(uri, StatusCode::CONFLICT, ()).await,
        Err(error) => desk.page_with(uri, status(&error), ()).await,
    }
}

async fn restore(State(desk): State<Desk>, Path(id): Path<Uuid>) -> Response {
    let context = desk.context.clone();
    let (code, message) = match desk
        .context
        .write(async move { service::restore(&context, id).await })
        .await
    {
        Ok(Moved::Done(customer)) => return done(&place::record(customer.id, ""), Deed::Restored, customer.id),
        Ok(Moved::Refused(problem)) => (StatusCode::CONFLICT, problem.message),
        Err(error) => (status(&error), error.to_string()),
    };
    desk.page_with(Uri::from_static("/customers/deleted"), code, Failed(message))
        .await
}

async fn choose_columns(body: String) -> Response {
    let mut chosen = Vec::new();
    let mut back = String::new();
    for (key, value) in form_urlencoded::parse(body.as_bytes()) {
        match &*key {
            "column" => chosen.extend(Field::parse(&value)),
            // Through the reader of our own addresses, so that it leads nowhere else.
            "back" => back = CustomerQuery::from_url(&value).0.to_url(),
            _ => {}
        }
    }
    let redirect = Redirect::to(&place::list(&back));
    with_cookie(redirect.into_response(), &columns::cookie_for(&chosen))
}

/// Where a dialog's address closes to.
fn closed(uri: &Uri) -> String {
    let search = uri.query().unwrap_or_default();
    Place::read(uri.path(), search).closed(search)
}

fn done(address: &str, deed: Deed, id: Uuid) -> Response {
    with_cookie(Redirect::to(address).into_response(), &flash::cookie_for(deed, id))
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    match HeaderValue::from_str(cookie) {
        Ok(value) => {
            response.headers_mut().append(header::SET_COOKIE, value);
            response
        }
        Err(fault) => (StatusCode::INTERNAL_SERVER_ERROR, AppError::internal(fault).to_string()).into_response(),
    }
}

impl Desk {
    /// The page of an address, with something more in its context and a status of its own.
    async fn page_with<T: Clone + Send + Sync + 'static>(self, uri: Uri, status: StatusCode, more: T) -> Response {
        let Self { context, options } = self;
        let render = render_app_async_with_context(
            move || {
                provide_context(context.clone());
                provide_context(more.clone());
            },
            move || shell(options.clone()),
        );
        let mut request = Request::new(Body::empty());
        *request.method_mut() = Method::GET;
        *request.uri_mut() = uri;
        let mut response = render(request).await;
        *response.status_mut() = status;
        response
    }
}
