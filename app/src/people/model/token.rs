//! Secrets that are made here: tokens of sessions and links, recovery codes. What is kept of them is their SHA-256 alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::error::AppError;

/// What is kept of a secret.
pub type Hash = [u8; 32];

/// `N` random bytes of the operating system.
///
/// # Errors
/// `Internal` where it has none to give.
pub fn random<const N: usize>() -> Result<[u8; N], AppError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(AppError::internal)?;
    Ok(bytes)
}

/// A token of 256 random bits, as it stands in a cookie or a link: 43 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// `Internal` where there is no randomness.
    pub fn new() -> Result<Self, AppError> {
        Ok(Self(URL_SAFE_NO_PAD.encode(random::<32>()?)))
    }

    /// One that a browser has sent; `None` where it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// For a cookie or a link, and nowhere else.
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> Hash {
        hash(self.0.as_bytes())
    }
}

/// A token never gets into a log.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

/// The SHA-256 of something.
pub fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_is_never_shown() {
        let token = Token::new().expect("random bytes");
        assert_eq!(token.secret().len(), 43);
        assert_eq!(Token::parse(token.secret()), Some(token.clone()));
        assert_ne!(Token::new().expect("random bytes"), token);
        assert_eq!(format!("{token:?}"), "Token(..)");
        for text in ["", "x", &"A".repeat(42), &"A".repeat(44), &"é".repeat(43)] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }
}
