//! The file of the keys that encrypt the secrets of the second step.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use app::users::model::secret_keys::{InvalidKeys, SecretKeys};
use postgres_embedded::write_private_file;

/// The file that the program makes, in the directory of its own Postgres's data.
const FILE: &str = "secret.key";

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum SecretKeyError {
    /// The file cannot be read.
    #[error("the keys in {path} cannot be read: check --secret-key-file (LASTMILE_SECRET_KEY_FILE)")]
    Read {
        /// Its path.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The file cannot be made.
    #[error("the key {path} cannot be made")]
    Make {
        /// Its path.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The file holds no keys.
    #[error("{path} is not a file of keys: {error} (LASTMILE_SECRET_KEY_FILE)")]
    Invalid {
        /// Its path.
        path: String,
        /// What is wrong.
        error: InvalidKeys,
    },
}

/// The keys of the file that is configured, or else of the one beside the embedded Postgres's data, which is made where it is missing. None
/// without either.
///
/// # Errors
/// `SecretKeyError`.
pub fn load(configured: Option<&Path>, data_dir: Option<&Path>) -> Result<SecretKeys, SecretKeyError> {
    let path = match (configured, data_dir) {
        (Some(path), _) => path.to_owned(),
        (None, Some(directory)) => make_if_missing(directory.join(FILE))?,
        (None, None) => {
            tracing::warn!(
                "nobody can turn two-step sign-in on: there is no key to encrypt its secrets with. Make one with \
                 `openssl rand -base64 32`, and name its file with --secret-key-file (LASTMILE_SECRET_KEY_FILE)"
            );
            return Ok(SecretKeys::default());
        }
    };
    let (text, mode) = std::fs::read_to_string(&path)
        .and_then(|text| Ok((text, std::fs::metadata(&path)?.permissions().mode())))
        .map_err(|source| SecretKeyError::Read {
            path: path.display().to_string(),
            source,
        })?;
    if mode & 0o007 != 0 {
        tracing::warn!(path = %path.display(), "every user of this machine can read the keys: chmod 600");
    }
    SecretKeys::parse(&text).map_err(|error| SecretKeyError::Invalid {
        path: path.display().to_string(),
        error,
    })
}

/// Makes the file where there is none.
fn make_if_missing(path: PathBuf) -> Result<PathBuf, SecretKeyError> {
    let failed = |source| SecretKeyError::Make {
        path: path.display().to_string(),
        source,
    };
    if path.try_exists().map_err(failed)? {
        return Ok(path);
    }
    let key = SecretKeys::generate().map_err(|error| failed(std::io::Error::other(error)))?;
    write_private_file(&path, &format!("{key}\n")).map_err(failed)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::users::model::totp::SharedSecret;
    use std::fs;
    use uuid::Uuid;

    #[test]
    fn a_key_is_made_once_and_only_the_program_reads_it() {
        let directory = std::env::temp_dir().join(format!("lastmile-key-{}", Uuid::now_v7()));
        fs::create_dir(&directory).expect("a directory");
        let first = load(None, Some(&directory)).expect("keys");
        let path = directory.join(FILE);
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        // The next start has the same key.
        let user = Uuid::now_v7();
        let secret = SharedSecret::new().expect("random bytes");
        let sealed = first.seal(user, &secret).expect("sealed");
        let again = load(None, Some(&directory)).expect("keys");
        assert_eq!(again.open(user, &sealed).expect("opened"), secret);
        // The one that is configured goes before it.
        let other = directory.join("other");
        fs::write(&other, format!("{}\n", SecretKeys::generate().expect("a key"))).expect("written");
        assert!(
            load(Some(&other), Some(&directory))
                .expect("keys")
                .open(user, &sealed)
                .is_err()
        );
        fs::remove_dir_all(directory).expect("removed");
    }

    #[test]
    fn a_file_without_keys_is_reported_in_words() {
        let path = std::env::temp_dir().join(format!("lastmile-key-{}", Uuid::now_v7()));
        let missing = load(Some(&path), None).expect_err("no file").to_string();
        assert!(
            missing.contains("cannot be read") && missing.contains("LASTMILE_SECRET_KEY_FILE"),
            "{missing}"
        );
        fs::write(&path, "hunter2\n").expect("written");
        let wrong = load(Some(&path), None).expect_err("no key").to_string();
        assert!(
            wrong.contains("line 1 is no key") && !wrong.contains("hunter2"),
            "{wrong}"
        );
        fs::remove_file(path).expect("removed");
        assert!(load(None, None).expect("no keys").is_empty());
    }
}
