//! Which requests are refused before a handler sees them: cross-site ones and those that are too long. It also gives the errors of
//! server functions their HTTP status.

use std::time::Duration;

use app::base::error::AppError;
use app::http::identity::RequestIdentity;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Version, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use maud::html;
use tokio::time::{Instant, timeout};
use tower::ServiceBuilder;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::limit::RequestBodyLimitLayer;

use crate::health;
use crate::network::{NetworkConfig, PublicUrl};
use crate::plain_page::plain_page;
use crate::unread_body;

/// The longest body of a request of somebody who is signed in: 1 MiB.
pub const LONGEST_BODY: usize = 1024 * 1024;
/// The longest body of anybody else's: a sign-in may carry a form that was filled in before the session ended.
const LONGEST_BODY_OF_STRANGERS: usize = 32 * 1024;
/// The longest body that is sent to a one-time link: a name, an email and a password.
const LONGEST_BODY_OF_LINKS: usize = 8 * 1024;
/// How long a body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(20);

/// The longest path, and the longest query after it, in bytes.
const LONGEST_PATH: usize = 2 * 1024;
const LONGEST_QUERY: usize = 8 * 1024;
/// How many headers a request may have, and how many bytes they may take. Hyper's own limits are as many headers and 400 KiB. It answers
/// what exceeds those itself, by an empty 431 (or 414).
const MOST_HEADERS: usize = 100;
const LONGEST_HEADERS: usize = 32 * 1024;

/// Puts the guard around every route of a router.
pub fn layer(router: Router, network: &NetworkConfig) -> Router {
    let mut csrf = CsrfLayer::new();
    if let Some(url) = &network.public_url {
        csrf = csrf
            .add_trusted_origin(url.origin())
            .expect("a public URL is an origin");
    }
    let guards = ServiceBuilder::new()
        .layer(from_fn(unread_body::read))
        .layer(from_fn_with_state(network.clone(), guard))
        .layer(csrf)
        .layer(RequestBodyLimitLayer::new(LONGEST_BODY));
    router.layer(guards)
}

/// Why the `Host` of a request is refused. Exactly one is needed, so that all who pass the request on mean the same site; and where browsers know one
/// URL, no other site is served. Health checks come by addresses.
fn host_refusal(request: &Request, public_url: Option<&PublicUrl>) -> Option<(StatusCode, &'static str)> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (host, has_more) = (hosts.next(), hosts.next().is_some());
    if has_more || host.is_none() && request.version() == Version::HTTP_11 {
        return Some((StatusCode::BAD_REQUEST, "it has to have one Host"));
    }
    let host = match request.uri().authority() {
        Some(authority) => authority.as_str(),
        None => host.and_then(|host| host.to_str().ok()).unwrap_or_default(),
    };
    let is_other = public_url.is_some_and(|url| !url.is_host(host)) && !health::is_health(request.uri().path());
    is_other.then_some((StatusCode::MISDIRECTED_REQUEST, "its Host is another site"))
}

/// Refuses what is too long or cross-site. It also answers for the layers below, which know neither pages nor server functions.
async fn guard(State(network): State<NetworkConfig>, request: Request, next: Next) -> Response {
    let is_function = request.uri().path().starts_with("/api/");
    let is_safe = request.method().is_safe();
    if let Some(status) = too_long(&request) {
        tracing::warn!("refused: its address or its headers are too long");
        return refusal(is_function, status, &AppError::TooLong);
    }
    if let Some((status, reason)) = host_refusal(&request, network.public_url.as_ref()) {
        tracing::warn!("refused: {reason}");
        return refusal(is_function, status, &AppError::BadRequest(reason.to_owned()));
    }
    if is_cross_site(&request, network.public_url.as_ref()) {
        return cross_site_refusal(is_function);
    }
    let mut response = next.run(request).await;
    // Whatever has made it: a page, a form, a health check.
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        let soon = HeaderValue::from_static("2");
        response.headers_mut().entry(header::RETRY_AFTER).or_insert(soon);
    }
    if response.extensions().get::<ProtectionError>().is_some() {
        return cross_site_refusal(is_function);
    }
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        tracing::warn!("refused: its body is too large");
        return refusal(is_function, StatusCode::PAYLOAD_TOO_LARGE, &AppError::TooLarge);
    }
    if is_function {
        return with_status(response).await;
    }
    if response.status() == StatusCode::METHOD_NOT_ALLOWED && !is_safe {
        let error = AppError::BadRequest("nothing can be sent to this page".to_owned());
        let mut page = refusal(false, StatusCode::METHOD_NOT_ALLOWED, &error);
        if let Some(allowed) = response.headers_mut().remove(header::ALLOW) {
            page.headers_mut().insert(header::ALLOW, allowed);
        }
        return page;
    }
    response
}

/// Whether a request is cross-site in a way that `CsrfLayer` lets pass. It believes `Sec-Fetch-Site` before all else, and compares the origin's
/// host with `Host`, so that `http://` of the same host passes; where the public URL is known, an `Origin` must be exactly that (or `null`, which a
/// browser that is told not to say it writes to its own site). And where a header is there twice, which no browser sends, `CsrfLayer` reads the first.
fn is_cross_site(request: &Request, public_url: Option<&PublicUrl>) -> bool {
    if request.method().is_safe() {
        return false;
    }
    let values = |name| {
        let mut values = request.headers().get_all(name).iter().filter(|value| !value.is_empty());
        (values.next(), values.next().is_some())
    };
    let (site, has_more_sites) = values("sec-fetch-site");
    let (origin, has_more_origins) = values("origin");
    let is_other = |origin: &HeaderValue| public_url.is_some_and(|url| url.origin().as_bytes() != origin.as_bytes());
    let is_hidden = site.is_some() && origin.is_some_and(|origin| origin == "null");
    has_more_sites || has_more_origins || !is_hidden && origin.is_some_and(is_other)
}

/// Reads the body before a handler does, so that one that is too long is refused whatever the handler does with it. It comes after
/// whoever is asking was looked up: a stranger may send little.
pub async fn buffer_body(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let longest = longest_body(&request);
    if request.body().size_hint().lower() > longest as u64 {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    let begun = Instant::now();
    let (mut parts, body) = request.into_parts();
    match timeout(BODY_WITHIN, to_bytes(body, longest)).await {
        Ok(Ok(bytes)) => {
            // The time that the browser took is not the answer's.
            let caller = parts.extensions.get_mut::<RequestIdentity>();
            if let Some(deadline) = caller.and_then(|caller| caller.deadline.as_mut()) {
                *deadline += begun.elapsed();
            }
            next.run(Request::from_parts(parts, Body::from(bytes))).await
        }
        Ok(Err(_)) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => (StatusCode::REQUEST_TIMEOUT, [(header::CONNECTION, "close")]).into_response(),
    }
}

fn longest_body(request: &Request) -> usize {
    let caller = request.extensions().get::<RequestIdentity>();
    let is_signed_in = caller.is_some_and(|caller| caller.require_user().is_ok());
    match request.uri().path() {
        _ if is_signed_in => LONGEST_BODY,
        path if path.starts_with("/link/") => LONGEST_BODY_OF_LINKS,
        _ => LONGEST_BODY_OF_STRANGERS,
    }
}

/// Gives an error of a server function its status: Leptos answers 500 to all of them.
async fn with_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LONGEST_BODY).await else {
        let error = AppError::internal("an error that cannot be read");
        return (status(&error), Json(error)).into_response();
    };
    if let Ok(error) = serde_json::from_slice::<AppError>(&bytes) {
        parts.status = status(&error);
        parts.headers.remove(header::CONTENT_LENGTH);
        if let Some(seconds) = error.retry_after() {
            parts.headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn cross_site_refusal(is_function: bool) -> Response {
    tracing::warn!("refused: sent by a page of another site");
    refusal(is_function, StatusCode::FORBIDDEN, &AppError::CrossSite)
}

/// The answer to a request for a path that is refused with an error, which says when to try again.
pub fn refuse(path: &str, error: &AppError) -> Response {
    let mut response = refusal(path.starts_with("/api/"), status(error), error);
    if let Some(seconds) = error.retry_after() {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The answer to a request that is refused: an error for a server function, a page for a browser. The page has no navigation, since
/// nobody has looked up who the user is.
fn refusal(is_function: bool, status: StatusCode, error: &AppError) -> Response {
    if is_function {
        return (status, Json(error)).into_response();
    }
    let title = match error {
        AppError::TooLarge => "Too large",
        AppError::TooLong => "Too long",
        AppError::TooMany { .. } => "Too many requests",
        _ => "Refused",
    };
    let content = html! {
        p { (error.to_string()) }
        p { "Go back in your browser; what you typed is still there." }
    };
    plain_page(status, title, content)
}

/// The status that refuses a request for its address or its headers.
fn too_long(request: &Request) -> Option<StatusCode> {
    let (uri, headers) = (request.uri(), request.headers());
    if uri.path().len() > LONGEST_PATH || uri.query().is_some_and(|query| query.len() > LONGEST_QUERY) {
        return Some(StatusCode::URI_TOO_LONG);
    }
    // A header is sent as `name: value` and the end of the line.
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    (headers.len() > MOST_HEADERS || bytes > LONGEST_HEADERS).then_some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
}

/// An error's status.
pub fn status(error: &AppError) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_headers(count: usize, bytes: usize) -> Request {
        let mut request = Request::new(Body::empty());
        for _ in 0..count {
            request.headers_mut().append("x", HeaderValue::from_static(""));
        }
        let value = "v".repeat(bytes - count * 5 - 5);
        let value = HeaderValue::from_str(&value).expect("a header");
        request.headers_mut().append("y", value);
        request
    }

    #[test]
    fn as_many_headers_as_are_allowed_and_one_more() {
        let refused = Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_eq!(too_long(&with_headers(MOST_HEADERS - 1, 1000)), None);
        assert_eq!(too_long(&with_headers(MOST_HEADERS, 1000)), refused);
        assert_eq!(too_long(&with_headers(3, LONGEST_HEADERS)), None);
        assert_eq!(too_long(&with_headers(3, LONGEST_HEADERS + 1)), refused);
    }
}
