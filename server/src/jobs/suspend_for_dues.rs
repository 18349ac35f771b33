//! Suspends the services of customers who do not pay.

use app::billing::service::dues::suspend_overdue;
use uuid::Uuid;

use super::run::{JobRun, Outcome};

/// How many customers a transaction looks at.
const BATCH: i64 = 500;

/// Goes through all customers who have not paid, batch by batch. Who is suspended already is passed over.
pub async fn run(run: &JobRun) -> Outcome {
    let mut after = Uuid::nil();
    loop {
        let mut db = run.begin().await?;
        let suspended = suspend_overdue(&mut db, &run.context().audit(), after, BATCH).await?;
        run.commit(db, suspended.services).await?;
        match suspended.last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}
