//! Passwords: what is accepted, and argon2id with the parameters that OWASP recommends (19 MiB, 2 passes, 1 lane).

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

use super::{LONGEST_PASSWORD, SHORTEST_PASSWORD};
use crate::error::AppError;

/// Passwords that are refused whatever else they are: an operator's own list, one in a line, compared without their case.
#[derive(Clone, Debug, Default)]
pub struct Refused(Arc<HashSet<String>>);

impl Refused {
    /// Reads a list; shorter ones than are accepted anyway are left out.
    pub fn read(list: &str) -> Self {
        let lines = list.lines().map(|line| line.trim_end_matches('\r'));
        let long = lines.filter(|line| line.chars().count() >= SHORTEST_PASSWORD);
        Self(Arc::new(long.map(str::to_lowercase).collect()))
    }

    fn holds(&self, text: &str) -> bool {
        self.0.contains(&text.to_lowercase())
    }
}

/// A password as it was typed. It never gets into a log, and is taken as it is: no trimming, any characters.
#[derive(Clone)]
pub struct Password(String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

impl Password {
    /// What somebody typed to sign in.
    pub fn typed(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// A new password. `about` is what guessers try first: the person's name and email; `refused` is the operator's own list.
    ///
    /// # Errors
    /// Says what is wrong with it, and what to do.
    pub fn choose(text: &str, about: &[&str], refused: &Refused) -> Result<Self, String> {
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
        // Lists of common passwords, names and words, and keys that lie side by side; what repeats them is no better.
        if refused.holds(text) || zxcvbn(text, &known).score() < Score::Three {
            return Err(
                "This is too easy to guess: it is on a list of common passwords, or close to one. Use a few words that \
                 nobody would put together, or let a password manager make one."
                    .into(),
            );
        }
        Ok(Self(text.to_owned()))
    }
}

/// Judges passwords, and makes and checks their hashes, in threads aside and at most as many at once as there are cores: a hash takes
/// 19 MiB and tens of milliseconds.
#[derive(Clone, Debug)]
pub struct Hasher(Arc<Semaphore>);

impl Default for Hasher {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self(Arc::new(Semaphore::new(cores)))
    }
}

/// Checked where there is no such account, so that the answer takes as long.
static NOBODYS: LazyLock<String> = LazyLock::new(|| hash_now("nobody's password").unwrap_or_default());

impl Hasher {
    /// The hash of a new password, as a PHC string.
    ///
    /// # Errors
    /// `Internal`.
    pub async fn hash(&self, password: Password) -> Result<String, AppError> {
        self.run(move || hash_now(&password.0))
            .await?
            .map_err(AppError::internal)
    }

    /// A new password, as `Password::choose` judges it: that takes as long as hashing it, for some.
    ///
    /// # Errors
    /// `Internal`; inside, what is wrong with it.
    pub async fn choose(
        &self,
        text: &str,
        about: [String; 2],
        refused: &Refused,
    ) -> Result<Result<Password, String>, AppError> {
        let (text, refused) = (text.to_owned(), refused.clone());
        self.run(move || Password::choose(&text, &about.each_ref().map(String::as_str), &refused))
            .await
    }

    /// Whether a password is the one of a hash; without a hash it never is, and takes as long to say so.
    ///
    /// # Errors
    /// `Internal`.
    pub async fn check(&self, password: Password, hash: Option<String>) -> Result<bool, AppError> {
        self.run(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODYS.clone());
            let right = PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.0.as_bytes(), &hash).is_ok());
            known && right
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

fn hash_now(password: &str) -> Result<String, argon2::password_hash::Error> {
    let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes())?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_easy_to_guess_is_refused() {
        let about = ["Asha Rao", "asha.rao@example.in"];
        let choose = |text: &str| Password::choose(text, &about, &Refused::default());
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
        ] {
            assert!(choose(text).is_err(), "{text}");
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
        assert!(choose(&"long é".repeat(43)).is_err(), "more than can be kept");
        let refused = Refused::read("short\r\nNine Green Kettles Sing\r\n");
        assert!(Password::choose("nine green kettles sing", &about, &refused).is_err());
        assert!(Password::choose("nine green kettles rust", &about, &refused).is_ok());
    }

    #[tokio::test]
    async fn a_hash_tells_the_right_password_from_others() {
        let hasher = Hasher::default();
        let hash = hasher
            .hash(Password::typed("nine green kettles "))
            .await
            .expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        for (text, right) in [
            ("nine green kettles ", true),
            ("nine green kettles", false),
            ("", false),
        ] {
            let said = hasher.check(Password::typed(text), Some(hash.clone())).await;
            assert_eq!(said, Ok(right), "{text:?}");
        }
        assert_eq!(
            hasher.check(Password::typed("nobody's password"), None).await,
            Ok(false)
        );
        assert_eq!(
            hasher.check(Password::typed("x"), Some("no hash".into())).await,
            Ok(false)
        );
        assert!(!format!("{:?}", Password::typed("secret")).contains("secret"));
    }
}
