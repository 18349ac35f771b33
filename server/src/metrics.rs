//! What an operator sees from outside: requests by route and status, how long they took, the pools, connections, sessions, jobs. Prometheus fetches it from
//! a listener of its own.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use app::base::error::AppError;
use app::http::context::AppContext;
use app::jobs::model::JobState;
use app::jobs::store::backlog;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use sqlx::PgPool;
use tokio::time::timeout;

use crate::connections::Places;
use crate::{database, health};

/// The upper bounds of what is counted together, in seconds.
const DURATIONS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const WAITS: [f64; 7] = [0.0001, 0.001, 0.01, 0.1, 0.5, 1.0, 3.0];

/// How long the database may take to count sessions and jobs.
const COUNT_WITHIN: Duration = Duration::from_secs(2);

/// The metrics of the process; clones share them.
#[derive(Clone, Default)]
pub struct Metrics(Arc<Shared>);

struct Shared {
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    waits: Histogram,
    pools: Mutex<Vec<(&'static str, PgPool)>>,
    places: Mutex<Option<Places>>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct JobLabels {
    state: String,
}

/// What the database counts.
struct Counts {
    sessions: i64,
    jobs: [(JobState, i64); 3],
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PoolLabels {
    pool: &'static str,
    state: &'static str,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(DURATIONS)),
            waits: Histogram::new(WAITS),
            pools: Mutex::default(),
            places: Mutex::default(),
        }
    }
}

impl Metrics {
    /// Shows a pool among those of its name.
    pub fn add_pool(&self, name: &'static str, pool: &PgPool) {
        let mut pools = self.0.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.push((name, pool.clone()));
    }

    /// Shows how many connections of browsers there are.
    pub fn set_places(&self, places: &Places) {
        *self.0.places.lock().unwrap_or_else(PoisonError::into_inner) = Some(places.clone());
    }

    /// Counts how long a request has waited for a connection to the database.
    pub fn observe_wait(&self, wait: Duration) {
        self.0.waits.observe(wait.as_secs_f64());
    }

    fn observe(&self, method: &Method, route: String, status: StatusCode, time: Duration) {
        let labels = RequestLabels {
            method: method_name(method),
            route: route.clone(),
            status: status.as_u16(),
        };
        self.0.requests.get_or_create(&labels).inc();
        let durations = self.0.durations.get_or_create(&RouteLabels { route });
        durations.observe(time.as_secs_f64());
    }

    /// All metrics as Prometheus reads them.
    fn text(&self, counts: Option<Counts>) -> Result<String, fmt::Error> {
        let shared = &*self.0;
        let mut registry = Registry::with_prefix("lastmile");
        registry.register("http_requests", "Requests that were answered", shared.requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "How long answers took, without their bodies",
            shared.durations.clone(),
        );
        registry.register(
            "db_pool_wait_seconds",
            "How long requests waited for a connection to the database",
            shared.waits.clone(),
        );
        registry.register("db_pool_connections", "Connections to the database", self.pools());
        let places = shared.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = &*places {
            let (open, most) = (gauge(places.open()), gauge(places.most()));
            registry.register("connections", "Connections of browsers and proxies", open);
            registry.register("connections_max", "The most connections of browsers and proxies", most);
            registry.register(
                "connections_refused",
                "Connections for which there was no place",
                places.refused(),
            );
        }
        if let Some(Counts { sessions, jobs }) = counts {
            let open: Gauge = Gauge::default();
            open.set(sessions);
            registry.register("sessions", "Sessions that have not expired", open);
            let backlog = Family::<JobLabels, Gauge>::default();
            for (state, count) in jobs {
                let state = state.as_str().to_lowercase();
                backlog.get_or_create(&JobLabels { state }).set(count);
            }
            registry.register(
                "jobs",
                "Jobs that are due and wait, that run, and that have failed",
                backlog,
            );
        }
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }

    fn pools(&self) -> Family<PoolLabels, Gauge> {
        let connections = Family::<PoolLabels, Gauge>::default();
        for (pool, of) in &*self.0.pools.lock().unwrap_or_else(PoisonError::into_inner) {
            let idle = i64::try_from(of.num_idle()).unwrap_or(i64::MAX);
            for (state, number) in [
                ("idle", idle),
                ("used", i64::from(of.size()).saturating_sub(idle).max(0)),
            ] {
                connections.get_or_create(&PoolLabels { pool, state }).inc_by(number);
            }
        }
        connections
    }
}

fn gauge(number: usize) -> Gauge {
    let gauge: Gauge = Gauge::default();
    gauge.set(i64::try_from(number).unwrap_or(i64::MAX));
    gauge
}

/// A method's name; those that a client invents count together.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

/// Counts the requests of a router. To be called when all routes are in it.
pub fn layer(router: Router, metrics: Metrics) -> Router {
    router.layer(from_fn_with_state(metrics, count))
}

async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("(no route)", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    metrics.observe(&method, route, response.status(), begun.elapsed());
    response
}

/// What the listener of its own answers: `/metrics`, and the health checks.
pub fn routes(context: &AppContext) -> Router {
    let metrics = context.shared::<Metrics>();
    let own = database::health_pool(&context.pool().connect_options());
    let shown = Router::new().route("/metrics", get(show)).with_state((metrics, own));
    shown.merge(health::routes(context))
}

async fn show(State((metrics, own)): State<(Metrics, PgPool)>) -> Response {
    let count = async {
        let mut db = own.acquire().await?;
        let sessions = database::count_sessions(&mut db).await?;
        let jobs = backlog(&mut *db).await?;
        Ok::<_, AppError>(Counts { sessions, jobs })
    };
    // Without the database the rest is all the more of interest.
    let counts = timeout(COUNT_WITHIN, count).await.ok().and_then(Result::ok);
    match metrics.text(counts) {
        Ok(text) => {
            let open_metrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, open_metrics)], text).into_response()
        }
        Err(fault) => {
            tracing::error!(%fault, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
