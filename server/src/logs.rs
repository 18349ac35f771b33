//! The log, on stderr: for people by default, JSON for machines; `RUST_LOG` says how much.

use std::env;
use std::io::{self, IsTerminal};

use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::command_line::LogFormat;

/// The filter where `RUST_LOG` is not set or invalid. At `info` sqlx would log every notice and slow statement.
const DEFAULT: &str = "info,sqlx=warn";

/// Starts logging.
///
/// # Errors
/// Where logging is started already.
pub fn start(format: LogFormat) -> Result<(), TryInitError> {
    let filter = env::var("RUST_LOG").unwrap_or_default();
    let (targets, invalid) = match targets(&filter) {
        Ok(targets) => (targets, None),
        Err(error) => (targets(DEFAULT).unwrap_or_default(), Some(error)),
    };
    let registry = tracing_subscriber::registry().with(targets);
    let lines = fmt::layer()
        // Where nobody reads stderr any more, reporting that on stderr would panic the task that logs.
        .log_internal_errors(false)
        .with_writer(io::stderr);
    match format {
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init(),
        LogFormat::Human => {
            let lines = lines.with_target(false).with_ansi(io::stderr().is_terminal());
            registry.with(lines).try_init()
        }
    }?;
    if let Some(error) = invalid {
        tracing::warn!(%error, "RUST_LOG cannot be read, and is {DEFAULT} instead: it names modules with their levels");
    }
    Ok(())
}

/// Parses a filter by module and level alone, which is decided once for each place that logs. A filter by the values in a span would look at
/// each span whenever it is entered: a twentieth of a list's cost.
fn targets(filter: &str) -> Result<Targets, ParseError> {
    let parts: Vec<_> = filter
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() {
        return DEFAULT.parse();
    }
    parts.join(",").parse()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn log_filters_of_modules_and_levels_are_parsed() {
        for (filter, server, sqlx) in [
            ("", Level::INFO, Level::WARN),
            (" ,", Level::INFO, Level::WARN),
            ("info,", Level::INFO, Level::INFO),
            ("warn, sqlx=debug", Level::WARN, Level::DEBUG),
            ("DEBUG", Level::DEBUG, Level::DEBUG),
        ] {
            let targets = targets(filter).expect(filter);
            for (module, most) in [("server::requests", server), ("sqlx::query", sqlx)] {
                assert!(targets.would_enable(module, &most), "{filter}: {module}");
                assert!(!targets.would_enable(module, &one_more(most)), "{filter}: {module}");
            }
        }
        assert!(targets("info,app[request{id=7}]=debug").is_err());
    }

    const fn one_more(level: Level) -> Level {
        match level {
            Level::ERROR => Level::WARN,
            Level::WARN => Level::INFO,
            Level::INFO => Level::DEBUG,
            _ => Level::TRACE,
        }
    }
}
