//! Lets the events of services take effect whose day has come.

use app::services::service::effects::apply_due_batch;

use super::run::{JobRun, Outcome};

/// How many events a transaction applies at most.
const BATCH: i64 = 5_000;

/// Applies all that are due, batch by batch: what a batch has done stays done, and a run that goes on for another has the rest to do.
pub async fn run(run: &JobRun) -> Outcome {
    loop {
        let mut db = run.begin().await?;
        let audit = run.context().audit();
        let applied = apply_due_batch(&mut db, &audit, BATCH).await?;
        run.commit(db, applied.unwrap_or(0)).await?;
        if applied.is_none() {
            return Ok(());
        }
    }
}
