//! What load balancers and operators see: health, and the number of a request.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::sync::{Arc, Mutex};

use app::http::context::AppContext;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use server::network::NetworkConfig;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tower::ServiceExt;
use tracing::subscriber::DefaultGuard;

fn router(pool: PgPool) -> Router {
    let context = AppContext::new(pool, server::clock::system());
    server::request_log::layer(server::health::routes(&context))
}

async fn get(router: &Router, path: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let bytes = axum::body::to_bytes(body, 4096).await.unwrap();
    (head.status, head.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn without_a_database_the_server_is_alive_but_not_ready() {
    let nowhere = PgConnectOptions::new_without_pgpass().socket("/nonexistent");
    let router = router(server::database::pool(&nowhere));
    let (status, first, _) = get(&router, "/healthz").await;
    assert_eq!(status, StatusCode::OK);
    let (status, second, text) = get(&router, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(text, "Not ready: the database does not answer.\n");
    assert_ne!(first["x-request-id"], second["x-request-id"]);
}

#[sqlx::test(migrations = "../migrations")]
async fn ready_requires_this_versions_schema(pool: PgPool) {
    let router = router(pool.clone());
    let (status, _, text) = get(&router, "/readyz").await;
    assert_eq!(status, StatusCode::OK, "{text}");
    for (change, word) in [
        (
            "INSERT INTO _sqlx_migrations VALUES (99999999999999, 'later', now(), true, ''::bytea, 0)",
            "newer",
        ),
        ("DELETE FROM _sqlx_migrations", "lastmile migrate"),
        ("DROP TABLE _sqlx_migrations", "lastmile migrate"),
    ] {
        sqlx::raw_sql(change).execute(&pool).await.unwrap();
        let (status, _, text) = get(&router, "/readyz").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(text.contains(word), "{text}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn ready_requires_that_the_database_takes_writes(pool: PgPool) {
    let name: String = sqlx::query_scalar("SELECT current_database()")
        .fetch_one(&pool)
        .await
        .unwrap();
    let settings = async |read_only: &str| {
        let set = format!(
            "BEGIN READ WRITE; ALTER DATABASE \"{name}\" SET default_transaction_read_only = {read_only}; COMMIT"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(set)).execute(&pool).await.unwrap();
    };
    assert_eq!(get(&router(pool.clone()), "/readyz").await.0, StatusCode::OK);
    settings("on").await;
    let (status, _, text) = get(&router(pool.clone()), "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text.contains("takes no writes") && text.contains("read-only"), "{text}");
    settings("off").await;
    assert_eq!(get(&router(pool.clone()), "/readyz").await.0, StatusCode::OK);
}

#[sqlx::test(migrations = "../migrations")]
async fn ready_waits_for_no_request(pool: PgPool) {
    let requests = server::database::pool(&pool.connect_options());
    let router = router(requests.clone());
    let mut taken = Vec::new();
    while taken.len() < requests.options().get_max_connections() as usize {
        taken.push(requests.acquire().await.unwrap());
    }
    // None of them comes back: whoever waited for one would be refused.
    assert_eq!(get(&router, "/readyz").await.0, StatusCode::OK);
    drop(taken);
    requests.close().await;
}

/// Where a test's log goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Becomes the log of this thread, as long as the guard lives.
    fn start(&self) -> DefaultGuard {
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_writer(move || writer.clone());
        tracing::subscriber::set_default(subscriber.finish())
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// What might be an attempt to get around a control is seen in the log.
#[tokio::test]
async fn refused_requests_are_logged() {
    let log = Log::default();
    let _guard = log.start();
    let nowhere = PgConnectOptions::new_without_pgpass().socket("/nonexistent");
    let router = router(server::database::pool(&nowhere));
    let router = server::request_guard::layer(router, &NetworkConfig::default());
    let long = format!("/healthz?q={}", "x".repeat(9000));
    let large = "x".repeat(1024 * 1024 + 1);
    for (request, reason) in [
        (Request::get(&*long).header("host", "a").body(Body::empty()), "too long"),
        (
            Request::post("/healthz")
                .header("host", "a")
                .header("sec-fetch-site", "cross-site")
                .body(Body::empty()),
            "another site",
        ),
        (
            Request::get("/healthz")
                .header("host", "a")
                .header("host", "b")
                .body(Body::empty()),
            "one Host",
        ),
        (
            Request::post("/healthz")
                .header("host", "a")
                .header("content-length", large.len())
                .body(large.into()),
            "too large",
        ),
    ] {
        let before = log.text().len();
        router.clone().oneshot(request.unwrap()).await.unwrap();
        let lines = log.text().split_off(before);
        let is_warned = |line: &str| line.contains("WARN") && line.contains("refused") && line.contains(reason);
        assert!(lines.lines().any(is_warned), "{reason}: {lines}");
    }
}

#[tokio::test]
async fn the_log_line_of_a_request_omits_its_query() {
    let log = Log::default();
    let _guard = log.start();
    let nowhere = PgConnectOptions::new_without_pgpass().socket("/nonexistent");
    let router = router(server::database::pool(&nowhere));
    let (_, headers, _) = get(&router, "/healthz?q=asha.rao@example.in").await;

    let text = log.text();
    assert_eq!(text.lines().count(), 1, "{text}");
    for part in [
        r#""route":"/healthz""#,
        r#""method":"GET""#,
        r#""status":200"#,
        r#""milliseconds":"#,
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(text.contains(headers["x-request-id"].to_str().unwrap()), "{text}");
    assert!(!text.contains("asha"), "{text}");
}
