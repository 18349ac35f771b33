//! How much may be sent, and the right status for what goes wrong on the way into a server function.

use app::error::AppError;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use crate::web::{PublicUrl, Web};

/// The most that may be sent: 1 MiB.
pub const LONGEST_BODY: usize = 1024 * 1024;

/// The longest path, and the longest query behind it, in bytes.
const LONGEST_PATH: usize = 2 * 1024;
const LONGEST_QUERY: usize = 8 * 1024;
/// How many lines a request's head may have, and how many bytes. Hyper's own limits are as many lines and 400 KiB, and what is
/// beyond those never comes here: it is answered with an empty 431 (or 414).
const MOST_HEADERS: usize = 100;
const LONGEST_HEADERS: usize = 32 * 1024;

/// Around everything: what another site has sent or what is too long is refused, and every error of a server function has its
/// status.
pub async fn held(State(web): State<Web>, request: Request, next: Next) -> Response {
    let of_function = request.uri().path().starts_with("/api/");
    if let Some(status) = too_long(&request) {
        return refusal(of_function, status, &AppError::TooLong);
    }
    if is_foreign(&request, web.public_url.as_ref()) {
        tracing::warn!("refused: sent by a page of another site");
        return refusal(of_function, StatusCode::FORBIDDEN, &AppError::Foreign);
    }
    let Some(request) = bounded(request).await else {
        return refusal(of_function, StatusCode::PAYLOAD_TOO_LARGE, &AppError::TooLarge);
    };
    let response = next.run(request).await;
    if of_function {
        with_status(response).await
    } else {
        response
    }
}

/// The framework answers 500 to every error of a server function: the error itself knows better.
async fn with_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LONGEST_BODY).await else {
        return error(&AppError::internal("an error that cannot be read"));
    };
    if let Ok(said) = serde_json::from_slice::<AppError>(&bytes) {
        parts.status = status(&said);
        parts.headers.remove(header::CONTENT_LENGTH);
        if said == AppError::Unavailable {
            parts.headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// For a function an error, for a person a page. It stands for itself: nothing of the request has been looked at.
fn refusal(of_function: bool, status: StatusCode, why: &AppError) -> Response {
    if of_function {
        return (status, Json(why)).into_response();
    }
    let title = match why {
        AppError::TooLarge => "Too large",
        AppError::TooLong => "Too long",
        _ => "Refused",
    };
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><title>{title} - Lastmile</title><h1>{title}</h1><p>{why}</p>\
         <p>Go back with your browser: what you typed is still there.</p></html>"
    );
    (status, Html(page)).into_response()
}

/// The status that refuses a request for its address or its headers.
fn too_long(request: &Request) -> Option<StatusCode> {
    let (uri, headers) = (request.uri(), request.headers());
    if uri.path().len() > LONGEST_PATH || uri.query().is_some_and(|query| query.len() > LONGEST_QUERY) {
        return Some(StatusCode::URI_TOO_LONG);
    }
    // A line is `name: value` and its end.
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    (headers.len() > MOST_HEADERS || bytes > LONGEST_HEADERS).then_some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
}

/// Whether a page of another site has sent an unsafe request. Browsers say so in `Sec-Fetch-Site`, older ones by the `Origin` alone;
/// what sends neither is no browser. (As Go's `CrossOriginProtection` decides, except that `Sec-Fetch-Site` is believed even
/// where the `Origin` is ours.)
fn is_foreign(request: &Request, public_url: Option<&PublicUrl>) -> bool {
    if request.method().is_safe() {
        return false;
    }
    let all = |name| {
        request
            .headers()
            .get_all(name)
            .iter()
            .map(HeaderValue::as_bytes)
            .filter(|value| !value.is_empty())
    };
    if all("sec-fetch-site").next().is_some() {
        return !all("sec-fetch-site").all(|site| matches!(site, b"same-origin" | b"none"));
    }
    let host = match request.uri().authority() {
        Some(authority) => Some(authority.as_str().as_bytes()),
        None => all("host").next(),
    };
    // A proxy may have put another name into `Host` than the browser knows.
    let is_ours = |origin: &[u8]| {
        let of_origin = [&b"http://"[..], b"https://"]
            .iter()
            .find_map(|scheme| origin.strip_prefix(*scheme));
        of_origin.is_some() && of_origin == host || public_url.is_some_and(|url| url.origin().as_bytes() == origin)
    };
    !all("origin").all(is_ours)
}

/// The request with its body read; `None` where that is too long.
async fn bounded(request: Request) -> Option<Request> {
    if request.method().is_safe() {
        return Some(request);
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, LONGEST_BODY).await.ok()?;
    Some(Request::from_parts(parts, Body::from(bytes)))
}

fn error(error: &AppError) -> Response {
    (status(error), Json(error)).into_response()
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
