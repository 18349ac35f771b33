//! A postmaster that outlived the program that started it (which was ended with SIGKILL) is ended cleanly, so that the next
//! start finds a cluster that is nobody's. Ending is chosen over adopting: a fast shutdown takes a moment, and afterwards
//! the postmaster is our own child again, with this version's settings.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use tokio::time::sleep;

use super::error::PostgresError;

/// A fast shutdown writes out what is in memory: on a slow disk that takes a while.
const FAST_WITHIN: Duration = Duration::from_secs(60);
const IMMEDIATE_WITHIN: Duration = Duration::from_secs(30);

/// Ends every process that still works on the cluster.
///
/// # Errors
/// `Stubborn` where one does not end.
pub async fn end(cluster: &Path) -> Result<(), PostgresError> {
    // The kernel tells real paths, and the directory may be a link to another disk.
    let cluster = &cluster.canonicalize().map_err(PostgresError::io("read", cluster))?;
    let Some(pid) = recorded(cluster) else {
        return Ok(());
    };
    if works_on(pid, cluster) {
        tracing::warn!(
            pid = raw(pid),
            "a Postgres of an earlier run is still there; stopping it"
        );
        for (signal, within) in [(Signal::INT, FAST_WITHIN), (Signal::QUIT, IMMEDIATE_WITHIN)] {
            let _ = rustix::process::kill_process(pid, signal);
            if gone(within, || !works_on(pid, cluster)).await {
                break;
            }
        }
        if works_on(pid, cluster) {
            return Err(PostgresError::Stubborn(raw(pid)));
        }
    }
    // Where the postmaster itself was killed, its children end within moments; a start before that is refused by Postgres.
    if let Some(child) = workers(cluster).first().copied()
        && !gone(IMMEDIATE_WITHIN, || workers(cluster).is_empty()).await
    {
        return Err(PostgresError::Stubborn(raw(child)));
    }
    // The number in the file may be another program's by now, and Postgres would take that program for itself.
    if recorded(cluster) == Some(pid) && rustix::process::test_kill_process(pid).is_ok() && !works_on(pid, cluster) {
        let _ = std::fs::remove_file(cluster.join("postmaster.pid"));
    }
    Ok(())
}

/// The process that the cluster's own file names.
fn recorded(cluster: &Path) -> Option<Pid> {
    let text = std::fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    Pid::from_raw(text.lines().next()?.trim().parse().ok()?)
}

/// Whether the process is there and stands in the cluster's directory, as every process of Postgres does.
fn works_on(pid: Pid, cluster: &Path) -> bool {
    if rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH) {
        return false;
    }
    if !Path::new("/proc/self/cwd").exists() {
        // No such file system here: the cluster's own file must do.
        return true;
    }
    std::fs::read_link(format!("/proc/{}/cwd", raw(pid))).is_ok_and(|cwd| cwd == cluster)
}

/// Every process that stands in the cluster's directory.
fn workers(cluster: &Path) -> Vec<Pid> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    processes
        .filter_map(|entry| Pid::from_raw(entry.ok()?.file_name().to_str()?.parse().ok()?))
        .filter(|pid| {
            let cwd: PathBuf = format!("/proc/{}/cwd", raw(*pid)).into();
            std::fs::read_link(cwd).is_ok_and(|cwd| cwd == cluster)
        })
        .collect()
}

async fn gone(within: Duration, mut is_gone: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < within {
        if is_gone() {
            return true;
        }
        sleep(Duration::from_millis(20)).await;
    }
    is_gone()
}

fn raw(pid: Pid) -> i32 {
    pid.as_raw_nonzero().get()
}
