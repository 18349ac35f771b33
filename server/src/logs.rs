//! The log, on stderr: for people by default, JSON for machines; `RUST_LOG` says how much.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::util::TryInitError;

use crate::command_line::LogFormat;

/// What is logged when `RUST_LOG` says nothing: sqlx tells every notice and slow statement otherwise.
const DEFAULT: &str = "info,sqlx=warn";

/// Starts logging.
///
/// # Errors
/// Where somebody has started it already.
pub fn start(format: LogFormat) -> Result<(), TryInitError> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Where the log's reader has gone, it would be told so on the same broken stderr, and the task that logs would panic.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init(),
        LogFormat::Human => builder
            .with_target(false)
            .with_ansi(std::io::stderr().is_terminal())
            .finish()
            .try_init(),
    }
}
