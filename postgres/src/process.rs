//! Starts the postmaster, waits until it answers, and stops it. Never with SIGKILL.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tokio::process::Child;
use tokio::time::{sleep, timeout};

use super::binaries::PgBinaries;
use super::config::{Config, SUPERUSER};
use super::data_dir::DataDir;
use super::error::PostgresError;
use super::os_user::OsUser;
use super::passwords::Passwords;
use super::{connection, socket, stale_process};

/// How long a start may take: after a crash Postgres replays its write-ahead log first.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a fast shutdown may take. After it comes an immediate one, which loses nothing but makes the next start replay.
const FAST_TIMEOUT: Duration = Duration::from_secs(10);
const IMMEDIATE_TIMEOUT: Duration = Duration::from_secs(4);
/// How long an immediate one is waited for where the process itself ends at once.
const QUIT_TIMEOUT: Duration = Duration::from_secs(1);

/// All that a start of the postmaster needs: the same for the first start and for every restart.
#[derive(Debug)]
pub struct LaunchConfig {
    pub(super) config: Config,
    pub(super) binaries: PgBinaries,
    pub(super) user: OsUser,
    pub(super) data_dir: DataDir,
    pub(super) socket_dir: PathBuf,
    pub(super) passwords: Passwords,
}

impl LaunchConfig {
    /// How to connect as the superuser.
    pub fn superuser(&self, database: &str) -> PgConnectOptions {
        connection::options(&self.socket_dir, SUPERUSER, &self.passwords.superuser, database)
    }

    /// The directory of Postgres's log, which has a file for each day of the week.
    pub fn log_dir(&self) -> PathBuf {
        self.data_dir.cluster().join("log")
    }

    /// Stops what an earlier run left behind, starts the postmaster and waits until it answers.
    ///
    /// # Errors
    /// `StaleProcess`, `NotStarted`, `NotReady`, `SocketDirectory`, `Io`.
    pub async fn start(&self) -> Result<Postmaster, PostgresError> {
        let cluster = self.data_dir.cluster();
        stale_process::stop(&cluster).await?;
        socket::prepare(&self.socket_dir, &self.user)?;
        socket::clear(&self.socket_dir);
        let start_log = self.data_dir.start_log();
        let stdout = File::create(&start_log).map_err(PostgresError::io("write", &start_log))?;
        let stderr = stdout.try_clone().map_err(PostgresError::io("write", &start_log))?;
        let child = self
            .user
            .command(&self.binaries.postgres())
            .arg("-D")
            .arg(&cluster)
            .args(self.settings().iter().flat_map(|setting| ["-c", setting.as_str()]))
            .stdout(Stdio::from(stdout))
            .stderr(Stdio::from(stderr))
            .spawn()
            .map_err(PostgresError::io("run", self.binaries.postgres()))?;
        let mut postmaster = Postmaster::new(child);
        match self.wait_until_ready(&mut postmaster).await {
            Ok(()) => Ok(postmaster),
            Err(error) => {
                postmaster.stop().await;
                Err(error)
            }
        }
    }

    /// The settings that override the cluster's own configuration. fsync and full_page_writes stay on, whatever it says.
    fn settings(&self) -> Vec<String> {
        vec![
            "listen_addresses=".to_owned(),
            format!("port={}", socket::PORT),
            format!("unix_socket_directories={}", self.socket_dir.display()),
            "unix_socket_permissions=0700".to_owned(),
            "fsync=on".to_owned(),
            "full_page_writes=on".to_owned(),
            "synchronous_commit=on".to_owned(),
            "password_encryption=scram-sha-256".to_owned(),
            // A file for each day of the week, emptied a week later: the log never grows beyond that.
            "logging_collector=on".to_owned(),
            "log_directory=log".to_owned(),
            "log_filename=postgres-%a.log".to_owned(),
            "log_truncate_on_rotation=on".to_owned(),
            "log_rotation_age=1d".to_owned(),
            "log_rotation_size=0".to_owned(),
            // The details of a refused row hold personal data.
            "log_error_verbosity=terse".to_owned(),
        ]
    }

    async fn wait_until_ready(&self, postmaster: &mut Postmaster) -> Result<(), PostgresError> {
        let began = Instant::now();
        let mut is_reported = false;
        while began.elapsed() < START_TIMEOUT {
            if let Ok(Some(_)) = postmaster.child.try_wait() {
                return Err(PostgresError::NotStarted {
                    reason: last_error(&self.data_dir.start_log(), &self.log_dir()),
                    log: self.log_dir(),
                });
            }
            if answers(&self.superuser("postgres")).await {
                return Ok(());
            }
            if !is_reported && began.elapsed() > Duration::from_secs(3) {
                is_reported = true;
                tracing::info!("Postgres is recovering from a crash: this may take up to a minute");
            }
            sleep(Duration::from_millis(25)).await;
        }
        Err(PostgresError::NotReady {
            seconds: START_TIMEOUT.as_secs(),
            log: self.log_dir(),
        })
    }
}

/// The process ids of the postmasters that this process runs.
static RUNNING: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());
/// Whether this process ends: no postmaster is started again.
static QUITTING: AtomicBool = AtomicBool::new(false);

fn running() -> MutexGuard<'static, BTreeSet<i32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether [`quit_all`] was called.
pub(crate) fn is_quitting() -> bool {
    QUITTING.load(Ordering::SeqCst)
}

/// Ends all postmasters of this process by an immediate shutdown (SIGQUIT), and blocks for a moment until they have ended. For a process that
/// ends at once: nothing that was committed is lost, and the next start recovers.
pub fn quit_all() {
    QUITTING.store(true, Ordering::SeqCst);
    let pids: Vec<Pid> = running().iter().filter_map(|pid| Pid::from_raw(*pid)).collect();
    for pid in &pids {
        let _ = rustix::process::kill_process(*pid, Signal::QUIT);
    }
    let begun = Instant::now();
    while begun.elapsed() < QUIT_TIMEOUT && !running().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A running postmaster, a child of this process.
#[derive(Debug)]
pub struct Postmaster {
    child: Child,
}

impl Postmaster {
    fn new(child: Child) -> Self {
        let postmaster = Self { child };
        if let Some(pid) = postmaster.pid() {
            running().insert(pid.as_raw_nonzero().get());
        }
        postmaster
    }

    /// Waits until the postmaster has ended by itself.
    pub async fn exited(&mut self) -> Option<ExitStatus> {
        let pid = self.pid();
        let status = self.child.wait().await.ok();
        if let Some(pid) = pid {
            running().remove(&pid.as_raw_nonzero().get());
        }
        status
    }

    /// Stops it: by a fast shutdown (SIGINT), or an immediate one (SIGQUIT) where that hangs. Returns whether it ended.
    pub async fn stop(&mut self) -> bool {
        for (signal, within) in [(Signal::INT, FAST_TIMEOUT), (Signal::QUIT, IMMEDIATE_TIMEOUT)] {
            let Some(pid) = self.pid() else {
                return true;
            };
            let _ = rustix::process::kill_process(pid, signal);
            if timeout(within, self.exited()).await.is_ok() {
                return true;
            }
            tracing::warn!(pid = pid.as_raw_nonzero().get(), ?signal, "Postgres is slow to stop");
        }
        false
    }

    /// The process id. None where the process was seen to have ended.
    fn pid(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.id()?).ok()?)
    }
}

/// Whether Postgres answers a query.
async fn answers(options: &PgConnectOptions) -> bool {
    let ask = async {
        let mut connection = options.connect().await?;
        sqlx::query("SELECT 1").execute(&mut connection).await?;
        connection.close().await
    };
    matches!(timeout(Duration::from_secs(5), ask).await, Ok(Ok(())))
}

/// Why the postmaster ended: its last FATAL line, which is in the start log or, once Postgres has opened it, in its own log.
fn last_error(start_log: &Path, log_dir: &Path) -> String {
    let newest = std::fs::read_dir(log_dir).ok().and_then(|files| {
        let paths = files.filter_map(|file| Some(file.ok()?.path()));
        paths.max_by_key(|path| path.metadata().and_then(|found| found.modified()).ok())
    });
    let printed = std::fs::read_to_string(start_log).unwrap_or_default();
    let logged = newest.and_then(|path| std::fs::read_to_string(path).ok());
    let fatal = |text: &str| Some(text.rsplit_once("FATAL:")?.1.lines().next()?.trim().to_owned());
    fatal(&printed)
        .or_else(|| fatal(&logged?))
        .or_else(|| printed.lines().last().map(str::to_owned))
        .unwrap_or_else(|| "it printed no reason".to_owned())
}
