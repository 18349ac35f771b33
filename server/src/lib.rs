//! The process around the app.
#![recursion_limit = "256"]

mod check;
pub mod clock;
pub mod command_line;
pub mod config;
pub mod customers;
pub mod database;
mod desk;
mod entry;
pub mod headers;
pub mod health;
pub mod limits;
pub mod logs;
mod loops;
pub mod opening;
pub mod peer;
pub mod people;
pub mod postgres;
pub mod requests;
pub mod router;
pub mod seed;
pub mod serve;
mod sessions;
mod shutdown;
mod site;
mod users;
pub mod web;

use std::error::Error;
use std::process::ExitCode;

use command_line::{Check, Command, CommandLine, Seed, Unparsed, Users};
use config::DatabaseConfig;
use opening::Opened;

/// The exit status of a command line that makes no sense.
const USAGE: u8 = 2;
/// A page is rendered on the stack, and deep ones need more of it than the usual 2 MiB; what is not used costs nothing.
const STACK: usize = 8 * 1024 * 1024;

/// Runs the program: reads the command line, does what it says, and tells failures in one line on stderr.
pub fn run() -> ExitCode {
    let line = match CommandLine::read() {
        Ok(line) => line,
        Err(Unparsed::Help(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Err(Unparsed::Refused(text)) => {
            eprintln!("lastmile: {text}");
            return ExitCode::from(USAGE);
        }
    };
    match start(line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("lastmile: {}", in_one_line(&*fault));
            let usage = fault.is::<config::ConfigError>();
            ExitCode::from(if usage { USAGE } else { 1 })
        }
    }
}

/// Where Linux gives memory in pages of 2 MiB to whoever does not ask for them, the many small pieces of an answer keep twice as much of it, and nothing is faster.
fn keep_pages_small() {
    #[cfg(target_os = "linux")]
    if let Err(fault) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%fault, "memory is given in large pages");
    }
}

fn start(line: CommandLine) -> Result<(), Box<dyn Error>> {
    logs::start(line.common.log_format)?;
    keep_pages_small();
    let database = DatabaseConfig::new(&line.common)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build()?;
    runtime.block_on(async {
        match line.command {
            Command::Serve(serve) => serve::serve((*serve).into(), database).await?,
            Command::Migrate => migrate(database).await?,
            Command::Seed(options) => seed_database(database, options).await?,
            Command::User(command) => see_to_users(database, command).await?,
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
    work(database, async |opened| check::run(opened, &options).await).await
}

async fn see_to_users(database: DatabaseConfig, command: Users) -> Result<(), Box<dyn Error>> {
    let ours = matches!(database, DatabaseConfig::Embedded(_));
    work(database, async |opened| {
        // The embedded database may be new; somebody's own is migrated by `lastmile migrate` alone.
        if ours {
            opened.migrate().await?;
        }
        users::run(opened, command).await
    })
    .await
}

async fn seed_database(database: DatabaseConfig, options: Seed) -> Result<(), Box<dyn Error>> {
    let ours = matches!(database, DatabaseConfig::Embedded(_));
    let seeded = work(database, async |opened| {
        // The embedded database may be new; somebody's own is migrated by `lastmile migrate` alone.
        if ours {
            opened.migrate().await?;
        }
        let mut owner = opened.owner().await?;
        database::check_schema(&mut owner).await??;
        let options = seed::SeedOptions {
            customers: options.customers,
            leads: options.leads,
            rng_seed: options.rng_seed,
            replace: options.replace,
        };
        let now = clock::system().now();
        Ok(seed::seed(&mut owner, &options, now, seed::progress::lines_on_stderr()).await?)
    })
    .await?;
    println!("customers {}", seeded.customers);
    println!("leads {}", seeded.leads);
    println!("users {}", seeded.users);
    println!("total {}", seeded.total());
    Ok(())
}

/// Does a piece of work on the database. A signal ends the work, whose transaction is rolled back, and never leaves an
/// embedded Postgres behind.
async fn work<T>(
    database: DatabaseConfig,
    work: impl AsyncFnOnce(&Opened) -> Result<T, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    let asked = shutdown::listen()?;
    let opened = Opened::to_work(database).await?;
    let result = tokio::select! {
        result = work(&opened) => result,
        () = asked.cancelled() => Err("interrupted before it was done: start it again".into()),
    };
    opened.close().await;
    result
}

/// An error and its causes, on one line whatever they hold.
fn in_one_line(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // A transparent error has the text of its cause.
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
