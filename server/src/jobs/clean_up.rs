//! Deletes what has expired: sessions, one-time links, sign-in attempts, old jobs.

use app::jobs::store::delete_finished;
use app::users::store::{one_time_links, sessions, sign_in_attempts};

use super::run::{JobRun, Outcome};

/// How many rows a transaction deletes at most.
const BATCH: i64 = 5_000;
/// How many days a job stays that has ended.
const DAYS: i32 = 30;

/// Deletes all of it, batch by batch. What it has deleted stays deleted: a run that goes on for another has the rest to do.
pub async fn run(run: &JobRun) -> Outcome {
    let now = run.context().clock.now();
    loop {
        let mut db = run.begin().await?;
        let deleted = [
            sessions::delete_expired(&mut db, now, BATCH).await?,
            one_time_links::delete_expired(&mut db, now, BATCH).await?,
            sign_in_attempts::delete_expired(&mut db, now, BATCH).await?,
            delete_finished(&mut db, DAYS, BATCH).await?,
        ];
        run.commit(db, deleted.iter().sum()).await?;
        if deleted.iter().all(|rows| *rows < BATCH.unsigned_abs()) {
            return Ok(());
        }
    }
}
