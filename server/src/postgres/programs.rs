//! Where Postgres's programs are.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::error::PostgresError;

/// A directory with `initdb` and `postgres`, and their major version.
#[derive(Clone, Debug)]
pub struct Programs {
    bin: PathBuf,
    major: String,
}

impl Programs {
    /// The programs to use: those in `named`, or else the best of `pg_config`'s, Debian's and the PATH's. Where a cluster of
    /// a major version is there already, programs of that version go before newer ones.
    ///
    /// # Errors
    /// `NotTheirDirectory` where `named` does not hold them, `NotInstalled` where no directory does.
    pub async fn find(named: Option<&Path>, major: Option<&str>) -> Result<Self, PostgresError> {
        if let Some(named) = named {
            return Self::in_directory(named)
                .await
                .ok_or_else(|| PostgresError::NotTheirDirectory(named.to_owned()));
        }
        let mut found: Option<Self> = None;
        for bin in candidates().await {
            let Some(programs) = Self::in_directory(&bin).await else {
                continue;
            };
            if major.is_none_or(|major| major == programs.major) {
                return Ok(programs);
            }
            found = found.or(Some(programs));
        }
        found.ok_or(PostgresError::NotInstalled)
    }

    /// The major version: `15`.
    pub fn major(&self) -> &str {
        &self.major
    }

    /// The path of `initdb`.
    pub fn initdb(&self) -> PathBuf {
        self.bin.join("initdb")
    }

    /// The path of `postgres`.
    pub fn postgres(&self) -> PathBuf {
        self.bin.join("postgres")
    }

    async fn in_directory(bin: &Path) -> Option<Self> {
        if !bin.join("initdb").is_file() {
            return None;
        }
        let answer = Command::new(bin.join("postgres"))
            .arg("--version")
            .output()
            .await
            .ok()?;
        let major = major_of(&String::from_utf8(answer.stdout).ok()?)?;
        Some(Self {
            bin: bin.to_owned(),
            major,
        })
    }
}

/// The major version in `postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)` or `postgres (PostgreSQL) 18beta1`.
fn major_of(version: &str) -> Option<String> {
    let number = version.split_whitespace().nth(2)?;
    let major: String = number.chars().take_while(char::is_ascii_digit).collect();
    (!major.is_empty()).then_some(major)
}

/// Where the programs may be, the likeliest first.
async fn candidates() -> Vec<PathBuf> {
    let mut directories = Vec::new();
    if let Ok(answer) = Command::new("pg_config").arg("--bindir").output().await
        && let Ok(bindir) = String::from_utf8(answer.stdout)
        && !bindir.trim().is_empty()
    {
        directories.push(PathBuf::from(bindir.trim()));
    }
    directories.extend(debian(Path::new("/usr/lib/postgresql")));
    if let Some(path) = std::env::var_os("PATH") {
        directories.extend(std::env::split_paths(&path));
    }
    directories
}

/// Debian's and Ubuntu's `/usr/lib/postgresql/MAJOR/bin`, the newest first.
fn debian(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(root) else {
        return Vec::new();
    };
    let mut majors: Vec<u32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    majors.sort_unstable_by(|a, b| b.cmp(a));
    majors
        .into_iter()
        .map(|major| root.join(major.to_string()).join("bin"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_the_first_number() {
        let debian = "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n";
        assert_eq!(major_of(debian).as_deref(), Some("15"));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1").as_deref(), Some("18"));
        assert_eq!(major_of("something else"), None);
    }

    #[tokio::test]
    async fn a_directory_without_them_is_refused_by_name() {
        let fault = Programs::find(Some(Path::new("/nonexistent")), None)
            .await
            .expect_err("there is nothing");
        assert!(fault.to_string().contains("/nonexistent"), "{fault}");
    }
}
