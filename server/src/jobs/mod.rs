//! Runs jobs: each copy of the program takes those that are due, with connections of its own.
//!
//! A job's work is done in batches (`run.rs`), each a transaction that commits only while the job is still this program's. So of two programs
//! that believe to have a job only one does it, and a job that is stopped does nothing more.

mod clean_up;
mod plan_customers;
mod run;
mod service_events;
mod suspend_for_dues;
mod tell_network;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use app::base::error::AppError;
use app::customers::store::compact;
use app::http::context::AppContext;
use app::jobs::model::JobKind;
use app::jobs::store::{self, ClaimedJob};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::database;
use crate::metrics::Metrics;

pub use run::{JobRun, Outcome, RunError};

/// How many jobs a program runs at once.
const WORKERS: u32 = 2;
/// How often it looks for one that is due, and for what repeats.
const POLL: Duration = Duration::from_secs(2);
/// How long a job is left to a program that says nothing: it renews the lease three times as often.
const LEASE: Duration = Duration::from_secs(30);

/// How long a shutdown waits for a batch to end.
const DRAIN: Duration = Duration::from_secs(5);
/// How long for the connections.
const CLOSE_POOL: Duration = Duration::from_secs(1);

/// Does the work of a job.
pub type Work = Arc<dyn Fn(JobRun) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

/// The work of every kind of job.
pub fn work() -> Work {
    Arc::new(|run| {
        Box::pin(async move {
            match run.job().kind {
                JobKind::CleanUp => clean_up::run(&run).await,
                JobKind::ApplyServiceEvents => service_events::run(&run).await,
                JobKind::SuspendForDues => suspend_for_dues::run(&run).await,
                JobKind::TellNetwork => tell_network::run(&run).await,
                JobKind::UpdatePlanCustomers => plan_customers::run(&run).await,
            }
        })
    })
}

/// Takes jobs and runs them, one after the other.
#[derive(Clone)]
pub struct Worker {
    /// The context of the program; its pool is the jobs' own.
    context: AppContext,
    work: Work,
    lease: Duration,
    shutdown: CancellationToken,
}

impl Worker {
    /// A worker that uses the context's pool until the shutdown.
    pub fn new(context: AppContext, work: Work, shutdown: CancellationToken) -> Self {
        Self {
            context,
            work,
            lease: LEASE,
            shutdown,
        }
    }

    /// The same with another lease.
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// Runs jobs until the shutdown. What is being done then ends at its next batch, and another program goes on with it.
    pub async fn run(self) {
        let mut is_failing = false;
        let mut next_upkeep = Instant::now();
        while !self.shutdown.is_cancelled() {
            let mut kept_up = Ok(());
            if next_upkeep <= Instant::now() {
                next_upkeep = Instant::now() + POLL;
                kept_up = self.keep_up().await;
            }
            let ran = self.run_next().await;
            let failed = kept_up.as_ref().err().or(ran.as_ref().err());
            if let Some(error) = failed
                && !is_failing
            {
                // Said once, until it works again.
                tracing::warn!(%error, "jobs cannot be run at the moment");
            }
            is_failing = failed.is_some();
            if ran != Ok(true) {
                tokio::select! {
                    () = self.shutdown.cancelled() => {}
                    () = sleep(POLL) => {}
                }
            }
        }
    }

    /// Enqueues the jobs that repeat, and adds what writes have changed to the counts of customers, so that a list reads few changes. The latter
    /// is no job: it takes less than claiming one.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_up(&self) -> Result<(), AppError> {
        let mut db = self.context.pool().acquire().await?;
        for kind in JobKind::ALL {
            if let Some(minutes) = kind.repeats_after_minutes() {
                store::enqueue_repeated(&mut *db, *kind, minutes).await?;
            }
        }
        Ok(compact(&mut db).await?)
    }

    /// Runs the job that is due for the longest time; false where none is.
    ///
    /// # Errors
    /// The database's. What goes wrong in the work itself is noted with the job.
    pub async fn run_next(&self) -> Result<bool, AppError> {
        let pool = self.context.pool();
        // A lease is a claim's own: a worker that lost a job and took it again does not take the first claim for the second.
        let lease_holder = Uuid::now_v7();
        let claimed = store::claim(&mut *pool.acquire().await?, lease_holder, self.lease).await?;
        match claimed {
            Some(job) => self.run_claimed(job, lease_holder).await.map(|()| true),
            None => Ok(false),
        }
    }

    async fn run_claimed(&self, job: ClaimedJob, lease_holder: Uuid) -> Result<(), AppError> {
        let pool = self.context.pool();
        let id = job.id;
        let (kind, attempt) = (job.kind, job.attempt);
        let is_over = self.shutdown.child_token();
        let run = JobRun::new(self.context.clone(), job, lease_holder, self.lease, is_over.clone());
        // In a task, so that a panic is a failure of this job alone; in a set, so that it ends with the worker.
        let mut tasks = JoinSet::new();
        tasks.spawn((self.work)(run));
        let ended = tokio::select! {
            ended = tasks.join_next() => ended,
            () = keep_lease(pool, id, lease_holder, self.lease, &is_over) => timeout(self.lease, tasks.join_next()).await.ok().flatten(),
        };
        let outcome = match ended {
            Some(Ok(outcome)) => outcome,
            Some(Err(panic)) => Err(AppError::internal(panic).into()),
            None => Err(RunError::Interrupted),
        };
        match outcome {
            Ok(()) => {
                tracing::debug!(%kind, %id, "a job is done");
                store::finish(pool, id, lease_holder).await
            }
            Err(RunError::Interrupted) => store::release(pool, id, lease_holder).await,
            Err(RunError::Failed(error)) => {
                tracing::warn!(%kind, %id, attempt, %error, "a job has failed");
                store::fail(pool, id, lease_holder, &error.to_string()).await
            }
        }
    }
}

/// Renews the lease of a job, until the job is not the holder's any more: then the work is over.
async fn keep_lease(pool: &PgPool, id: Uuid, lease_holder: Uuid, lease: Duration, is_over: &CancellationToken) {
    let mut ticks = interval_at(Instant::now() + lease / 3, lease / 3);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match store::renew(pool, id, lease_holder, lease, 0).await {
            Ok(true) => {}
            Ok(false) => return is_over.cancel(),
            // Should it stay so, the lease ends, and no batch is committed after another program has the job.
            Err(error) => tracing::warn!(%id, %error, "the lease of a job was not renewed"),
        }
    }
}

/// The workers of a program, and their pool.
pub struct JobWorkers {
    pool: PgPool,
    workers: JoinSet<()>,
}

impl JobWorkers {
    /// Starts them, until the shutdown.
    pub fn start(context: AppContext, database: &PgConnectOptions, shutdown: &CancellationToken) -> Self {
        let pool = database::jobs_pool(database, WORKERS);
        let context = context.with_pool(pool.clone());
        context.shared::<Metrics>().add_pool("jobs", &pool);
        let worker = Worker::new(context, work(), shutdown.clone());
        let workers = (0..WORKERS).map(|_| worker.clone().run()).collect();
        Self { pool, workers }
    }

    /// Waits after the shutdown until they have given their jobs back. A job that is not given back in time is another program's when its
    /// lease has ended.
    pub async fn end(mut self) {
        let ended = async { while self.workers.join_next().await.is_some() {} };
        if timeout(DRAIN, ended).await.is_err() {
            tracing::warn!("some jobs did not stop in time and are cut off");
        }
        self.workers.shutdown().await;
        // Nothing is left there that could be lost.
        let _ = timeout(CLOSE_POOL, self.pool.close()).await;
    }
}
