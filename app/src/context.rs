//! What a server function may ask for: the database, the clock, the task tracker of the writes.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgPool;
use std::sync::Arc;
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

    /// Runs a write in a task of its own, so that a browser that goes away cannot cancel a transaction half-way.
    ///
    /// # Errors
    /// Those of the write; `Internal` where it panicked.
    pub async fn write<T: Send + 'static>(
        &self,
        write: impl Future<Output = Result<T, AppError>> + Send + 'static,
    ) -> Result<T, AppError> {
        self.writes
            .spawn(write)
            .await
            .unwrap_or_else(|fault| Err(AppError::internal(fault)))
    }
}
