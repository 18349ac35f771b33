//! The forms of leads alone, as a browser without script sends them.

use app::customers::spec::SPEC as CUSTOMERS;
use app::leads::codec::Leads;
use app::leads::spec::SPEC;
use app::list::routes::record_url;
use app::record::convert;
use app::record::record_ref::RecordRef;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::post;
use uuid::Uuid;

use crate::form_context::{FormBody, FormContext, FormRoutes};
use crate::record_routes::submit;

/// The routes that the forms are sent to.
pub fn routes() -> FormRoutes {
    FormRoutes::default().resumable_route(format!("{}/{{id}}/convert", SPEC.path), post(convert_form))
}

async fn convert_form(
    State(forms): State<FormContext>,
    Path(id): Path<Uuid>,
    parts: Parts,
    sent: FormBody,
) -> Response {
    let save = |context, form| async move { convert::convert::<Leads>(&context, id, form).await };
    let then = |customer: &RecordRef| record_url(&CUSTOMERS, customer.id, "");
    submit(forms, parts, sent, (&CUSTOMERS, SPEC.edit), save, then).await
}
