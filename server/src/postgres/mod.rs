//! The program's own Postgres: found, made, started, watched and stopped, for people who have no database of their own.
//!
//! A production database all the same: checksums, fsync, passwords, a socket that only we can reach, and no TCP port.

mod account;
mod cluster;
mod error;
mod leftover;
mod lock;
mod passwords;
mod process;
mod programs;
mod roles;
mod socket;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use error::PostgresError;
pub use roles::{DATABASE, OWNER, PROGRAM};

use account::Account;
use lock::DataLock;
use passwords::Passwords;
use process::Launch;
use programs::Programs;

/// What the embedded Postgres is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The data directory; the cluster is in `postgres` below it.
    pub data_dir: PathBuf,
    /// Where `initdb` and `postgres` are, when they are not to be looked for.
    pub bin: Option<PathBuf>,
}

/// How to reach an embedded Postgres that runs.
#[derive(Clone, Debug)]
pub struct Access {
    /// As the program's own role.
    pub program: PgConnectOptions,
    /// As the owner, who migrates and loads in bulk.
    pub owner: PgConnectOptions,
}

impl Access {
    fn new(socket_dir: &Path, passwords: &Passwords) -> Self {
        Self {
            program: process::options(socket_dir, PROGRAM, &passwords.program, DATABASE),
            owner: process::options(socket_dir, OWNER, &passwords.owner, DATABASE),
        }
    }

    /// How to reach the Postgres that another lastmile runs on the same data directory.
    ///
    /// # Errors
    /// `NotRunning` where it has not come that far; `Io`.
    pub fn of_running(settings: &Settings) -> Result<Self, PostgresError> {
        let data_dir = cluster::prepare_data_dir(&settings.data_dir)?;
        let socket_dir = socket::directory(&data_dir);
        if !socket_dir.join(".s.PGSQL.5432").exists() {
            return Err(PostgresError::NotRunning(data_dir));
        }
        Ok(Self::new(&socket_dir, &Passwords::read(&data_dir)?))
    }
}

/// A running embedded Postgres, restarted if it ends by itself. It is to be stopped with `stop`; where the program ends
/// without, the next start ends what is left.
#[derive(Debug)]
pub struct Embedded {
    access: Access,
    stop: CancellationToken,
    watcher: JoinHandle<bool>,
    // The last field: the directory is given back after all else.
    _lock: DataLock,
}

impl Embedded {
    /// Locks the data directory, makes the cluster where there is none, starts it and makes its roles and database.
    ///
    /// # Errors
    /// Every `PostgresError`.
    pub async fn start(settings: &Settings) -> Result<Self, PostgresError> {
        let data_dir = cluster::prepare_data_dir(&settings.data_dir)?;
        let lock = DataLock::take(&data_dir)?;
        let launch = Arc::new(prepare(settings, data_dir).await?);
        let mut postmaster = launch.start().await?;
        if let Err(fault) = roles::prepare(&launch).await {
            postmaster.stop().await;
            return Err(fault.into());
        }
        tracing::info!(
            version = launch.programs.major(),
            data = %launch.cluster.display(),
            socket = %launch.socket_dir.display(),
            "Postgres runs"
        );
        let stop = CancellationToken::new();
        Ok(Self {
            access: Access::new(&launch.socket_dir, &launch.passwords),
            watcher: tokio::spawn(watch::watch(launch, postmaster, stop.clone())),
            stop,
            _lock: lock,
        })
    }

    /// How to reach it.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Stops it cleanly and gives the data directory back. Says whether Postgres ended; one that hangs is left to the next start.
    ///
    /// # Errors
    /// `Watcher` where the task that watches it died.
    pub async fn stop(self) -> Result<bool, PostgresError> {
        self.stop.cancel();
        Ok(self.watcher.await?)
    }
}

/// Everything before the start: programs that fit, a cluster, its passwords.
async fn prepare(settings: &Settings, data_dir: PathBuf) -> Result<Launch, PostgresError> {
    cluster::clean(&data_dir);
    let theirs = cluster::major(&data_dir)?;
    let programs = Programs::find(settings.bin.as_deref(), theirs.as_deref()).await?;
    let account = Account::find().await?;
    let passwords = match theirs {
        Some(theirs) if theirs != programs.major() => {
            return Err(PostgresError::OtherMajor {
                directory: cluster::directory(&data_dir),
                theirs,
                ours: programs.major().to_owned(),
            });
        }
        Some(_) => Passwords::read(&data_dir)?,
        None => {
            tracing::info!(data = %data_dir.display(), "making a new database");
            cluster::make(&data_dir, &programs, &account).await?
        }
    };
    account.check_way_to(&data_dir)?;
    Ok(Launch {
        programs,
        account,
        cluster: cluster::directory(&data_dir),
        socket_dir: socket::directory(&data_dir),
        passwords,
        data_dir,
    })
}
