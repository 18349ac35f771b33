//! `lastmile serve`: start, serving, and graceful shutdown.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::base::error::AppError;
use app::base::time::Clock;
use app::db::replica::Replica;
use app::http::context::{AppContext, PublicAddress};
use app::users::model::password::DeniedPasswords;
use app::users::service::secret_keys::renew_secrets;
use app::users::store::sessions;
use axum::serve::{Listener, ListenerExt};
use sqlx::postgres::PgConnectOptions;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock;
use crate::config::{DatabaseConfig, ServeConfig};
use crate::connections::{self, Accepted, Places, Timeouts};
use crate::database::{self, DatabaseError};
use crate::headers::PageShell;
use crate::jobs::JobWorkers;
use crate::metrics::{self, Metrics};
use crate::network::NetworkConfig;
use crate::network_hook::{NetworkHook, NetworkHookError};
use crate::open_database::{OpenDatabase, OpenError};
use crate::request_rate::RequestRate;
use crate::secret_key_file::{self, SecretKeyError};
use crate::seed::{SeedError, SeedOptions, seed};
use crate::workers::{WorkerExited, WorkerListener, Workers};
use crate::{assets, files, network, router, shutdown, user_command};

// Together with Postgres's own stop (14 s at most) these stay below the 30 s after which a supervisor kills the program.
const DRAIN_REQUESTS: Duration = Duration::from_secs(8);
const DRAIN_WRITES: Duration = Duration::from_secs(5);
const CLOSE_POOL: Duration = Duration::from_secs(2);

/// How many files are open beside the connections of browsers: connections to the database, files of the site, the log.
const FILES_FOR_ITSELF: usize = 256;

/// Why the program does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another program listens on the port.
    #[error("port {} is taken by another program: stop that one, or choose another with --listen {}:{}", .0.port(), .0.ip(), .0.port().wrapping_add(1))]
    PortTaken(SocketAddr),
    /// The operating system does not let it listen there.
    #[error("cannot listen on {address}: choose another address with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database's schema is not this program's.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The list of passwords cannot be read.
    #[error("the list of passwords {path} cannot be read: check --password-list (LASTMILE_PASSWORD_LIST)")]
    PasswordList {
        /// Its path.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// There are no keys for the secrets of the second step.
    #[error(transparent)]
    SecretKey(#[from] SecretKeyError),
    /// The hook of the network cannot be used.
    #[error(transparent)]
    NetworkHook(#[from] NetworkHookError),
    /// The secrets of the second step cannot be read.
    #[error("the secrets of the second step could not be checked")]
    SecretCheck(#[source] AppError),
    /// The program cannot find out whether anybody can sign in.
    #[error("whether anybody can sign in could not be found out")]
    SignInCheck(#[source] AppError),
    /// The demo data cannot be written.
    #[error("the demo data could not be made")]
    Seed(#[from] SeedError),
    /// A worker has ended.
    #[error(transparent)]
    Worker(#[from] WorkerExited),
    /// The operating system's error.
    #[error("the operating system refused")]
    Io(#[from] std::io::Error),
}

/// Serves until a signal asks it to stop.
///
/// # Errors
/// `ServeError`.
pub async fn serve(config: ServeConfig, database: DatabaseConfig) -> Result<(), ServeError> {
    let shutdown = shutdown::listen()?;
    // Before the database, so that a port that is taken is reported at once.
    let listener = bind(config.listen).await?;
    let metrics_listener = match config.metrics_listen {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    let opened = OpenDatabase::for_serve(database).await?;
    let result = serve_opened(&config, &opened, listener, metrics_listener, shutdown).await;
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
    opened: &OpenDatabase,
    listener: TcpListener,
    metrics_listener: Option<TcpListener>,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    opened.prepare_to_serve().await?;
    let clock = clock::system();
    if config.demo {
        fill_if_empty(opened, &clock).await?;
    }
    if shutdown.is_cancelled() {
        return Ok(());
    }
    let mut context = AppContext::new(database::pool(&opened.program), clock);
    context.replica = config
        .replica
        .as_ref()
        .map(|replica| Replica::new(database::read_pool(replica), sessions::record_write));
    context.set_shared(denied_passwords(config)?);
    context.set_shared(RequestRate::new(config.requests_per_second));
    context.set_shared(NetworkHook::new(
        config.network_hook_url.as_deref(),
        config.network_hook_key_file.as_deref(),
        config.network_hook_command.as_deref(),
    )?);
    let keys = secret_key_file::load(config.secret_key_file.as_deref(), opened.data_dir())?;
    context.set_shared(keys);
    match renew_secrets(&context).await.map_err(ServeError::SecretCheck)? {
        0 => {}
        users => tracing::error!(
            users,
            "some users' secrets of the second step are encrypted with another key than those of LASTMILE_SECRET_KEY_FILE: they can sign in \
             with a recovery code alone, until the key is back"
        ),
    }
    context.public_address = Arc::new(PublicAddress {
        url: public_url(config, listener.local_addr()?),
    });
    if config.demo {
        context.set_shared(
            user_command::find_demo_accounts(&context)
                .await
                .map_err(ServeError::SignInCheck)?,
        );
    }
    let instructions = user_command::sign_in_instructions(&context)
        .await
        .map_err(ServeError::SignInCheck)?;
    context.pool().close().await;
    if !config.listen.ip().is_loopback() {
        tracing::warn!(
            "listening beyond this machine, without TLS: let nobody but a proxy reach {}, over a network that nobody listens to",
            config.listen
        );
    }
    let places = places(config);
    context.shared::<Metrics>().set_places(&places);
    if let Some(listener) = metrics_listener {
        tracing::info!(address = %listener.local_addr()?, "metrics");
        let routes = metrics::routes(&context);
        tokio::spawn(axum::serve(listener, routes).into_future());
    }
    let state = WorkerState {
        // Read once for all workers.
        shell: PageShell::new(assets::options(config)),
        network: config.network.clone(),
        database: opened.program.clone(),
        replica: config.replica.clone(),
        shutdown: shutdown.clone(),
        context,
    };
    let address = Arc::clone(&state.context.public_address);
    let jobs = JobWorkers::start(state.context.clone(), &opened.program, &shutdown);
    let mut workers = Workers::start(database::loops(), |listener| state.serve(listener))?;
    print_url(&address.url, &instructions)?;
    let dispatched = dispatch(listener, &mut workers, &places, &shutdown).await;
    shutdown.cancel();
    let ended = spawn_blocking(move || workers.join()).await;
    jobs.end().await;
    Ok(dispatched.and(ended.map_err(std::io::Error::other)?)?)
}

/// Dispatches connections to the workers, until the shutdown.
///
/// # Errors
/// `WorkerExited` as soon as a worker has ended by itself: connections dispatched to it would be lost.
async fn dispatch(
    listener: TcpListener,
    workers: &mut Workers,
    places: &Places,
    shutdown: &CancellationToken,
) -> Result<(), WorkerExited> {
    let mut listener = listener.tap_io(set_nodelay);
    loop {
        let (stream, remote) = tokio::select! {
            () = shutdown.cancelled() => break,
            () = workers.one_ended() => break,
            accepted = listener.accept() => accepted,
        };
        let Some(place) = places.take() else {
            continue;
        };
        if workers.dispatch(Accepted { stream, remote, place }).is_err() {
            break;
        }
    }
    // A shutdown ends the workers too, and their end may be noticed first.
    if shutdown.is_cancelled() {
        Ok(())
    } else {
        Err(WorkerExited)
    }
}

/// What each worker gets a clone of.
#[derive(Clone)]
struct WorkerState {
    /// A worker replaces its pools and the tracker of its writes.
    context: AppContext,
    database: PgConnectOptions,
    replica: Option<PgConnectOptions>,
    shell: PageShell,
    network: NetworkConfig,
    shutdown: CancellationToken,
}

impl WorkerState {
    /// Serves the connections that are dispatched to the worker, until the shutdown, and then finishes requests and writes.
    async fn serve(self, mut listener: WorkerListener) {
        let mut context = self.context.with_pool(database::pool(&self.database));
        context.writes = TaskTracker::new();
        let metrics = context.shared::<Metrics>();
        metrics.add_pool("primary", context.pool());
        if let Some(replica) = &self.replica {
            let pool = database::read_pool(replica);
            metrics.add_pool("replica", &pool);
            context.replica = context.replica.map(|replica| replica.with_pool(pool));
        }
        let router = router::router(context.clone(), self.shell, self.network);
        let accept = async || listener.accept().await;
        let server = connections::serve(accept, router, Timeouts::default(), self.shutdown.clone());
        let out_of_time = async {
            self.shutdown.cancelled().await;
            sleep(DRAIN_REQUESTS).await;
        };
        tokio::select! {
            () = server => {}
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
        let _ = timeout(CLOSE_POOL, replica.pool().close()).await;
    }
    if timeout(CLOSE_POOL, context.pool().close()).await.is_err() {
        tracing::warn!("some connections to the database were still in use");
    }
}

/// Sends what is written at once: the last small segment of an answer would else wait some 40 ms for the other side's acknowledgement.
fn set_nodelay(stream: &mut TcpStream) {
    if let Err(fault) = stream.set_nodelay(true) {
        tracing::debug!(%fault, "a connection may be slow");
    }
}

fn denied_passwords(config: &ServeConfig) -> Result<DeniedPasswords, ServeError> {
    let Some(path) = &config.password_list else {
        return Ok(DeniedPasswords::default());
    };
    let list = std::fs::read(path).map_err(|source| ServeError::PasswordList {
        path: path.display().to_string(),
        source,
    })?;
    // Such lists mix encodings: a password that is not UTF-8 cannot be typed here.
    Ok(DeniedPasswords::parse(&String::from_utf8_lossy(&list)))
}

/// As many places for connections as are configured, and as the operating system allows.
fn places(config: &ServeConfig) -> Places {
    let allowed = files::limit().saturating_sub(FILES_FOR_ITSELF);
    if allowed < config.max_connections {
        tracing::warn!(
            allowed,
            "fewer connections than --max-connections: the operating system allows no more open files (ulimit -n)"
        );
    }
    Places::new(config.max_connections.min(allowed))
}

/// The URL that browsers use.
fn public_url(config: &ServeConfig, listening: SocketAddr) -> String {
    if let Some(url) = &config.network.public_url {
        return url.to_string();
    }
    let url = network::url_of(listening);
    if listening.ip().is_unspecified() {
        tracing::warn!(
            "links begin with {url}, which only this machine can open: say how browsers reach it with --public-url \
             (LASTMILE_PUBLIC_URL)"
        );
    }
    url
}

/// Prints the URL to stdout, on a line of its own, since scripts wait for it; then how to sign in, which never goes to the log.
fn print_url(url: &str, instructions: &str) -> Result<(), std::io::Error> {
    let mut out = std::io::stdout().lock();
    // In one write: a script may stop to read after the first line.
    out.write_all(format!("Lastmile is at {url}\n{instructions}").as_bytes())?;
    out.flush()
}

async fn fill_if_empty(opened: &OpenDatabase, clock: &Clock) -> Result<(), ServeError> {
    let mut owner = opened.owner().await?;
    if !database::is_empty(&mut owner).await.map_err(DatabaseError::from)? {
        return Ok(());
    }
    tracing::info!("the database is empty: filling it with demo data");
    let options = SeedOptions {
        customers: 500,
        leads: 100,
        months: None,
        rng_seed: 1,
        replace: false,
    };
    seed(&mut owner, &options, clock.now(), |_, _| ()).await?;
    Ok(())
}
