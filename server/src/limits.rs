//! How much may be sent, and the right status for what goes wrong on the way into a server function.

use app::error::AppError;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

/// The most that may be sent: 1 MiB.
pub const LONGEST_BODY: usize = 1024 * 1024;

/// Around everything: a body that is too long is refused, and every error of a server function has its status.
pub async fn held(request: Request, next: Next) -> Response {
    let of_function = request.uri().path().starts_with("/api/");
    if is_foreign(&request) {
        let refusal = AppError::Forbidden;
        return if of_function {
            error(&refusal)
        } else {
            (status(&refusal), refusal.to_string()).into_response()
        };
    }
    match bounded(request).await {
        None if of_function => error(&AppError::TooLarge),
        None => too_large_page(),
        Some(request) => {
            let response = next.run(request).await;
            if of_function {
                with_status(response).await
            } else {
                response
            }
        }
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
            parts
                .headers
                .insert(header::RETRY_AFTER, header::HeaderValue::from_static("2"));
        }
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn too_large_page() -> Response {
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><title>Too large - Lastmile</title><h1>Too large</h1><p>{}</p>\
         <p>Go back with your browser: what you typed is still there.</p></html>",
        AppError::TooLarge
    );
    (StatusCode::PAYLOAD_TOO_LARGE, Html(page)).into_response()
}

/// Whether a page of another site has sent an unsafe request. Browsers say so in `Sec-Fetch-Site`, older ones by the `Origin` alone;
/// what sends neither is no browser. (As Go's `CrossOriginProtection` decides.)
fn is_foreign(request: &Request) -> bool {
    if request.method().is_safe() {
        return false;
    }
    let said = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    match (said("sec-fetch-site"), said("origin")) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_none() || host != said("host")
        }
        (None, None) => false,
    }
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
