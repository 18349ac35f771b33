//! What the program was told, in types: a configuration for each concern.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use axum::http::Uri;
use axum::http::uri::Authority;
use sqlx::postgres::PgConnectOptions;

use crate::command_line::{Common, DatabaseUrl, Serve};
use crate::peer::TrustedProxies;
use crate::postgres;

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

/// What lies between the program and the browsers.
#[derive(Clone, Debug, Default)]
pub struct Web {
    /// How browsers reach it, where that differs from the address that it listens on.
    pub public_url: Option<PublicUrl>,
    /// The proxies that are believed when they say whom they speak for.
    pub trusted_proxies: TrustedProxies,
}

/// Scheme and host as browsers write them in `Origin`: small letters, no default port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Reads `https://crm.example`.
    ///
    /// # Errors
    /// How to write it.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::read(text).ok_or_else(|| "write scheme and host alone, such as https://crm.example".to_owned())
    }

    fn read(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"))?;
        let authority = uri.authority()?.as_str().to_ascii_lowercase();
        let alone = matches!(uri.path(), "" | "/") && uri.query().is_none() && !text.contains('#');
        if !alone || uri.host()?.is_empty() || authority.contains('@') {
            return None;
        }
        let usual = if scheme == "https" { ":443" } else { ":80" };
        let host = authority.strip_suffix(usual).unwrap_or(&authority);
        Some(Self(format!("{scheme}://{host}")))
    }

    /// Scheme and host.
    pub fn origin(&self) -> &str {
        &self.0
    }

    /// Whether it leads to this machine alone.
    pub fn is_loopback(&self) -> bool {
        let host = self.0.split_once("://").map_or("", |(_, host)| host);
        is_loopback(host)
    }

    /// Whether browsers come by https.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

/// Whether a host, as `Host` names it, is this machine and no other.
pub fn is_loopback(host: &str) -> bool {
    let authority: Option<Authority> = host.parse().ok();
    let host = authority.as_ref().map_or("", Authority::host);
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host.eq_ignore_ascii_case("localhost") || address.is_some_and(|address| address.is_loopback())
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_names() {
        for (host, ours) in [
            ("localhost:3000", true),
            ("127.0.0.1", true),
            ("[::1]:3000", true),
            ("crm.example", false),
            ("localhost.example", false),
            ("192.0.2.1:80", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), ours, "{host}");
        }
    }

    #[test]
    fn a_public_url_is_an_origin() {
        for (text, origin) in [
            ("https://crm.example", "https://crm.example"),
            ("HTTPS://CRM.Example:443/", "https://crm.example"),
            ("http://crm.example:80", "http://crm.example"),
            ("http://crm.example:443", "http://crm.example:443"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            let url = PublicUrl::parse(text).expect(text);
            assert_eq!(url.origin(), origin);
            assert_eq!(url.is_https(), origin.starts_with("https:"));
        }
        for text in [
            "",
            "crm.example",
            "/",
            "ftp://crm.example",
            "https://",
            "https://:443",
            "https://crm.example/app",
            "https://crm.example?x",
            "https://crm.example#x",
            "https://me@crm.example",
        ] {
            assert!(PublicUrl::parse(text).is_err(), "{text}");
        }
    }
}
