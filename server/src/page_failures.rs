//! What pages report whose program could not be started, or has ended: a line in the log each (decision 44).

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn;
use axum::routing::post;
use axum::{Extension, Form};
use serde::Deserialize;

use crate::client_ip::ClientIp;
use crate::request_guard;

/// The address that pages report to.
const PATH: &str = "/page-failures";
/// The longest report, in bytes.
const LONGEST: usize = 4 * 1024;
/// How many characters of each of its texts are logged.
const LOGGED: usize = 500;

/// So many reports are logged in so long. Anybody may report.
const MOST: u32 = 20;
const WITHIN: Duration = Duration::from_secs(60);

static LIMIT: Mutex<Limit> = Mutex::new(Limit::new());

/// A report.
#[derive(Deserialize)]
struct Report {
    /// Whether the program was `starting` or `running`.
    stage: String,
    /// The first part of the page's address: the others hold ids, and secrets of one-time links.
    page: String,
    /// What has failed.
    reason: String,
}

/// The route that pages report to. It needs no session: pages of signing in are hydrated, too.
pub fn routes() -> Router {
    Router::new()
        .route(PATH, post(log))
        .layer(DefaultBodyLimit::max(LONGEST))
        .layer(from_fn(request_guard::buffer_body))
}

async fn log(Extension(client): Extension<ClientIp>, headers: HeaderMap, Form(report): Form<Report>) -> StatusCode {
    let now = Instant::now();
    if LIMIT.lock().unwrap_or_else(PoisonError::into_inner).admits(now) {
        let Report { stage, page, reason } = &report;
        let browser = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        // Written as Rust writes texts: a line break of a stranger's begins no line.
        tracing::warn!(
            stage = ?shortened(stage),
            page = ?shortened(page),
            reason = ?shortened(reason),
            browser = ?shortened(browser.unwrap_or_default()),
            client = %client.0,
            "a page went on without its program"
        );
    }
    StatusCode::NO_CONTENT
}

fn shortened(text: &str) -> &str {
    let end = text.char_indices().nth(LOGGED).map_or(text.len(), |(end, _)| end);
    &text[..end]
}

/// Counts the reports of a while.
struct Limit {
    since: Option<Instant>,
    count: u32,
}

impl Limit {
    const fn new() -> Self {
        Self { since: None, count: 0 }
    }

    /// Whether one more is logged.
    fn admits(&mut self, now: Instant) -> bool {
        if self.since.is_none_or(|since| now.duration_since(since) >= WITHIN) {
            *self = Self {
                since: Some(now),
                count: 0,
            };
        }
        self.count = self.count.saturating_add(1);
        self.count <= MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_reports_are_logged_in_a_minute() {
        let mut limit = Limit::new();
        let begun = Instant::now();
        for minute in 0..3 {
            let admitted =
                (0..50).filter(|second| limit.admits(begun + WITHIN * minute + Duration::from_secs(*second)));
            assert_eq!(admitted.count(), 20);
        }
    }

    #[test]
    fn long_texts_are_shortened_between_characters() {
        assert_eq!(shortened(&"र".repeat(501)), "र".repeat(500));
        assert_eq!(shortened("short"), "short");
    }
}
