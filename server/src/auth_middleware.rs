//! Finds out who is asking, before anything else of a request is done, and redirects whoever has yet to sign in.

use std::net::IpAddr;
use std::sync::Arc;

use app::http::context::AppContext;
use app::http::cookie;
use app::http::identity::{Identity, RequestIdentity};
use app::http::user_summary::AuthStage;
use app::users::model::describe_user_agent;
use app::users::routes;
use app::users::service::authenticate;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::client_ip::ClientIp;

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

/// Pages for people who have yet to sign in.
fn is_public(path: &str) -> bool {
    path == routes::SIGN_IN || path.starts_with("/sign-in/") || path.starts_with("/link/")
}

async fn caller(context: &AppContext, headers: &HeaderMap, address: Option<IpAddr>) -> RequestIdentity {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let nobody = RequestIdentity::default();
    RequestIdentity {
        identity: match cookie::session_token(headers, context.public_address.is_https()) {
            Some(token) => authenticate::authenticate(context, token).await,
            None => nobody.identity,
        },
        address: address.unwrap_or(nobody.address),
        browser: agent.map_or(nobody.browser, describe_user_agent),
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
            Some(next_page(request.uri()))
        }
        Some(AuthStage::Authenticated) => None,
    }
}

/// The page that the sign-in page's address names to go on to.
fn next_page(uri: &Uri) -> String {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let next = pairs.into_owned().find(|(key, _)| key == "next").map(|(_, next)| next);
    routes::sanitize_next(&next.unwrap_or_default()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::base::roles::Role;
    use app::http::identity::Session;
    use app::http::token::Token;
    use axum::body::Body;
    use uuid::Uuid;

    fn redirected(method: &str, address: &str, stage: Option<AuthStage>) -> Option<String> {
        let request = Request::builder()
            .method(method)
            .uri(address)
            .body(Body::empty())
            .expect("a request");
        let identity = stage.map_or(Identity::Anonymous, |stage| {
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
        });
        redirect_target(&request, &identity)
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
            ("/sign-in?next=%2Faccount", authenticated, Some("/account")),
            (
                "/sign-in?next=https%3A%2F%2Fevil.example",
                authenticated,
                Some("/customers"),
            ),
            ("/api/customers/list", None, None),
        ] {
            assert_eq!(redirected("GET", address, stage).as_deref(), to, "{address} {stage:?}");
        }
        assert_eq!(redirected("POST", "/customers/new", None), None);
    }
}
