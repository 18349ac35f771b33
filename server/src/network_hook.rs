//! How the network hears what happened to a service: by a request to a URL, or by a command.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;
use uuid::Uuid;

/// How long the network may take to answer.
const DEADLINE: Duration = Duration::from_secs(20);
/// The shortest key that signs, in bytes.
const SHORTEST_KEY: usize = 24;

/// Where the network is told; nowhere by default.
#[derive(Clone, Default)]
pub struct NetworkHook(Option<Arc<Target>>);

enum Target {
    Url {
        client: reqwest::Client,
        url: String,
        key: Vec<u8>,
    },
    Command(PathBuf),
}

/// Why a hook cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NetworkHookError {
    /// Both ways, or a URL without a key.
    #[error(
        "the network hook is a command, or a URL with a key: set LASTMILE_NETWORK_HOOK_COMMAND, or LASTMILE_NETWORK_HOOK_URL with \
         LASTMILE_NETWORK_HOOK_KEY_FILE"
    )]
    Inconsistent,
    /// The file of the key cannot be read.
    #[error("the key in {0} cannot be read (LASTMILE_NETWORK_HOOK_KEY_FILE)")]
    Key(PathBuf, #[source] std::io::Error),
    /// The key is short.
    #[error("the key in {0} is shorter than {SHORTEST_KEY} bytes: make one with `openssl rand -base64 32`")]
    ShortKey(PathBuf),
    /// There is no TLS.
    #[error("no client for the network hook's URL")]
    Client(#[from] reqwest::Error),
}

/// Why the network was not told.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// The URL did not answer.
    #[error("the network hook does not answer: {0}")]
    Request(#[from] reqwest::Error),
    /// It answered something else than that all is well.
    #[error("the network hook answered {0}")]
    Status(reqwest::StatusCode),
    /// The command cannot be run.
    #[error("the network hook's command cannot be run: {0}")]
    Command(#[from] std::io::Error),
    /// It failed.
    #[error("the network hook's command ended with {0}")]
    Exit(std::process::ExitStatus),
    /// It took too long.
    #[error("the network hook took longer than {} seconds", DEADLINE.as_secs())]
    Deadline,
}

impl NetworkHook {
    /// The hook of the configuration.
    ///
    /// # Errors
    /// `NetworkHookError`.
    pub fn new(url: Option<&str>, key: Option<&Path>, command: Option<&Path>) -> Result<Self, NetworkHookError> {
        let target = match (url, key, command) {
            (None, None, None) => return Ok(Self::default()),
            (None, None, Some(command)) => Target::Command(command.to_owned()),
            (Some(url), Some(path), None) => {
                let key = std::fs::read(path).map_err(|error| NetworkHookError::Key(path.to_owned(), error))?;
                let key = key.trim_ascii().to_vec();
                if key.len() < SHORTEST_KEY {
                    return Err(NetworkHookError::ShortKey(path.to_owned()));
                }
                // The one that the connections to Postgres use; where it is installed already, it stays.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let client = reqwest::Client::builder()
                    .timeout(DEADLINE)
                    .redirect(reqwest::redirect::Policy::none())
                    .build()?;
                Target::Url {
                    client,
                    url: url.to_owned(),
                    key,
                }
            }
            _ => return Err(NetworkHookError::Inconsistent),
        };
        Ok(Self(Some(Arc::new(target))))
    }

    /// Tells the network at a time, which knows what it has heard before by the id.
    ///
    /// # Errors
    /// `TellError`: it is to be told again.
    pub async fn tell(&self, at: DateTime<Utc>, id: Uuid, body: &str) -> Result<(), TellError> {
        match self.0.as_deref() {
            None => Ok(()),
            Some(Target::Url { client, url, key }) => {
                let timestamp = at.timestamp();
                let request = client
                    .post(url)
                    .header("content-type", "application/json")
                    .header("webhook-id", id.to_string())
                    .header("webhook-timestamp", timestamp)
                    .header("webhook-signature", signature(key, id, timestamp, body))
                    .body(body.to_owned());
                let status = request.send().await?.status();
                status.is_success().then_some(()).ok_or(TellError::Status(status))
            }
            Some(Target::Command(path)) => timeout(DEADLINE, run(path, id, body))
                .await
                .unwrap_or(Err(TellError::Deadline)),
        }
    }
}

impl fmt::Debug for NetworkHook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the key.
        formatter.write_str("NetworkHook")
    }
}

/// The signature of the Standard Webhooks: over id, timestamp and body.
fn signature(key: &[u8], id: Uuid, timestamp: i64, body: &str) -> String {
    // A key of any length is one of HMAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// Runs the command with the body at its input and the id in `LASTMILE_EVENT_ID`. It is killed where nobody waits for it any more.
async fn run(path: &Path, id: Uuid, body: &str) -> Result<(), TellError> {
    let mut child = Command::new(path)
        .env("LASTMILE_EVENT_ID", id.to_string())
        .stdin(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A command that does not read is its own master.
        let _ = input.write_all(body.as_bytes()).await;
    }
    let status = child.wait().await?;
    status.success().then_some(()).ok_or(TellError::Exit(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_signed_as_the_standard_says() {
        // The example of the Standard Webhooks' own libraries, with a UUID for an id.
        let signed = signature(
            b"a key of at least 24 bytes",
            Uuid::nil(),
            1_614_265_330,
            "{\"test\": 2432232314}",
        );
        assert!(signed.starts_with("v1,") && signed.len() == 3 + 44, "{signed}");
        let other = signature(
            b"a key of at least 24 bytes",
            Uuid::nil(),
            1_614_265_331,
            "{\"test\": 2432232314}",
        );
        assert_ne!(signed, other);
    }

    #[tokio::test]
    async fn a_command_is_told_at_its_input() {
        let fine = NetworkHook::new(None, None, Some(Path::new("/bin/cat"))).expect("a command");
        assert!(fine.tell(DateTime::UNIX_EPOCH, Uuid::nil(), "{}").await.is_ok());
        let failing = NetworkHook::new(None, None, Some(Path::new("/bin/false"))).expect("a command");
        assert!(matches!(
            failing.tell(DateTime::UNIX_EPOCH, Uuid::nil(), "{}").await,
            Err(TellError::Exit(_))
        ));
        assert!(
            NetworkHook::default()
                .tell(DateTime::UNIX_EPOCH, Uuid::nil(), "{}")
                .await
                .is_ok()
        );
    }

    #[test]
    fn a_url_needs_a_key() {
        let url = Some("https://radius.example.in/hook");
        assert!(matches!(
            NetworkHook::new(url, None, None),
            Err(NetworkHookError::Inconsistent)
        ));
        assert!(matches!(
            NetworkHook::new(url, Some(Path::new("/dev/null")), None),
            Err(NetworkHookError::ShortKey(_))
        ));
    }
}
