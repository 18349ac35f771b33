//! The forms about services: each is sent to its page's own address, with and without script.

use app::base::error::AppError;
use app::http::context::AppContext;
use app::http::flash::FlashMessage;
use app::services::routes::{SERVICES, ServicesDialog, customer_url, parse};
use app::services::service::actions;
use app::services::service::inputs::{Refused, ServiceInputs};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::post;

use crate::form_context::{FormBody, FormContext, FormRoutes};

/// The routes that these forms are sent to.
pub fn routes() -> FormRoutes {
    FormRoutes::default()
        .resumable_route(format!("{SERVICES}/{{customer}}/order"), post(send))
        .resumable_route(format!("{SERVICES}/{{customer}}/{{id}}/{{action}}"), post(send))
}

async fn send(State(forms): State<FormContext>, parts: Parts, sent: FormBody<ServiceInputs>) -> Response {
    let Some((customer, dialog)) = parse(parts.uri.path()) else {
        return forms.error_or_sign_in(parts, None, AppError::NotFound).await;
    };
    let inputs = sent.form;
    let context = forms.for_request(&parts);
    let typed = inputs.form_state();
    if sent.is_resumed {
        return forms.render_with(parts, StatusCode::OK, typed).await;
    }
    let done = async {
        context.caller.require(dialog.permission().ok_or(AppError::NotFound)?)?;
        let write = move |context: AppContext| async move {
            match dialog {
                ServicesDialog::Order => actions::order(&context, customer, &inputs).await,
                ServicesDialog::Act(id, action) => actions::act(&context, (customer, id), action, &inputs).await,
                ServicesDialog::Withdraw(event) => actions::withdraw(&context, customer, event).await,
                ServicesDialog::None => Err(AppError::NotFound),
            }
        };
        context.run_write(write).await
    };
    match done.await {
        Ok(Ok(text)) => forms.redirect_with_message(&customer_url(customer), &FlashMessage::success(text)),
        Ok(Err(Refused(state))) if state.errors.is_empty() => {
            forms.render_with(parts, StatusCode::CONFLICT, state).await
        }
        Ok(Err(Refused(state))) => forms.invalid(parts, state).await,
        Err(error) => forms.failed(parts, Some(&sent.body), typed, error).await,
    }
}
