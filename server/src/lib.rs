//! The process around the application: command line, database, router.
#![recursion_limit = "256"]

mod assets;
mod auth_middleware;
mod billing_routes;
mod board_routes;
mod check_command;
pub mod client_ip;
pub mod clock;
pub mod command_line;
pub mod config;
pub mod connections;
pub mod database;
mod expected_user;
mod files;
mod form_context;
pub mod headers;
pub mod health;
mod job_routes;
pub mod jobs;
mod lead_routes;
pub mod logs;
pub mod metrics;
pub mod network;
pub mod network_hook;
pub mod open_database;
mod page_failures;
mod plain_page;
pub mod record_routes;
pub mod request_guard;
pub mod request_log;
pub mod request_rate;
pub mod router;
mod secret_key_file;
pub mod seed;
pub mod serve;
mod service_routes;
mod shutdown;
mod sign_in_routes;
mod unread_body;
mod user_command;
pub mod user_routes;
mod workers;

use std::error::Error;
use std::process::ExitCode;

use command_line::{Check, Cli, CliError, Command, Seed, Users};
use config::DatabaseConfig;
use open_database::OpenDatabase;

/// The exit status of an invalid command line.
const USAGE: u8 = 2;

/// Runs the program: parses the command line, runs the command, and reports an error in one line on stderr.
pub fn run() -> ExitCode {
    let cli = match Cli::from_args() {
        Ok(cli) => cli,
        Err(CliError::Help(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Err(CliError::Invalid(text)) => {
            eprintln!("lastmile: {text}");
            return ExitCode::from(USAGE);
        }
    };
    match start(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lastmile: {}", in_one_line(&*error));
            let usage = error.is::<config::ConfigError>();
            ExitCode::from(if usage { USAGE } else { 1 })
        }
    }
}

/// Turns off Linux's transparent huge pages: with them the many small allocations of an answer keep twice as much memory, and nothing is faster.
fn disable_large_pages() {
    #[cfg(target_os = "linux")]
    if let Err(fault) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%fault, "transparent huge pages stay on");
    }
}

fn start(cli: Cli) -> Result<(), Box<dyn Error>> {
    logs::start(cli.global.log_format)?;
    disable_large_pages();
    files::raise_limit();
    let database = DatabaseConfig::new(&cli.global)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(workers::STACK)
        .build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve(serve) => serve::serve((*serve).into(), database).await?,
            Command::Migrate => migrate(database).await?,
            Command::Seed(options) => seed_database(database, options).await?,
            Command::User(command) => run_user_command(database, command).await?,
            Command::Check(options) => check(database, options).await?,
        }
        Ok(())
    })
}

async fn migrate(database: DatabaseConfig) -> Result<(), Box<dyn Error>> {
    work(database, async |opened| Ok(opened.migrate().await?)).await?;
    let newest = database::MIGRATOR.iter().map(|migration| migration.version).max();
    println!("schema {}", newest.unwrap_or_default());
    Ok(())
}

async fn check(database: DatabaseConfig, options: Check) -> Result<(), Box<dyn Error>> {
    work(database, async |opened| check_command::run(opened, &options).await).await
}

async fn run_user_command(database: DatabaseConfig, command: Users) -> Result<(), Box<dyn Error>> {
    let is_embedded = matches!(database, DatabaseConfig::Embedded(_));
    work(database, async |opened| {
        // The embedded database may be new; an external one is migrated by `lastmile migrate` alone.
        if is_embedded {
            opened.migrate().await?;
        }
        user_command::run(opened, command).await
    })
    .await
}

async fn seed_database(database: DatabaseConfig, options: Seed) -> Result<(), Box<dyn Error>> {
    let is_embedded = matches!(database, DatabaseConfig::Embedded(_));
    let seeded = work(database, async |opened| {
        // The embedded database may be new; an external one is migrated by `lastmile migrate` alone.
        if is_embedded {
            opened.migrate().await?;
        }
        let mut owner = opened.owner().await?;
        opened.check_schema(&mut owner).await?;
        let options = seed::SeedOptions {
            customers: options.customers,
            leads: options.leads,
            months: options.months,
            rng_seed: options.rng_seed,
            replace: options.replace,
        };
        let now = clock::system().now();
        Ok(seed::seed(&mut owner, &options, now, seed::progress::lines_on_stderr()).await?)
    })
    .await?;
    println!("customers {}", seeded.customers);
    println!("services {}", seeded.services);
    println!("leads {}", seeded.leads);
    println!("users {}", seeded.users);
    println!("served PIN codes {}", seeded.served_pin_codes);
    println!("plans {}", seeded.plans);
    println!("holidays {}", seeded.holidays);
    println!("total {}", seeded.total());
    Ok(())
}

/// Runs a command on the database. A signal cancels it, so that its transaction is rolled back and no embedded Postgres keeps running.
async fn work<T>(
    database: DatabaseConfig,
    work: impl AsyncFnOnce(&OpenDatabase) -> Result<T, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    let shutdown = shutdown::listen()?;
    let opened = OpenDatabase::for_command(database).await?;
    let result = tokio::select! {
        result = work(&opened) => result,
        () = shutdown.cancelled() => Err("interrupted before it was done: start it again".into()),
    };
    opened.close().await;
    result
}

/// An error and its causes, on one line whatever their texts are.
fn in_one_line(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // A transparent error repeats its cause's text.
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
