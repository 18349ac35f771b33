//! The short private directory of the socket. A socket's path has at most 107 bytes, a data directory's may have more.

use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::PostgresError;
use super::os_user::OsUser;

/// The number in the socket's name. No TCP port is opened.
pub const PORT: u16 = 5432;

const SOCKET: &str = ".s.PGSQL.5432";
const SOCKET_LOCK: &str = ".s.PGSQL.5432.lock";

/// The longest name of a directory in which `/.s.PGSQL.5432` and the suffix of its lock still fit into 107 bytes.
const LONGEST: usize = 80;

/// The directory of the socket: the same in every process, and another one for every data directory.
pub fn directory(program: &str, data_dir: &Path) -> PathBuf {
    let name = format!("{program}-{:016x}", fnv1a(data_dir.as_os_str().as_encoded_bytes()));
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

/// Whether a postmaster has put its socket into the directory.
pub fn is_open(directory: &Path) -> bool {
    directory.join(SOCKET).exists()
}

/// Makes the directory, for Postgres's user alone. A directory that exists must belong to that user.
///
/// # Errors
/// `SocketDirectory` where somebody else made it first (`/tmp` is open to all), `Io` where it cannot be made.
pub fn prepare(directory: &Path, user: &OsUser) -> Result<(), PostgresError> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Ok(()) => user.own(directory)?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(PostgresError::io("make", directory)(error)),
    }
    // Not `metadata`, which would follow a symbolic link that somebody else has put there.
    let found = directory
        .symlink_metadata()
        .map_err(PostgresError::io("read", directory))?;
    // A start that was killed before it changed the owner left the directory with this process's user.
    if found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() {
        user.own(directory)?;
    } else if found.uid() != user.uid() {
        return Err(PostgresError::SocketDirectory(directory.to_owned()));
    }
    if !found.is_dir() || found.permissions().mode() & 0o077 != 0 {
        return Err(PostgresError::SocketDirectory(directory.to_owned()));
    }
    Ok(())
}

/// Removes the socket of a postmaster that has ended. Its lock file names a process id that another process may have by now, and Postgres
/// would wait for that process to end. The caller makes sure that no process uses the cluster.
pub fn clear(directory: &Path) {
    for name in [SOCKET, SOCKET_LOCK] {
        let _ = std::fs::remove_file(directory.join(name));
    }
}

/// A hash that is the same in every build (FNV-1a, 64 bits). It makes a name, and protects nothing.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_data_directory_gets_a_short_socket_path() {
        let program = "p".repeat(32);
        let long = Path::new("/srv").join("x".repeat(300));
        let socket = directory(&program, &long).join(SOCKET_LOCK);
        assert!(socket.as_os_str().len() <= 107);
        assert_ne!(directory(&program, &long), directory(&program, Path::new("/srv/other")));
    }
}
