//! `lastmile serve`: from the start to an orderly end.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use app::context::{AppContext, Clock};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::config::{DatabaseConfig, ServeConfig};
use crate::database::{self, DatabaseError};
use crate::opening::{OpenError, Opened};
use crate::seed::{SeedError, SeedOptions, seed};
use crate::{router, shutdown, site};

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
    /// No demo data.
    #[error("the demo data could not be made")]
    Seed(#[from] SeedError),
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

/// The system's clock: the one place that asks for the time. Everybody else asks the context's clock.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn clock() -> Clock {
    Clock::new(chrono::Utc::now)
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
    let clock = clock();
    if config.demo {
        fill_if_empty(opened, &clock).await?;
    }
    if asked.is_cancelled() {
        return Ok(());
    }
    let context = AppContext::new(database::pool(&opened.program), clock);
    let router = router::router(context.clone(), site::options(config));
    announce(config, listener.local_addr()?)?;

    let draining = asked.clone();
    let mut server = tokio::spawn(
        axum::serve(listener, router)
            .with_graceful_shutdown(async move { draining.cancelled().await })
            .into_future(),
    );
    let ended_early = tokio::select! {
        () = asked.cancelled() => None,
        ended = &mut server => Some(ended),
    };
    if ended_early.is_none() && timeout(DRAIN_REQUESTS, &mut server).await.is_err() {
        tracing::warn!("some requests did not end in time and are cut off");
        server.abort();
    }
    context.writes.close();
    if timeout(DRAIN_WRITES, context.writes.wait()).await.is_err() {
        tracing::warn!("some writes did not end in time and are rolled back");
    }
    if timeout(CLOSE_POOL, context.pool.close()).await.is_err() {
        tracing::warn!("some connections to the database were still in use");
    }
    match ended_early {
        Some(Ok(Err(fault))) => Err(fault.into()),
        Some(Err(fault)) => Err(std::io::Error::other(fault).into()),
        _ => Ok(()),
    }
}

/// The address goes to stdout, alone: scripts wait for it.
fn announce(config: &ServeConfig, address: SocketAddr) -> Result<(), std::io::Error> {
    let url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let mut out = std::io::stdout().lock();
    writeln!(out, "Lastmile is at {url}")?;
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
