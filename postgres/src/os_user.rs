//! The user that Postgres runs as: the program's own, or the user `postgres` where the program runs as root, since Postgres refuses to.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::error::PostgresError;

/// The user that Postgres's processes run as and its files belong to.
#[derive(Clone, Copy, Debug)]
pub struct OsUser {
    /// User and group id, where they are not this process's own.
    other: Option<(u32, u32)>,
}

impl OsUser {
    /// Finds the user: `postgres` for root, this process's own for everybody else.
    ///
    /// # Errors
    /// `NoOsUser` where root has no user `postgres`.
    pub async fn find() -> Result<Self, PostgresError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self { other: None });
        }
        let uid = postgres_id("-u").await.ok_or(PostgresError::NoOsUser)?;
        let gid = postgres_id("-g").await.ok_or(PostgresError::NoOsUser)?;
        Ok(Self {
            other: Some((uid, gid)),
        })
    }

    /// The user id that Postgres's files have.
    pub fn uid(&self) -> u32 {
        self.other
            .map_or_else(|| rustix::process::geteuid().as_raw(), |(uid, _)| uid)
    }

    /// A command that runs as the user. It gets none of this process's environment, since PGPORT and the like would change what
    /// Postgres does, and a process group of its own, so that Ctrl-C in a terminal reaches only this process.
    pub fn command(&self, binary: &Path) -> Command {
        let mut command = Command::new(binary);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C")
            .current_dir("/")
            .stdin(Stdio::null())
            .process_group(0);
        if let Some((uid, gid)) = self.other {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Makes the user the owner of a file or directory.
    ///
    /// # Errors
    /// `Io` where the operating system refuses.
    pub fn own(&self, path: &Path) -> Result<(), PostgresError> {
        if let Some((uid, gid)) = self.other {
            std::os::unix::fs::chown(path, Some(uid), Some(gid))
                .map_err(PostgresError::io("change the owner of", path))?;
        }
        Ok(())
    }

    /// Checks that the user can enter every directory down to `directory`.
    ///
    /// # Errors
    /// `Unreachable` with the first directory that it cannot enter.
    pub fn check_reach(&self, directory: &Path) -> Result<(), PostgresError> {
        let Some((uid, gid)) = self.other else {
            return Ok(());
        };
        for ancestor in directory.ancestors() {
            let found = ancestor.metadata().map_err(PostgresError::io("read", ancestor))?;
            let execute_bit = match () {
                () if found.uid() == uid => 0o100,
                () if found.gid() == gid => 0o010,
                () => 0o001,
            };
            if found.permissions().mode() & execute_bit == 0 {
                return Err(PostgresError::Unreachable(ancestor.to_owned()));
            }
        }
        Ok(())
    }
}

/// An id of the user `postgres`. `id` asks every user database that the machine has.
async fn postgres_id(flag: &str) -> Option<u32> {
    let output = Command::new("id").args([flag, "postgres"]).output().await.ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
