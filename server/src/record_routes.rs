//! The forms of a subject's records as a browser without script sends them: to their page's own address. The same code runs as with
//! script; what cannot be saved comes back as the page with all that was typed.

use app::base::error::AppError;
use app::base::roles::Permission;
use app::base::spec::SubjectSpec;
use app::http::context::AppContext;
use app::http::flash::FlashMessage;
use app::list::columns;
use app::list::routes::{Route, back_url, columns_url, deleted_url, list_query, list_url, record_url, restore_url};
use app::record::action::RecordAction;
use app::record::delete;
use app::record::record_ref::RecordRef;
use app::record::responses::{DeleteOutcome, FormError, RecordForm, SaveOutcome};
use app::record::save;
use app::record::store::RecordStore;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use uuid::Uuid;

use crate::form_context::{FormBody, FormContext, FormRoutes, at_page, redirect_to};
use crate::request_guard::status;

/// The routes that the forms of a subject are sent to.
pub fn routes<S: RecordStore>() -> FormRoutes {
    let spec = S::SPEC;
    let restore_form = post(restore::<S>).get(redirect_to(deleted_url(spec)));
    list_routes(spec)
        .resumable_route(format!("{}/new", spec.path), post(save_form::<S>))
        .resumable_route(format!("{}/{{id}}/edit", spec.path), post(save_form::<S>))
        .route(format!("{}/{{id}}/delete", spec.path), post(delete_form::<S>))
        .route(format!("{}/{{id}}/restore", spec.path), restore_form)
}

/// The route that the form of a list is sent to.
pub fn list_routes(spec: &'static SubjectSpec) -> FormRoutes {
    let choose = move |State(forms), parts, sent| choose_columns(spec, forms, parts, sent);
    let columns_form = post(choose).get(redirect_to(list_url(spec, "")));
    FormRoutes::default().route(columns_url(spec), columns_form)
}

async fn save_form<S: RecordStore>(State(forms): State<FormContext>, parts: Parts, sent: FormBody) -> Response {
    let (spec, search) = (S::SPEC, parts.uri.query().unwrap_or_default());
    let address = Route::parse(parts.uri.path(), search).close_url(spec, search);
    let save = |context, form| async move { save::save::<S>(&context, form).await };
    submit(forms, parts, sent, (spec, spec.edit), save, |_| address).await
}

/// Saves a form with a record of a subject, for a caller with a permission, and leads to the address that `then` gives for what was saved.
pub async fn submit<F: Future<Output = Result<SaveOutcome, AppError>>>(
    forms: FormContext,
    parts: Parts,
    sent: FormBody,
    (spec, permission): (&'static SubjectSpec, Option<Permission>),
    save: impl FnOnce(AppContext, RecordForm) -> F,
    then: impl FnOnce(&RecordRef) -> String,
) -> Response {
    let Some(submission) = RecordForm::parse(spec, &sent.body) else {
        let message = format!(
            "This is not the form of a {}. Go back and send it again.",
            spec.singular
        );
        return (StatusCode::BAD_REQUEST, message).into_response();
    };
    let context = forms.for_request(&parts);
    match context.caller.require(permission) {
        Ok(_) => {}
        Err(AppError::SignedOut) => return forms.require_sign_in(parts, Some(&sent.body)).await,
        // What was typed stays in the sender's page, whoever it is.
        Err(error) => return render_unsaved(forms, parts, submission, &error).await,
    }
    if sent.is_resumed {
        let error = FormError {
            message: "Restored what you typed. It is not saved yet.".into(),
            status: StatusCode::OK.as_u16(),
            record: None,
        };
        let form = submission.with_errors(Default::default(), Some(error));
        return forms.render_with(parts, StatusCode::OK, form).await;
    }
    match save(context, submission.clone()).await {
        Ok(SaveOutcome::Done { action, record }) => {
            redirect_with_success(&forms, spec, &then(&record), action, &record)
        }
        Ok(SaveOutcome::Invalid(form)) => {
            let code = form.form_error.as_ref().map_or(422, |error| error.status);
            let code = StatusCode::from_u16(code).unwrap_or_default();
            forms.render_with(parts, code, *form).await
        }
        Err(error) => render_unsaved(forms, parts, submission, &error).await,
    }
}

/// The form with all that was typed, after a failure.
async fn render_unsaved(forms: FormContext, parts: Parts, submission: RecordForm, error: &AppError) -> Response {
    let form_error = FormError {
        message: error.to_string(),
        status: error.status(),
        record: None,
    };
    let form = submission.with_errors(Default::default(), Some(form_error));
    forms.render_with(parts, status(error), form).await
}

/// The version of the record that a page showed; no record has an empty one.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ShownVersion {
    version: String,
}

impl ShownVersion {
    fn number(&self) -> i64 {
        self.version.parse().unwrap_or_default()
    }
}

async fn delete_form<S: RecordStore>(
    State(forms): State<FormContext>,
    Path(id): Path<Uuid>,
    parts: Parts,
    sent: FormBody<ShownVersion>,
) -> Response {
    let (spec, context) = (S::SPEC, forms.for_request(&parts));
    if let Err(error) = context.caller.require(spec.edit) {
        return error_or_sign_in(forms, parts, error).await;
    }
    match delete::delete::<S>(&context, id, sent.form.number()).await {
        Ok(DeleteOutcome::Done { record, version }) => {
            let list = back_url(spec, parts.uri.query().unwrap_or_default());
            let message = FlashMessage::success(RecordAction::Deleted.message(spec, &record));
            forms.redirect_with_message(&list, &message.with_undo(restore_url(spec, record.id, version)))
        }
        Ok(DeleteOutcome::Changed(now)) => forms.render_with(parts, StatusCode::CONFLICT, now).await,
        // The page of the same address says that the record is gone, or that the database is.
        Ok(DeleteOutcome::Refused(_)) => forms.render_with(parts, StatusCode::CONFLICT, ()).await,
        Err(error) => forms.render_with(parts, status(&error), ()).await,
    }
}

async fn restore<S: RecordStore>(
    State(forms): State<FormContext>,
    Path(id): Path<Uuid>,
    Query(shown): Query<ShownVersion>,
    parts: Parts,
) -> Response {
    let (spec, context) = (S::SPEC, forms.for_request(&parts));
    let parts = at_page(parts, &deleted_url(spec));
    if let Err(error) = context.caller.require(spec.edit) {
        return error_or_sign_in(forms, parts, error).await;
    }
    let (code, message) = match delete::restore::<S>(&context, id, shown.number()).await {
        Ok(DeleteOutcome::Done { record, .. }) => {
            let address = record_url(spec, record.id, "");
            return redirect_with_success(&forms, spec, &address, RecordAction::Restored, &record);
        }
        Ok(DeleteOutcome::Refused(error)) => (StatusCode::CONFLICT, error.message),
        Ok(DeleteOutcome::Changed(now)) => (StatusCode::CONFLICT, now.changed.unwrap_or_default()),
        Err(error) => (status(&error), error.to_string()),
    };
    forms.render_with(parts, code, FlashMessage::failure(message)).await
}

/// The sign-in page for a caller without a session; for others the page of the address, which shows the error.
async fn error_or_sign_in(forms: FormContext, parts: Parts, error: AppError) -> Response {
    match error {
        AppError::SignedOut => forms.require_sign_in(parts, None).await,
        error => forms.render_with(parts, status(&error), ()).await,
    }
}

async fn choose_columns(spec: &'static SubjectSpec, forms: FormContext, parts: Parts, sent: FormBody) -> Response {
    if let Err(error) = forms.for_request(&parts).caller.require(spec.browse) {
        return error_or_sign_in(forms, at_page(parts, &list_url(spec, "")), error).await;
    }
    let mut names = Vec::new();
    let mut back = String::new();
    for (key, value) in form_urlencoded::parse(sent.body.as_bytes()) {
        match &*key {
            "column" => names.push(value.into_owned()),
            // Parsed as an address of this site, so that it cannot redirect elsewhere.
            "back" => back = list_query(spec, &value),
            _ => {}
        }
    }
    forms.redirect(
        &list_url(spec, &back),
        &[columns::cookie_for(spec, &names, forms.site())],
    )
}

/// Redirects to a page with the message of what was done.
fn redirect_with_success(
    forms: &FormContext,
    spec: &SubjectSpec,
    address: &str,
    action: RecordAction,
    record: &RecordRef,
) -> Response {
    forms.redirect_with_message(address, &FlashMessage::success(action.message(spec, record)))
}
