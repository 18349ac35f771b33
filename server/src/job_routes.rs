//! The forms of the page of jobs.

use app::base::error::AppError;
use app::base::roles::Permission;
use app::http::flash::FlashMessage;
use app::jobs::model::JobAction;
use app::jobs::routes::JOBS;
use app::jobs::service;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use uuid::Uuid;

use crate::form_context::{FormBody, FormContext, FormRoutes, at_page, redirect_to};

/// The routes that these forms are sent to.
pub fn routes() -> FormRoutes {
    JobAction::ALL.iter().fold(FormRoutes::default(), |routes, action| {
        let act = move |forms, id, parts, sent| act(*action, forms, id, parts, sent);
        routes.route(format!("{JOBS}/{{id}}/{action}"), post(act).get(redirect_to(JOBS)))
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JobForm {
    /// The version of the job that the page showed; no job has an empty one.
    version: String,
}

async fn act(
    action: JobAction,
    State(forms): State<FormContext>,
    Path(id): Path<Uuid>,
    parts: Parts,
    sent: FormBody<JobForm>,
) -> Response {
    let version = sent.form.version.parse().unwrap_or_default();
    let context = forms.for_request(&parts);
    let acted = async {
        context.caller.require(Permission::Administer)?;
        context
            .run_write(move |context| async move { service::act(&context, action, id, version).await })
            .await
    };
    let message = match acted.await {
        Ok(Ok(text)) => return forms.redirect_with_message(JOBS, &FlashMessage::success(text)),
        Ok(Err(text)) => FlashMessage::failure(text),
        Err(AppError::NotFound) => FlashMessage::failure("Job not found"),
        Err(error) => return forms.error_or_sign_in(at_page(parts, JOBS), None, error).await,
    };
    forms
        .render_with(at_page(parts, JOBS), StatusCode::CONFLICT, message)
        .await
}
