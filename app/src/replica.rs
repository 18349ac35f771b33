//! A copy of the database that takes reads off it. It follows the database at some distance: who has just written something goes on
//! reading from the database itself until the copy has that, too.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Connection as _, PgPool};
use tokio::time::timeout;

use crate::connections::{Connection, Connections};
use crate::customers::store::Known;
use crate::error::AppError;

/// After a failure the replica is left alone for so long.
const AWAY: TimeDelta = TimeDelta::seconds(5);

/// So long it may say nothing: longer than a statement may take, and short enough that the database can still answer instead.
const SILENT: Duration = Duration::from_secs(6);

/// The replica; clones share it.
#[derive(Clone, Debug)]
pub struct Replica {
    connections: Connections,
    found_out: Arc<FoundOut>,
}

/// What is found out about it.
#[derive(Debug)]
struct FoundOut {
    known: Known,
    /// How far it had come when it was asked last: bytes of the log of writes.
    replayed: AtomicI64,
    /// Until when it is left alone: microseconds since 1970.
    away_until: AtomicI64,
}

/// A connection to read from, with what is known of the customers there.
pub struct Reader {
    /// The connection.
    pub db: Connection,
    /// What is known.
    pub known: Known,
}

impl Reader {
    /// Hands the connection on with an answer for which all was read; after a failure nobody knows.
    pub(crate) fn done<T>(self, answer: Result<T, AppError>) -> Result<T, AppError> {
        if answer.is_ok() {
            self.db.hand_on();
        }
        answer
    }
}

impl Replica {
    /// The replica that a pool connects to.
    pub fn new(pool: PgPool) -> Self {
        Self {
            connections: Connections::of(pool),
            found_out: Arc::new(FoundOut {
                known: Known::default(),
                replayed: AtomicI64::new(0),
                away_until: AtomicI64::new(0),
            }),
        }
    }

    /// The same by another pool.
    pub fn on(self, pool: PgPool) -> Self {
        Self {
            connections: Connections::of(pool),
            ..self
        }
    }

    /// Its connections.
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// A connection to it, where it answers and has what was written up to `wrote`.
    pub(crate) async fn reader(&self, now: DateTime<Utc>, wrote: Option<i64>) -> Option<Reader> {
        if now.timestamp_micros() < self.found_out.away_until.load(Ordering::Relaxed) {
            return None;
        }
        match self.connect(wrote).await {
            Ok(db) => db.map(|db| Reader {
                db,
                known: self.found_out.known.clone(),
            }),
            Err(fault) => {
                self.leave_alone(now, &fault);
                None
            }
        }
    }

    /// What is read from it; none where the connection is lost, or nothing is said for so long that the database has to be asked.
    pub(crate) async fn answer<T>(
        &self,
        now: DateTime<Utc>,
        work: impl Future<Output = (Reader, Result<T, AppError>)>,
    ) -> Option<Result<T, AppError>> {
        let read = async {
            let (mut reader, answer) = work.await;
            // A statement that took too long fails like a connection that is lost, which has nothing more to say.
            let lost = matches!(answer, Err(AppError::Unavailable)) && reader.db.ping().await.is_err();
            (!lost).then(|| reader.done(answer))
        };
        let answer = timeout(SILENT, Box::pin(read)).await;
        answer.unwrap_or_else(|silence| {
            self.leave_alone(now, &silence);
            None
        })
    }

    fn leave_alone(&self, now: DateTime<Utc>, fault: &dyn Display) {
        tracing::warn!(%fault, "the replica (DATABASE_READ_URL) does not answer: reading from the database");
        let until = (now + AWAY).timestamp_micros();
        self.found_out.away_until.store(until, Ordering::Relaxed);
    }

    async fn connect(&self, wrote: Option<i64>) -> Result<Option<Connection>, sqlx::Error> {
        let mut db = self.connections.take().await?;
        let Some(wrote) = wrote.filter(|wrote| *wrote > self.found_out.replayed.load(Ordering::Relaxed)) else {
            return Ok(Some(db));
        };
        let replayed = sqlx::query_scalar!("SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint");
        // A database that replays nothing is no replica, and has everything.
        let replayed = replayed.fetch_one(&mut *db).await?.unwrap_or(i64::MAX);
        self.found_out.replayed.fetch_max(replayed, Ordering::Relaxed);
        Ok((replayed >= wrote).then_some(db))
    }
}
