//! Why the embedded Postgres cannot be used.

use std::path::PathBuf;

/// Why the embedded Postgres cannot be used, in a line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// The program chose a name that cannot be used.
    #[error("the configuration of the embedded Postgres cannot be used: {field} {value:?} {reason}")]
    InvalidConfig {
        /// The field of [`Config`](super::Config).
        field: &'static str,
        /// What it holds.
        value: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No directory holds the binaries.
    #[error("initdb and postgres are not installed: install the package postgresql (apt install postgresql)")]
    NotInstalled,
    /// The directory that was named does not hold the binaries.
    #[error("{0} holds no working initdb and postgres: name the directory that does")]
    NoBinaries(PathBuf),
    /// The program runs as root, and there is no other user to run Postgres as.
    #[error(
        "as root, Postgres runs as the user postgres, and that user does not exist: install the package postgresql \
         (apt install postgresql), or run this program as an ordinary user"
    )]
    NoOsUser,
    /// Another process has the lock of the data directory. [`ConnectionInfo::of_running`](super::ConnectionInfo::of_running)
    /// connects to its Postgres.
    #[error(
        "another process{holder} uses the data directory {directory}: stop it first, or choose another data directory"
    )]
    InUse {
        /// The data directory.
        directory: PathBuf,
        /// " (process N)" where it is known.
        holder: String,
    },
    /// Another major version made the cluster.
    #[error(
        "Postgres {found} made the data in {directory}, and the installed binaries are of {installed}: install \
         postgresql-{found} to go on with {found}. To move to {installed}: start once more with {found}, dump with `pg_dump --host \
         SOCKET_DIRECTORY --username {owner} --no-owner --no-acl {database}`, stop, move {directory} away, start with \
         {installed}, and restore the dump with `psql` into an emptied database"
    )]
    OtherMajor {
        /// The directory of the cluster.
        directory: PathBuf,
        /// The major version that made it.
        found: String,
        /// The major version of the binaries.
        installed: String,
        /// The owner's role.
        owner: String,
        /// The database.
        database: String,
    },
    /// The user postgres cannot enter a directory above the data.
    #[error("the user postgres cannot enter {0}, which is above the data: choose another data directory")]
    Unreachable(PathBuf),
    /// The directory of the socket belongs to another user.
    #[error(
        "{0} belongs to another user or is open to others: remove it, or set XDG_RUNTIME_DIR to a directory of your own"
    )]
    SocketDirectory(PathBuf),
    /// The cluster exists, its passwords do not.
    #[error("{0} is missing or incomplete: restore it from the backup that the data directory came from")]
    NoPasswords(PathBuf),
    /// `initdb` failed.
    #[error("initdb could not make a cluster in {directory}: {reason}")]
    Initdb {
        /// Where it was to be made.
        directory: PathBuf,
        /// What initdb printed.
        reason: String,
    },
    /// The postmaster ended before it answered.
    #[error("Postgres did not start: {reason} (its log is in {log})")]
    NotStarted {
        /// Its last error.
        reason: String,
        /// The directory of its log.
        log: PathBuf,
    },
    /// The postmaster runs but does not answer.
    #[error("Postgres did not answer within {seconds} s: see its log in {log}, and start again")]
    NotReady {
        /// How many seconds it had.
        seconds: u64,
        /// The directory of its log.
        log: PathBuf,
    },
    /// A process of an earlier run does not end.
    #[error("Postgres (process {0}) of an earlier run does not stop: end it with `kill -QUIT {0}` and start again")]
    StaleProcess(i32),
    /// Another process has the data directory, and its Postgres does not run yet.
    #[error("the process that uses {0} has not started its Postgres yet: try again in a moment")]
    NotRunning(PathBuf),
    /// The operating system refused.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// Postgres refused to create the roles or the database.
    #[error("the embedded Postgres could not create its roles and database")]
    Prepare(#[from] sqlx::Error),
    /// The task that watches Postgres panicked.
    #[error("the task that watches Postgres ended")]
    Watcher(#[from] tokio::task::JoinError),
}

impl PostgresError {
    /// A closure for `map_err`: what was tried, on which path.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}
