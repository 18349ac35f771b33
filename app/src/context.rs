//! What a server function may ask for: the database, the clock, the task tracker of the writes, the configuration, who is asking.

use axum::http::request::Parts;
use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use leptos::prelude::with_context;
use sqlx::PgPool;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use tracing::Instrument;
use uuid::Uuid;

use crate::connections::Connections;
use crate::customers::store::Known;
use crate::error::AppError;
use crate::history::model::{Source, Stamp};
use crate::people::model::asker::{Asker, Caller};
use crate::people::model::password::{Hasher, Refused};
use crate::people::model::roles::Right;
use crate::people::service::asking;
use crate::people::store::kept::KeptSessions;
use crate::people::store::sessions;
use crate::replica::{Reader, Replica};
use crate::ui::dates::ist_date;

/// The source of "now". Nothing else in the program asks the system for the time, so that a test can say what day it is.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// A clock that asks `now` each time.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The instant, in UTC: to the microsecond, as Postgres keeps it, so that what is written is what will be read.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)().trunc_subsecs(6)
    }

    /// The calendar date in India.
    pub fn today(&self) -> NaiveDate {
        ist_date(self.now())
    }
}

/// How long an answer waits for the database. The server's own limit for a statement is shorter; this one holds where the
/// server, or the network to it, has stopped without a word.
const DEADLINE: Duration = Duration::from_secs(8);

/// What the program was told about how people reach it.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Scheme and host, for links: `https://crm.example`. It also decides whether cookies are for https alone.
    pub url: String,
    /// The people as whom anybody may come in, by a button: of a demo, which only this machine reaches.
    pub demo: Option<Demo>,
}

/// The emails of the demo's people.
#[derive(Clone, Debug)]
pub struct Demo {
    /// Who does everything.
    pub admin: String,
    /// Who sells.
    pub sales: String,
}

impl Reach {
    /// Whether browsers come by https.
    pub fn is_https(&self) -> bool {
        self.url.starts_with("https://")
    }
}

/// What the program gives to every request.
#[derive(Clone)]
pub struct AppContext {
    /// The database, as the program's own role: its connections, which are handed on.
    pub connections: Connections,
    /// A copy of it that takes reads off it.
    pub replica: Option<Replica>,
    /// The source of "now".
    pub clock: Clock,
    /// Writes under way: they run to their end even when the browser has gone, and a shutdown waits for them.
    pub writes: TaskTracker,
    /// Makes and checks the hashes of passwords.
    pub hasher: Hasher,
    /// Passwords that nobody may choose.
    pub refused_passwords: Refused,
    /// Sessions that were looked up a moment ago.
    pub kept_sessions: KeptSessions,
    /// What is known of the customers before they are asked for.
    pub known: Known,
    /// How people reach the program.
    pub reach: Arc<Reach>,
    /// Who is asking, and from where.
    pub caller: Caller,
    /// Where changes are made from.
    pub source: Source,
}

impl AppContext {
    /// The same on another pool.
    pub fn on(self, pool: PgPool) -> Self {
        Self {
            connections: Connections::of(pool),
            ..self
        }
    }

    /// The pool that its connections are of.
    pub fn pool(&self) -> &PgPool {
        self.connections.pool()
    }

    /// A context around a pool, with no write under way and nobody asking.
    pub fn new(pool: PgPool, clock: Clock) -> Self {
        Self {
            connections: Connections::of(pool),
            replica: None,
            clock,
            writes: TaskTracker::new(),
            hasher: Hasher::default(),
            refused_passwords: Refused::default(),
            kept_sessions: KeptSessions::default(),
            known: Known::default(),
            reach: Arc::default(),
            caller: Caller::default(),
            source: Source::Page,
        }
    }

    /// The context of the request that is being answered, for what anybody may ask.
    ///
    /// # Errors
    /// `Internal` where a server function runs outside the program's router.
    pub fn of_request() -> Result<Self, AppError> {
        let context: Self =
            leptos::context::use_context().ok_or_else(|| AppError::internal("no context for this request"))?;
        let caller = with_context(|parts: &Parts| Caller::of(&parts.extensions));
        Ok(context.called_by(caller.unwrap_or_default()))
    }

    /// The context of the request, where the asker may do something.
    ///
    /// # Errors
    /// `SignedOut`, `Forbidden`; `Unavailable` where the database does not say who it is.
    pub fn with_right(right: Right) -> Result<Self, AppError> {
        let context = Self::of_request()?;
        context.caller.with_right(right)?;
        Ok(context)
    }

    /// The context of the request, where the asker may do something, or was all the way in a moment ago: then what is read for it brings the mark of the
    /// sessions, and neither that nor what went wrong goes to anybody before [`Self::confirm`].
    ///
    /// # Errors
    /// As of [`Self::with_right`].
    pub fn likely_with_right(right: Right) -> Result<Self, AppError> {
        let context = Self::of_request()?;
        if !matches!(context.caller.asker, Asker::Kept(_)) {
            context.caller.with_right(right)?;
        }
        Ok(context)
    }

    /// Confirms an asker who was all the way in a moment ago, by the mark of the sessions that was read in one statement with what was asked for. Where it has
    /// moved, or was not brought, the session is looked up. Any other asker was found out before.
    ///
    /// # Errors
    /// As of [`Self::with_right`].
    pub async fn confirm(&self, right: Right, mark: Option<Uuid>) -> Result<(), AppError> {
        let Asker::Kept(kept) = &self.caller.asker else {
            return Ok(());
        };
        let asker = if mark == Some(kept.mark) {
            Asker::Person(kept.session.clone())
        } else {
            asking::looked_up(self, kept.session.token.clone()).await
        };
        let caller = self.caller.clone();
        Caller { asker, ..caller }.with_right(right).map(drop)
    }

    /// The context of the request, where the asker is signed in.
    ///
    /// # Errors
    /// `SignedOut`; `Unavailable` where the database does not say who it is.
    pub fn of_member() -> Result<Self, AppError> {
        let context = Self::of_request()?;
        context.caller.member()?;
        Ok(context)
    }

    /// The same context for another caller.
    pub fn called_by(mut self, caller: Caller) -> Self {
        self.caller = caller;
        self
    }

    /// What every change that is made now carries into the history.
    pub fn stamp(&self) -> Stamp {
        Stamp {
            at: self.clock.now(),
            actor: self.caller.session().ok().map(|session| session.user),
            source: self.source,
        }
    }

    /// Reads from the replica, where there is one that has all that the asker has written, or else from the database itself. Where the
    /// replica is lost half-way, or falls silent, all of it is read from the database. The work gives its connection back, from which it
    /// has read all that it asked for if it succeeds.
    ///
    /// # Errors
    /// Those of the work; `Unavailable` and `Internal`.
    pub async fn reading<T, W>(&self, work: impl Fn(Reader) -> W) -> Result<T, AppError>
    where
        W: Future<Output = (Reader, Result<T, AppError>)>,
    {
        if let Some(replica) = &self.replica {
            let wrote = self.caller.session().ok().and_then(|session| session.wrote);
            if let Some(reader) = replica.reader(self.clock.now(), wrote).await
                && let Some(answer) = replica.answer(self.clock.now(), work(reader)).await
            {
                return answer;
            }
        }
        let reader = Reader {
            db: self.connections.take().await?,
            known: self.known.clone(),
        };
        let (reader, answer) = Box::pin(work(reader)).await;
        reader.done(answer)
    }

    /// Waits for what the database answers, but not for ever.
    ///
    /// What waits for an answer is large, and all that it is part of would be moved with it from layer to layer: it is put aside once.
    ///
    /// # Errors
    /// Those of the work; `Unavailable` where the database hangs.
    pub fn read<T, W>(&self, work: W) -> impl Future<Output = Result<T, AppError>> + use<T, W>
    where
        W: Future<Output = Result<T, AppError>>,
    {
        let answer = timeout(DEADLINE, Box::pin(work));
        async { answer.await.unwrap_or(Err(AppError::Unavailable)) }
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
        // Whose reads are held against this write: nobody's where all are from the database itself.
        let session = self
            .replica
            .as_ref()
            .and_then(|_| self.caller.session().ok().map(|session| session.id));
        let pool = self.pool().clone();
        let write = async move {
            let answer = write.await?;
            if let Some(session) = session {
                sessions::wrote(&pool, session).await?;
            }
            Ok(answer)
        };
        // What it logs belongs to the request.
        let task = self.writes.spawn(write.in_current_span());
        match timeout(DEADLINE, task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(fault)) => Err(AppError::internal(fault)),
            Err(_) => Err(AppError::Unavailable),
        }
    }
}
