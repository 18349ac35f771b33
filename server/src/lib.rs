//! The process around the app.
#![recursion_limit = "256"]

pub mod router;

/// Runs the program.
pub fn run() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
