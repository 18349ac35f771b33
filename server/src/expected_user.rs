//! Refuses what a page sends that was drawn for another user than the one who is signed in now: somebody may have signed in in another tab.
//!
//! Every form has an input for it, and every server function that is sent by POST a header (`app/src/http/current_user.rs`).

use std::sync::Arc;

use app::base::error::AppError;
use app::base::text::isolated;
use app::http::context::AppContext;
use app::http::current_user::{SentUser, USER_HEADER, USER_INPUT};
use app::http::identity::{Identity, RequestIdentity, Session};
use app::http::next_url::sign_in_again_url;
use app::http::user_summary::AuthStage;
use app::users::store::users;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maud::html;
use uuid::Uuid;

use crate::auth_middleware::is_public;
use crate::form_context::{RESUME, Resumed};
use crate::plain_page::plain_page;
use crate::request_guard::LONGEST_BODY;

/// The inputs whose values are never written into a page.
const SECRETS: [&str; 3] = ["password", "new_password", "code"];

/// The inputs of a form as they were sent.
type Inputs = Vec<(String, String)>;

/// Inside of what reads the body.
pub async fn check(State(context): State<Arc<AppContext>>, request: Request, next: Next) -> Response {
    let Some(session) = sender(&request) else {
        return next.run(keep_sent_user(request).await).await;
    };
    let header = request.headers().get(USER_HEADER);
    let header = header.map(|value| value.to_str().unwrap_or_default().to_owned());
    if request.uri().path().starts_with("/api/") {
        return match refusal(&context, &session, &header.unwrap_or_default()).await {
            Some(error) => (StatusCode::CONFLICT, Json(error)).into_response(),
            None => next.run(request).await,
        };
    }
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let inputs: Inputs = form_urlencoded::parse(&body).into_owned().collect();
    let value = |name: &str| {
        inputs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    // A browser's form has no header: programs that send forms may take it in place of the input.
    let sent = header.as_deref().or(value(USER_INPUT)).unwrap_or_default();
    if let Some(error) = refusal(&context, &session, sent).await {
        let address = parts.uri.path_and_query().map_or("/", |address| address.as_str());
        return refusal_page(address, &inputs, &error);
    }
    if value(RESUME).is_some_and(|value| !value.is_empty()) {
        parts.extensions.insert(Resumed);
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

/// The session of somebody who asks for more than to read. Before the last step of signing in there are no pages but public ones.
fn sender(request: &Request) -> Option<Arc<Session>> {
    if request.method() != Method::POST || is_public(request.uri().path()) {
        return None;
    }
    match &request.extensions().get::<RequestIdentity>()?.identity {
        Identity::Session(session) if session.stage != AuthStage::CodeRequired => Some(session.clone()),
        _ => None,
    }
}

/// Where nobody knows who is signed in, since the database does not answer, the page that comes back is still the sender's: what was typed is sent
/// again from there.
async fn keep_sent_user(request: Request) -> Request {
    let caller = request.extensions().get::<RequestIdentity>();
    let is_unknown = caller.is_some_and(|caller| matches!(caller.identity, Identity::Unavailable));
    if !is_unknown || request.method() != Method::POST {
        return request;
    }
    let (mut parts, body) = request.into_parts();
    // It was read before, within its limit.
    let body = to_bytes(body, LONGEST_BODY).await.unwrap_or_default();
    let user = form_urlencoded::parse(&body).find(|(name, _)| name == USER_INPUT);
    if let Some(user) = user.and_then(|(_, user)| Uuid::parse_str(&user).ok()) {
        parts.extensions.insert(SentUser(user));
    }
    Request::from_parts(parts, Body::from(body))
}

/// Why what was sent is refused, if it is: its page was drawn for the user whose id is `sent`.
async fn refusal(context: &AppContext, session: &Session, sent: &str) -> Option<AppError> {
    let expected = Uuid::parse_str(sent).ok();
    if expected == Some(session.user) {
        return None;
    }
    let expected = match expected {
        Some(id) => users::get(context.pool(), id).await.ok().map(|found| found.user),
        None => None,
    };
    // Two people may have one name.
    let is_namesake = expected.as_ref().is_some_and(|user| user.name == session.name);
    let called = |name: &str, email: &str| match is_namesake {
        true => format!("{} ({email})", isolated(name)),
        false => isolated(name).into_owned(),
    };
    tracing::warn!(user = %session.user, sent, "refused: the page was drawn for another user");
    Some(AppError::OtherUser {
        expected: expected.map(|user| called(&user.name, &user.email)),
        current: called(&session.name, &session.email),
        current_id: session.user.to_string(),
    })
}

/// Says so, with the ways on, each of which carries along what was typed. Of a form with a password nothing is carried along.
fn refusal_page(address: &str, inputs: &Inputs, error: &AppError) -> Response {
    let AppError::OtherUser {
        expected,
        current,
        current_id,
    } = error
    else {
        return StatusCode::CONFLICT.into_response();
    };
    let has_secrets = inputs.iter().any(|(name, _)| SECRETS.contains(&name.as_str()));
    let carried = if has_secrets { &[] } else { inputs.as_slice() };
    let others = carried.iter().filter(|(name, _)| name != USER_INPUT);
    let content = html! {
        p role="alert" { (error.to_string()) }
        @if has_secrets {
            p { "Passwords and codes are not kept. Open the page again." }
        } @else {
            form method="post" action=(address) {
                @for (name, value) in others { input type="hidden" name=(name) value=(value); }
                input type="hidden" name=(USER_INPUT) value=(current_id) autocomplete="off";
                p { button { "Continue as " (current) } }
            }
        }
        @if let Some(expected) = expected {
            form method="post" action=(sign_in_again_url(address)) {
                @for (name, value) in carried { input type="hidden" name=(name) value=(value); }
                p { button { "Sign in as " (expected) } }
            }
        }
        p { a href=(address) { "Open the page again" } ", without what was typed" }
    };
    plain_page(StatusCode::CONFLICT, "Another user is signed in", content)
}
