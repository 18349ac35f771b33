//! The postmaster: starting it, knowing that it answers, stopping it. Never with SIGKILL.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection};
use tokio::process::Child;
use tokio::time::{sleep, timeout};

use super::account::Account;
use super::cluster::SUPERUSER;
use super::error::PostgresError;
use super::passwords::Passwords;
use super::programs::Programs;
use super::{leftover, socket};

/// How long a start may take: after a crash Postgres replays its log first.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long a fast shutdown may take before an immediate one is asked for, which is as safe but makes the next start replay.
const FAST_WITHIN: Duration = Duration::from_secs(10);
const IMMEDIATE_WITHIN: Duration = Duration::from_secs(4);

/// All that a start of the postmaster needs; the same for every start of a run.
#[derive(Debug)]
pub struct Launch {
    pub(super) programs: Programs,
    pub(super) account: Account,
    pub(super) data_dir: PathBuf,
    pub(super) cluster: PathBuf,
    pub(super) socket_dir: PathBuf,
    pub(super) passwords: Passwords,
}

impl Launch {
    /// How to connect as `role` to `database`.
    pub fn options(&self, role: &str, password: &str, database: &str) -> PgConnectOptions {
        options(&self.socket_dir, role, password, database)
    }

    /// How to connect as the superuser.
    pub fn superuser(&self, database: &str) -> PgConnectOptions {
        self.options(SUPERUSER, &self.passwords.superuser, database)
    }

    /// Where Postgres writes its log, a file for each day of the week.
    pub fn log(&self) -> PathBuf {
        self.cluster.join("log")
    }

    /// Ends what an earlier run left behind, starts the postmaster and waits until it answers.
    ///
    /// # Errors
    /// `Stubborn`, `NotStarted`, `NotReady`, `SocketDirectory`, `Io`.
    pub async fn start(&self) -> Result<Postmaster, PostgresError> {
        leftover::end(&self.cluster).await?;
        socket::prepare(&self.socket_dir, &self.account)?;
        socket::clear(&self.socket_dir);
        let words = self.data_dir.join("postgres-start.log");
        let out = File::create(&words).map_err(PostgresError::io("write", &words))?;
        let err = out.try_clone().map_err(PostgresError::io("write", &words))?;
        let child = self
            .account
            .command(&self.programs.postgres())
            .arg("-D")
            .arg(&self.cluster)
            .args(self.settings().iter().flat_map(|setting| ["-c", setting.as_str()]))
            .stdout(Stdio::from(out))
            .stderr(Stdio::from(err))
            .spawn()
            .map_err(PostgresError::io("run", self.programs.postgres()))?;
        let mut postmaster = Postmaster { child };
        match self.wait_until_ready(&mut postmaster, &words).await {
            Ok(()) => Ok(postmaster),
            Err(fault) => {
                postmaster.stop().await;
                Err(fault)
            }
        }
    }

    /// What differs from the cluster's own configuration. fsync and full_page_writes stay on, whatever it says.
    fn settings(&self) -> Vec<String> {
        vec![
            "listen_addresses=".to_owned(),
            "port=5432".to_owned(),
            format!("unix_socket_directories={}", self.socket_dir.display()),
            "unix_socket_permissions=0700".to_owned(),
            "fsync=on".to_owned(),
            "full_page_writes=on".to_owned(),
            "synchronous_commit=on".to_owned(),
            "password_encryption=scram-sha-256".to_owned(),
            // A file for each day of the week, emptied when its day comes again: a week of log, and no more.
            "logging_collector=on".to_owned(),
            "log_directory=log".to_owned(),
            "log_filename=postgres-%a.log".to_owned(),
            "log_truncate_on_rotation=on".to_owned(),
            "log_rotation_age=1d".to_owned(),
            "log_rotation_size=0".to_owned(),
            // The detail of a refused row holds what somebody typed.
            "log_error_verbosity=terse".to_owned(),
        ]
    }

    async fn wait_until_ready(&self, postmaster: &mut Postmaster, words: &Path) -> Result<(), PostgresError> {
        let begun = Instant::now();
        let mut told = false;
        while begun.elapsed() < READY_WITHIN {
            if let Ok(Some(_)) = postmaster.child.try_wait() {
                return Err(PostgresError::NotStarted {
                    reason: last_words(words, &self.log()),
                    log: self.log(),
                });
            }
            if answers(&self.superuser("postgres")).await {
                return Ok(());
            }
            if !told && begun.elapsed() > Duration::from_secs(3) {
                told = true;
                tracing::info!("Postgres is recovering from a crash: this may take up to a minute");
            }
            sleep(Duration::from_millis(25)).await;
        }
        Err(PostgresError::NotReady {
            seconds: READY_WITHIN.as_secs(),
            log: self.log(),
        })
    }
}

/// How to connect through the socket in `socket_dir`.
pub fn options(socket_dir: &Path, role: &str, password: &str, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket_dir)
        .port(5432)
        .username(role)
        .password(password)
        .database(database)
        .ssl_mode(PgSslMode::Disable)
        .disable_statement_logging()
}

/// A running postmaster that is our child.
#[derive(Debug)]
pub struct Postmaster {
    child: Child,
}

impl Postmaster {
    /// Waits until the postmaster has ended by itself.
    pub async fn ended(&mut self) -> Option<ExitStatus> {
        self.child.wait().await.ok()
    }

    /// Stops it: a fast shutdown first (SIGINT), an immediate one (SIGQUIT) where that hangs. Says whether it ended.
    pub async fn stop(&mut self) -> bool {
        for (signal, within) in [(Signal::INT, FAST_WITHIN), (Signal::QUIT, IMMEDIATE_WITHIN)] {
            let Some(pid) = self.pid() else {
                return true;
            };
            let _ = rustix::process::kill_process(pid, signal);
            if timeout(within, self.child.wait()).await.is_ok() {
                return true;
            }
            tracing::warn!(pid = pid.as_raw_nonzero().get(), ?signal, "Postgres is slow to stop");
        }
        false
    }

    /// The process id, while it has not been seen to end.
    pub fn pid(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.id()?).ok()?)
    }
}

/// Ready means that a query is answered.
async fn answers(options: &PgConnectOptions) -> bool {
    let ask = async {
        let mut connection = options.connect().await?;
        sqlx::query("SELECT 1").execute(&mut connection).await?;
        connection.close().await
    };
    matches!(timeout(Duration::from_secs(5), ask).await, Ok(Ok(())))
}

/// Why the postmaster ended: its last FATAL, from before its log was redirected or from the log.
fn last_words(start: &Path, log: &Path) -> String {
    let newest = std::fs::read_dir(log).ok().and_then(|files| {
        let paths = files.filter_map(|file| Some(file.ok()?.path()));
        paths.max_by_key(|path| path.metadata().and_then(|found| found.modified()).ok())
    });
    let said = std::fs::read_to_string(start).unwrap_or_default();
    let logged = newest.and_then(|path| std::fs::read_to_string(path).ok());
    let fatal = |text: &str| Some(text.rsplit_once("FATAL:")?.1.lines().next()?.trim().to_owned());
    fatal(&said)
        .or_else(|| fatal(&logged?))
        .or_else(|| said.lines().last().map(str::to_owned))
        .unwrap_or_else(|| "it said nothing".to_owned())
}
