//! What the database's errors mean to the user. A SQLSTATE's class decides, and nothing else in the program looks at one that is a fault.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::base::error::AppError;

/// Classes (two characters) and codes of what passes by itself, or once an operator has acted: connection exception, insufficient
/// resources, operator intervention (a statement that took too long among them), system error; a lock that was not given in time; a
/// database that only reads at the moment.
const UNAVAILABLE: [&str; 6] = ["08", "53", "57", "58", "55P03", READ_ONLY];
/// What is tried again: a transaction that could not be serialized (also by a replica, which cancels what is in the way of its replay),
/// and a deadlock.
const CONTENDED: [&str; 2] = ["40001", "40P01"];
const READ_ONLY: &str = "25006";

/// How long after one that only reads others are made that do.
const STILL_READ_ONLY: Duration = Duration::from_secs(1);

/// When a connection last answered that it only reads.
static LAST_READ_ONLY: Mutex<Option<Instant>> = Mutex::new(None);

impl From<sqlx::Error> for AppError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::Database(error) => of_database(&*error),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => {
                tracing::warn!(%error, "database unavailable");
                Self::Unavailable
            }
            other => Self::internal(other),
        }
    }
}

/// Whether a connection that is `age` old was there when one answered that it only reads, or was made for the answer to that. Such a connection
/// leads to a database that has become a replica, or has its old settings: it is replaced.
pub fn may_only_read(age: Duration) -> bool {
    let last = *LAST_READ_ONLY.lock().unwrap_or_else(PoisonError::into_inner);
    last.is_some_and(|last| last.elapsed() <= age + STILL_READ_ONLY)
}

fn of_database(error: &dyn DatabaseError) -> AppError {
    let code = error.code().unwrap_or_default().into_owned();
    let is_among = |list: &[&str]| list.iter().any(|prefix| code.starts_with(prefix));
    if code == READ_ONLY {
        *LAST_READ_ONLY.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
    if is_among(&CONTENDED) {
        tracing::info!(code, %error, "lost against another transaction");
        return AppError::Contended;
    }
    if is_among(&UNAVAILABLE) || ended_the_session(error) {
        tracing::warn!(code, %error, "database unavailable");
        return AppError::Unavailable;
    }
    AppError::internal(format_args!("{error} (SQLSTATE {code})"))
}

/// Whether the error is one of connecting (a role or a password that is refused, a database that is gone or takes nobody), or has ended
/// the connection.
fn ended_the_session(error: &dyn DatabaseError) -> bool {
    let error = error.try_downcast_ref::<PgDatabaseError>();
    error.is_some_and(|error| matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic))
}
