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

/// Around the server functions: a body that is too long is refused, and every error has its status (the framework says 500 to all).
pub async fn api(request: Request, next: Next) -> Response {
    let Some(request) = bounded(request).await else {
        return error(&AppError::TooLarge);
    };
    let response = next.run(request).await;
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LONGEST_BODY).await else {
        return error(&AppError::BadRequest("no answer".into()));
    };
    let said: Option<AppError> = serde_json::from_slice(&bytes).ok();
    if let Some(said) = said {
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

/// Around the pages and their forms: a body that is too long is refused.
pub async fn forms(request: Request, next: Next) -> Response {
    match bounded(request).await {
        Some(request) => next.run(request).await,
        None => {
            let page = format!(
                "<!DOCTYPE html><html lang=\"en\"><title>Too large - Lastmile</title><h1>Too large</h1><p>{}</p>\
                 <p>Go back with your browser: what you typed is still there.</p></html>",
                AppError::TooLarge
            );
            (StatusCode::PAYLOAD_TOO_LARGE, Html(page)).into_response()
        }
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
