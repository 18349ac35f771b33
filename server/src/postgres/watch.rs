//! Watches the postmaster: one that ends by itself is started again, so that the program recovers without a restart.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::process::{Launch, Postmaster};

/// The longest pause between two attempts to start again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Runs until `stop`, then stops the postmaster. Says whether it ended.
pub async fn watch(launch: Arc<Launch>, mut postmaster: Postmaster, stop: CancellationToken) -> bool {
    loop {
        tokio::select! {
            () = stop.cancelled() => {
                let ended = postmaster.stop().await;
                // Empty then; where it is not, Postgres still stands in it.
                let _ = std::fs::remove_dir(&launch.socket_dir);
                return ended;
            }
            status = postmaster.ended() => {
                let status = status.map_or_else(|| "unknown".to_owned(), |status| status.to_string());
                tracing::error!(%status, log = %launch.log().display(), "Postgres ended by itself; starting it again");
            }
        }
        match restart(&launch, &stop).await {
            Some(running) => postmaster = running,
            None => return true,
        }
        tracing::info!("Postgres runs again");
    }
}

/// Tries until it runs; none where `stop` came first.
async fn restart(launch: &Launch, stop: &CancellationToken) -> Option<Postmaster> {
    let mut pause = Duration::from_millis(100);
    while !stop.is_cancelled() {
        match launch.start().await {
            Ok(postmaster) => return Some(postmaster),
            Err(fault) => tracing::error!(%fault, "Postgres does not start; trying again"),
        }
        tokio::select! {
            () = stop.cancelled() => return None,
            () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
    None
}
