//! The command line and the environment variables.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use app::base::roles::Role;
use clap::builder::BoolishValueParser;
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::network::PublicUrl;
use crate::network::TrustedProxies;

/// Customer management for internet service providers.
#[derive(Debug, Parser)]
#[command(name = "lastmile", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options that every command has.
    #[command(flatten)]
    pub global: GlobalArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the pages
    Serve(Box<Serve>),
    /// Bring the database's schema to this program's version, and the text of its rows to its rules
    Migrate,
    /// Fill an empty database with realistic customers, leads and users
    Seed(Seed),
    /// List, invite, reset and disable the users who sign in
    User(Users),
    /// Check that the tables derived from customers agree with them, counts and search words, and that no email is there in two spellings
    Check(Check),
}

/// Options of `check`.
#[derive(Args, Debug)]
pub struct Check {
    /// Repair what is wrong; nobody can change a customer meanwhile
    #[arg(long)]
    pub repair: bool,
}

/// Options of every command.
#[derive(Args, Debug)]
pub struct GlobalArgs {
    /// The database, as the program's own role; without it lastmile runs a Postgres of its own
    #[arg(long, global = true, value_name = "URL", env = "DATABASE_URL", hide_env_values = true, value_parser = database_url)]
    pub database_url: Option<DatabaseUrl>,
    /// The database as the owner of its tables, for `migrate` and `seed` [default: DATABASE_URL]
    #[arg(long, global = true, value_name = "URL", env = "LASTMILE_MIGRATE_DATABASE_URL", hide_env_values = true, value_parser = database_url)]
    pub migrate_database_url: Option<DatabaseUrl>,
    /// Where the Postgres of its own keeps its data [default: /var/lib/lastmile as root, else ~/.local/share/lastmile]
    #[arg(long, global = true, value_name = "DIR", env = "LASTMILE_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Where Postgres's programs (initdb, postgres) are [default: looked for]
    #[arg(long, global = true, value_name = "DIR", env = "LASTMILE_POSTGRES_BIN")]
    pub postgres_bin: Option<PathBuf>,
    /// How the log is written; RUST_LOG says how much of it
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Human, env = "LASTMILE_LOG_FORMAT")]
    pub log_format: LogFormat,
}

/// Options of `serve`.
#[derive(Args, Debug)]
pub struct Serve {
    /// The address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3000", env = "LASTMILE_LISTEN", value_parser = listen)]
    pub listen: SocketAddr,
    /// Where Prometheus fetches /metrics; health checks are answered there too [default: nowhere]
    #[arg(long, value_name = "ADDRESS:PORT", env = "LASTMILE_METRICS_LISTEN", value_parser = listen)]
    pub metrics_listen: Option<SocketAddr>,
    /// A replica of DATABASE_URL, for reads; what somebody has just written is read from DATABASE_URL until the replica has it
    #[arg(long, value_name = "URL", env = "DATABASE_READ_URL", hide_env_values = true, value_parser = database_url)]
    pub database_read_url: Option<DatabaseUrl>,
    /// How browsers reach it, where that differs (behind a proxy): https://crm.example
    #[arg(long, value_name = "URL", env = "LASTMILE_PUBLIC_URL", value_parser = PublicUrl::parse)]
    pub public_url: Option<PublicUrl>,
    /// The proxies in front of it whose X-Forwarded-For is trusted: 10.0.0.5,10.1.0.0/16
    #[arg(long, value_name = "ADDRESSES", default_value = "", hide_default_value = true, env = "LASTMILE_TRUSTED_PROXIES", value_parser = TrustedProxies::parse)]
    pub trusted_proxies: TrustedProxies,
    /// The most connections at a time, those of proxies included; a few more answer health checks alone
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 8192,
        env = "LASTMILE_MAX_CONNECTIONS"
    )]
    pub max_connections: usize,
    /// The most requests a second of each user, ten times as many at once; 0 for as many as they like
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 100,
        env = "LASTMILE_REQUESTS_PER_SECOND"
    )]
    pub requests_per_second: u32,
    /// A file of passwords that nobody may choose, one in a line, beside those that the program knows to be common
    #[arg(long, value_name = "FILE", env = "LASTMILE_PASSWORD_LIST")]
    pub password_list: Option<PathBuf>,
    /// A file with the key that encrypts the secrets of two-step sign-in, the same for all copies [default: made beside the data of the
    /// Postgres of its own]
    #[arg(long, value_name = "FILE", env = "LASTMILE_SECRET_KEY_FILE")]
    pub secret_key_file: Option<PathBuf>,
    /// Where the network is told what happens to services: by POST, signed
    #[arg(long, value_name = "URL", env = "LASTMILE_NETWORK_HOOK_URL")]
    pub network_hook_url: Option<String>,
    /// A file with the key that signs it, of 24 bytes at least
    #[arg(long, value_name = "FILE", env = "LASTMILE_NETWORK_HOOK_KEY_FILE")]
    pub network_hook_key_file: Option<PathBuf>,
    /// A program that is run instead, with the event at its input
    #[arg(long, value_name = "FILE", env = "LASTMILE_NETWORK_HOOK_COMMAND")]
    pub network_hook_command: Option<PathBuf>,
    /// Fill an empty database with demo data at the start; listens on this machine alone
    #[arg(long, env = "LASTMILE_DEMO", value_parser = BoolishValueParser::new())]
    pub demo: bool,
    /// Where the files for the browser are [default: found beside the program]
    #[arg(long, value_name = "DIR", env = "LASTMILE_SITE_ROOT")]
    pub site_root: Option<PathBuf>,
}

/// Options of `seed`.
#[derive(Args, Debug)]
pub struct Seed {
    /// How many customers to make
    #[arg(long, value_name = "COUNT", default_value_t = 500, env = "LASTMILE_CUSTOMERS")]
    pub customers: u64,
    /// How many leads to make
    #[arg(long, value_name = "COUNT", default_value_t = 100, env = "LASTMILE_LEADS")]
    pub leads: u64,
    /// For how many months to make bills and payments [default: 12, above 100,000 customers 1]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(..=60), env = "LASTMILE_MONTHS")]
    pub months: Option<u32>,
    /// The same number always makes the same data
    #[arg(long, value_name = "NUMBER", default_value_t = 1, env = "LASTMILE_RNG_SEED")]
    pub rng_seed: u64,
    /// Remove the customers, leads, users and history that are there first; plans and served PIN codes stay
    #[arg(long, env = "LASTMILE_REPLACE", value_parser = BoolishValueParser::new())]
    pub replace: bool,
}

/// Options of `user`.
#[derive(Args, Debug)]
pub struct Users {
    /// What to do.
    #[command(subcommand)]
    pub command: UserCommand,
    /// How browsers reach the program: one-time links begin with it [default: where it listens]
    #[arg(long, global = true, value_name = "URL", env = "LASTMILE_PUBLIC_URL", value_parser = PublicUrl::parse)]
    pub public_url: Option<PublicUrl>,
    /// Where `lastmile serve` listens
    #[arg(long, global = true, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3000", env = "LASTMILE_LISTEN", value_parser = listen)]
    pub listen: SocketAddr,
}

/// The commands for accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Print email, role, state and name of everybody, separated by tabs
    List,
    /// Add somebody, and print a one-time link by which they choose a password
    Add {
        /// The name
        #[arg(long)]
        name: String,
        /// What they sign in with
        #[arg(long)]
        email: String,
        /// Admin, Sales or Staff
        #[arg(long, value_parser = role)]
        role: Role,
    },
    /// Print a one-time link by which somebody chooses a new password, also when they are locked out
    Reset {
        /// What they sign in with
        email: String,
        /// Turn their two-step sign-in off, too: the phone is lost
        #[arg(long)]
        without_two_step: bool,
    },
    /// Sign somebody out everywhere, and refuse their sign-in
    Disable {
        /// What they sign in with
        email: String,
    },
    /// Allow somebody to sign in again
    Enable {
        /// What they sign in with
        email: String,
    },
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people, coloured on a terminal
    Human,
    /// A JSON object per line
    Json,
}

/// A database's URL. An empty one counts as none: so does `DATABASE_URL=` in an environment file.
#[derive(Clone, Debug)]
pub struct DatabaseUrl(pub Option<PgConnectOptions>);

/// Why a command line is not run.
#[derive(Debug)]
pub enum CliError {
    /// It asks for the help or version text.
    Help(String),
    /// It is invalid: the reason, in one line.
    Invalid(String),
}

impl Cli {
    /// Parses the command line of this process.
    ///
    /// # Errors
    /// `CliError` with the text to print.
    pub fn from_args() -> Result<Self, CliError> {
        Self::from_words(std::env::args_os())
    }

    fn from_words<T: Into<std::ffi::OsString> + Clone>(words: impl IntoIterator<Item = T>) -> Result<Self, CliError> {
        let cli = Self::try_parse_from(words).map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => CliError::Help(error.render().to_string()),
            ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => CliError::Invalid(
                "say what to do: `lastmile serve`, `lastmile migrate`, `lastmile seed`, `lastmile user` or `lastmile check` (see lastmile --help)"
                    .to_owned(),
            ),
            _ => CliError::Invalid(one_line(&error.render().to_string())),
        })?;
        cli.validate()
    }

    /// Checks that the options agree with each other.
    fn validate(self) -> Result<Self, CliError> {
        let given = |url: &Option<DatabaseUrl>| url.as_ref().is_some_and(|url| url.0.is_some());
        if let Command::Serve(serve) = &self.command
            && given(&serve.database_read_url)
            && !given(&self.global.database_url)
        {
            return Err(CliError::Invalid(
                "DATABASE_READ_URL is set and DATABASE_URL is not: set both, the replica's database too".to_owned(),
            ));
        }
        if let Command::Serve(serve) = &self.command
            && serve.demo
            && (!serve.listen.ip().is_loopback() || serve.public_url.as_ref().is_some_and(|url| !url.is_loopback()))
        {
            return Err(CliError::Invalid(format!(
                "--demo listens on this machine alone, because its customers are invented and everybody can sign in: use \
                 --listen 127.0.0.1:{}, or leave --demo out",
                serve.listen.port()
            )));
        }
        Ok(self)
    }
}

/// clap's message without its usage block: the first paragraph and the tips, on one line.
fn one_line(message: &str) -> String {
    let lines: Vec<&str> = message
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"))
        .filter(|line| !line.is_empty())
        .collect();
    let text = lines.join(" ");
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    format!("{text} (see lastmile --help)")
}

fn database_url(text: &str) -> Result<DatabaseUrl, String> {
    if text.trim().is_empty() {
        return Ok(DatabaseUrl(None));
    }
    if !["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
    {
        return Err("write postgres://USER:PASSWORD@HOST:PORT/NAME".to_owned());
    }
    text.parse()
        .map(|options| DatabaseUrl(Some(encrypted(options, text))))
        .map_err(|error: sqlx::Error| format!("write postgres://USER:PASSWORD@HOST:PORT/NAME ({error})"))
}

/// Over a network the database has to prove who it is, and what is sent is encrypted, unless the URL or `PGSSLMODE` says otherwise.
fn encrypted(options: PgConnectOptions, url: &str) -> PgConnectOptions {
    let is_chosen = url.contains("sslmode=") || url.contains("ssl-mode=") || std::env::var_os("PGSSLMODE").is_some();
    let host = options.get_host();
    let is_local = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback());
    if is_chosen || is_local {
        return options;
    }
    options.ssl_mode(PgSslMode::VerifyFull)
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "write Admin, Sales or Staff".to_owned())
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    let text = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    text.parse()
        .map_err(|_| "write an address and a port, such as 127.0.0.1:3000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(words: &[&str]) -> String {
        match Cli::from_words(words.iter().copied()) {
            Err(CliError::Invalid(line)) => line,
            other => panic!("{words:?}: {other:?}"),
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn errors_of_the_command_line_are_one_line() {
        for (words, part) in [
            (&["lastmile"][..], "lastmile serve"),
            (&["lastmile", "serve", "--nonsense"], "--nonsense"),
            (&["lastmile", "serve", "--listen", "3000"], "127.0.0.1:3000"),
            (
                &["lastmile", "serve", "--public-url", "crm.example/x"],
                "https://crm.example",
            ),
            (
                &["lastmile", "serve", "--trusted-proxies", "10.0.0.5,proxy.example"],
                "proxy.example",
            ),
            (&["lastmile", "seed", "--customers", "-4"], "-4"),
            (&["lastmile", "seed", "--customers", "many"], "many"),
            (
                &[
                    "lastmile", "user", "add", "--name", "A", "--email", "a@b.in", "--role", "Boss",
                ],
                "Admin, Sales or Staff",
            ),
            (&["lastmile", "--log-format", "xml", "migrate"], "human, json"),
            (&["lastmile", "--database-url", "mysql://x", "migrate"], "postgres://"),
            (
                &["lastmile", "serve", "--demo", "--listen", "0.0.0.0:80"],
                "127.0.0.1:80",
            ),
        ] {
            let line = refused(words);
            assert!(line.contains(part) && !line.contains('\n'), "{line}");
        }
    }

    #[test]
    fn a_database_over_a_network_proves_who_it_is() {
        for (url, verified) in [
            ("postgres://u:p@db.example/x", true),
            ("postgres://u:p@10.0.0.5:5433/x", true),
            ("postgres://u:p@db.example/x?sslmode=disable", false),
            ("postgres://u:p@db.example/x?application_name=a&sslmode=require", false),
            ("postgres://u:p@localhost/x", false),
            ("postgres://u:p@127.0.0.1:5433/x", false),
            ("postgres://u:p@[::1]/x", false),
            ("postgres:///x?host=/run/postgresql", false),
        ] {
            let options = database_url(url).expect("a URL").0.expect("a database");
            assert_eq!(
                matches!(options.get_ssl_mode(), PgSslMode::VerifyFull),
                verified,
                "{url}"
            );
        }
    }

    #[test]
    fn localhost_is_accepted_as_an_address() {
        assert_eq!(listen("localhost:80").expect("an address").to_string(), "127.0.0.1:80");
    }
}
