//! SIGTERM, Ctrl-C and a closed terminal: the first signal starts a graceful shutdown, the second exits at once.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The exit status of a program that SIGTERM ended: 128 and the signal's number.
const EXIT_BY_SIGNAL: i32 = 143;

/// Starts to listen for signals. The first cancels the token.
///
/// # Errors
/// Where the operating system refuses.
pub fn listen() -> std::io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = if hangup_is_ignored() {
        None
    } else {
        Some(signal(SignalKind::hangup())?)
    };
    let shutdown = CancellationToken::new();
    let token = shutdown.clone();
    tokio::spawn(async move {
        any(&mut terminate, &mut interrupt, hangup.as_mut()).await;
        tracing::info!("asked to stop: finishing what is under way (a second signal ends at once)");
        token.cancel();
        any(&mut terminate, &mut interrupt, hangup.as_mut()).await;
        tracing::warn!("asked again: ending at once");
        // The embedded Postgres has a process group of its own, and would go on.
        let _ = tokio::task::spawn_blocking(postgres_embedded::quit_all).await;
        std::process::exit(EXIT_BY_SIGNAL);
    });
    Ok(shutdown)
}

async fn any(terminate: &mut Signal, interrupt: &mut Signal, hangup: Option<&mut Signal>) {
    let hung_up = async {
        match hangup {
            Some(signal) => signal.recv().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hung_up => {}
    }
}

/// Whether the program was started with `nohup`, which listening would undo. False where the kernel does not tell.
fn hangup_is_ignored() -> bool {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
            u64::from_str_radix(mask.trim(), 16).ok()
        })
        // SIGHUP is signal 1, the lowest bit.
        .is_some_and(|mask| mask & 1 == 1)
}
