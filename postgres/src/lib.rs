//! A Postgres that a program runs itself, for people who have no database server of their own.
//!
//! The program finds the binaries of an installed Postgres, makes a cluster in its data directory, runs Postgres as a child process
//! and restarts it where it ends. The cluster is fit for production: checksums, fsync, random passwords, a socket that only the
//! program's user can open, and no TCP port. It runs on Unix.
//!
//! Two roles come with the database. The owner creates and alters tables; the program works as the other role, which has only the rights
//! that the owner grants it, so that a fault in the program cannot alter the tables.
//!
//! ```no_run
//! use postgres_embedded::{Config, EmbeddedPostgres};
//! use sqlx::{ConnectOptions, Connection};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::new("ledger", "/var/lib/ledger");
//! let postgres = EmbeddedPostgres::start(&config).await?;
//!
//! let mut owner = postgres.connection_info().owner.connect().await?;
//! sqlx::raw_sql("CREATE TABLE IF NOT EXISTS entries (amount bigint NOT NULL); GRANT SELECT, INSERT ON entries TO ledger")
//!     .execute(&mut owner)
//!     .await?;
//! owner.close().await?;
//!
//! let mut app = postgres.connection_info().app.connect().await?;
//! sqlx::query("INSERT INTO entries VALUES ($1)").bind(42_i64).execute(&mut app).await?;
//! app.close().await?;
//!
//! postgres.stop().await?;
//! # Ok(())
//! # }
//! ```
//!
//! One process at a time uses a data directory. A second one gets [`PostgresError::InUse`], and can work on the same database through
//! [`ConnectionInfo::of_running`].
//!
//! A program that SIGKILL ends cannot stop its Postgres: the next start stops it cleanly and starts it again. The crate itself
//! never sends SIGKILL.

mod binaries;
mod cluster;
mod config;
mod connection;
mod data_dir;
mod error;
mod lock;
mod os_user;
mod passwords;
mod private_file;
mod process;
mod roles;
mod socket;
mod stale_process;
mod watch;

use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use config::{Config, DataLayout};
pub use connection::ConnectionInfo;
pub use error::PostgresError;
pub use private_file::write_private_file;
pub use process::quit_all;

use binaries::PgBinaries;
use data_dir::DataDir;
use lock::DataLock;
use os_user::OsUser;
use passwords::Passwords;
use process::LaunchConfig;

/// A running Postgres, restarted where it ends by itself. It runs until [`stop`](Self::stop); where the program ends
/// without, the next start stops it.
#[derive(Debug)]
#[must_use = "Postgres runs until it is stopped"]
pub struct EmbeddedPostgres {
    connection_info: ConnectionInfo,
    stop: CancellationToken,
    watcher: JoinHandle<bool>,
    // The last field, because fields are dropped in order: the lock is released after all else.
    _lock: DataLock,
}

impl EmbeddedPostgres {
    /// Locks the data directory, makes the cluster where there is none, starts Postgres and creates the roles and the database.
    ///
    /// # Errors
    /// Every `PostgresError` but `NotRunning`.
    pub async fn start(config: &Config) -> Result<Self, PostgresError> {
        config.check()?;
        let data_dir = DataDir::prepare(config)?;
        let lock = DataLock::take(&data_dir)?;
        let launch = Arc::new(prepare(config, data_dir).await?);
        let mut postmaster = launch.start().await?;
        if let Err(error) = roles::prepare(&launch).await {
            postmaster.stop().await;
            return Err(error.into());
        }
        tracing::info!(
            version = launch.binaries.major(),
            data = %launch.data_dir.cluster().display(),
            socket = %launch.socket_dir.display(),
            "Postgres runs"
        );
        let stop = CancellationToken::new();
        Ok(Self {
            connection_info: ConnectionInfo::new(config, &launch.socket_dir, &launch.passwords),
            watcher: tokio::spawn(watch::watch(launch, postmaster, stop.clone())),
            stop,
            _lock: lock,
        })
    }

    /// How to connect.
    pub fn connection_info(&self) -> &ConnectionInfo {
        &self.connection_info
    }

    /// Stops Postgres cleanly and releases the data directory. Returns whether Postgres ended; the next start stops one that hangs.
    ///
    /// # Errors
    /// `Watcher` where the task that watches Postgres panicked.
    pub async fn stop(self) -> Result<bool, PostgresError> {
        self.stop.cancel();
        Ok(self.watcher.await?)
    }
}

/// Everything before the start: binaries that fit the cluster, the cluster, its passwords.
async fn prepare(config: &Config, data_dir: DataDir) -> Result<LaunchConfig, PostgresError> {
    cluster::remove_unfinished(&data_dir);
    let found = cluster::major(&data_dir)?;
    let binaries = PgBinaries::find(config.bin_dir.as_deref(), found.as_deref()).await?;
    let user = OsUser::find().await?;
    let passwords = match found {
        Some(found) if found != binaries.major() => {
            return Err(PostgresError::OtherMajor {
                directory: data_dir.cluster(),
                found,
                installed: binaries.major().to_owned(),
                owner: config.owner_role.clone(),
                database: config.database.clone(),
            });
        }
        Some(_) => Passwords::read(&data_dir.passwords())?,
        None => {
            tracing::info!(data = %data_dir.root().display(), "making a new database");
            cluster::make(&data_dir, &binaries, &user).await?
        }
    };
    user.check_reach(data_dir.root())?;
    Ok(LaunchConfig {
        config: config.clone(),
        binaries,
        user,
        socket_dir: socket::directory(&config.program, data_dir.root()),
        passwords,
        data_dir,
    })
}
