//! A replica of the database, which takes reads off the primary. It follows at some distance: whoever has just written reads from
//! the primary until the replica has caught up with that write.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres};
use tokio::time::timeout;
use uuid::Uuid;

use crate::base::error::AppError;

/// How long the replica is not used after a failure.
const BACK_OFF: TimeDelta = TimeDelta::seconds(5);

/// How long the replica has to give a connection and to say how far it has come. One that has fallen silent says neither.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// How long a read on the replica may take: longer than a statement may, and short enough for the primary to answer instead.
const READ_WITHIN: Duration = Duration::from_secs(6);

/// Stores with a session how far the primary's write-ahead log (WAL) has come, on the primary's pool.
pub type RecordWrite = fn(PgPool, Uuid) -> BoxFuture<'static, Result<(), AppError>>;

/// The replica; clones share what is known of it.
#[derive(Clone, Debug)]
pub struct Replica {
    pool: PgPool,
    record_write: RecordWrite,
    state: Arc<ReplicaState>,
}

/// What is known of the replica.
#[derive(Debug, Default)]
struct ReplicaState {
    /// The WAL position, in bytes, that it had replayed at the last check.
    replayed: AtomicI64,
    /// Until when it is not used: microseconds since 1970.
    back_off_until: AtomicI64,
}

impl Replica {
    /// The replica that a pool connects to. `record_write` keeps the position of a session's last write.
    pub fn new(pool: PgPool, record_write: RecordWrite) -> Self {
        Self {
            pool,
            record_write,
            state: Arc::default(),
        }
    }

    /// The same replica by another pool.
    pub fn with_pool(self, pool: PgPool) -> Self {
        Self { pool, ..self }
    }

    /// Its pool.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Records that a session has written something on the primary.
    pub(crate) async fn record_write(&self, primary: PgPool, session: Uuid) -> Result<(), AppError> {
        (self.record_write)(primary, session).await
    }

    /// Runs a read on the replica. None where the primary has to answer: the replica fails, or has not replayed the write at
    /// `last_write`.
    pub(crate) async fn read<T, R>(
        &self,
        now: DateTime<Utc>,
        last_write: Option<i64>,
        read: impl FnOnce(PoolConnection<Postgres>) -> R,
    ) -> Option<Result<T, AppError>>
    where
        R: Future<Output = Result<T, AppError>>,
    {
        if now.timestamp_micros() < self.state.back_off_until.load(Ordering::Relaxed) {
            return None;
        }
        let connected = timeout(CONNECT_WITHIN, self.connect(last_write)).await;
        let connection = match connected.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
            Ok(connection) => connection?,
            Err(error) => {
                self.back_off(now, &error);
                return None;
            }
        };
        match timeout(READ_WITHIN, Box::pin(read(connection))).await {
            Ok(Err(AppError::Unavailable | AppError::Contended)) => None,
            Ok(answer) => Some(answer),
            Err(elapsed) => {
                self.back_off(now, &elapsed);
                None
            }
        }
    }

    fn back_off(&self, now: DateTime<Utc>, error: &dyn Display) {
        tracing::warn!(%error, "the replica (DATABASE_READ_URL) does not answer: reading from the primary");
        let until = (now + BACK_OFF).timestamp_micros();
        self.state.back_off_until.store(until, Ordering::Relaxed);
    }

    /// A connection; none where the replica has not replayed the write at `last_write`.
    async fn connect(&self, last_write: Option<i64>) -> Result<Option<PoolConnection<Postgres>>, sqlx::Error> {
        let mut db = self.pool.acquire().await?;
        let Some(wanted) = last_write.filter(|wanted| *wanted > self.state.replayed.load(Ordering::Relaxed)) else {
            return Ok(Some(db));
        };
        let replayed = sqlx::query_scalar!("SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint");
        // A database that replays nothing is no replica, and has everything.
        let replayed = replayed.fetch_one(&mut *db).await?.unwrap_or(i64::MAX);
        self.state.replayed.fetch_max(replayed, Ordering::Relaxed);
        Ok((replayed >= wanted).then_some(db))
    }
}
