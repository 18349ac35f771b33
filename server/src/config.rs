//! The program's configuration, with a type for each concern.

use std::net::SocketAddr;
use std::path::PathBuf;

use sqlx::postgres::PgConnectOptions;

use crate::command_line::{DatabaseUrl, GlobalArgs, Serve};
use crate::network::NetworkConfig;

/// Why the configuration is inconsistent.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The owner's URL is set without the program's.
    #[error(
        "LASTMILE_MIGRATE_DATABASE_URL is set and DATABASE_URL is not: set both, or none to use the embedded Postgres"
    )]
    OwnerAlone,
    /// There is no home directory.
    #[error("there is no home directory to keep data in: choose one with --data-dir (or LASTMILE_DATA_DIR)")]
    NoHome,
}

/// Which database.
#[derive(Clone, Debug)]
pub enum DatabaseConfig {
    /// One that somebody else runs.
    External(Box<ExternalDatabase>),
    /// One that this program runs itself.
    Embedded(Box<postgres_embedded::Config>),
}

/// A database that somebody else runs.
#[derive(Clone, Debug)]
pub struct ExternalDatabase {
    /// As the program's role.
    pub program: PgConnectOptions,
    /// As the owner, where that is another role.
    pub owner: Option<PgConnectOptions>,
}

/// The configuration of `serve`.
#[derive(Clone, Debug)]
pub struct ServeConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Where metrics are fetched; none where nobody does.
    pub metrics_listen: Option<SocketAddr>,
    /// A replica of the database, for reads; none where all reads go to the primary.
    pub replica: Option<PgConnectOptions>,
    /// The network between browsers and the program.
    pub network: NetworkConfig,
    /// The most connections at a time.
    pub max_connections: usize,
    /// The most requests a second of each user; 0 for as many as they like.
    pub requests_per_second: u32,
    /// A file of passwords that nobody may choose.
    pub password_list: Option<PathBuf>,
    /// The file of the keys for the secrets of the second step; none where the program makes one, or has none.
    pub secret_key_file: Option<PathBuf>,
    /// Where the network is told what happens to services: a URL, or a command.
    pub network_hook_url: Option<String>,
    /// The file of the key that signs what is sent to the URL.
    pub network_hook_key_file: Option<PathBuf>,
    /// The command.
    pub network_hook_command: Option<PathBuf>,
    /// Whether an empty database is filled with demo data.
    pub demo: bool,
    /// The directory of the files for the browser; none where the program looks for it.
    pub site_root: Option<PathBuf>,
}

impl DatabaseConfig {
    /// From the options that every command has.
    ///
    /// # Errors
    /// `ConfigError`.
    pub fn new(args: &GlobalArgs) -> Result<Self, ConfigError> {
        let given = |url: &Option<DatabaseUrl>| url.as_ref().and_then(|url| url.0.clone());
        match (given(&args.database_url), given(&args.migrate_database_url)) {
            (Some(program), owner) => Ok(Self::External(Box::new(ExternalDatabase { program, owner }))),
            (None, Some(_)) => Err(ConfigError::OwnerAlone),
            (None, None) => {
                let data_dir = match &args.data_dir {
                    Some(directory) => directory.clone(),
                    None => default_data_dir().ok_or(ConfigError::NoHome)?,
                };
                Ok(Self::embedded(data_dir, args.postgres_bin.clone()))
            }
        }
    }

    /// The database in a data directory. `bin_dir` holds `initdb` and `postgres`; without it they are searched for.
    pub fn embedded(data_dir: PathBuf, bin_dir: Option<PathBuf>) -> Self {
        Self::Embedded(Box::new(postgres_embedded::Config {
            bin_dir,
            database: "lastmile".to_owned(),
            owner_role: "lastmile_owner".to_owned(),
            app_role: "lastmile".to_owned(),
            ..postgres_embedded::Config::new("lastmile", data_dir)
        }))
    }
}

impl From<Serve> for ServeConfig {
    fn from(serve: Serve) -> Self {
        Self {
            listen: serve.listen,
            metrics_listen: serve.metrics_listen,
            replica: serve.database_read_url.and_then(|url| url.0),
            network: NetworkConfig {
                public_url: serve.public_url,
                trusted_proxies: serve.trusted_proxies,
            },
            max_connections: serve.max_connections,
            requests_per_second: serve.requests_per_second,
            password_list: serve.password_list,
            secret_key_file: serve.secret_key_file,
            network_hook_url: serve.network_hook_url,
            network_hook_key_file: serve.network_hook_key_file,
            network_hook_command: serve.network_hook_command,
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
