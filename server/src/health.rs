//! Health checks for load balancers and supervisors: whether the process is alive, and whether it can work.

use std::time::Duration;

use app::http::context::AppContext;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::database;

/// How long the database may take to answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// `/healthz` reports on the process alone: an unavailable database is no reason to restart it. `/readyz` also checks the database and
/// its schema.
pub fn routes(context: AppContext) -> Router {
    Router::new()
        .route("/healthz", get(async || answer(StatusCode::OK, "ok\n".to_owned())))
        .route("/readyz", get(ready))
        .with_state(context)
}

async fn ready(State(context): State<AppContext>) -> Response {
    let check = async {
        let mut connection = context.pool().acquire().await?;
        database::check_schema(&mut connection).await
    };
    match tokio::time::timeout(TIMEOUT, check).await {
        Ok(Ok(Ok(()))) => answer(StatusCode::OK, "ready\n".to_owned()),
        Ok(Ok(Err(schema))) => answer(StatusCode::SERVICE_UNAVAILABLE, format!("Not ready: {schema}.\n")),
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
