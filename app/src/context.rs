//! What a server function may ask for: the database, the clock, the task tracker of the writes.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgPool;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::error::AppError;
use crate::ui::dates::ist_date;

/// The source of "now". Nothing else in the program asks the system for the time, so that a test can say what day it is.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// A clock that asks `now` each time.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The instant, in UTC.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }

    /// The calendar date in India.
    pub fn today(&self) -> NaiveDate {
        ist_date(self.now())
    }
}

/// How long an answer waits for the database. The server's own limit for a statement is shorter; this one holds where the
/// server, or the network to it, has stopped without a word.
const DEADLINE: Duration = Duration::from_secs(8);

/// What the program gives to every request.
#[derive(Clone)]
pub struct AppContext {
    /// The database, as the program's own role.
    pub pool: PgPool,
    /// The source of "now".
    pub clock: Clock,
    /// Writes under way: they run to their end even when the browser has gone, and a shutdown waits for them.
    pub writes: TaskTracker,
}

impl AppContext {
    /// A context around a pool, with no write under way.
    pub fn new(pool: PgPool, clock: Clock) -> Self {
        Self {
            pool,
            clock,
            writes: TaskTracker::new(),
        }
    }

    /// The context of the request that is being answered.
    ///
    /// # Errors
    /// `Internal` where a server function runs outside the program's router.
    pub fn of_request() -> Result<Self, AppError> {
        leptos::context::use_context().ok_or_else(|| AppError::internal("no context for this request"))
    }

    /// Waits for what the database answers, but not for ever.
    ///
    /// # Errors
    /// Those of the work; `Unavailable` where the database hangs.
    pub async fn read<T>(&self, work: impl Future<Output = Result<T, AppError>>) -> Result<T, AppError> {
        timeout(DEADLINE, work).await.unwrap_or(Err(AppError::Unavailable))
    }

    /// Runs a write in a task of its own, so that a browser that goes away cannot cancel a transaction half-way.
    /// Where the database hangs, the answer does not wait for it; the write may still be done, and sending it again is safe.
    ///
    /// # Errors
    /// Those of the write; `Unavailable` where the database hangs; `Internal` where the write panicked.
    pub async fn write<T: Send + 'static>(
        &self,
        write: impl Future<Output = Result<T, AppError>> + Send + 'static,
    ) -> Result<T, AppError> {
        let task = self.writes.spawn(write);
        match timeout(DEADLINE, task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(fault)) => Err(AppError::internal(fault)),
            Err(_) => Err(AppError::Unavailable),
        }
    }
}
