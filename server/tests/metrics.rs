//! What Prometheus fetches.

mod test_client;

use app::base::roles::Role;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use server::connections::Places;
use server::metrics::Metrics;
use sqlx::PgPool;
use test_client::TestServer;
use tower::ServiceExt;

async fn fetch(routes: &Router) -> String {
    let request = Request::get("/metrics").body(Body::empty()).expect("a request");
    let answer = routes.clone().oneshot(request).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(
        answer.headers()["content-type"]
            .to_str()
            .expect("text")
            .starts_with("application/openmetrics-text")
    );
    let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// The value of a line.
fn value(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().parse().ok()
}

#[sqlx::test(migrations = "../migrations")]
async fn requests_pools_connections_and_sessions_are_counted(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let metrics = server.context.shared::<Metrics>();
    metrics.add_pool("primary", &server.pool);
    let places = Places::new(1);
    let place = places.take();
    assert!(
        place.is_some() && places.take().is_some(),
        "the second is one for health checks"
    );
    metrics.set_places(&places);
    let routes = server::metrics::routes(&server.context.clone().with_pool(pool.clone()));
    let id = server.create("Asha Rao", "asha@example.in").await;
    for _ in 0..3 {
        server.get(&format!("/customers/{id}?q=secret")).await;
    }
    server.get("/no/such/page/secret").await;
    server
        .ask(Method::from_bytes(b"SECRET").expect("a method"), "/customers")
        .await;
    server.sign_in(Role::Sales).await;
    sqlx::raw_sql(
        "INSERT INTO jobs (id, kind, payload, state, run_at, max_attempts, created_at, finished_at)
         SELECT gen_random_uuid(), 'Clean up', '{}', state::job_state, run_at, 1, now(), CASE state WHEN 'Failed' THEN now() END
         FROM (VALUES ('Waiting', now()), ('Waiting', now()), ('Waiting', now() + interval '1 hour'), ('Failed', now())) AS v (state, run_at)",
    )
    .execute(&pool)
    .await
    .expect("jobs");

    let text = fetch(&routes).await;
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert!(
        !text.contains("secret") && !text.contains("SECRET") && !text.contains(&id.to_string()),
        "{text}"
    );
    let route = text
        .lines()
        .filter(|line| line.starts_with("lastmile_http_requests_total{method=\"GET\",route=\"/customers/"))
        .find(|line| line.ends_with(" 3"));
    assert!(route.is_some_and(|line| line.contains("status=\"200\"")), "{text}");
    assert!(
        text.contains("lastmile_http_requests_total{method=\"POST\",route=\"/customers/new\",status=\"303\"} 1"),
        "{text}"
    );
    assert!(text.contains("method=\"other\""), "{text}");
    assert!(text.contains("status=\"404\""), "{text}");
    let timed = "lastmile_http_request_duration_seconds_count{route=\"/customers/new\"}";
    assert_eq!(value(&text, timed), Some(2.0), "{text}");
    let waits = value(&text, "lastmile_db_pool_wait_seconds_count ");
    assert!(waits.is_some_and(|waits| waits >= 5.0), "{text}");
    let idle = value(&text, "lastmile_db_pool_connections{pool=\"primary\",state=\"idle\"}");
    assert!(idle.is_some_and(|idle| idle >= 1.0), "{text}");
    assert_eq!(value(&text, "lastmile_sessions "), Some(2.0), "{text}");
    for (state, count) in [("waiting", 4.0), ("running", 0.0), ("failed", 1.0)] {
        let name = format!("lastmile_jobs{{state=\"{state}\"}}");
        assert_eq!(value(&text, &name), Some(count), "{text}");
    }
    assert_eq!(value(&text, "lastmile_connections "), Some(1.0), "{text}");
    assert_eq!(value(&text, "lastmile_connections_max "), Some(1.0), "{text}");
    assert_eq!(value(&text, "lastmile_connections_refused_total "), Some(1.0), "{text}");
    server.close().await;
}
