//! SIGTERM and Ctrl-C: the first asks for an orderly end, the second ends at once.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The exit status of a program that a signal ended: 128 and SIGTERM's number.
const ENDED_BY_SIGNAL: i32 = 143;

/// Starts to listen for signals; the token is cancelled by the first.
///
/// # Errors
/// Where the operating system refuses.
pub fn listen() -> std::io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let asked = CancellationToken::new();
    let token = asked.clone();
    tokio::spawn(async move {
        either(&mut terminate, &mut interrupt).await;
        tracing::info!("asked to stop: finishing what is under way (a second signal ends at once)");
        token.cancel();
        either(&mut terminate, &mut interrupt).await;
        // The embedded Postgres is in a process group of its own: the next start ends what stays of it.
        tracing::warn!("asked again: ending at once");
        std::process::exit(ENDED_BY_SIGNAL);
    });
    Ok(asked)
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
