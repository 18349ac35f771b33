//! `lastmile serve`: from the start to an orderly end.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::context::{AppContext, Clock, Reach};
use app::error::AppError;
use app::people::model::password::Refused;
use app::replica::Replica;
use axum::serve::{Listener, ListenerExt};
use sqlx::postgres::PgConnectOptions;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock;
use crate::config::{DatabaseConfig, ServeConfig};
use crate::database::{self, DatabaseError};
use crate::headers::Document;
use crate::loops::{Gone, Loops, Share};
use crate::opening::{OpenError, Opened};
use crate::peer::Remote;
use crate::seed::{SeedError, SeedOptions, seed};
use crate::web::Web;
use crate::{router, shutdown, site, users};

// Together with Postgres's own stop (14 s at most) these stay below the 30 s after which supervisors lose patience.
const DRAIN_REQUESTS: Duration = Duration::from_secs(8);
const DRAIN_WRITES: Duration = Duration::from_secs(5);
const CLOSE_POOL: Duration = Duration::from_secs(2);

/// Why it does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Somebody else listens there.
    #[error("port {} is taken by another program: stop that one, or choose another with --listen {}:{}", .0.port(), .0.ip(), .0.port().wrapping_add(1))]
    PortTaken(SocketAddr),
    /// It cannot listen there.
    #[error("cannot listen on {address}: choose another address with --listen")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// No database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No schema.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// No list of passwords.
    #[error("the list of passwords {path} cannot be read: check --password-list (LASTMILE_PASSWORD_LIST)")]
    PasswordList {
        /// Where it should be.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// No way in could be made.
    #[error("whether anybody can sign in could not be found out")]
    WaysIn(#[source] AppError),
    /// No demo data.
    #[error("the demo data could not be made")]
    Seed(#[from] SeedError),
    /// A loop is gone.
    #[error(transparent)]
    Loop(#[from] Gone),
    /// The operating system.
    #[error("the operating system refused")]
    Io(#[from] std::io::Error),
}

/// Serves until it is asked to stop.
///
/// # Errors
/// `ServeError`.
pub async fn serve(config: ServeConfig, database: DatabaseConfig) -> Result<(), ServeError> {
    let asked = shutdown::listen()?;
    // Before the database, so that a port that is taken is said at once.
    let listener = bind(config.listen).await?;
    let opened = Opened::to_serve(database).await?;
    let result = serve_opened(&config, &opened, listener, asked).await;
    opened.close().await;
    result
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => ServeError::PortTaken(address),
        _ => ServeError::Listen { address, source },
    })
}

async fn serve_opened(
    config: &ServeConfig,
    opened: &Opened,
    listener: TcpListener,
    asked: CancellationToken,
) -> Result<(), ServeError> {
    opened.prepare_to_serve().await?;
    let clock = clock::system();
    if config.demo {
        fill_if_empty(opened, &clock).await?;
    }
    if asked.is_cancelled() {
        return Ok(());
    }
    let mut context = AppContext::new(database::pool(&opened.program), clock);
    context.replica = config
        .replica
        .as_ref()
        .map(|replica| Replica::new(database::read_pool(replica)));
    context.refused_passwords = refused_passwords(config)?;
    context.reach = Arc::new(Reach {
        url: address(config, listener.local_addr()?),
        demo: None,
    });
    if config.demo {
        let demo = users::demo(&context).await.map_err(ServeError::WaysIn)?;
        Arc::make_mut(&mut context.reach).demo = demo;
    }
    let ways_in = users::ways_in(&context).await.map_err(ServeError::WaysIn)?;
    context.connections.close().await;
    let each = EachLoop {
        // Read once for all of them.
        document: Document::new(site::options(config)),
        web: config.web.clone(),
        database: opened.program.clone(),
        replica: config.replica.clone(),
        asked: asked.clone(),
        context,
    };
    let reach = Arc::clone(&each.context.reach);
    let mut loops = Loops::start(database::loops(), listener.local_addr()?, |share| each.serve(share))?;
    announce(&reach.url, &ways_in)?;
    let dealt = deal(listener, &mut loops, &asked).await;
    asked.cancel();
    let ended = spawn_blocking(move || loops.join()).await;
    Ok(dealt.and(ended.map_err(std::io::Error::other)?)?)
}

/// Gives every connection that comes to the next loop, until it is asked to stop.
///
/// # Errors
/// As soon as a loop has ended by itself: the next connection dealt to it would be lost.
async fn deal(listener: TcpListener, loops: &mut Loops, asked: &CancellationToken) -> Result<(), Gone> {
    let mut listener = listener.tap_io(at_once);
    loop {
        let (connection, remote) = tokio::select! {
            () = asked.cancelled() => break,
            () = loops.one_ended() => break,
            accepted = listener.accept() => accepted,
        };
        if loops.deal(connection, remote).is_err() {
            break;
        }
    }
    // Loops end when they are asked to stop, too, and it may be they who are noticed first.
    if asked.is_cancelled() { Ok(()) } else { Err(Gone) }
}

/// What each loop is given.
#[derive(Clone)]
struct EachLoop {
    /// What the loops share: all but the connections and the writes under way.
    context: AppContext,
    database: PgConnectOptions,
    replica: Option<PgConnectOptions>,
    document: Document,
    web: Web,
    asked: CancellationToken,
}

impl EachLoop {
    /// Serves its share of the connections, until it is asked to stop and what is under way has ended.
    async fn serve(self, share: Share) {
        let mut context = self.context.on(database::pool(&self.database));
        context.writes = TaskTracker::new();
        if let Some(replica) = &self.replica {
            let pool = database::read_pool(replica);
            context.replica = context.replica.map(|known| known.on(pool));
        }
        let router = router::router(context.clone(), self.document, self.web);
        let asked = self.asked.clone();
        let server = axum::serve(share, router.into_make_service_with_connect_info::<Remote>())
            .with_graceful_shutdown(async move { asked.cancelled().await });
        let out_of_time = async {
            self.asked.cancelled().await;
            sleep(DRAIN_REQUESTS).await;
        };
        tokio::select! {
            _ = server.into_future() => {}
            () = out_of_time => tracing::warn!("some requests did not end in time and are cut off"),
        }
        end(&context).await;
    }
}

/// Waits for the writes under way, and closes the connections to the database.
async fn end(context: &AppContext) {
    context.writes.close();
    if timeout(DRAIN_WRITES, context.writes.wait()).await.is_err() {
        tracing::warn!("some writes did not end in time and are rolled back");
    }
    if let Some(replica) = &context.replica {
        // Nothing is written there that could be lost.
        let _ = timeout(CLOSE_POOL, replica.connections().close()).await;
    }
    if timeout(CLOSE_POOL, context.connections.close()).await.is_err() {
        tracing::warn!("some connections to the database were still in use");
    }
}

/// Answers leave when they are written: a small rest would wait for the other side's acknowledgement, some 40 ms.
fn at_once(stream: &mut TcpStream) {
    if let Err(fault) = stream.set_nodelay(true) {
        tracing::debug!(%fault, "a connection may be slow");
    }
}

fn refused_passwords(config: &ServeConfig) -> Result<Refused, ServeError> {
    let Some(path) = &config.password_list else {
        return Ok(Refused::default());
    };
    let list = std::fs::read(path).map_err(|source| ServeError::PasswordList {
        path: path.display().to_string(),
        source,
    })?;
    // Such lists are in whatever encoding people have typed: what is no UTF-8 cannot be typed here either.
    Ok(Refused::read(&String::from_utf8_lossy(&list)))
}

/// How browsers reach it.
fn address(config: &ServeConfig, listening: SocketAddr) -> String {
    match &config.web.public_url {
        Some(url) => url.to_string(),
        None => format!("http://{listening}"),
    }
}

/// The address goes to stdout, in a line of its own: scripts wait for it. How one gets in goes there too, and never to the log.
fn announce(url: &str, ways_in: &str) -> Result<(), std::io::Error> {
    let mut out = std::io::stdout().lock();
    // At once, since whoever waits for the first line may listen no longer.
    out.write_all(format!("Lastmile is at {url}\n{ways_in}").as_bytes())?;
    out.flush()
}

async fn fill_if_empty(opened: &Opened, clock: &Clock) -> Result<(), ServeError> {
    let mut owner = opened.owner().await?;
    if !database::is_empty(&mut owner).await.map_err(DatabaseError::from)? {
        return Ok(());
    }
    tracing::info!("the database is empty: filling it with demo data");
    let options = SeedOptions {
        customers: 500,
        leads: 100,
        rng_seed: 1,
        replace: false,
    };
    seed(&mut owner, &options, clock.now(), |_, _| ()).await?;
    Ok(())
}
