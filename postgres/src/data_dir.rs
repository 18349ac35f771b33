//! The data directory, and the paths in it.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::config::{Config, DataLayout};
use super::error::PostgresError;

/// The data directory by its real path.
#[derive(Clone, Debug)]
pub struct DataDir {
    root: PathBuf,
    layout: DataLayout,
}

impl DataDir {
    /// Makes the directory where it does not exist. The user postgres can pass through the one that root makes.
    ///
    /// # Errors
    /// `Io` where it cannot be made.
    pub fn prepare(config: &Config) -> Result<Self, PostgresError> {
        let path = &config.data_dir;
        let mode = if rustix::process::geteuid().is_root() {
            0o711
        } else {
            0o700
        };
        let made = if path.is_dir() {
            Ok(())
        } else {
            // The mode is set afterwards, because the umask takes bits from the mode of a new directory.
            std::fs::create_dir_all(path).and_then(|()| std::fs::set_permissions(path, Permissions::from_mode(mode)))
        };
        let root = made
            .and_then(|()| path.canonicalize())
            .map_err(PostgresError::io("make the data directory", path))?;
        Ok(Self {
            root,
            layout: config.layout.clone(),
        })
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The directory of the cluster.
    pub fn cluster(&self) -> PathBuf {
        self.root.join(&self.layout.cluster)
    }

    /// What the names of unfinished clusters begin with.
    pub fn unfinished_prefix(&self) -> String {
        format!("{}.new-", self.layout.cluster)
    }

    /// The file of the passwords.
    pub fn passwords(&self) -> PathBuf {
        self.root.join(&self.layout.passwords)
    }

    /// The file of the lock.
    pub fn lock(&self) -> PathBuf {
        self.root.join(&self.layout.lock)
    }

    /// What Postgres printed at its last start.
    pub fn start_log(&self) -> PathBuf {
        self.root.join(&self.layout.start_log)
    }
}
