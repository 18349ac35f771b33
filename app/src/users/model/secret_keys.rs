//! The keys that encrypt the secrets of the second step. They are not in the database: whoever has a copy of it has no secret.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use uuid::Uuid;

use super::totp::SharedSecret;
use crate::base::error::AppError;
use crate::http::token::random;

/// The bytes of a key.
const KEY_LEN: usize = 32;

/// Why a text holds no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeys {
    /// There is none.
    #[error("there is no key in it")]
    Empty,
    /// A line is no key.
    #[error("line {0} is no key, which is 32 bytes in base64, as `openssl rand -base64 32` prints them")]
    Line(usize),
}

/// An encrypted secret, as the database has it: a random nonce, the secret, its tag (AES-256-GCM).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecret(Vec<u8>);

impl SealedSecret {
    /// From the database.
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// For the database.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The keys. The first encrypts, each decrypts, so that one can replace another. The default has none.
#[derive(Clone, Default)]
pub struct SecretKeys(Arc<[LessSafeKey]>);

/// A key never gets into a log.
impl std::fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretKeys({})", self.0.len())
    }
}

impl SecretKeys {
    /// Reads keys, one in a line.
    ///
    /// # Errors
    /// `InvalidKeys`, which never holds what was read.
    pub fn parse(text: &str) -> Result<Self, InvalidKeys> {
        let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
        let lines = lines.filter(|(_, line)| !line.is_empty());
        let keys = lines.map(|(number, line)| {
            let bytes = STANDARD.decode(line).ok().filter(|bytes| bytes.len() == KEY_LEN);
            let key = bytes.and_then(|bytes| UnboundKey::new(&AES_256_GCM, &bytes).ok());
            key.map(LessSafeKey::new).ok_or(InvalidKeys::Line(number))
        });
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        match keys.is_empty() {
            true => Err(InvalidKeys::Empty),
            false => Ok(Self(keys.into())),
        }
    }

    /// The text of a new key.
    ///
    /// # Errors
    /// `Internal` where there is no randomness.
    pub fn generate() -> Result<String, AppError> {
        Ok(STANDARD.encode(random::<KEY_LEN>()?))
    }

    /// Whether there is none: then nobody can turn a second step on.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Encrypts a user's secret with the first key.
    ///
    /// # Errors
    /// `SecretKey` without a key; `Internal` where there is no randomness.
    pub fn seal(&self, user: Uuid, secret: &SharedSecret) -> Result<SealedSecret, AppError> {
        let key = self.0.first().ok_or(AppError::SecretKey)?;
        let nonce = random::<NONCE_LEN>()?;
        let mut sealed = secret.bytes().to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(user), &mut sealed)
            .map_err(AppError::internal)?;
        Ok(SealedSecret([&nonce[..], &sealed].concat()))
    }

    /// Decrypts a user's secret.
    ///
    /// # Errors
    /// `SecretKey`, which is logged, where no key is the one that has encrypted it for this user.
    pub fn open(&self, user: Uuid, sealed: &SealedSecret) -> Result<SharedSecret, AppError> {
        let opened = self.0.iter().find_map(|key| open(key, user, sealed));
        opened.ok_or_else(|| {
            tracing::error!(%user, "a secret of the second step is not encrypted with a key of LASTMILE_SECRET_KEY_FILE");
            AppError::SecretKey
        })
    }

    /// Encrypts a secret anew where another than the first key has encrypted it; none where nothing has to be done.
    ///
    /// # Errors
    /// As [`Self::open`] and [`Self::seal`].
    pub fn reseal(&self, user: Uuid, sealed: &SealedSecret) -> Result<Option<SealedSecret>, AppError> {
        if self.0.first().is_some_and(|key| open(key, user, sealed).is_some()) {
            return Ok(None);
        }
        self.seal(user, &self.open(user, sealed)?).map(Some)
    }
}

fn open(key: &LessSafeKey, user: Uuid, SealedSecret(sealed): &SealedSecret) -> Option<SharedSecret> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let mut sealed = sealed.to_vec();
    let secret = key.open_in_place(nonce, Aad::from(user), &mut sealed).ok()?;
    SharedSecret::from_bytes(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(of: &[u8]) -> SecretKeys {
        let lines = of.iter().map(|byte| STANDARD.encode([*byte; KEY_LEN]));
        SecretKeys::parse(&lines.collect::<Vec<_>>().join("\n")).expect("keys")
    }

    #[test]
    fn keys_are_read_a_line_each() {
        let key = SecretKeys::generate().expect("random bytes");
        for text in [&key, &format!("\n  {key}\r\n\n{key}\n")] {
            assert!(!SecretKeys::parse(text).expect("keys").is_empty());
        }
        for (text, error) in [
            ("", InvalidKeys::Empty),
            (" \n\n", InvalidKeys::Empty),
            ("a key", InvalidKeys::Line(1)),
            (&format!("{key}\n\nAAAA"), InvalidKeys::Line(3)),
            (&key.repeat(2), InvalidKeys::Line(1)),
        ] {
            let read = SecretKeys::parse(text);
            assert_eq!(read.expect_err("no keys"), error, "{text:?}");
        }
        assert!(!format!("{:?}", keys(&[7])).contains("BwcH"));
    }

    #[test]
    fn without_a_key_nothing_is_encrypted_or_read() {
        let none = SecretKeys::default();
        let (user, secret) = (Uuid::from_u128(7), SharedSecret::new().expect("random bytes"));
        assert_eq!(none.seal(user, &secret), Err(AppError::SecretKey));
        let sealed = keys(&[1]).seal(user, &secret).expect("sealed");
        assert_eq!(none.open(user, &sealed), Err(AppError::SecretKey));
        assert_eq!(none.reseal(user, &sealed), Err(AppError::SecretKey));
    }

    #[test]
    fn a_new_key_takes_the_place_of_an_old_one() {
        let (user, secret) = (Uuid::from_u128(7), SharedSecret::new().expect("random bytes"));
        let (old, both, new) = (keys(&[1]), keys(&[2, 1]), keys(&[2]));
        let sealed = old.seal(user, &secret).expect("sealed");
        assert_eq!(old.reseal(user, &sealed), Ok(None));
        assert_eq!(new.open(user, &sealed), Err(AppError::SecretKey));
        let renewed = both.reseal(user, &sealed).expect("opened").expect("sealed anew");
        assert_eq!(new.open(user, &renewed), Ok(secret));
        assert_eq!(both.reseal(user, &renewed), Ok(None));
    }

    proptest! {
        #[test]
        fn only_the_same_key_and_user_open_what_is_untouched(
            secret in any::<[u8; 20]>(), user in any::<u128>(), other in any::<u128>(), at in 0..48_usize, bit in 0..8_u8
        ) {
            let (keys_now, user) = (keys(&[1]), Uuid::from_u128(user));
            let secret = SharedSecret::from_bytes(&secret).expect("20 bytes");
            let sealed = keys_now.seal(user, &secret).expect("sealed");
            prop_assert_eq!(sealed.bytes().len(), 48);
            prop_assert!(!sealed.bytes().windows(20).any(|part| part == secret.bytes()));
            prop_assert_ne!(&sealed, &keys_now.seal(user, &secret).expect("sealed"), "a nonce of its own");
            prop_assert_eq!(keys_now.open(user, &sealed), Ok(secret.clone()));
            prop_assert_eq!(keys(&[2, 1]).open(user, &sealed), Ok(secret));
            prop_assert!(keys(&[2]).open(user, &sealed).is_err());
            prop_assume!(user != Uuid::from_u128(other));
            prop_assert!(keys_now.open(Uuid::from_u128(other), &sealed).is_err());
            let mut touched = sealed.bytes().to_vec();
            touched[at] ^= 1 << bit;
            prop_assert!(keys_now.open(user, &SealedSecret::from_bytes(touched)).is_err());
            prop_assert!(keys_now.open(user, &SealedSecret::from_bytes(sealed.bytes()[..at].to_vec())).is_err());
        }
    }
}
