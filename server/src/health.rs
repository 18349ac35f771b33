//! Health checks for load balancers and supervisors: whether the process is alive, and whether it can work.

use std::time::Duration;

use app::http::context::AppContext;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sqlx::PgPool;

use crate::database;

/// How long the database may take to answer.
const TIMEOUT: Duration = Duration::from_secs(2);

const ALIVE: &str = "/healthz";
const READY: &str = "/readyz";

/// Whether an address is one of a health check.
pub fn is_health(path: &str) -> bool {
    matches!(path, ALIVE | READY)
}

/// `/healthz` reports on the process alone: an unavailable database is no reason to restart it. `/readyz` also checks the database, its
/// schema, and whether it can be written to, by a connection of its own: many requests at once, which wait for theirs, are no reason to send the next
/// one elsewhere.
pub fn routes(context: &AppContext) -> Router {
    let own = database::health_pool(&context.pool().connect_options());
    Router::new()
        .route(ALIVE, get(async || answer(StatusCode::OK, "ok\n".to_owned())))
        .route(READY, get(ready))
        .with_state(own)
}

async fn ready(State(pool): State<PgPool>) -> Response {
    let check = async {
        let mut connection = pool.acquire().await?;
        match database::check_schema(&mut connection).await? {
            Ok(()) => database::check_writable(&mut connection).await,
            Err(schema) => Ok(Err(schema.to_string())),
        }
    };
    match tokio::time::timeout(TIMEOUT, check).await {
        Ok(Ok(Ok(()))) => answer(StatusCode::OK, "ready\n".to_owned()),
        Ok(Ok(Err(reason))) => answer(StatusCode::SERVICE_UNAVAILABLE, format!("Not ready: {reason}.\n")),
        Ok(Err(fault)) => {
            tracing::warn!(%fault, "not ready");
            unavailable()
        }
        Err(_) => unavailable(),
    }
}

fn unavailable() -> Response {
    let text = "Not ready: the database does not answer.\n".to_owned();
    answer(StatusCode::SERVICE_UNAVAILABLE, text)
}

fn answer(status: StatusCode, text: String) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], text).into_response()
}
