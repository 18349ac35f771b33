//! Finds out who is asking, before anything else of a request is done; and leads whoever is not in to where they get in.

use std::net::IpAddr;
use std::sync::Arc;

use app::context::AppContext;
use app::cookie;
use app::customers;
use app::people::model::asker::{Asker, Caller};
use app::people::model::{Stage, browser_in_words};
use app::people::place;
use app::people::service::asking;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::peer::Peer;

/// Around the pages, functions and forms.
pub async fn known(State(context): State<Arc<AppContext>>, mut request: Request, next: Next) -> Response {
    if is_file(request.uri().path()) {
        return next.run(request).await;
    }
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let brings_mark = customers::brings_mark(request.uri().path());
    let caller = caller(&context, request.headers(), brings_mark, peer).await;
    if let Some(elsewhere) = way_in(&request, &caller.asker) {
        return Redirect::to(&elsewhere).into_response();
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// Files for the browser: anybody may have them, and nothing is looked up for them.
fn is_file(path: &str) -> bool {
    path.starts_with("/pkg/") || path == "/favicon.svg"
}

/// Pages that people see who are not in yet.
fn is_outside(path: &str) -> bool {
    path == place::SIGN_IN || path.starts_with("/sign-in/") || path.starts_with("/link/")
}

async fn caller(context: &AppContext, headers: &HeaderMap, brings_mark: bool, peer: Option<IpAddr>) -> Caller {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let nobody = Caller::default();
    Caller {
        asker: match cookie::session(headers, context.reach.is_https()) {
            Some(token) => asking::asker(context, token, brings_mark).await,
            None => nobody.asker,
        },
        address: peer.unwrap_or(nobody.address),
        browser: agent.map_or(nobody.browser, browser_in_words),
    }
}

/// Where a page leads somebody who may not see it yet. Functions and forms answer for themselves.
fn way_in(request: &Request, asker: &Asker) -> Option<String> {
    let path = request.uri().path();
    if !request.method().is_safe() || path.starts_with("/api/") {
        return None;
    }
    let here = request.uri().path_and_query().map_or(path, |address| address.as_str());
    let stage = match asker {
        Asker::Kept(_) | Asker::Unknown => return None,
        Asker::Nobody => None,
        Asker::Person(session) => Some(session.stage),
    };
    match stage {
        None if is_outside(path) && path != place::CODE => None,
        None if path == place::CODE => Some(place::SIGN_IN.to_owned()),
        None => Some(place::sign_in_for(here)),
        Some(Stage::Code) if is_outside(path) => None,
        Some(Stage::Code) => Some(place::sign_in_for(here).replacen(place::SIGN_IN, place::CODE, 1)),
        Some(Stage::SetUp) if path == place::TWO_STEP || path.starts_with("/link/") => None,
        Some(Stage::SetUp) => Some(place::TWO_STEP.to_owned()),
        Some(Stage::In) if path == place::SIGN_IN || path == place::CODE => Some(next_of(request.uri())),
        Some(Stage::In) => None,
    }
}

/// Where the address of the sign-in page says that one goes on to.
fn next_of(uri: &Uri) -> String {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let next = pairs.into_owned().find(|(key, _)| key == "next").map(|(_, next)| next);
    place::safe_next(&next.unwrap_or_default()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::people::model::asker::Session;
    use app::people::model::roles::Role;
    use app::people::model::token::Token;
    use axum::body::Body;
    use uuid::Uuid;

    fn led(method: &str, address: &str, stage: Option<Stage>) -> Option<String> {
        let request = Request::builder()
            .method(method)
            .uri(address)
            .body(Body::empty())
            .expect("a request");
        let asker = stage.map_or(Asker::Nobody, |stage| {
            Asker::Person(Arc::new(Session {
                id: Uuid::nil(),
                token: Token::new().expect("random bytes"),
                user: Uuid::nil(),
                name: String::new(),
                email: String::new(),
                role: Role::Admin,
                stage,
                wrote: None,
            }))
        });
        way_in(&request, &asker)
    }

    #[test]
    fn pages_lead_to_where_one_gets_in() {
        let (code, set_up, all_in) = (Some(Stage::Code), Some(Stage::SetUp), Some(Stage::In));
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
            ("/customers", all_in, None),
            ("/sign-in?next=%2Faccount", all_in, Some("/account")),
            ("/sign-in?next=https%3A%2F%2Fevil.example", all_in, Some("/customers")),
            ("/api/customers/list", None, None),
        ] {
            assert_eq!(led("GET", address, stage).as_deref(), to, "{address} {stage:?}");
        }
        assert_eq!(led("POST", "/customers/new", None), None);
    }
}
