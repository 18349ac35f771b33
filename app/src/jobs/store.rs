//! Every statement about the table of jobs. Times are the database's, since leases are shared by programs whose clocks differ.

use std::collections::HashMap;
use std::time::Duration;

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::model::{JobKind, JobState};
use super::responses::JobRow;
use super::routes::JobsQuery;
use crate::base::error::AppError;

/// How often a job is begun, before it has failed.
const MAX_ATTEMPTS: i16 = 10;

/// A job that is to be done.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// What it does.
    pub kind: JobKind,
    /// What it does it with: JSON.
    pub payload: serde_json::Value,
    /// Of the jobs of a kind with the same key only one waits or runs.
    pub key: Option<String>,
    /// The user who asked for it.
    pub created_by: Option<Uuid>,
}

/// A job that a program runs.
#[derive(Clone, Debug)]
pub struct ClaimedJob {
    /// Its id.
    pub id: Uuid,
    /// What it does.
    pub kind: JobKind,
    /// What it does it with.
    pub payload: serde_json::Value,
    /// How often it was begun, this time included.
    pub attempt: i16,
}

/// Adds a job, in the transaction of the change that wants it, and gives its id; none where one with its key waits or runs already.
pub async fn enqueue(transaction: &mut PgConnection, job: &NewJob) -> Result<Option<Uuid>, AppError> {
    let added = sqlx::query_scalar!(
        "INSERT INTO jobs (id, kind, payload, key, created_by, max_attempts, run_at, created_at)
         VALUES ($1, $2, $3::text::jsonb, $4, $5, $6, clock_timestamp(), clock_timestamp())
         ON CONFLICT (kind, key) WHERE state IN ('Waiting', 'Running') DO NOTHING RETURNING id",
        Uuid::now_v7(),
        job.kind.as_str(),
        job.payload.to_string(),
        job.key,
        job.created_by,
        MAX_ATTEMPTS
    );
    Ok(added.fetch_optional(transaction).await?)
}

/// Adds a job of a kind for each of these payloads, in the transaction of the change that wants them.
pub async fn enqueue_all(
    transaction: &mut PgConnection,
    kind: JobKind,
    payloads: &[serde_json::Value],
    created_by: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = payloads.iter().map(|_| Uuid::now_v7()).collect();
    let payloads: Vec<String> = payloads.iter().map(ToString::to_string).collect();
    sqlx::query!(
        "INSERT INTO jobs (id, kind, payload, created_by, max_attempts, run_at, created_at)
         SELECT id, $3, payload::jsonb, $4, $5, clock_timestamp(), clock_timestamp() FROM unnest($1::uuid[], $2::text[]) AS new (id, payload)",
        &ids,
        &payloads,
        kind.as_str(),
        created_by,
        MAX_ATTEMPTS
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Adds the next job of a kind that repeats: at once, or so many minutes after the last one has ended. Nothing where one waits or runs.
pub async fn enqueue_repeated(db: impl PgExecutor<'_>, kind: JobKind, after_minutes: i32) -> Result<(), AppError> {
    sqlx::query!(
        "INSERT INTO jobs (id, kind, payload, key, max_attempts, run_at, created_at)
         SELECT $1, $2, '{}', '', $3,
             coalesce((SELECT max(finished_at) FROM jobs WHERE kind = $2) + make_interval(mins => $4), clock_timestamp()), clock_timestamp()
         WHERE NOT EXISTS (SELECT FROM jobs WHERE kind = $2 AND key = '' AND state IN ('Waiting', 'Running'))
         ON CONFLICT (kind, key) WHERE state IN ('Waiting', 'Running') DO NOTHING",
        Uuid::now_v7(),
        kind.as_str(),
        MAX_ATTEMPTS,
        after_minutes
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Claims the job that is due for the longest time, for `worker` and as long as the lease; also one whose worker's lease has expired.
/// None where none is due. Kinds that this program does not know are left to newer ones.
pub async fn claim(db: &mut PgConnection, worker: Uuid, lease: Duration) -> Result<Option<ClaimedJob>, AppError> {
    // Whoever ended its program that often is not begun again.
    sqlx::query!(
        "UPDATE jobs SET state = 'Failed', leased_by = NULL, lease_until = NULL, finished_at = clock_timestamp(), version = version + 1,
             error = 'The program ended while it ran this.'
         WHERE id IN (SELECT id FROM jobs WHERE state = 'Running' AND lease_until < clock_timestamp() AND attempt >= max_attempts
                      FOR UPDATE SKIP LOCKED)"
    )
    .execute(&mut *db)
    .await?;
    let kinds: Vec<String> = JobKind::WORDS.iter().map(ToString::to_string).collect();
    let claimed = sqlx::query!(
        r#"WITH due AS (
             SELECT id FROM jobs
             WHERE state IN ('Waiting', 'Running') AND run_at <= clock_timestamp() AND kind = ANY ($3)
                 AND (state = 'Waiting' OR lease_until < clock_timestamp())
             ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
         )
         UPDATE jobs SET state = 'Running', leased_by = $1, lease_until = clock_timestamp() + make_interval(secs => $2),
             attempt = attempt + 1, started_at = clock_timestamp()
         FROM due WHERE jobs.id = due.id
         RETURNING jobs.id, kind, payload::text AS "payload!", attempt"#,
        worker,
        lease.as_secs_f64(),
        &kinds
    );
    let Some(row) = claimed.fetch_optional(db).await? else {
        return Ok(None);
    };
    Ok(Some(ClaimedJob {
        id: row.id,
        kind: JobKind::parse(&row.kind).ok_or_else(|| AppError::internal("a kind of job that was not asked for"))?,
        payload: serde_json::from_str(&row.payload).map_err(AppError::internal)?,
        attempt: row.attempt,
    }))
}

/// Renews the lease of a job, with `done` more of its work; false where the job is not the worker's any more: it was stopped, or another
/// program has it. In the transaction of that work it is the last statement, so that nobody waits for it.
pub async fn renew(
    db: impl PgExecutor<'_>,
    id: Uuid,
    worker: Uuid,
    lease: Duration,
    done: i64,
) -> Result<bool, AppError> {
    let renewed = sqlx::query!(
        "UPDATE jobs SET done = done + $4, lease_until = clock_timestamp() + make_interval(secs => $3) WHERE id = $1 AND leased_by = $2",
        id,
        worker,
        lease.as_secs_f64(),
        done
    );
    Ok(renewed.execute(db).await?.rows_affected() == 1)
}

/// Notes how much there is to do.
pub async fn set_total(db: impl PgExecutor<'_>, id: Uuid, worker: Uuid, total: i64) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE jobs SET total = $3 WHERE id = $1 AND leased_by = $2",
        id,
        worker,
        total
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a job whose work is done.
pub async fn finish(db: impl PgExecutor<'_>, id: Uuid, worker: Uuid) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE jobs SET state = 'Done', leased_by = NULL, lease_until = NULL, finished_at = clock_timestamp(), version = version + 1,
             error = NULL
         WHERE id = $1 AND leased_by = $2",
        id,
        worker
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes why an attempt has failed: the next one is after a pause, three times as long each time, from 10 seconds to 6 hours. After the last
/// one the job has failed.
pub async fn fail(db: impl PgExecutor<'_>, id: Uuid, worker: Uuid, error: &str) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE jobs SET leased_by = NULL, lease_until = NULL, error = left($3, 500),
             state = CASE WHEN attempt < max_attempts THEN 'Waiting' ELSE 'Failed' END::job_state,
             run_at = clock_timestamp() + least(interval '10 seconds' * power(3, attempt - 1), interval '6 hours'),
             finished_at = CASE WHEN attempt < max_attempts THEN NULL ELSE clock_timestamp() END,
             version = version + (attempt >= max_attempts)::integer
         WHERE id = $1 AND leased_by = $2",
        id,
        worker,
        error
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives a job back that was interrupted by the end of the program: another one goes on with it at once.
pub async fn release(db: impl PgExecutor<'_>, id: Uuid, worker: Uuid) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE jobs SET state = 'Waiting', leased_by = NULL, lease_until = NULL, attempt = attempt - 1 WHERE id = $1 AND leased_by = $2",
        id,
        worker
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What became of an action of an Admin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acted {
    /// It is done to a job of this kind.
    Done {
        /// The kind.
        kind: String,
    },
    /// The job has another version, or is in a state to which this cannot be done.
    Changed,
    /// Another job with its key waits or runs.
    OtherWaits,
}

/// Stops a job that waits or runs. What its worker has not committed is rolled back: the lease is not the worker's any more.
///
/// # Errors
/// `NotFound`.
pub async fn stop(db: &mut PgConnection, id: Uuid, version: i64) -> Result<Acted, AppError> {
    let stopped = sqlx::query_scalar!(
        "UPDATE jobs SET state = 'Stopped', leased_by = NULL, lease_until = NULL, finished_at = clock_timestamp(), version = version + 1
         WHERE id = $1 AND version = $2 AND state IN ('Waiting', 'Running') RETURNING kind",
        id,
        version
    );
    let stopped = stopped.fetch_optional(&mut *db).await?;
    acted(db, id, stopped).await
}

/// Lets a job run again, from its first attempt, that has failed or was stopped.
///
/// # Errors
/// `NotFound`.
pub async fn retry(db: &mut PgConnection, id: Uuid, version: i64) -> Result<Acted, AppError> {
    let retried = sqlx::query_scalar!(
        "UPDATE jobs SET state = 'Waiting', attempt = 0, run_at = clock_timestamp(), finished_at = NULL, version = version + 1
         WHERE id = $1 AND version = $2 AND state IN ('Failed', 'Stopped') RETURNING kind",
        id,
        version
    );
    match retried.fetch_optional(&mut *db).await {
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("jobs_key") => Ok(Acted::OtherWaits),
        retried => acted(db, id, retried?).await,
    }
}

async fn acted(db: &mut PgConnection, id: Uuid, kind: Option<String>) -> Result<Acted, AppError> {
    if let Some(kind) = kind {
        return Ok(Acted::Done { kind });
    }
    let is_there = sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM jobs WHERE id = $1) AS "is_there!""#, id);
    match is_there.fetch_one(db).await? {
        true => Ok(Acted::Changed),
        false => Err(AppError::NotFound),
    }
}

/// At most `limit` jobs, the newest first, each with the user who asked for it.
pub async fn list(
    db: &mut PgConnection,
    query: JobsQuery,
    limit: i64,
) -> Result<Vec<(JobRow, Option<Uuid>)>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT id, version, kind, state AS "state: JobState", attempt, max_attempts, done, total, error, created_by, created_at, run_at,
               started_at, finished_at
           FROM jobs
           WHERE ($1::job_state IS NULL OR state = $1) AND ($2::text IS NULL OR kind = $2) AND ($3::uuid IS NULL OR id < $3)
           ORDER BY id DESC LIMIT $4"#,
        query.state as Option<JobState>,
        query.kind.map(JobKind::as_str),
        query.before,
        limit
    );
    let jobs = rows.fetch_all(db).await?.into_iter().map(|row| {
        let job = JobRow {
            id: row.id,
            version: row.version,
            kind: row.kind,
            state: row.state,
            attempt: row.attempt,
            max_attempts: row.max_attempts,
            done: row.done,
            total: row.total,
            error: row.error,
            created_by: None,
            created_at: row.created_at,
            run_at: row.run_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        };
        (job, row.created_by)
    });
    Ok(jobs.collect())
}

/// How many jobs, or those of a kind, are in each state, in the order of the states.
pub async fn count_by_state(db: &mut PgConnection, kind: Option<JobKind>) -> Result<Vec<i64>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT state AS "state: JobState", count(*) AS "count!" FROM jobs WHERE $1::text IS NULL OR kind = $1 GROUP BY state"#,
        kind.map(JobKind::as_str)
    );
    let counts: HashMap<JobState, i64> = rows
        .fetch_all(db)
        .await?
        .into_iter()
        .map(|row| (row.state, row.count))
        .collect();
    let count = |state: &JobState| counts.get(state).copied().unwrap_or_default();
    Ok(JobState::ALL.iter().map(count).collect())
}

/// How many jobs are due and wait, run, and have failed.
pub async fn backlog(db: impl PgExecutor<'_>) -> Result<[(JobState, i64); 3], AppError> {
    let row = sqlx::query!(
        r#"SELECT count(*) FILTER (WHERE state = 'Waiting' AND run_at <= clock_timestamp()) AS "waiting!",
               count(*) FILTER (WHERE state = 'Running') AS "running!", count(*) FILTER (WHERE state = 'Failed') AS "failed!"
           FROM jobs WHERE state IN ('Waiting', 'Running', 'Failed')"#
    );
    let row = row.fetch_one(db).await?;
    Ok([
        (JobState::Waiting, row.waiting),
        (JobState::Running, row.running),
        (JobState::Failed, row.failed),
    ])
}

/// Deletes at most `limit` jobs that have ended so many days ago, and gives their number. Failed ones stay three times as long.
pub async fn delete_finished(db: &mut PgConnection, days: i32, limit: i64) -> Result<u64, AppError> {
    let deleted = sqlx::query!(
        "DELETE FROM jobs WHERE id IN (
             SELECT id FROM jobs
             WHERE finished_at < clock_timestamp() - make_interval(days => CASE WHEN state = 'Failed' THEN 3 * $1 ELSE $1 END)
             LIMIT $2 FOR UPDATE SKIP LOCKED)",
        days,
        limit
    );
    Ok(deleted.execute(db).await?.rows_affected())
}

/// The kinds of jobs, for the history.
pub async fn kinds_of(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>, AppError> {
    let rows = sqlx::query!("SELECT id, kind FROM jobs WHERE id = ANY ($1)", ids);
    let found = rows.fetch_all(db).await?.into_iter().map(|row| (row.id, row.kind));
    Ok(found.collect())
}
