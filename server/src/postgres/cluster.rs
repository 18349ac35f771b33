//! The cluster on disk: where it is, and how it is made whole or not at all.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::account::Account;
use super::error::PostgresError;
use super::passwords::Passwords;
use super::programs::Programs;

/// The superuser that `initdb` makes; nobody but the start uses it.
pub const SUPERUSER: &str = "postgres";

const UNFINISHED: &str = "postgres.new-";

/// Makes the data directory where it is not there, and says its real path. Root's can be passed through by the user postgres.
///
/// # Errors
/// `Io` where it cannot be made.
pub fn prepare_data_dir(data_dir: &Path) -> Result<PathBuf, PostgresError> {
    let mode = if rustix::process::geteuid().is_root() {
        0o711
    } else {
        0o700
    };
    let made = if data_dir.is_dir() {
        Ok(())
    } else {
        // Set afterwards, because the umask takes away from what a new directory is given.
        std::fs::create_dir_all(data_dir)
            .and_then(|()| std::fs::set_permissions(data_dir, Permissions::from_mode(mode)))
    };
    made.and_then(|()| data_dir.canonicalize())
        .map_err(PostgresError::io("make the data directory", data_dir))
}

/// The cluster's directory.
pub fn directory(data_dir: &Path) -> PathBuf {
    data_dir.join("postgres")
}

/// The major version of the cluster, if there is one.
///
/// # Errors
/// `Io` where it cannot be read.
pub fn major(data_dir: &Path) -> Result<Option<String>, PostgresError> {
    let path = directory(data_dir).join("PG_VERSION");
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(PostgresError::io("read", path)(fault)),
    }
}

/// Makes the cluster, beside its place, and renames it when it is whole: a kill half-way leaves only what `clean` removes.
///
/// # Errors
/// `Initdb` with initdb's reason; `Io`.
pub async fn make(data_dir: &Path, programs: &Programs, account: &Account) -> Result<Passwords, PostgresError> {
    account.check_way_to(data_dir)?;
    let passwords = Passwords::make(data_dir)?;
    let workshop = data_dir.join(format!("{UNFINISHED}{}", uuid::Uuid::now_v7().simple()));
    DirBuilder::new()
        .mode(0o700)
        .create(&workshop)
        .map_err(PostgresError::io("make", &workshop))?;
    account.give(&workshop)?;
    let password_file = workshop.join("password");
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&password_file)
        .and_then(|mut file| writeln!(file, "{}", passwords.superuser))
        .map_err(PostgresError::io("write", &password_file))?;
    account.give(&password_file)?;

    let cluster = workshop.join("cluster");
    initdb(programs, account, &cluster, &password_file).await?;
    let place = directory(data_dir);
    std::fs::rename(&cluster, &place).map_err(PostgresError::io("rename the new database to", &place))?;
    File::open(data_dir)
        .and_then(|directory| directory.sync_all())
        .map_err(PostgresError::io("sync", data_dir))?;
    clean(data_dir);
    Ok(passwords)
}

/// Removes what starts that were killed half-way left behind.
pub fn clean(data_dir: &Path) {
    let Ok(entries) = std::fs::read_dir(data_dir) else {
        return;
    };
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            continue;
        }
        // Only room on the disk is lost where this fails: the next one has another name.
        if let Err(fault) = std::fs::remove_dir_all(entry.path()) {
            tracing::warn!(path = %entry.path().display(), %fault, "cannot remove an unfinished database");
        }
    }
}

async fn initdb(
    programs: &Programs,
    account: &Account,
    cluster: &Path,
    password_file: &Path,
) -> Result<(), PostgresError> {
    let mut reason = String::new();
    // Some systems have no C.UTF-8; text that is sorted or searched is COLLATE "C" in any case.
    for locale in ["C.UTF-8", "C"] {
        let answer = account
            .command(&programs.initdb())
            .args(["--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8"])
            .arg(format!("--locale={locale}"))
            .arg(format!("--username={SUPERUSER}"))
            .arg("--pwfile")
            .arg(password_file)
            .arg("--pgdata")
            .arg(cluster)
            .output()
            .await
            .map_err(PostgresError::io("run", programs.initdb()))?;
        if answer.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&answer.stderr);
        reason = said
            .lines()
            .find(|line| line.contains("error"))
            .or_else(|| said.lines().last())
            .unwrap_or("it said nothing")
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
