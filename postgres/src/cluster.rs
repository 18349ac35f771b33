//! Makes the cluster on disk: whole, or not at all.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::binaries::PgBinaries;
use super::config::SUPERUSER;
use super::data_dir::DataDir;
use super::error::PostgresError;
use super::os_user::OsUser;
use super::passwords::Passwords;

/// The major version of the cluster. None where there is no cluster.
///
/// # Errors
/// `Io` where it cannot be read.
pub fn major(data_dir: &DataDir) -> Result<Option<String>, PostgresError> {
    let path = data_dir.cluster().join("PG_VERSION");
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(PostgresError::io("read", path)(error)),
    }
}

/// Makes the cluster in a temporary directory and renames it when it is whole. Where the process is killed half-way, only what
/// [`remove_unfinished`] removes is left.
///
/// # Errors
/// `Initdb` with initdb's reason; `Unreachable`; `Io`.
pub async fn make(data_dir: &DataDir, binaries: &PgBinaries, user: &OsUser) -> Result<Passwords, PostgresError> {
    user.check_reach(data_dir.root())?;
    let passwords = Passwords::make(&data_dir.passwords())?;
    let name = format!("{}{}", data_dir.unfinished_prefix(), uuid::Uuid::now_v7().simple());
    let temporary = data_dir.root().join(name);
    DirBuilder::new()
        .mode(0o700)
        .create(&temporary)
        .map_err(PostgresError::io("make", &temporary))?;
    user.own(&temporary)?;
    let password_file = temporary.join("password");
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&password_file)
        .and_then(|mut file| writeln!(file, "{}", passwords.superuser))
        .map_err(PostgresError::io("write", &password_file))?;
    user.own(&password_file)?;

    let unfinished = temporary.join("cluster");
    initdb(binaries, user, &unfinished, &password_file).await?;
    let cluster = data_dir.cluster();
    std::fs::rename(&unfinished, &cluster).map_err(PostgresError::io("rename the new cluster to", &cluster))?;
    File::open(data_dir.root())
        .and_then(|directory| directory.sync_all())
        .map_err(PostgresError::io("sync", data_dir.root()))?;
    remove_unfinished(data_dir);
    Ok(passwords)
}

/// Removes the unfinished clusters of starts that were killed.
pub fn remove_unfinished(data_dir: &DataDir) {
    let Ok(entries) = std::fs::read_dir(data_dir.root()) else {
        return;
    };
    let prefix = data_dir.unfinished_prefix();
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(&prefix) {
            continue;
        }
        // A failure costs disk space alone: the next unfinished cluster has another name.
        if let Err(error) = std::fs::remove_dir_all(entry.path()) {
            tracing::warn!(path = %entry.path().display(), %error, "cannot remove an unfinished cluster");
        }
    }
}

async fn initdb(
    binaries: &PgBinaries,
    user: &OsUser,
    cluster: &Path,
    password_file: &Path,
) -> Result<(), PostgresError> {
    let mut reason = String::new();
    // Some systems have no C.UTF-8.
    for locale in ["C.UTF-8", "C"] {
        let output = user
            .command(&binaries.initdb())
            .args(["--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8"])
            .arg(format!("--locale={locale}"))
            .arg(format!("--username={SUPERUSER}"))
            .arg("--pwfile")
            .arg(password_file)
            .arg("--pgdata")
            .arg(cluster)
            .output()
            .await
            .map_err(PostgresError::io("run", binaries.initdb()))?;
        if output.status.success() {
            return Ok(());
        }
        let printed = String::from_utf8_lossy(&output.stderr);
        reason = printed
            .lines()
            .find(|line| line.contains("error"))
            .or_else(|| printed.lines().last())
            .unwrap_or("it printed no reason")
            .to_owned();
        if !reason.contains("locale") {
            break;
        }
    }
    Err(PostgresError::Initdb {
        directory: cluster.to_owned(),
        reason,
    })
}
