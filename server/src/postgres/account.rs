//! Whom Postgres runs as: ourselves, or the user `postgres` where we are root (Postgres refuses to run as root).

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::error::PostgresError;

/// The account that Postgres's programs run under and its files belong to.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    other: Option<(u32, u32)>,
}

impl Account {
    /// The right account for whoever runs us.
    ///
    /// # Errors
    /// `NoAccount` where root has no user `postgres`.
    pub async fn find() -> Result<Self, PostgresError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self { other: None });
        }
        let uid = id("-u").await.ok_or(PostgresError::NoAccount)?;
        let gid = id("-g").await.ok_or(PostgresError::NoAccount)?;
        Ok(Self {
            other: Some((uid, gid)),
        })
    }

    /// The user id that Postgres's files have.
    pub fn uid(&self) -> u32 {
        self.other
            .map_or_else(|| rustix::process::geteuid().as_raw(), |(uid, _)| uid)
    }

    /// A program of Postgres, run under the account: none of our environment (PGPORT and the like would change what it
    /// does), and in a process group of its own, so that Ctrl-C in a terminal reaches us alone.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
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

    /// Gives a file or directory to the account.
    ///
    /// # Errors
    /// `Io` where the operating system refuses.
    pub fn give(&self, path: &Path) -> Result<(), PostgresError> {
        if let Some((uid, gid)) = self.other {
            std::os::unix::fs::chown(path, Some(uid), Some(gid))
                .map_err(PostgresError::io("change the owner of", path))?;
        }
        Ok(())
    }

    /// Whether the account can pass through every directory down to `directory`.
    ///
    /// # Errors
    /// `Unreachable` with the first directory that it cannot enter.
    pub fn check_way_to(&self, directory: &Path) -> Result<(), PostgresError> {
        let Some((uid, gid)) = self.other else {
            return Ok(());
        };
        for above in directory.ancestors() {
            let found = above.metadata().map_err(PostgresError::io("read", above))?;
            let bit = match () {
                () if found.uid() == uid => 0o100,
                () if found.gid() == gid => 0o010,
                () => 0o001,
            };
            if found.permissions().mode() & bit == 0 {
                return Err(PostgresError::Unreachable(above.to_owned()));
            }
        }
        Ok(())
    }
}

/// What `id` knows about the user `postgres`: it asks every directory of users that the machine has.
async fn id(which: &str) -> Option<u32> {
    let answer = Command::new("id").args([which, "postgres"]).output().await.ok()?;
    String::from_utf8(answer.stdout).ok()?.trim().parse().ok()
}
