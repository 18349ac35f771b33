//! What the work of a job is given.

use std::time::Duration;

use app::base::error::AppError;
use app::http::context::AppContext;
use app::jobs::store::{self, ClaimedJob};
use sqlx::{PgConnection, PgTransaction};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Why work has ended before it was done.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It failed, and is tried again.
    #[error(transparent)]
    Failed(#[from] AppError),
    /// The job is not this run's any more: it was stopped, another program has it, or this program ends.
    #[error("the job is not this run's any more")]
    Interrupted,
}

/// What a job's work comes to.
pub type Outcome = Result<(), RunError>;

impl From<sqlx::Error> for RunError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// A job that is being run.
pub struct JobRun {
    context: AppContext,
    job: ClaimedJob,
    lease_holder: Uuid,
    lease: Duration,
    is_over: CancellationToken,
}

impl JobRun {
    pub(super) fn new(
        context: AppContext,
        job: ClaimedJob,
        lease_holder: Uuid,
        lease: Duration,
        is_over: CancellationToken,
    ) -> Self {
        Self {
            context,
            job,
            lease_holder,
            lease,
            is_over,
        }
    }

    /// The job.
    pub fn job(&self) -> &ClaimedJob {
        &self.job
    }

    /// The program's context, with the clock; its pool is the jobs' own.
    pub fn context(&self) -> &AppContext {
        &self.context
    }

    /// Begins a part of the work, some thousand rows at most.
    ///
    /// # Errors
    /// `Interrupted` where the job is not this run's any more.
    pub async fn begin(&self) -> Result<PgTransaction<'static>, RunError> {
        if self.is_over.is_cancelled() {
            return Err(RunError::Interrupted);
        }
        Ok(self.context.pool().begin().await?)
    }

    /// Commits a part of the work, which has done so much, if the job is still this run's. Else it is rolled back.
    ///
    /// # Errors
    /// `Interrupted` where the job is not this run's any more.
    pub async fn commit(&self, mut batch: PgTransaction<'static>, done: u64) -> Result<(), RunError> {
        let db: &mut PgConnection = &mut batch;
        let done = i64::try_from(done).unwrap_or(i64::MAX);
        if !store::renew(db, self.job.id, self.lease_holder, self.lease, done).await? {
            batch.rollback().await?;
            return Err(RunError::Interrupted);
        }
        Ok(batch.commit().await?)
    }
}
