//! The passwords of the embedded Postgres: random, made once, read by us alone.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::error::PostgresError;

/// A password for each role.
#[derive(Clone)]
pub struct Passwords {
    /// Of the cluster's superuser, who prepares roles and the database.
    pub superuser: String,
    /// Of the database's owner, who migrates.
    pub owner: String,
    /// Of the program's own role.
    pub program: String,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Passwords(..)")
    }
}

impl Passwords {
    /// Reads the passwords of a cluster that exists.
    ///
    /// # Errors
    /// `NoPasswords` where they are gone.
    pub fn read(data_dir: &Path) -> Result<Self, PostgresError> {
        let path = path(data_dir);
        let text = std::fs::read_to_string(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => PostgresError::NoPasswords(path.clone()),
            _ => PostgresError::io("read", &path)(source),
        })?;
        let mut lines = text.lines().map(str::to_owned);
        match (lines.next(), lines.next(), lines.next()) {
            (Some(superuser), Some(owner), Some(program)) => Ok(Self {
                superuser,
                owner,
                program,
            }),
            _ => Err(PostgresError::NoPasswords(path)),
        }
    }

    /// Makes passwords for a cluster that is about to be made. Written aside and renamed, so that they are whole or absent.
    ///
    /// # Errors
    /// `Io` where the file cannot be written.
    pub fn make(data_dir: &Path) -> Result<Self, PostgresError> {
        let passwords = Self {
            superuser: random()?,
            owner: random()?,
            program: random()?,
        };
        let path = path(data_dir);
        let aside = path.with_extension("new");
        let _ = std::fs::remove_file(&aside);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&aside)
            .and_then(|mut file| {
                writeln!(
                    file,
                    "{}\n{}\n{}",
                    passwords.superuser, passwords.owner, passwords.program
                )?;
                file.sync_all()
            })
            .and_then(|()| std::fs::rename(&aside, &path))
            .map_err(PostgresError::io("write", &path))?;
        Ok(passwords)
    }
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("passwords")
}

/// 256 random bits of the kernel's, as hexadecimal digits.
fn random() -> Result<String, PostgresError> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 32];
    std::fs::File::open(source)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(PostgresError::io("read", source))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
