//! A data directory for one test.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// A data directory that is removed in the end, after the Postgres that a failed test left in it.
pub struct DataDir(pub PathBuf);

impl DataDir {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("postgres-embedded-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&path).unwrap();
        // As root, the user postgres has to pass through it.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    /// The process id of the postmaster, where one runs on a cluster with the usual name.
    pub fn postmaster(&self) -> Option<Pid> {
        let text = std::fs::read_to_string(self.0.join("postgres/postmaster.pid")).ok()?;
        Pid::from_raw(text.lines().next()?.parse().ok()?)
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        if let Some(pid) = self.postmaster() {
            let _ = kill_process(pid, Signal::INT);
            let began = Instant::now();
            // Not our child process, so its end can only be polled.
            while self.postmaster().is_some() && began.elapsed() < Duration::from_secs(10) {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
