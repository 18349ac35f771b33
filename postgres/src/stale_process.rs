//! Stops a postmaster that outlived the program that started it, which SIGKILL ended. A fast shutdown takes a moment, and then
//! the new postmaster is this process's own child, with this version's settings.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use tokio::time::sleep;

use super::error::PostgresError;

/// A fast shutdown writes all changed pages, which takes a while on a slow disk.
const FAST_TIMEOUT: Duration = Duration::from_secs(60);
const IMMEDIATE_TIMEOUT: Duration = Duration::from_secs(30);

/// Stops every process that uses the cluster.
///
/// # Errors
/// `StaleProcess` where one does not end.
pub async fn stop(cluster: &Path) -> Result<(), PostgresError> {
    // The kernel reports real paths, and the directory may be a link to another disk.
    let cluster = &cluster.canonicalize().map_err(PostgresError::io("read", cluster))?;
    let Some(pid) = recorded_pid(cluster) else {
        return Ok(());
    };
    if uses_cluster(pid, cluster) {
        tracing::warn!(pid = raw(pid), "stopping the Postgres of an earlier run");
        for (signal, within) in [(Signal::INT, FAST_TIMEOUT), (Signal::QUIT, IMMEDIATE_TIMEOUT)] {
            let _ = rustix::process::kill_process(pid, signal);
            if ends_within(within, || !uses_cluster(pid, cluster)).await {
                break;
            }
        }
        if uses_cluster(pid, cluster) {
            return Err(PostgresError::StaleProcess(raw(pid)));
        }
    }
    // Where the postmaster itself was killed, its children end within moments. Postgres refuses to start before.
    if let Some(child) = processes_of(cluster).first().copied()
        && !ends_within(IMMEDIATE_TIMEOUT, || processes_of(cluster).is_empty()).await
    {
        return Err(PostgresError::StaleProcess(raw(child)));
    }
    // Another program may have the recorded process id by now, and Postgres would take that program for a postmaster.
    let is_reused = rustix::process::test_kill_process(pid).is_ok() && !uses_cluster(pid, cluster);
    if recorded_pid(cluster) == Some(pid) && is_reused {
        let _ = std::fs::remove_file(cluster.join("postmaster.pid"));
    }
    Ok(())
}

/// The process id in the cluster's `postmaster.pid`.
fn recorded_pid(cluster: &Path) -> Option<Pid> {
    let text = std::fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    Pid::from_raw(text.lines().next()?.trim().parse().ok()?)
}

/// Whether the process runs and its working directory is the cluster, as that of every process of Postgres is.
fn uses_cluster(pid: Pid, cluster: &Path) -> bool {
    if rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH) {
        return false;
    }
    if !Path::new("/proc/self/cwd").exists() {
        // Without /proc there is only the cluster's own file to believe.
        return true;
    }
    std::fs::read_link(format!("/proc/{}/cwd", raw(pid))).is_ok_and(|cwd| cwd == cluster)
}

/// Every process whose working directory is the cluster.
fn processes_of(cluster: &Path) -> Vec<Pid> {
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

async fn ends_within(limit: Duration, mut has_ended: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    while began.elapsed() < limit {
        if has_ended() {
            return true;
        }
        sleep(Duration::from_millis(20)).await;
    }
    has_ended()
}

fn raw(pid: Pid) -> i32 {
    pid.as_raw_nonzero().get()
}
