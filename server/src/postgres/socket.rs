//! The short private directory of the socket. A socket's path has at most 107 bytes, a data directory's may have more.

use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::account::Account;
use super::error::PostgresError;

/// What a directory's name may have, so that `/.s.PGSQL.5432` and a lock's suffix still fit into 107 bytes.
const LONGEST: usize = 80;

/// Where the socket of the cluster in `data_dir` stands: the same for every process, and another for every data directory.
pub fn directory(data_dir: &Path) -> PathBuf {
    let name = format!("lastmile-{:016x}", fnv1a(data_dir.as_os_str().as_encoded_bytes()));
    let user = rustix::process::geteuid();
    if user.is_root() && Path::new("/run").is_dir() {
        return Path::new("/run").join(name);
    }
    if let Some(runtime) = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from)
        && runtime.is_absolute()
        && runtime.is_dir()
        && runtime.as_os_str().len() + name.len() < LONGEST
    {
        return runtime.join(name);
    }
    Path::new("/tmp").join(format!("{name}-{}", user.as_raw()))
}

/// Makes the directory, for the account alone; one that is there must be the account's own.
///
/// # Errors
/// `SocketDirectory` where somebody else made it first (`/tmp` is open to all), `Io` where it cannot be made.
pub fn prepare(directory: &Path, account: &Account) -> Result<(), PostgresError> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Ok(()) => account.give(directory)?,
        Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(fault) => return Err(PostgresError::io("make", directory)(fault)),
    }
    // Not `metadata`: a symbolic link would lead to where somebody else wants it.
    let found = directory
        .symlink_metadata()
        .map_err(PostgresError::io("read", directory))?;
    // A start that was killed between making and giving left it with us.
    if found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() {
        account.give(directory)?;
    } else if found.uid() != account.uid() {
        return Err(PostgresError::SocketDirectory(directory.to_owned()));
    }
    if !found.is_dir() || found.permissions().mode() & 0o077 != 0 {
        return Err(PostgresError::SocketDirectory(directory.to_owned()));
    }
    Ok(())
}

/// Removes the socket of a postmaster that is gone: its lock file names a process whose number may be taken again, or whose
/// remains nobody has collected yet, and Postgres would wait for that one's end. To be called when nobody works on the cluster.
pub fn clear(directory: &Path) {
    for name in [".s.PGSQL.5432", ".s.PGSQL.5432.lock"] {
        let _ = std::fs::remove_file(directory.join(name));
    }
}

/// A hash that stays the same in every build (FNV-1a, 64 bits): a name, not a secret.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_data_directory_has_a_short_socket() {
        let long = Path::new("/srv").join("x".repeat(300));
        let socket = directory(&long).join(".s.PGSQL.5432.lock");
        assert!(socket.as_os_str().len() <= 107);
        assert_ne!(directory(&long), directory(Path::new("/srv/other")));
    }
}
