//! The context of a request: the database, the clock, the tasks of writes, the configuration, and who is asking. It knows no subject.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Uri;
use axum::http::request::Parts;
use leptos::prelude::with_context;
use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::base::audit::{AuditContext, Source};
use crate::base::error::AppError;
use crate::base::roles::Permission;
use crate::base::time::Clock;
use crate::db::replica::Replica;
use crate::http::identity::RequestIdentity;
use crate::http::shared::SharedState;

/// How long a whole answer takes at most. Postgres's own limit for a statement is shorter; this one holds where Postgres, or the network
/// to it, has stopped without a word, and for several statements together.
pub const DEADLINE: Duration = Duration::from_secs(8);
/// What a write leaves of that for the page that answers it.
const FOR_ITS_PAGE: Duration = Duration::from_millis(1500);

/// How often work is tried again that lost against others, and how long it waits before (the second and third time a multiple).
const RETRIES: u32 = 3;
const RETRY_AFTER: Duration = Duration::from_millis(20);

/// How browsers reach the program.
#[derive(Clone, Debug, Default)]
pub struct PublicAddress {
    /// Scheme and host, for links: `https://crm.example`. It also decides whether cookies are for https alone.
    pub url: String,
}

impl PublicAddress {
    /// Whether browsers come by https.
    pub fn is_https(&self) -> bool {
        self.url.starts_with("https://")
    }

    /// The name of a cookie of this site. Under https it has a prefix for which browsers accept it from this host alone, and only with `Secure`. It
    /// ends with the port, where the address has one: browsers share cookies between the ports of a host.
    pub fn cookie_name(&self, name: &str) -> String {
        let prefix = if self.is_https() { "__Host-" } else { "" };
        let uri = self.url.parse::<Uri>().ok();
        match uri.and_then(|uri| uri.port_u16()) {
            Some(port) => format!("{prefix}{name}_{port}"),
            None => format!("{prefix}{name}"),
        }
    }
}

/// What the program gives to every request.
#[derive(Clone)]
pub struct AppContext {
    /// Connections to the database, as the program's own role.
    pool: PgPool,
    /// A replica that takes reads off the database.
    pub replica: Option<Replica>,
    /// The source of "now".
    pub clock: Clock,
    /// Writes in progress: each runs to its end even when the browser has gone, and a shutdown waits for them.
    pub writes: TaskTracker,
    /// How browsers reach the program.
    pub public_address: Arc<PublicAddress>,
    /// Who is asking, and from where.
    pub caller: RequestIdentity,
    /// Where changes are made from.
    pub source: Source,
    /// Is told how long a request has waited for a connection to the database.
    pub observe_wait: Option<Arc<dyn Fn(Duration) + Send + Sync>>,
    shared: SharedState,
}

impl AppContext {
    /// A context around a pool, with no write in progress and nobody asking.
    pub fn new(pool: PgPool, clock: Clock) -> Self {
        Self {
            pool,
            replica: None,
            clock,
            writes: TaskTracker::new(),
            public_address: Arc::default(),
            caller: RequestIdentity::default(),
            source: Source::Page,
            observe_wait: None,
            shared: SharedState::default(),
        }
    }

    /// The same context with another pool.
    pub fn with_pool(self, pool: PgPool) -> Self {
        Self { pool, ..self }
    }

    /// The pool of the database.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A connection to the database, for a request that waits for it.
    ///
    /// # Errors
    /// `Unavailable` where there is none in time.
    pub async fn acquire(&self) -> Result<PoolConnection<Postgres>, AppError> {
        let begun = Instant::now();
        let connection = self.pool.acquire().await;
        if let Some(observe) = &self.observe_wait {
            observe(begun.elapsed());
        }
        Ok(connection?)
    }

    /// The context of the request that is being answered, whoever is asking.
    ///
    /// # Errors
    /// `Internal` where a server function runs outside the program's router.
    pub fn of_request() -> Result<Self, AppError> {
        let context: Self =
            leptos::context::use_context().ok_or_else(|| AppError::internal("no context for this request"))?;
        let caller = with_context(|parts: &Parts| RequestIdentity::from_extensions(&parts.extensions));
        Ok(context.for_caller(caller.unwrap_or_default()))
    }

    /// The context of the request, where the caller has a permission.
    ///
    /// # Errors
    /// `SignedOut`, `Forbidden`; `Unavailable` where the database did not say who is asking.
    pub fn require(permission: impl Into<Option<Permission>>) -> Result<Self, AppError> {
        let context = Self::of_request()?;
        context.caller.require(permission)?;
        Ok(context)
    }

    /// The context of the request, where the caller is signed in.
    ///
    /// # Errors
    /// `SignedOut`; `Unavailable` where the database did not say who is asking.
    pub fn require_user() -> Result<Self, AppError> {
        let context = Self::of_request()?;
        context.caller.require_user()?;
        Ok(context)
    }

    /// The same context for another caller.
    pub fn for_caller(mut self, caller: RequestIdentity) -> Self {
        self.caller = caller;
        self
    }

    /// What every change that is made now records in the history.
    pub fn audit(&self) -> AuditContext {
        AuditContext {
            at: self.clock.now(),
            actor: self.caller.session().ok().map(|session| session.user),
            source: self.source,
        }
    }

    /// A subject's state that the whole process shares, such as a cache: one value of each type.
    pub fn shared<T: Default + Clone + Send + Sync + 'static>(&self) -> T {
        self.shared.get()
    }

    /// Sets what [`Self::shared`] gives, for the whole process.
    pub fn set_shared<T: Clone + Send + Sync + 'static>(&self, value: T) {
        self.shared.set(value);
    }

    /// Runs a read on the replica, or on the primary where there is no replica, or it fails, or it lacks what the caller has
    /// written. A read that fails on the replica is run again from its beginning.
    ///
    /// # Errors
    /// Those of the read.
    pub async fn read_db<T, R>(&self, read: impl Fn(PoolConnection<Postgres>) -> R) -> Result<T, AppError>
    where
        R: Future<Output = Result<T, AppError>>,
    {
        if let Some(replica) = &self.replica {
            let last_write = self.caller.session().ok().and_then(|session| session.last_write);
            if let Some(answer) = replica.read(self.clock.now(), last_write, &read).await {
                return answer;
            }
        }
        retried(|| Box::pin(async { read(self.acquire().await?).await })).await
    }

    /// When the answer has to be there.
    fn deadline(&self) -> Instant {
        self.caller.deadline.unwrap_or_else(|| Instant::now() + DEADLINE)
    }

    /// Waits for an answer of the database until the whole answer has to be there.
    ///
    /// The future is large and would be moved through every layer above: it is boxed here, once.
    ///
    /// # Errors
    /// Those of the work; `Unavailable` where the database hangs.
    pub fn with_deadline<T, W>(&self, work: W) -> impl Future<Output = Result<T, AppError>> + use<T, W>
    where
        W: Future<Output = Result<T, AppError>>,
    {
        let answer = timeout_at(self.deadline(), Box::pin(work));
        async { answer.await.unwrap_or(Err(AppError::Unavailable)) }
    }

    /// Runs a write, with this context, in a task of its own, so that a browser that goes away cannot cancel a transaction half-way.
    /// Where the database hangs, the answer does not wait for it; the write may still be done, and sending it again is safe. A write that
    /// loses against others (a deadlock) is begun anew, a few times: this is the one place that does so.
    ///
    /// # Errors
    /// Those of the write; `Unavailable` where the database hangs; `Internal` where the write panicked.
    pub async fn run_write<T, W>(
        &self,
        write: impl FnOnce(Self) -> W + Clone + Send + Sync + 'static,
    ) -> Result<T, AppError>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        // The caller's next reads must see this write, and the replica may lack it.
        let replica = self.replica.clone();
        let session = self.caller.session().ok().map(|session| session.id);
        let recorded = replica.zip(session);
        let pool = self.pool.clone();
        let context = self.clone();
        let write = async move {
            let answer = retried(|| write.clone()(context.clone())).await?;
            if let Some((replica, session)) = recorded {
                replica.record_write(pool, session).await?;
            }
            Ok(answer)
        };
        // What it logs belongs to the request.
        let task = self.writes.spawn(write.in_current_span());
        match timeout_at(self.deadline() - FOR_ITS_PAGE, task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(panic)) => Err(AppError::internal(panic)),
            Err(_) => Err(AppError::Unavailable),
        }
    }
}

/// Does work again that lost against other transactions.
async fn retried<T, W>(mut work: impl FnMut() -> W) -> Result<T, AppError>
where
    W: Future<Output = Result<T, AppError>>,
{
    for attempt in 1..=RETRIES {
        match work().await {
            Err(AppError::Contended) => sleep(RETRY_AFTER * attempt).await,
            answer => return answer,
        }
    }
    work().await
}
