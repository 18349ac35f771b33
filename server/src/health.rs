//! Two questions of load balancers and supervisors: is the process alive, and can it do its work?

use std::time::Duration;

use app::context::AppContext;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::database;

/// How long the database may take to answer.
const WITHIN: Duration = Duration::from_secs(2);

/// `/healthz` answers for the process alone: a database that is away is no reason to restart it. `/readyz` answers for the
/// database and its schema too.
pub fn routes(context: AppContext) -> Router {
    Router::new()
        .route("/healthz", get(async || answer(StatusCode::OK, "ok\n".to_owned())))
        .route("/readyz", get(ready))
        .with_state(context)
}

async fn ready(State(context): State<AppContext>) -> Response {
    let ask = async {
        let mut connection = context.pool().acquire().await?;
        database::check_schema(&mut connection).await
    };
    match tokio::time::timeout(WITHIN, ask).await {
        Ok(Ok(Ok(()))) => answer(StatusCode::OK, "ready\n".to_owned()),
        Ok(Ok(Err(schema))) => answer(StatusCode::SERVICE_UNAVAILABLE, format!("Not ready: {schema}.\n")),
        Ok(Err(fault)) => {
            tracing::warn!(%fault, "not ready");
            away()
        }
        Err(_) => away(),
    }
}

fn away() -> Response {
    let text = "Not ready: the database does not answer.\n".to_owned();
    answer(StatusCode::SERVICE_UNAVAILABLE, text)
}

fn answer(status: StatusCode, text: String) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], text).into_response()
}
