//! Connections that go from one request to the next.
//!
//! The pool asks Postgres for a sign of life each time that a connection comes back, since it cannot know what was left on it: one more way
//! there and back for every request. Whoever has read all that the database answered does know, and hands the connection on.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

/// A connection that has rested for longer goes back to the pool, which asks whether it lives: its database may have gone.
const RESTED: Duration = Duration::from_millis(50);
/// So often a connection goes from hand to hand; then it is the pool's again, which knows how old one may get.
const TURNS: u32 = 1_000;

/// The connections of a pool that are handed on; clones share them.
#[derive(Clone, Debug)]
pub struct Connections(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    /// Those at hand, the last used last. None while anybody waits for the pool itself, and half of the pool at most.
    at_hand: Mutex<Vec<AtHand>>,
}

#[derive(Debug)]
struct AtHand {
    since: Instant,
    turns: u32,
    db: PoolConnection<Postgres>,
}

/// A connection. It goes back to the pool unless it is handed on.
#[derive(Debug)]
pub struct Connection {
    db: PoolConnection<Postgres>,
    /// How often it was handed on.
    turns: u32,
    from: Connections,
}

impl Connections {
    /// Those of a pool.
    pub fn of(pool: PgPool) -> Self {
        Self(Arc::new(Inner {
            pool,
            at_hand: Mutex::default(),
        }))
    }

    /// The pool.
    pub fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    /// Closes the pool, when what is under way has ended.
    pub async fn close(&self) {
        // From here on none is handed on.
        let closed = self.0.pool.close();
        self.0.at_hand().clear();
        closed.await;
    }

    /// One that is at hand, or one of the pool's.
    ///
    /// # Errors
    /// The pool's.
    pub async fn take(&self) -> Result<Connection, sqlx::Error> {
        let last = self.0.at_hand().pop();
        let (db, turns) = match last {
            Some(AtHand { db, turns, .. }) => (db, turns),
            None => (self.0.pool.acquire().await?, 0),
        };
        let from = self.clone();
        Ok(Connection { db, turns, from })
    }
}

impl Inner {
    /// Those at hand, without those that have rested for too long.
    fn at_hand(&self) -> MutexGuard<'_, Vec<AtHand>> {
        let mut at_hand = self.at_hand.lock().unwrap_or_else(PoisonError::into_inner);
        let rested = at_hand.partition_point(|one| one.since.elapsed() > RESTED);
        at_hand.drain(..rested);
        at_hand
    }
}

impl Connection {
    /// Hands the connection on. Nothing may be under way on it: every answer has been read to its end.
    pub fn hand_on(self) {
        let Self { db, turns, from } = self;
        let Inner { pool, .. } = &*from.0;
        let most = pool.options().get_max_connections();
        // Whoever waits for the pool comes before the next request.
        let awaited = pool.num_idle() == 0 && pool.size() >= most;
        let mut at_hand = from.0.at_hand();
        if !awaited && turns < TURNS && at_hand.len() < most as usize / 2 && !pool.is_closed() {
            at_hand.push(AtHand {
                since: Instant::now(),
                turns: turns + 1,
                db,
            });
        }
    }
}

impl Deref for Connection {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.db
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.db
    }
}
