//! The move of a card as a browser without script sends it: the form of the card's menu.

use app::base::error::AppError;
use app::board::{CardMove, MoveOutcome};
use app::http::flash::FlashMessage;
use app::leads::board;
use app::leads::spec::SPEC;
use app::list::routes::{board_url, list_query};
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use uuid::Uuid;

use crate::form_context::{FormBody, FormContext, FormRoutes, at_page, redirect_to};
use crate::request_guard::status;

/// The routes that the forms of the board are sent to.
pub fn routes() -> FormRoutes {
    let handler = post(move_card).get(redirect_to(board_url(&SPEC, "")));
    FormRoutes::default().route(format!("{}/{{id}}/move", SPEC.path), handler)
}

/// A move: the column in which the card stood, and one of the others; empty is not there.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    from: String,
    to: String,
    above: String,
    below: String,
    /// The board's part of the address.
    back: String,
}

async fn move_card(
    State(forms): State<FormContext>,
    Path(id): Path<Uuid>,
    parts: Parts,
    sent: FormBody<Sent>,
) -> Response {
    let context = forms.for_request(&parts);
    let Sent {
        from,
        to,
        above,
        below,
        back,
    } = sent.form;
    let to = if to.is_empty() { from.clone() } else { to };
    // Parsed as an address of this site, so that it cannot redirect elsewhere.
    let page = board_url(&SPEC, &list_query(&SPEC, &back));
    let moved = match context.caller.require(SPEC.edit) {
        Ok(_) => {
            let card = CardMove {
                from,
                to: to.clone(),
                above: above.parse().ok(),
                below: below.parse().ok(),
            };
            board::move_card(&context, id, card).await
        }
        Err(error) => Err(error),
    };
    let message = match moved {
        Ok(MoveOutcome::Done { name, next, .. }) => {
            FlashMessage::success(format!("Lead {name} moved to {to}")).with_next(next)
        }
        Ok(MoveOutcome::Refused(message)) => FlashMessage::failure(message),
        Err(AppError::SignedOut) => return forms.require_sign_in(at_page(parts, &page), None).await,
        Err(error) => {
            let message = FlashMessage::failure(error.to_string());
            return forms.render_with(at_page(parts, &page), status(&error), message).await;
        }
    };
    forms.redirect_with_message(&format!("{page}#edit-{id}"), &message)
}
