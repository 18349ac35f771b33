//! Finds out who is asking, before anything else of a request is done, and redirects whoever has yet to sign in.

use std::net::IpAddr;
use std::sync::Arc;

use app::http::context::{AppContext, DEADLINE};
use app::http::cookie;
use app::http::identity::{Identity, RequestIdentity};
use app::http::user_summary::AuthStage;
use app::users::model::describe_user_agent;
use app::users::routes;
use app::users::service::authenticate;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use tokio::time::Instant;

use crate::client_ip::ClientIp;
use crate::plain_page::plain_page;

/// Around the pages, functions and forms.
pub async fn authenticate_request(
    State(context): State<Arc<AppContext>>,
    mut request: Request,
    next: Next,
) -> Response {
    if is_asset(request.uri().path()) {
        return next.run(request).await;
    }
    let address = request.extensions().get::<ClientIp>().map(|client| client.0);
    let caller = caller(&context, request.headers(), address).await;
    if let Some(next) = signed_in_already(&request, &caller.identity) {
        return signed_in_page(&next);
    }
    if let Some(target) = redirect_target(&request, &caller.identity) {
        return Redirect::to(&target).into_response();
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// Files for the browser: they are public, and no session is looked up for them.
fn is_asset(path: &str) -> bool {
    path.starts_with("/pkg/") || path == "/favicon.svg"
}

/// Whether a page is for people who have yet to sign in.
pub fn is_public(path: &str) -> bool {
    path == routes::SIGN_IN || path.starts_with("/sign-in/") || path.starts_with("/link/")
}

async fn caller(context: &AppContext, headers: &HeaderMap, address: Option<IpAddr>) -> RequestIdentity {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let site = &context.public_address;
    let nobody = RequestIdentity::default();
    // Counted from the beginning of the request.
    let deadline = Some(Instant::now() + DEADLINE);
    RequestIdentity {
        identity: authenticate::authenticate(context, cookie::session_tokens(headers, site)).await,
        address: address.unwrap_or(nobody.address),
        browser: agent.map_or(nobody.browser, describe_user_agent),
        browser_tokens: cookie::browser_tokens(headers, site),
        deadline,
    }
}

/// Where a page redirects somebody who may not see it yet. Server functions and forms answer for themselves.
fn redirect_target(request: &Request, identity: &Identity) -> Option<String> {
    let path = request.uri().path();
    if !request.method().is_safe() || path.starts_with("/api/") {
        return None;
    }
    let address = request.uri().path_and_query().map_or(path, |uri| uri.as_str());
    let stage = match identity {
        Identity::Unavailable => return None,
        Identity::Anonymous => None,
        Identity::Session(session) => Some(session.stage),
    };
    match stage {
        None if is_public(path) && path != routes::CODE => None,
        None if path == routes::CODE => Some(routes::SIGN_IN.to_owned()),
        None => Some(routes::sign_in_url(address)),
        Some(AuthStage::CodeRequired) if is_public(path) => None,
        Some(AuthStage::CodeRequired) => Some(routes::code_url(address)),
        Some(AuthStage::SetupRequired) if path == routes::TWO_STEP || path.starts_with("/link/") => None,
        Some(AuthStage::SetupRequired) => Some(routes::TWO_STEP.to_owned()),
        Some(AuthStage::Authenticated) if path == routes::SIGN_IN || path == routes::CODE => {
            Some(routes::sanitize_next("").to_owned())
        }
        Some(AuthStage::Authenticated) => None,
    }
}

/// Where somebody who is signed in may go on to from the sign-in page, if a page has sent the browser there. That page must not be asked
/// again by itself: should the browser send its cookies to one of the two alone, the two would send it to and fro for ever.
fn signed_in_already(request: &Request, identity: &Identity) -> Option<String> {
    let Identity::Session(session) = identity else {
        return None;
    };
    let is_sign_in = matches!(request.uri().path(), routes::SIGN_IN | routes::CODE);
    if session.stage != AuthStage::Authenticated || !is_sign_in || !request.method().is_safe() {
        return None;
    }
    let query = request.uri().query().unwrap_or_default();
    let (_, next) = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "next")?;
    Some(routes::sanitize_next(&next).to_owned())
}

/// Says that nobody has to sign in here, with a link to go on.
fn signed_in_page(next: &str) -> Response {
    let content = html! { p { a href=(next) { "Continue" } } };
    plain_page(StatusCode::OK, "You are signed in", content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::base::roles::Role;
    use app::http::identity::Session;
    use app::http::token::Token;
    use axum::body::Body;
    use uuid::Uuid;

    fn request(method: &str, address: &str) -> Request {
        let request = Request::builder().method(method).uri(address);
        request.body(Body::empty()).expect("a request")
    }

    fn identity(stage: Option<AuthStage>) -> Identity {
        stage.map_or(Identity::Anonymous, |stage| {
            Identity::Session(Arc::new(Session {
                id: Uuid::nil(),
                token: Token::new().expect("random bytes"),
                user: Uuid::nil(),
                name: String::new(),
                email: String::new(),
                role: Role::Admin,
                stage,
                last_write: None,
            }))
        })
    }

    fn redirected(method: &str, address: &str, stage: Option<AuthStage>) -> Option<String> {
        redirect_target(&request(method, address), &identity(stage))
    }

    /// Whatever a browser sends to one page and not to the other, nothing leads from one to the other and back.
    #[test]
    fn the_sign_in_page_never_sends_back_to_what_sent_it() {
        for page in [
            "/customers",
            "/sign-in?next=x",
            "/",
            "/account",
            "/nonsense?next=/account",
            "/%2e",
        ] {
            for (sent, asked) in [
                (None, Some(AuthStage::Authenticated)),
                (Some(AuthStage::CodeRequired), None),
            ] {
                let Some(sign_in) = redirected("GET", page, sent) else {
                    continue;
                };
                let shown = signed_in_already(&request("GET", &sign_in), &identity(asked));
                let to = redirected("GET", &sign_in, asked);
                assert!(
                    shown.is_some() || to.is_none_or(|to| to == "/sign-in"),
                    "{page} {sign_in}"
                );
            }
        }
        let next = |address| signed_in_already(&request("GET", address), &identity(Some(AuthStage::Authenticated)));
        assert_eq!(next("/sign-in?next=%2Faccount").as_deref(), Some("/account"));
        assert_eq!(
            next("/sign-in?next=https%3A%2F%2Fevil.example").as_deref(),
            Some("/customers")
        );
        assert_eq!(next("/sign-in"), None);
        assert_eq!(next("/customers?next=x"), None);
    }

    #[test]
    fn pages_redirect_to_the_next_step_of_signing_in() {
        let (code, set_up, authenticated) = (
            Some(AuthStage::CodeRequired),
            Some(AuthStage::SetupRequired),
            Some(AuthStage::Authenticated),
        );
        for (address, stage, to) in [
            (
                "/customers?q=a%26b",
                None,
                Some("/sign-in?next=%2Fcustomers%3Fq%3Da%2526b"),
            ),
            ("/nonsense", None, Some("/sign-in?next=%2Fnonsense")),
            ("/sign-in", None, None),
            ("/sign-in/code", None, Some("/sign-in")),
            ("/link/x", None, None),
            ("/customers", code, Some("/sign-in/code?next=%2Fcustomers")),
            ("/sign-in/code?next=%2Fx", code, None),
            ("/sign-in", code, None),
            ("/account", set_up, Some("/account/two-step")),
            ("/account/two-step", set_up, None),
            ("/customers", authenticated, None),
            ("/sign-in", authenticated, Some("/customers")),
            ("/sign-in/code", authenticated, Some("/customers")),
            ("/api/customers/list", None, None),
        ] {
            assert_eq!(redirected("GET", address, stage).as_deref(), to, "{address} {stage:?}");
        }
        assert_eq!(redirected("POST", "/customers/new", None), None);
    }
}
