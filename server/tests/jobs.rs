//! Jobs on a real Postgres: several workers, workers that die, failures, stops; and the page of jobs without script.

mod test_client;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use app::base::error::AppError;
use app::base::roles::Role;
use app::http::context::AppContext;
use app::jobs::model::{JobKind, JobState};
use app::jobs::store::{self, NewJob};
use axum::http::StatusCode;
use serde_json::json;
use server::jobs::{self, JobRun, Outcome, RunError, Work, Worker};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use test_client::TestServer;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A lease that a test can wait for.
const LEASE: Duration = Duration::from_secs(2);
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Work, as a function.
fn work<F: Future<Output = Outcome> + Send + 'static>(work: impl Fn(JobRun) -> F + Send + Sync + 'static) -> Work {
    Arc::new(move |run| Box::pin(work(run)))
}

/// Notes in the database, in a batch, that a job had an effect.
async fn note(run: &JobRun) -> Outcome {
    let mut db = run.begin().await?;
    let attempt = run.job().attempt;
    sqlx::query("INSERT INTO effects VALUES ($1, $2)")
        .bind(run.job().id)
        .bind(attempt)
        .execute(&mut *db)
        .await?;
    run.commit(db, 1).await
}

/// A worker with connections of its own, as another copy of the program has them.
async fn worker(pool: &PgPool, work: Work) -> Worker {
    let own = PgPoolOptions::new()
        .max_connections(3)
        .connect_with((*pool.connect_options()).clone())
        .await
        .expect("connections");
    let context = AppContext::new(own, server::clock::system());
    Worker::new(context, work, CancellationToken::new()).with_lease(LEASE)
}

/// A database without the jobs that repeat by themselves, and with a place for effects.
async fn prepare(pool: &PgPool) {
    // The next run of what repeats is later.
    sqlx::raw_sql(
        "CREATE TABLE effects (job uuid, attempt smallint);
         INSERT INTO jobs (id, kind, key, payload, state, run_at, max_attempts, created_at, finished_at)
         VALUES ('00000000-0000-7000-8000-000000000000', 'Clean up', '', '{}', 'Done', now(), 1, now(), now()),
             ('00000000-0000-7000-8000-000000000001', 'Apply service events', '', '{}', 'Done', now(), 1, now(), now()),
             ('00000000-0000-7000-8000-000000000002', 'Suspend for dues', '', '{}', 'Done', now(), 1, now(), now())",
    )
    .execute(pool)
    .await
    .expect("prepared");
}

fn new_job(key: Option<&str>) -> NewJob {
    NewJob {
        kind: JobKind::CleanUp,
        payload: json!({"what": "अ"}),
        key: key.map(str::to_owned),
        created_by: None,
    }
}

async fn enqueue(pool: &PgPool) -> Uuid {
    let mut db = pool.acquire().await.expect("a connection");
    let added = store::enqueue(&mut db, &new_job(None)).await.expect("no fault");
    added.expect("a job")
}

#[derive(Debug, PartialEq, sqlx::FromRow)]
struct State {
    state: JobState,
    attempt: i16,
    done: i64,
    error: Option<String>,
    version: i64,
}

async fn state(pool: &PgPool, id: Uuid) -> State {
    sqlx::query_as("SELECT state, attempt, done, error, version FROM jobs WHERE id = $1")
        .bind(id)
        .fetch_one(pool)
        .await
        .expect("a job")
}

async fn one<T>(pool: &PgPool, sql: &'static str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(sql).fetch_one(pool).await.expect(sql)
}

async fn execute(pool: &PgPool, sql: &'static str) {
    sqlx::raw_sql(sql).execute(pool).await.expect(sql);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_worker_compacts_the_counts_of_customers(pool: PgPool) {
    const CHANGES: &str = "SELECT count(*) FROM customer_count_changes";
    prepare(&pool).await;
    execute(
        &pool,
        "INSERT INTO customer_count_changes (segment, customers, debtors, monthly_paise, outstanding_paise) VALUES (7, 1, 1, 69900, 500)",
    )
    .await;
    let worker = worker(&pool, work(|_| async { Ok(()) })).await;
    let running = tokio::spawn(worker.run());
    let is_compacted = async {
        while one::<i64>(&pool, CHANGES).await > 0 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, is_compacted).await.expect("compacted");
    let counts: (i64, i64, i64, i64) = sqlx::query_as(
        "SELECT customers, debtors, monthly_paise, outstanding_paise FROM customer_counts WHERE segment = 7",
    )
    .fetch_one(&pool)
    .await
    .expect("counts");
    assert_eq!(counts, (1, 1, 69_900, 500));
    running.abort();
}

#[sqlx::test(migrations = "../migrations")]
async fn of_several_workers_each_job_is_run_by_one(pool: PgPool) {
    prepare(&pool).await;
    for _ in 0..120 {
        enqueue(&pool).await;
    }
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let worker = worker(&pool, work(|run| async move { note(&run).await })).await;
        workers.spawn(async move {
            let mut ran = 0;
            while worker.run_next().await.expect("no fault") {
                ran += 1;
            }
            ran
        });
    }
    let ran = workers.join_all().await;
    assert_eq!(ran.iter().sum::<i32>(), 120, "{ran:?}");
    assert!(
        ran.iter().filter(|ran| **ran > 0).count() > 1,
        "more than one has worked: {ran:?}"
    );
    let effects = one::<i64>(&pool, "SELECT count(DISTINCT job) FROM effects WHERE attempt = 1").await;
    assert_eq!(
        (effects, one::<i64>(&pool, "SELECT count(*) FROM effects").await),
        (120, 120)
    );
    let open = "SELECT count(*) FROM jobs WHERE state = 'Done' AND done = 1 AND payload = '{\"what\": \"अ\"}'";
    assert_eq!(one::<i64>(&pool, open).await, 120);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_job_is_there_when_its_transaction_is_committed_and_once_for_a_key(pool: PgPool) {
    prepare(&pool).await;
    let mut transaction = pool.begin().await.expect("a transaction");
    let added = store::enqueue(&mut transaction, &new_job(Some("a")))
        .await
        .expect("no fault");
    assert!(added.is_some());
    let worker = worker(&pool, work(|run| async move { note(&run).await })).await;
    assert!(!worker.run_next().await.expect("no fault"), "not committed");
    transaction.rollback().await.expect("rolled back");
    assert!(!worker.run_next().await.expect("no fault"), "rolled back");

    let mut transaction = pool.begin().await.expect("a transaction");
    for (key, is_added) in [("a", true), ("a", false), ("b", true)] {
        let added = store::enqueue(&mut transaction, &new_job(Some(key)))
            .await
            .expect("no fault");
        assert_eq!(added.is_some(), is_added, "{key}");
    }
    transaction.commit().await.expect("committed");
    while worker.run_next().await.expect("no fault") {}
    assert_eq!(one::<i64>(&pool, "SELECT count(*) FROM effects").await, 2);
    // What has ended makes room for the next.
    let mut db = pool.acquire().await.expect("a connection");
    assert!(
        store::enqueue(&mut db, &new_job(Some("a")))
            .await
            .expect("no fault")
            .is_some()
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn another_worker_goes_on_when_one_dies(pool: PgPool) {
    prepare(&pool).await;
    let id = enqueue(&pool).await;
    let begun = Arc::new(Notify::new());
    let hangs = {
        let begun = begun.clone();
        work(move |run| {
            let begun = begun.clone();
            async move {
                note(&run).await?;
                // In the middle of the second batch.
                let mut db = run.begin().await?;
                sqlx::query("INSERT INTO effects VALUES ($1, -1)")
                    .bind(run.job().id)
                    .execute(&mut *db)
                    .await?;
                begun.notify_one();
                sleep(PATIENCE).await;
                run.commit(db, 1).await
            }
        })
    };
    let first = worker(&pool, hangs).await;
    let dying = tokio::spawn(async move { first.run_next().await });
    timeout(PATIENCE, begun.notified()).await.expect("begun");
    let second = worker(&pool, work(|run| async move { note(&run).await })).await;
    // As long as it lives it keeps the job, for longer than a lease.
    sleep(LEASE * 2).await;
    assert!(!second.run_next().await.expect("no fault"), "the first one has it");
    dying.abort();
    assert!(dying.await.is_err_and(|error| error.is_cancelled()));
    assert!(!second.run_next().await.expect("no fault"), "until the lease has ended");
    sleep(LEASE).await;
    assert!(second.run_next().await.expect("no fault"));
    let job = state(&pool, id).await;
    assert_eq!((job.state, job.attempt, job.done), (JobState::Done, 2, 2));
    let attempts: Vec<i16> = sqlx::query_scalar("SELECT attempt FROM effects ORDER BY attempt")
        .fetch_all(&pool)
        .await
        .expect("effects");
    assert_eq!(attempts, [1, 2], "what was not committed has no effect");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_worker_that_has_lost_its_lease_commits_nothing(pool: PgPool) {
    prepare(&pool).await;
    let id = enqueue(&pool).await;
    let slow = {
        let pool = pool.clone();
        work(move |run| {
            let pool = pool.clone();
            async move {
                let mut db = run.begin().await?;
                sqlx::query("INSERT INTO effects VALUES ($1, -1)")
                    .bind(run.job().id)
                    .execute(&mut *db)
                    .await?;
                // It was away for longer than its lease, and another one has done the job meanwhile.
                execute(
                    &pool,
                    "UPDATE jobs SET lease_until = now() - interval '1 second' WHERE state = 'Running'",
                )
                .await;
                let other = worker(&pool, work(|run| async move { note(&run).await })).await;
                assert!(other.run_next().await?);
                let lost = run.commit(db, 1).await;
                assert!(matches!(lost, Err(RunError::Interrupted)), "{lost:?}");
                lost
            }
        })
    };
    let first = worker(&pool, slow).await;
    assert!(first.run_next().await.expect("no fault"));
    let job = state(&pool, id).await;
    assert_eq!((job.state, job.attempt, job.done), (JobState::Done, 2, 1));
    assert_eq!(one::<i64>(&pool, "SELECT sum(attempt) FROM effects").await, 2);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_fails_is_tried_again_after_growing_pauses_and_then_has_failed(pool: PgPool) {
    prepare(&pool).await;
    let id = enqueue(&pool).await;
    let fails = work(|run| async move {
        note(&run).await?;
        match run.job().attempt % 2 {
            0 => panic!("a test's panic"),
            _ => Err(AppError::Unavailable.into()),
        }
    });
    let worker = worker(&pool, fails).await;
    let mut pauses = Vec::new();
    for attempt in 1..=10 {
        assert!(worker.run_next().await.expect("no fault"), "{attempt}");
        let job = state(&pool, id).await;
        assert_eq!(job.attempt, attempt);
        let error = job.error.expect("why");
        let expected = match attempt % 2 {
            0 => "Something went wrong.",
            _ => "The database is not answering",
        };
        assert!(error.starts_with(expected), "{error}");
        if attempt == 10 {
            assert_eq!((job.state, job.version), (JobState::Failed, 2));
            break;
        }
        assert_eq!(job.state, JobState::Waiting);
        assert!(!worker.run_next().await.expect("no fault"), "not before its time");
        let pause: f64 =
            sqlx::query_scalar("SELECT extract(epoch FROM run_at - now())::float8 FROM jobs WHERE id = $1")
                .bind(id)
                .fetch_one(&pool)
                .await
                .expect("a pause");
        pauses.push(pause.round() as i64);
        execute(
            &pool,
            "UPDATE jobs SET run_at = now() WHERE state = 'Waiting' AND key IS NULL",
        )
        .await;
    }
    for (pause, expected) in pauses.iter().zip([10, 30, 90, 270, 810, 2_430, 7_290, 21_600, 21_600]) {
        assert!((expected - 3..=expected).contains(pause), "{pauses:?}");
    }
    assert!(!worker.run_next().await.expect("no fault"), "it has failed");
    assert_eq!(one::<i64>(&pool, "SELECT count(*) FROM effects").await, 10);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_job_that_ends_its_program_each_time_has_failed_at_last(pool: PgPool) {
    prepare(&pool).await;
    let id = enqueue(&pool).await;
    execute(
        &pool,
        "UPDATE jobs SET state = 'Running', attempt = 10, leased_by = id, lease_until = now() - interval '1 second' WHERE key IS NULL",
    )
    .await;
    let worker = worker(&pool, work(|run| async move { note(&run).await })).await;
    assert!(!worker.run_next().await.expect("no fault"));
    let job = state(&pool, id).await;
    assert_eq!(
        (job.state, job.error.as_deref()),
        (JobState::Failed, Some("The program ended while it ran this."))
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn at_the_end_of_the_program_a_job_is_given_back(pool: PgPool) {
    prepare(&pool).await;
    let id = enqueue(&pool).await;
    let begun = Arc::new(Notify::new());
    let endless = {
        let begun = begun.clone();
        work(move |run| {
            let begun = begun.clone();
            async move {
                loop {
                    note(&run).await?;
                    begun.notify_one();
                    sleep(Duration::from_millis(5)).await;
                }
            }
        })
    };
    let shutdown = CancellationToken::new();
    let own = PgPoolOptions::new()
        .connect_with((*pool.connect_options()).clone())
        .await
        .expect("connections");
    let context = AppContext::new(own, server::clock::system());
    let running = tokio::spawn(Worker::new(context, endless, shutdown.clone()).run());
    timeout(PATIENCE, begun.notified()).await.expect("begun");
    shutdown.cancel();
    timeout(PATIENCE, running).await.expect("it ends").expect("no panic");
    let job = state(&pool, id).await;
    assert_eq!((job.state, job.attempt), (JobState::Waiting, 0));
    assert_eq!(
        one::<i64>(&pool, "SELECT count(*) FROM effects").await,
        job.done,
        "whole batches"
    );
    let next = worker(&pool, work(|run| async move { note(&run).await })).await;
    assert!(next.run_next().await.expect("no fault"), "at once");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_has_expired_is_deleted_once_an_hour_whoever_does_it(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    for _ in 0..4 {
        server.sign_in(Role::Sales).await;
    }
    execute(
        &pool,
        "WITH old AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM sessions)
         UPDATE sessions SET last_seen_at = last_seen_at - CASE n WHEN 1 THEN interval '61 minutes' ELSE '0' END,
             signed_in_at = signed_in_at - CASE n WHEN 2 THEN interval '721 minutes' ELSE '0' END
         FROM old WHERE old.id = sessions.id;
         INSERT INTO one_time_links SELECT sha256(n::text::bytea), 'First admin', NULL, now() + n * interval '1 hour' FROM (VALUES (-1), (1)) AS v (n);
         INSERT INTO sign_in_attempts SELECT sha256(n::text::bytea), 1, now(), now() - n * interval '1 hour' FROM generate_series(20, 7000) AS n;
         INSERT INTO jobs (id, kind, payload, state, run_at, max_attempts, created_at, finished_at)
         VALUES (gen_random_uuid(), 'Apply service events', '{}', 'Done', now(), 1, now(), now()),
             (gen_random_uuid(), 'Suspend for dues', '{}', 'Done', now(), 1, now(), now());
         INSERT INTO jobs (id, kind, payload, state, run_at, max_attempts, created_at, finished_at)
         SELECT gen_random_uuid(), 'Other', '{}', state::job_state, now(), 1, now(), now() - make_interval(days => days)
         FROM (VALUES ('Done', 29), ('Done', 31), ('Failed', 31), ('Stopped', 31), ('Failed', 91)) AS v (state, days)",
    )
    .await;
    // Several programs at once.
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let worker = worker(&pool, jobs::work()).await;
        workers.spawn(async move {
            worker.keep_up().await.expect("no fault");
            worker.run_next().await.expect("no fault")
        });
    }
    let ran = workers.join_all().await;
    assert_eq!(ran.iter().filter(|ran| **ran).count(), 1, "{ran:?}");
    let left = "SELECT concat_ws(' ', (SELECT count(*) FROM sessions), (SELECT count(*) FROM one_time_links),
         (SELECT count(*) FROM sign_in_attempts), (SELECT count(*) FROM jobs WHERE kind = 'Other'))";
    // Three sessions of five, and the attempts of the last 24 hours.
    assert_eq!(one::<String>(&pool, left).await, "3 1 4 2");
    let (done, error): (i64, Option<String>) =
        sqlx::query_as("SELECT done, error FROM jobs WHERE kind = 'Clean up' AND state = 'Done'")
            .fetch_one(&pool)
            .await
            .expect("a job");
    assert_eq!((done, error), (2 + 1 + 6_977 + 3, None));
    // The next one waits for an hour to pass since the end of the last.
    let worker = worker(&pool, jobs::work()).await;
    worker.keep_up().await.expect("no fault");
    assert!(!worker.run_next().await.expect("no fault"));
    let next =
        "SELECT string_agg(round(extract(epoch FROM run_at - (SELECT max(finished_at) FROM jobs)) / 60)::text, ',')
         FROM jobs WHERE kind = 'Clean up' AND state = 'Waiting'";
    assert_eq!(one::<String>(&pool, next).await, "60");
    // A run that was stopped is not the last one.
    execute(
        &pool,
        "UPDATE jobs SET state = 'Stopped', finished_at = now() WHERE state = 'Waiting'",
    )
    .await;
    worker.keep_up().await.expect("no fault");
    assert!(!worker.run_next().await.expect("no fault"));
    assert_eq!(one::<String>(&pool, next).await, "60");
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_admin_stops_and_retries_without_script(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    prepare(&pool).await;
    let id = enqueue(&pool).await;
    let (stop, retry) = (format!("/jobs/{id}/stop"), format!("/jobs/{id}/retry"));
    let page = server.get("/jobs").await;
    page.assert_shows("Deletes expired sessions");
    assert!(page.body.contains(&format!("action=\"{stop}\"")), "{}", page.body);
    server
        .get("/jobs?kind=Clean+up")
        .await
        .assert_shows("Deletes expired sessions");
    let other = server.get("/jobs?kind=Tell+the+network").await;
    other.assert_shows("No jobs of this kind");
    assert!(!other.body.contains(&stop), "{}", other.body);
    assert!(!page.body.contains(&retry) && !page.body.contains("Older"));
    // In the middle of a batch: what it has done is rolled back, and the worker does nothing more.
    let begun = Arc::new(Notify::new());
    let stopped = Arc::new(Notify::new());
    let slow = {
        let (begun, stopped) = (begun.clone(), stopped.clone());
        work(move |run| {
            let (begun, stopped) = (begun.clone(), stopped.clone());
            async move {
                let mut db = run.begin().await?;
                sqlx::query("INSERT INTO effects VALUES ($1, -1)")
                    .bind(run.job().id)
                    .execute(&mut *db)
                    .await?;
                begun.notify_one();
                stopped.notified().await;
                run.commit(db, 1).await
            }
        })
    };
    let slow = worker(&pool, slow).await;
    let running = tokio::spawn(async move { slow.run_next().await });
    timeout(PATIENCE, begun.notified()).await.expect("begun");
    server.get("/jobs?state=Running").await.assert_shows("Since");
    let answer = server.post(&stop, "version=1").await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/jobs")
    );
    server
        .get_with_cookie_of("/jobs", &answer)
        .await
        .assert_shows("Clean up stopped");
    stopped.notify_one();
    assert!(
        timeout(PATIENCE, running)
            .await
            .expect("it ends")
            .expect("no panic")
            .expect("no fault")
    );
    assert_eq!(state(&pool, id).await.state, JobState::Stopped);
    assert_eq!(one::<i64>(&pool, "SELECT count(*) FROM effects").await, 0);
    // Of another version than the page showed nothing is done.
    for (address, version) in [(&stop, "1"), (&stop, "2"), (&retry, "1"), (&retry, ""), (&retry, "3")] {
        let refused = server.post(address, format!("version={version}")).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{address} {version}");
        refused.assert_shows("This job changed after you opened the page.");
    }
    let missing = server
        .post(&format!("/jobs/{}/stop", Uuid::now_v7()), "version=1")
        .await;
    assert_eq!(missing.status, StatusCode::CONFLICT);
    missing.assert_shows("Job not found");
    let page = server.get("/jobs?state=Stopped").await;
    assert_eq!(page.input("version").as_deref(), Some("2"), "{}", page.body);
    let answer = server.post(&retry, "version=2").await;
    server
        .get_with_cookie_of("/jobs", &answer)
        .await
        .assert_shows("Clean up will run again now");
    let next = worker(&pool, work(|run| async move { note(&run).await })).await;
    assert!(next.run_next().await.expect("no fault"));
    assert_eq!(
        state(&pool, id).await,
        State {
            state: JobState::Done,
            attempt: 1,
            done: 1,
            error: None,
            version: 4,
        }
    );
    let history = server.get("/history?kind=job").await;
    history.assert_shows("Stopped");
    history.assert_shows("Retried");
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_job_is_not_retried_beside_another_of_its_key(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    prepare(&pool).await;
    let mut db = pool.acquire().await.expect("a connection");
    let first = store::enqueue(&mut db, &new_job(Some("a")))
        .await
        .expect("no fault")
        .expect("a job");
    server.post(&format!("/jobs/{first}/stop"), "version=1").await;
    store::enqueue(&mut db, &new_job(Some("a")))
        .await
        .expect("no fault")
        .expect("a job");
    let refused = server.post(&format!("/jobs/{first}/retry"), "version=2").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    refused.assert_shows("A job like this is already waiting or running");
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn older_jobs_are_on_further_pages(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    server.get("/jobs").await.assert_shows("No jobs yet");
    server.get("/jobs?state=Failed").await.assert_shows("No failed jobs");
    execute(
        &pool,
        "INSERT INTO jobs (id, kind, payload, state, run_at, max_attempts, created_at, finished_at, error)
         SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Job ' || n, '{}', 'Failed', now(), 1, now(), now(), 'Reason ' || n
         FROM generate_series(1, 60) AS n",
    )
    .await;
    let first = server.get("/jobs").await;
    first.assert_shows("Reason 60");
    first.assert_shows("Failed 60");
    assert!(!first.body.contains("Reason 10<"));
    let older = "/jobs?before=00000000-0000-7000-8000-000000000011";
    assert!(first.body.contains(older), "{}", first.body);
    let second = server.get(older).await;
    second.assert_shows("Reason 10");
    assert!(!second.body.contains("Reason 11<"));
    server.close().await;
}
