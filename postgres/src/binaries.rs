//! Finds the binaries of Postgres.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::error::PostgresError;

/// A directory with `initdb` and `postgres`, and their major version.
#[derive(Clone, Debug)]
pub struct PgBinaries {
    bin_dir: PathBuf,
    major: String,
}

impl PgBinaries {
    /// The binaries in `named`. Without it, the first that are found in the directories of `pg_config`, Debian and the PATH;
    /// where the cluster exists, those of its version `major` are preferred.
    ///
    /// # Errors
    /// `NoBinaries` where `named` does not hold them, `NotInstalled` where no directory does.
    pub async fn find(named: Option<&Path>, major: Option<&str>) -> Result<Self, PostgresError> {
        if let Some(named) = named {
            return Self::in_directory(named)
                .await
                .ok_or_else(|| PostgresError::NoBinaries(named.to_owned()));
        }
        let mut first: Option<Self> = None;
        for bin_dir in candidates().await {
            let Some(binaries) = Self::in_directory(&bin_dir).await else {
                continue;
            };
            if major.is_none_or(|major| major == binaries.major) {
                return Ok(binaries);
            }
            first = first.or(Some(binaries));
        }
        first.ok_or(PostgresError::NotInstalled)
    }

    /// The major version: `15`.
    pub fn major(&self) -> &str {
        &self.major
    }

    /// The path of `initdb`.
    pub fn initdb(&self) -> PathBuf {
        self.bin_dir.join("initdb")
    }

    /// The path of `postgres`.
    pub fn postgres(&self) -> PathBuf {
        self.bin_dir.join("postgres")
    }

    async fn in_directory(bin_dir: &Path) -> Option<Self> {
        if !bin_dir.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(bin_dir.join("postgres"))
            .arg("--version")
            .output()
            .await
            .ok()?;
        let major = parse_major(&String::from_utf8(output.stdout).ok()?)?;
        Some(Self {
            bin_dir: bin_dir.to_owned(),
            major,
        })
    }
}

/// The major version in `postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)` or `postgres (PostgreSQL) 18beta1`.
fn parse_major(version: &str) -> Option<String> {
    let number = version.split_whitespace().nth(2)?;
    let major: String = number.chars().take_while(char::is_ascii_digit).collect();
    (!major.is_empty()).then_some(major)
}

/// The directories to search, the likeliest first.
async fn candidates() -> Vec<PathBuf> {
    let mut directories = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output().await
        && let Ok(bin_dir) = String::from_utf8(output.stdout)
        && !bin_dir.trim().is_empty()
    {
        directories.push(PathBuf::from(bin_dir.trim()));
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
        assert_eq!(parse_major(debian).as_deref(), Some("15"));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1").as_deref(), Some("18"));
        assert_eq!(parse_major("something else"), None);
    }

    #[tokio::test]
    async fn a_directory_without_binaries_is_refused_by_name() {
        let error = PgBinaries::find(Some(Path::new("/nonexistent")), None)
            .await
            .expect_err("the directory does not exist");
        assert!(error.to_string().contains("/nonexistent"), "{error}");
    }
}
