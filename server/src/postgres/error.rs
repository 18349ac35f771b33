//! Why the embedded Postgres cannot be had.

use std::path::PathBuf;

/// A failure of the embedded Postgres, in a line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No directory holds the programs.
    #[error(
        "Postgres's programs are not installed: install the package postgresql (apt install postgresql), or name the \
         directory of initdb and postgres with LASTMILE_POSTGRES_BIN, or point DATABASE_URL at a database of your own"
    )]
    NotInstalled,
    /// The directory that was named does not hold the programs.
    #[error("{0} holds no working initdb and postgres: correct LASTMILE_POSTGRES_BIN (or --postgres-bin)")]
    NotTheirDirectory(PathBuf),
    /// Root has nobody to run Postgres as.
    #[error(
        "as root, Postgres runs as the user postgres, and there is none: install the package postgresql (apt install \
         postgresql), or run lastmile as an ordinary user"
    )]
    NoAccount,
    /// Another lastmile holds the data directory.
    #[error(
        "another lastmile{holder} is running on the data directory {directory}: stop it first, or choose another \
         directory with --data-dir"
    )]
    InUse {
        /// The data directory.
        directory: PathBuf,
        /// " (process N)" where it is known.
        holder: String,
    },
    /// The cluster was made by another major version.
    #[error(
        "the data in {directory} is of Postgres {theirs}, and the programs found are of {ours}: install postgresql-{theirs} \
         to go on with it; to move to {ours}, start lastmile with {theirs}, dump with `pg_dump --host SOCKET_DIRECTORY \
         --username lastmile_owner --no-owner --no-acl lastmile`, stop it, move {directory} away, start lastmile with {ours} once, \
         and restore the dump with `psql` into an emptied database"
    )]
    OtherMajor {
        /// The cluster's directory.
        directory: PathBuf,
        /// The major version in it.
        theirs: String,
        /// The major version of the programs.
        ours: String,
    },
    /// The user postgres may not pass through a directory above the data.
    #[error("the user postgres cannot enter {0}, which is above the data: choose another directory with --data-dir")]
    Unreachable(PathBuf),
    /// The socket's directory is somebody else's.
    #[error(
        "{0} belongs to somebody else or is open to others: remove it, or set XDG_RUNTIME_DIR to a directory of your own"
    )]
    SocketDirectory(PathBuf),
    /// The cluster is there, its passwords are not.
    #[error("{0} is missing or incomplete: restore it from the backup that the data directory came from")]
    NoPasswords(PathBuf),
    /// `initdb` failed.
    #[error("initdb could not make a database in {directory}: {reason}")]
    Initdb {
        /// Where it was made.
        directory: PathBuf,
        /// initdb's last words.
        reason: String,
    },
    /// The postmaster ended before it answered.
    #[error("Postgres did not start: {reason} (its log is in {log})")]
    NotStarted {
        /// Its last words.
        reason: String,
        /// Where to read more.
        log: PathBuf,
    },
    /// The postmaster runs but does not answer.
    #[error("Postgres did not answer within {seconds} s: see its log in {log}, and start again")]
    NotReady {
        /// How long it was waited for.
        seconds: u64,
        /// Where to read more.
        log: PathBuf,
    },
    /// A postmaster of an earlier run does not end.
    #[error("Postgres (process {0}) of an earlier run does not stop: end it with `kill -QUIT {0}` and start again")]
    Stubborn(i32),
    /// Nobody runs on the data directory, though somebody holds it.
    #[error("the lastmile that holds {0} has not started its Postgres yet: try again in a moment")]
    NotRunning(PathBuf),
    /// The operating system refused.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The refusal.
        source: std::io::Error,
    },
    /// The cluster refused what every start does.
    #[error("the embedded Postgres refused to prepare its roles and database")]
    Prepare(#[from] sqlx::Error),
    /// The task that watches Postgres died.
    #[error("the task that watches Postgres ended")]
    Watcher(#[from] tokio::task::JoinError),
}

impl PostgresError {
    /// A closure for `map_err`: what was tried, on which path.
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}
