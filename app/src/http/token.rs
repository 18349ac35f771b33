//! Random secrets: tokens of sessions and links, recovery codes. The database has their SHA-256 alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::base::error::AppError;

/// The SHA-256 of a secret.
pub type Hash = [u8; 32];

/// `N` random bytes from the operating system.
///
/// # Errors
/// `Internal` where it has none to give.
pub fn random<const N: usize>() -> Result<[u8; N], AppError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(AppError::internal)?;
    Ok(bytes)
}

/// A token of 256 random bits, as it is in a cookie or a link: 43 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new token.
    ///
    /// # Errors
    /// `Internal` where there is no randomness.
    pub fn new() -> Result<Self, AppError> {
        Ok(Self(URL_SAFE_NO_PAD.encode(random::<32>()?)))
    }

    /// Parses a token that a browser has sent; `None` where it has another form.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// For a cookie or a link, and nowhere else.
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// The hash that the database has.
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

/// The SHA-256 of bytes.
pub fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_is_never_in_a_log() {
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
