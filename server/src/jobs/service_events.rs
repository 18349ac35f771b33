//! Lets the events of services take effect whose day has come.

use app::services::service::apply_due;
use app::services::store::{customers_with_due_events, lock_customers};

use super::run::{JobRun, Outcome};

/// How many events a transaction applies at most, about.
const BATCH: i64 = 5_000;

/// Applies all that are due, batch by batch: what a batch has done stays done, and a run that goes on for another has the rest to do.
pub async fn run(run: &JobRun) -> Outcome {
    loop {
        let mut db = run.begin().await?;
        let audit = run.context().audit();
        let due = customers_with_due_events(&mut db, run.context().clock.today(), BATCH).await?;
        // Events of deleted customers take effect, too.
        lock_customers(&mut db, &due).await?;
        let applied = apply_due(&mut db, &audit, &due).await?;
        run.commit(db, applied).await?;
        if due.is_empty() {
            return Ok(());
        }
    }
}
