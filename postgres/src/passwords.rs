//! The passwords of the embedded Postgres: random, made once, in a file that only the program's user can read.

use std::io::Read;
use std::path::Path;

use super::error::PostgresError;
use super::private_file::write_private_file;

/// A password for each role.
#[derive(Clone)]
pub struct Passwords {
    /// The superuser's, who creates the roles and the database.
    pub superuser: String,
    /// The owner's.
    pub owner: String,
    /// The program's.
    pub app: String,
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
    /// `NoPasswords` where the file is missing or incomplete.
    pub fn read(path: &Path) -> Result<Self, PostgresError> {
        let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => PostgresError::NoPasswords(path.to_owned()),
            _ => PostgresError::io("read", path)(source),
        })?;
        let mut lines = text.lines().map(str::to_owned);
        match (lines.next(), lines.next(), lines.next()) {
            (Some(superuser), Some(owner), Some(app)) => Ok(Self { superuser, owner, app }),
            _ => Err(PostgresError::NoPasswords(path.to_owned())),
        }
    }

    /// Makes the passwords of a cluster that is about to be made.
    ///
    /// # Errors
    /// `Io` where the file cannot be written.
    pub fn make(path: &Path) -> Result<Self, PostgresError> {
        let passwords = Self {
            superuser: random()?,
            owner: random()?,
            app: random()?,
        };
        let text = format!("{}\n{}\n{}\n", passwords.superuser, passwords.owner, passwords.app);
        write_private_file(path, &text).map_err(PostgresError::io("write", path))?;
        Ok(passwords)
    }
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
