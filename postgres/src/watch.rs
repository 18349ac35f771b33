//! Watches the postmaster, and starts it again where it ends by itself, so that the program goes on without a restart.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::process::{self, LaunchConfig, Postmaster};

/// The longest pause between two attempts to start.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Runs until `stop` is cancelled, then stops the postmaster. Returns whether it ended.
pub async fn watch(launch: Arc<LaunchConfig>, mut postmaster: Postmaster, stop: CancellationToken) -> bool {
    loop {
        tokio::select! {
            () = stop.cancelled() => {
                let has_ended = postmaster.stop().await;
                // Fails where Postgres still runs, because its socket is in the directory then.
                let _ = std::fs::remove_dir(&launch.socket_dir);
                return has_ended;
            }
            status = postmaster.exited() => {
                if process::is_quitting() {
                    return true;
                }
                let status = status.map_or_else(|| "unknown".to_owned(), |status| status.to_string());
                tracing::error!(%status, log = %launch.log_dir().display(), "Postgres ended by itself; starting it again");
            }
        }
        match restart(&launch, &stop).await {
            Some(restarted) => postmaster = restarted,
            None => return true,
        }
        tracing::info!("Postgres runs again");
    }
}

/// Tries until Postgres runs. None where `stop` came first.
async fn restart(launch: &LaunchConfig, stop: &CancellationToken) -> Option<Postmaster> {
    let mut pause = Duration::from_millis(100);
    while !stop.is_cancelled() {
        match launch.start().await {
            Ok(postmaster) => return Some(postmaster),
            Err(error) => tracing::error!(%error, "Postgres does not start; trying again"),
        }
        tokio::select! {
            () = stop.cancelled() => return None,
            () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
    None
}
