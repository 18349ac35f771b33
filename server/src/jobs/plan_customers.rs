//! Shows with customers what their plan has now.

use app::base::error::AppError;
use app::services::store::customers::{customers_of_plan, lock_customers, update_customers};
use uuid::Uuid;

use super::run::{JobRun, Outcome};

/// How many customers a transaction changes at most.
const BATCH: i64 = 5_000;

/// Updates all customers with a service of the plan, batch by batch. A run that goes on for another begins again; what is right already stays.
pub async fn run(run: &JobRun) -> Outcome {
    let plan = run.job().payload.get("plan").and_then(|plan| plan.as_str());
    let plan = plan.and_then(|plan| Uuid::parse_str(plan).ok());
    let plan = plan.ok_or_else(|| AppError::internal("the job names no plan"))?;
    let mut after = None;
    loop {
        let mut db = run.begin().await?;
        let customers = customers_of_plan(&mut db, plan, after, BATCH).await?;
        let Some(last) = customers.last() else {
            return Ok(());
        };
        after = Some(*last);
        lock_customers(&mut db, &customers).await?;
        update_customers(&mut db, &customers).await?;
        run.commit(db, customers.len() as u64).await?;
    }
}
