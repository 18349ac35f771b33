//! What the program was told, in types: a configuration for each concern.

use std::net::SocketAddr;
use std::path::PathBuf;

use sqlx::postgres::PgConnectOptions;

use crate::command_line::{Common, DatabaseUrl, Serve};
use crate::postgres;
use crate::web::Web;

/// Why the configuration does not fit together.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The owner's address without the program's.
    #[error(
        "LASTMILE_MIGRATE_DATABASE_URL is set and DATABASE_URL is not: set both, or none to use the embedded Postgres"
    )]
    OwnerAlone,
    /// Nobody's home.
    #[error("there is no home directory to keep data in: choose one with --data-dir (or LASTMILE_DATA_DIR)")]
    NoHome,
}

/// Which database.
#[derive(Clone, Debug)]
pub enum DatabaseConfig {
    /// Somebody's own.
    Own(Box<OwnDatabase>),
    /// Ours.
    Embedded(postgres::Settings),
}

/// A database that somebody else runs.
#[derive(Clone, Debug)]
pub struct OwnDatabase {
    /// As the program's role.
    pub program: PgConnectOptions,
    /// As the owner, where that is another role.
    pub owner: Option<PgConnectOptions>,
}

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServeConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// A replica of the database, for reads.
    pub replica: Option<PgConnectOptions>,
    /// What lies between it and the browsers.
    pub web: Web,
    /// Passwords that nobody may choose.
    pub password_list: Option<PathBuf>,
    /// Whether an empty database is filled with demo data.
    pub demo: bool,
    /// Where the browser's files are, when they are not to be looked for.
    pub site_root: Option<PathBuf>,
}

impl DatabaseConfig {
    /// Reads the options that every command has.
    ///
    /// # Errors
    /// `ConfigError`.
    pub fn new(common: &Common) -> Result<Self, ConfigError> {
        let given = |url: &Option<DatabaseUrl>| url.as_ref().and_then(|url| url.0.clone());
        match (given(&common.database_url), given(&common.migrate_database_url)) {
            (Some(program), owner) => Ok(Self::Own(Box::new(OwnDatabase { program, owner }))),
            (None, Some(_)) => Err(ConfigError::OwnerAlone),
            (None, None) => Ok(Self::Embedded(postgres::Settings {
                data_dir: match &common.data_dir {
                    Some(directory) => directory.clone(),
                    None => default_data_dir().ok_or(ConfigError::NoHome)?,
                },
                bin: common.postgres_bin.clone(),
            })),
        }
    }
}

impl From<Serve> for ServeConfig {
    fn from(serve: Serve) -> Self {
        Self {
            listen: serve.listen,
            replica: serve.database_read_url.and_then(|url| url.0),
            web: Web {
                public_url: serve.public_url,
                trusted_proxies: serve.trusted_proxies,
            },
            password_list: serve.password_list,
            demo: serve.demo,
            site_root: serve.site_root,
        }
    }
}

/// `/var/lib/lastmile` as root, `lastmile` in XDG's data home otherwise.
fn default_data_dir() -> Option<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Some(PathBuf::from("/var/lib/lastmile"));
    }
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .map(|home| home.join("lastmile"))
}
