//! Passwords: what is accepted, and argon2id with the parameters that OWASP recommends (19 MiB, 2 passes, 1 lane).

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

use super::keyboard::without_walks;
use super::leaked_passwords::is_leaked;
use super::{LONGEST_PASSWORD, SHORTEST_PASSWORD};
use crate::base::error::AppError;
use crate::base::text::nfc;

/// Passwords that nobody may choose: an operator's own list, one a line, compared without their case.
#[derive(Clone, Debug, Default)]
pub struct DeniedPasswords(Arc<HashSet<String>>);

impl DeniedPasswords {
    /// Parses a list. Passwords that are too short in any case are left out.
    pub fn parse(list: &str) -> Self {
        Self(Arc::new(listed(list).collect()))
    }

    fn contains(&self, text: &str) -> bool {
        self.0.contains(text)
    }
}

/// The passwords of a list, one a line, as they are compared: in one encoding and in lower case. Those that are too short in any case are
/// left out.
pub fn listed(list: &str) -> impl Iterator<Item = String> {
    let lines = list.lines().map(|line| canonical(line).to_lowercase());
    lines.filter(|line| line.chars().count() >= SHORTEST_PASSWORD)
}

/// A password: not trimmed, any characters, in one encoding whatever keyboard it was typed on. It never gets into a log.
#[derive(Clone)]
pub struct Password {
    /// As it is hashed.
    canonical: String,
    /// As it was typed, where that differs: hashes that were made before passwords had one encoding are verified with it, too.
    typed: Option<String>,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

impl Password {
    /// A password that was typed to sign in.
    pub fn from_input(text: &str) -> Self {
        let canonical = canonical(text);
        let typed = (canonical != text).then(|| text.to_owned());
        Self { canonical, typed }
    }

    /// A new password. `about` is what guessers try first: the user's name and email; `denied` is the operator's own list.
    ///
    /// # Errors
    /// A sentence: what is wrong with it, and what to do.
    pub fn choose(text: &str, about: &[&str], denied: &DeniedPasswords) -> Result<Self, String> {
        let password = Self::from_input(text);
        let text = &*password.canonical;
        let length = text.chars().count();
        if length < SHORTEST_PASSWORD {
            return Err(format!(
                "Use at least {SHORTEST_PASSWORD} characters: this one has {length}."
            ));
        }
        if length > LONGEST_PASSWORD {
            return Err(format!(
                "Use at most {LONGEST_PASSWORD} characters: this one has {length}."
            ));
        }
        let mut known = about.to_vec();
        known.push("lastmile");
        // Lists of common passwords, names and words; what repeats them is no better. It takes many keys that lie side by side for much.
        let is_weak = |text: &str| zxcvbn(text, &known).score() < Score::Three;
        let without_walks = without_walks(text);
        let lower = text.to_lowercase();
        let is_common = is_leaked(&lower) || denied.contains(&lower);
        if is_common || is_weak(text) || without_walks != text && is_weak(&without_walks) {
            return Err(
                "This is too easy to guess: it is on a list of common passwords, or close to one. Use a few words that \
                 nobody would put together, or let a password manager make one."
                    .into(),
            );
        }
        Ok(password)
    }
}

/// A password in one encoding, by the rules of PRECIS (RFC 8265, OpaqueString): NFC, and every kind of space as the usual one.
fn canonical(text: &str) -> String {
    let is_other_space =
        |c: char| c.is_whitespace() && !c.is_ascii() && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}');
    nfc(&text.replace(is_other_space, " "))
}

/// Judges passwords, and makes and verifies their hashes, in blocking threads, as many at once as there are cores: a hash takes
/// 19 MiB and tens of milliseconds.
#[derive(Clone, Debug)]
pub struct Hasher(Arc<Semaphore>);

impl Default for Hasher {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self(Arc::new(Semaphore::new(cores)))
    }
}

/// Verified where there is no such account, so that the answer takes as long.
static DUMMY_HASH: LazyLock<String> = LazyLock::new(|| hash_now("nobody's password").unwrap_or_default());

impl Hasher {
    /// The hash of a new password, as a PHC string.
    pub async fn hash(&self, password: Password) -> Result<String, AppError> {
        self.run(move || hash_now(&password.canonical))
            .await?
            .map_err(AppError::internal)
    }

    /// A new password, as `Password::choose` judges it, which may take as long as hashing it.
    ///
    /// # Errors
    /// Inside, what is wrong with it.
    pub async fn choose(
        &self,
        text: &str,
        about: [String; 2],
        denied: &DeniedPasswords,
    ) -> Result<Result<Password, String>, AppError> {
        let (text, denied) = (text.to_owned(), denied.clone());
        self.run(move || Password::choose(&text, &about.each_ref().map(String::as_str), &denied))
            .await
    }

    /// Whether a password has a hash. Without a hash the answer is no, after the same time.
    pub async fn verify(&self, password: Password, hash: Option<String>) -> Result<bool, AppError> {
        self.run(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| DUMMY_HASH.clone());
            let verifies = |text: &str| {
                PasswordHash::new(&hash)
                    .is_ok_and(|hash| Argon2::default().verify_password(text.as_bytes(), &hash).is_ok())
            };
            let matches = verifies(&password.canonical) || password.typed.as_deref().is_some_and(verifies);
            known && matches
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        let permit = self.0.clone().acquire_owned().await.map_err(AppError::internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(AppError::internal)
    }
}

/// How a hash begins that is made now: the algorithm and its parameters.
const PARAMETERS: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// Whether a hash was made with other parameters than hashes are made with now.
pub fn is_outdated(hash: &str) -> bool {
    !hash.starts_with(PARAMETERS)
}

fn hash_now(password: &str) -> Result<String, argon2::password_hash::Error> {
    let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes())?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_are_easy_to_guess_are_refused() {
        let about = ["Asha Rao", "asha.rao@example.in"];
        let choose = |text: &str| Password::choose(text, &about, &DeniedPasswords::default());
        for text in [
            "",
            "short",
            "elevenchars",
            "passwordpassword",
            "password12345",
            "123456789012",
            "qwertyuiop12",
            "aaaaaaaaaaaaaaaa",
            "iloveyou1234",
            "asha.rao@example.in",
            "AshaRaoAshaRao",
            "lastmilelastmile",
            "abcdefghijklm",
            "P@ssw0rd1234",
            // Nobody would guess them, had they not been leaked.
            "Sojdlg123aljg",
            "PE#5GZ29PTZMSE",
        ] {
            assert!(choose(text).is_err(), "{text}");
        }
        let rows = "qwertyuiop[]asdfghjkl;'zxcvbnm,./";
        let backwards: String = rows.chars().rev().collect();
        for walk in [
            rows,
            &backwards,
            "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
            "qawsedrftgyhujikolp",
        ] {
            for length in [20, 64, 100, 256] {
                let walk: String = walk.chars().cycle().take(length).collect();
                assert!(choose(&walk).is_err(), "{walk}");
            }
        }
        let long: String = (0..64_u8)
            .map(|number| format!("{:02x}{number:02}", number.wrapping_mul(167)))
            .collect();
        assert_eq!(long.len(), LONGEST_PASSWORD);
        for text in [
            "correct horse battery staple",
            "nine green kettles sing",
            "Zv9 kQ!x 7rT#",
            "तीन नीली चायदानी गाती है",
            " spaces at both ends kept ",
            &long,
        ] {
            assert!(choose(text).is_ok(), "{text}");
        }
        assert!(choose(&"long é".repeat(43)).is_err(), "too long");
        let denied = DeniedPasswords::parse("short\r\nNine Green Kettles Sing\r\n");
        assert!(Password::choose("nine green kettles sing", &about, &denied).is_err());
        assert!(Password::choose("nine green kettles rust", &about, &denied).is_ok());
    }

    #[tokio::test]
    async fn a_hash_verifies_its_password_alone() {
        let hasher = Hasher::default();
        let hash = hasher
            .hash(Password::from_input("nine green kettles "))
            .await
            .expect("a hash");
        assert!(!is_outdated(&hash), "{hash}");
        assert!(is_outdated(&hash.replace("t=2", "t=1")) && is_outdated("no hash"));
        for (text, right) in [
            ("nine green kettles ", true),
            ("nine green kettles", false),
            ("", false),
        ] {
            let verified = hasher.verify(Password::from_input(text), Some(hash.clone())).await;
            assert_eq!(verified, Ok(right), "{text:?}");
        }
        assert_eq!(
            hasher.verify(Password::from_input("nobody's password"), None).await,
            Ok(false)
        );
        assert_eq!(
            hasher.verify(Password::from_input("x"), Some("no hash".into())).await,
            Ok(false)
        );
        assert!(!format!("{:?}", Password::from_input("secret")).contains("secret"));
    }

    #[tokio::test]
    async fn a_password_is_the_same_on_every_keyboard() {
        let hasher = Hasher::default();
        let composed = "neun grüne Kessel é";
        let decomposed = "neun\u{a0}gru\u{308}ne Kessel e\u{301}";
        assert_ne!(composed, decomposed);
        let choose = |text| Password::choose(text, &[], &DeniedPasswords::default()).expect("a good one");
        for (chosen, typed) in [(composed, decomposed), (decomposed, composed), (decomposed, decomposed)] {
            let hash = hasher.hash(choose(chosen)).await.expect("a hash");
            assert_eq!(
                hasher.verify(Password::from_input(typed), Some(hash)).await,
                Ok(true),
                "{chosen}, {typed}"
            );
        }
        // As every password was hashed before: as it was typed.
        let old = hash_now(decomposed).expect("a hash");
        assert_eq!(
            hasher.verify(Password::from_input(decomposed), Some(old.clone())).await,
            Ok(true)
        );
        // Letters and accents still count.
        assert_eq!(
            hasher
                .verify(Password::from_input("neun grune Kessel e"), Some(old))
                .await,
            Ok(false)
        );
        let denied = DeniedPasswords::parse(decomposed);
        assert!(Password::choose(composed, &[], &denied).is_err());
    }
}
