//! How the program reaches its Postgres.

use std::fmt;
use std::path::Path;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::config::Config;
use super::data_dir::DataDir;
use super::error::PostgresError;
use super::passwords::Passwords;
use super::socket;

/// How to connect to an embedded Postgres that runs.
#[derive(Clone)]
pub struct ConnectionInfo {
    /// As the program's role.
    pub app: PgConnectOptions,
    /// As the owner of the database, who creates and alters tables.
    pub owner: PgConnectOptions,
}

/// Without the passwords.
impl fmt::Debug for ConnectionInfo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ConnectionInfo")
            .field("socket", &self.app.get_socket())
            .field("database", &self.app.get_database())
            .field("app", &self.app.get_username())
            .field("owner", &self.owner.get_username())
            .finish()
    }
}

impl ConnectionInfo {
    pub(crate) fn new(config: &Config, socket_dir: &Path, passwords: &Passwords) -> Self {
        Self {
            app: options(socket_dir, &config.app_role, &passwords.app, &config.database),
            owner: options(socket_dir, &config.owner_role, &passwords.owner, &config.database),
        }
    }

    /// How to connect to the Postgres that another process runs on the same data directory: see [`PostgresError::InUse`].
    ///
    /// # Errors
    /// `NotRunning` where that process has not started it yet; `InvalidConfig`; `NoPasswords`; `Io`.
    pub fn of_running(config: &Config) -> Result<Self, PostgresError> {
        config.check()?;
        let data_dir = DataDir::prepare(config)?;
        let socket_dir = socket::directory(&config.program, data_dir.root());
        if !socket::is_open(&socket_dir) {
            return Err(PostgresError::NotRunning(data_dir.root().to_owned()));
        }
        let passwords = Passwords::read(&data_dir.passwords())?;
        Ok(Self::new(config, &socket_dir, &passwords))
    }
}

/// How to connect through the socket in `socket_dir`.
pub(crate) fn options(socket_dir: &Path, role: &str, password: &str, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket_dir)
        .port(socket::PORT)
        .username(role)
        .password(password)
        .database(database)
        .ssl_mode(PgSslMode::Disable)
        .disable_statement_logging()
}
