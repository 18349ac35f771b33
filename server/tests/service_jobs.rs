//! The jobs about services: what is planned takes effect on its day, once and in order, and the network hears of it once, whatever copies of the
//! program run and die meanwhile.

#[path = "../../app/tests/common/plan.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod plan;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use app::base::time::Clock;
use app::http::context::AppContext;
use app::services::store::customers;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use chrono::{DateTime, TimeDelta, Utc};
use plan::{PLAN, ensure_plan};
use serde_json::Value;
use server::jobs::{self, Worker};
use server::network_hook::NetworkHook;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const SERVICES: i64 = 1_700;

fn now() -> DateTime<Utc> {
    "2026-11-23T06:30:00Z".parse().expect("an instant")
}

/// A copy of the program, ten days later.
async fn worker(pool: &PgPool, hook: NetworkHook) -> Worker {
    let own = PgPoolOptions::new()
        .max_connections(3)
        .connect_with((*pool.connect_options()).clone())
        .await
        .expect("connections");
    let context = AppContext::new(own, Clock::new(|| now() + TimeDelta::days(10)));
    context.set_shared(hook);
    Worker::new(context, jobs::work(), CancellationToken::new())
}

/// Customers with a service each, for each of which three events are planned on three days, in another order than they were made.
async fn plan_events(pool: &PgPool, services: i64) {
    ensure_plan(pool).await;
    let sql = "INSERT INTO customers (id, name, name_key, email, email_key, phone, address_line, city, state, pin_code, status, plan_type,
             speed_kbps, price_paise, billing_cycle, ott_apps, live_channels, data_used_mb, average_speed_kbps, uptime_bp, peak_hours,
             customer_since, churn_risk, nps, tickets, search_text, created_at, updated_at)
         SELECT md5(n::text)::uuid, 'Asha', 'asha', n || '@example.in', n || '@example.in', '+919845012345', '1 Road', 'Pune', 'Maharashtra',
             '411001', 'Active', 'Fiber', 100000, 136700, 'Monthly', '{}', 0, 0, 0, 0, '{}', '2026-01-01', 'Low', 0, 0, ' asha ' || n,
             now(), now() FROM generate_series(1, $1) AS n";
    sqlx::query(sql).bind(services).execute(pool).await.expect("customers");
    let sql = "INSERT INTO services (id, customer_id, plan_id, status, price_paise, starts_on, anchor_day, login, created_at, updated_at)
         SELECT id, id, $1, 'Active', 136700, '2026-01-01', 1, email, now(), now() FROM customers";
    sqlx::query(sql).bind(PLAN).execute(pool).await.expect("services");
    let sql = "INSERT INTO service_events (id, service_id, kind, cause, effective_on, created_at)
         SELECT gen_random_uuid(), s.id, e.kind::service_event_kind, 'Request', e.day::date, now()
         FROM services s CROSS JOIN (VALUES (1, 'Resumed', '2026-11-26'), (2, 'Paused', '2026-11-24'), (3, 'Suspended', '2026-11-28')) AS e (n, kind, day)
         ORDER BY e.n, s.id";
    sqlx::query(sql).execute(pool).await.expect("events");
    // The next run of what else repeats is later.
    let sql = "INSERT INTO jobs (id, kind, key, payload, state, run_at, max_attempts, created_at, finished_at)
         VALUES (gen_random_uuid(), 'Clean up', '', '{}', 'Done', now(), 1, now(), now())";
    sqlx::query(sql).execute(pool).await.expect("a job");
}

async fn one<T>(pool: &PgPool, sql: &'static str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(sql).fetch_one(pool).await.expect(sql)
}

/// What a worker does in turn.
async fn turn(worker: &Worker) -> bool {
    worker.keep_up().await.expect("no fault");
    worker.run_next().await.expect("no fault")
}

/// Of two copies that run, one dies in the middle of five thousand events.
#[sqlx::test(migrations = "../migrations")]
async fn each_event_takes_effect_once_and_in_order(pool: PgPool) {
    plan_events(&pool, SERVICES).await;
    let dying = worker(&pool, NetworkHook::default()).await;
    let dying = tokio::spawn(async move { turn(&dying).await });
    // It has the job, and is in its batch.
    while one::<i64>(
        &pool,
        "SELECT count(*) FROM jobs WHERE kind = 'Apply service events' AND state = 'Running'",
    )
    .await
        == 0
    {
        sleep(Duration::from_millis(5)).await;
    }
    sleep(Duration::from_millis(30)).await;
    dying.abort();
    let _ = dying.await;
    // Nobody renews its lease: some time later another copy goes on.
    let expired = "UPDATE jobs SET lease_until = now() - interval '1 second' WHERE state = 'Running'";
    sqlx::query(expired).execute(&pool).await.expect("expired");
    let mut copies = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let copy = worker(&pool, NetworkHook::default()).await;
        let pool = pool.clone();
        copies.spawn(async move {
            let waiting = "SELECT count(*) FROM service_events WHERE applied_at IS NULL";
            while one::<i64>(&pool, waiting).await > 0 {
                turn(&copy).await;
            }
        });
    }
    while let Some(copy) = copies.join_next().await {
        copy.expect("it ends");
    }
    assert_eq!(
        one::<i64>(
            &pool,
            "SELECT count(*) FROM service_events WHERE withdrawn_at IS NOT NULL"
        )
        .await,
        0
    );
    // Where a batch ends between the events of a service, it changes twice.
    let suspended = "SELECT count(*) FROM services JOIN customers ON customers.id = customer_id
         WHERE services.status = 'Suspended' AND customers.status = 'Suspended' AND services.version <= 3 AND customers.version = 1";
    assert_eq!(one::<i64>(&pool, suspended).await, SERVICES, "once");
    let jobs = "SELECT count(DISTINCT payload->>'event') FROM jobs WHERE kind = 'Tell the network'";
    assert_eq!(one::<i64>(&pool, jobs).await, 3 * SERVICES);
    assert_eq!(
        one::<i64>(&pool, "SELECT count(*) FROM jobs WHERE kind = 'Tell the network'").await,
        3 * SERVICES
    );
    let mut db = pool.acquire().await.expect("a connection");
    assert!(customers::mismatches(&mut db, 1).await.expect("compared").is_empty());
}

/// A network that refuses every seventh request.
#[derive(Clone, Default)]
struct Network(Arc<Mutex<Requests>>);

#[derive(Default)]
struct Requests {
    count: u64,
    /// Of each request that was accepted: the id of the event, the service and what happened.
    accepted: Vec<(String, String, String)>,
}

async fn hear(State(network): State<Network>, headers: HeaderMap, body: String) -> StatusCode {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let event: Value = serde_json::from_str(&body).expect("JSON");
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(header("webhook-id"), text("id"));
    assert!(header("webhook-signature").starts_with("v1,") && !header("webhook-timestamp").is_empty());
    let mut requests = network.0.lock().expect("nobody panicked");
    requests.count += 1;
    if requests.count % 7 == 3 {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    requests.accepted.push((text("id"), text("service"), text("event")));
    StatusCode::NO_CONTENT
}

#[sqlx::test(migrations = "../migrations")]
async fn the_network_hears_each_event_once_and_in_order(pool: PgPool) {
    const FEW: i64 = 20;
    plan_events(&pool, FEW).await;
    let network = Network::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let router = Router::new().route("/hook", post(hear)).with_state(network.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let key = std::env::temp_dir().join(format!("lastmile-hook-{}", Uuid::now_v7()));
    std::fs::write(&key, "a key of at least 24 bytes\n").expect("a key");
    let hook = NetworkHook::new(Some(&url), Some(&key), None).expect("a hook");
    std::fs::remove_file(&key).expect("removed");
    let mut copies = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let copy = worker(&pool, hook.clone()).await;
        copies.spawn(async move {
            loop {
                turn(&copy).await;
            }
        });
    }
    let is_given_up = "SELECT count(*) FROM jobs WHERE state = 'Failed'";
    while one::<i64>(&pool, "SELECT count(*) FROM service_events WHERE told_at IS NULL").await > 0 {
        assert_eq!(one::<i64>(&pool, is_given_up).await, 0);
        // A pause after a failure is no matter of this test.
        sqlx::query("UPDATE jobs SET run_at = now() WHERE state = 'Waiting' AND kind = 'Tell the network'")
            .execute(&pool)
            .await
            .expect("due");
        sleep(Duration::from_millis(50)).await;
    }
    copies.shutdown().await;
    let heard = &network.0.lock().expect("nobody panicked").accepted;
    let ids: HashSet<&String> = heard.iter().map(|(id, ..)| id).collect();
    assert_eq!((heard.len(), ids.len()), (3 * FEW as usize, 3 * FEW as usize));
    let mut by_service: HashMap<&String, Vec<&str>> = HashMap::new();
    for (_, service, event) in heard {
        by_service.entry(service).or_default().push(event);
    }
    assert!(
        by_service
            .values()
            .all(|events| *events == ["Paused", "Resumed", "Suspended"]),
        "{by_service:?}"
    );
}

/// A plan that is changed shows its new speed with its customers, after a while.
#[sqlx::test(migrations = "../migrations")]
async fn customers_show_what_their_plan_has_now(pool: PgPool) {
    plan_events(&pool, 12).await;
    sqlx::raw_sql(
        "UPDATE plans SET download_kbps = 150000, live_channels = 9;
         INSERT INTO jobs (id, kind, payload, run_at, max_attempts, created_at)
         SELECT gen_random_uuid(), 'Update customers of a plan', jsonb_build_object('plan', id), '2020-01-01', 10, now() FROM plans",
    )
    .execute(&pool)
    .await
    .expect("another speed");
    let copy = worker(&pool, NetworkHook::default()).await;
    assert!(turn(&copy).await);
    let shown = "SELECT count(*) FROM customers WHERE speed_kbps = 150000 AND live_channels = 9 AND version = 1";
    assert_eq!(one::<i64>(&pool, shown).await, 12);
}

/// Two copies of the program suspend who does not pay: each service once, and none of somebody who has paid.
#[sqlx::test(migrations = "../migrations")]
async fn who_does_not_pay_is_suspended_once(pool: PgPool) {
    const CUSTOMERS: i64 = 1_200;
    plan_events(&pool, CUSTOMERS).await;
    sqlx::raw_sql(
        "UPDATE service_events SET withdrawn_at = now();
         INSERT INTO providers (version, name, address_line, city, state, pin_code, gstin, bill_series, note_series, due_days, grace_days, created_at)
         VALUES (1, 'Lastmile Networks', '1 Road', 'Pune', 'Maharashtra', '411001', '27AAPFU0939F1ZV', 'LM', 'LC', 10, 5, now());
         INSERT INTO bills (id, customer_id, kind, issued_on, due_on, billed_name, billed_address, supplied_from, supplied_to, taxable_paise,
             cgst_paise, sgst_paise, igst_paise, round_off_paise, total_paise, open_paise, search_text, created_at)
         SELECT gen_random_uuid(), id, 'Brought forward', '2026-11-01', '2026-11-20', name, address_line, '27', '27', 100, 0, 0, 0, 0, 100,
             CASE WHEN email LIKE '%7@%' THEN 0 ELSE 100 END, '', now() FROM customers",
    )
    .execute(&pool)
    .await
    .expect("bills");
    let mut copies = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let copy = worker(&pool, NetworkHook::default()).await;
        let pool = pool.clone();
        copies.spawn(async move {
            let done = "SELECT count(*) FROM jobs WHERE kind = 'Suspend for dues' AND state = 'Done'";
            while one::<i64>(&pool, done).await == 0 {
                turn(&copy).await;
            }
        });
    }
    while let Some(copy) = copies.join_next().await {
        copy.expect("it ends");
    }
    // Where a batch ends between the events of a service, it changes twice.
    let suspended = "SELECT count(*) FROM services WHERE status = 'Suspended' AND version = 2";
    assert_eq!(one::<i64>(&pool, suspended).await, CUSTOMERS * 9 / 10);
    let wrong = "SELECT count(*) FROM services JOIN customers ON customers.id = customer_id
         WHERE (services.status = 'Suspended') = (customers.email LIKE '%7@%')";
    assert_eq!(one::<i64>(&pool, wrong).await, 0);
    let told = "SELECT count(DISTINCT payload->>'event') FROM jobs WHERE kind = 'Tell the network'";
    assert_eq!(one::<i64>(&pool, told).await, CUSTOMERS * 9 / 10);
}
