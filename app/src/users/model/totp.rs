//! The second step of signing in: codes of an authenticator app (RFC 6238: SHA-1, six digits, 30 s), and recovery codes.

use chrono::{DateTime, Utc};
use totp_rs::{Builder, Secret, Totp};

use crate::base::error::AppError;
use crate::base::qr::qr_svg;
use crate::base::text::compared;
use crate::http::token::{Hash, hash, random};

/// How long a code is shown.
const STEP_SECONDS: i64 = 30;

/// A code as it is compared: letters and digits, without what people and phones put between them.
fn plain_code(code: &str) -> String {
    compared(code).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The shared secret: 160 bits, as RFC 4226 recommends.
#[derive(Clone, PartialEq, Eq)]
pub struct SharedSecret([u8; 20]);

/// A secret never gets into a log.
impl std::fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedSecret(..)")
    }
}

impl SharedSecret {
    /// A new one.
    ///
    /// # Errors
    /// `Internal` where there is no randomness.
    pub fn new() -> Result<Self, AppError> {
        random().map(Self)
    }

    /// Reads what [`Self::to_base32`] gives.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(Secret::try_from_base32(text).ok()?.as_bytes())
    }

    /// From the database.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// For the database.
    pub const fn bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// In base 32, for an app that cannot scan the QR code.
    pub fn to_base32(&self) -> String {
        Secret::from(self.0).to_base32()
    }

    /// Verifies a code: gives its step of 30 s, at most one away from now. A step is valid once, so the caller stores it.
    pub fn verify(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let now = u64::try_from(now.timestamp()).ok()?;
        let step = self.app("x").ok()?.check(&plain_code(code), now)?;
        i64::try_from(step).ok()
    }

    /// The newest step of which a code is accepted.
    pub fn newest_step(now: DateTime<Utc>) -> i64 {
        now.timestamp().div_euclid(STEP_SECONDS) + 1
    }

    /// The QR code that an authenticator app scans, as SVG.
    ///
    /// # Errors
    /// `Internal` where the email does not fit into a QR code.
    pub fn qr_svg(&self, email: &str) -> Result<String, AppError> {
        let address = self.app(email)?.to_url().map_err(AppError::internal)?;
        qr_svg(&address, "QR code for your authenticator app")
    }

    fn app(&self, email: &str) -> Result<Totp, AppError> {
        let app = Builder::new()
            .with_secret(self.0)
            .with_account_name(email)
            .with_issuer(Some("Lastmile"));
        app.build().map_err(AppError::internal)
    }
}

/// How many recovery codes a user gets.
pub const RECOVERY_CODES: usize = 10;

/// Recovery codes of 128 bits, shown once: `ABCDEFG-HIJKLMN-OPQRSTU-VWXYZ`.
///
/// # Errors
/// `Internal` where there is no randomness.
pub fn recovery_codes() -> Result<Vec<String>, AppError> {
    let code = |_| {
        let text = Secret::from(random::<16>()?).to_base32();
        let parts: Vec<&str> = [0..7, 7..14, 14..21, 21..26]
            .into_iter()
            .filter_map(|part| text.get(part))
            .collect();
        Ok(parts.join("-"))
    };
    (0..RECOVERY_CODES).map(code).collect()
}

/// The hash of a recovery code, however it was typed.
pub fn recovery_hash(code: &str) -> Hash {
    hash(plain_code(code).to_ascii_uppercase().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("an instant")
    }

    /// The vectors of RFC 6238, appendix B, whose codes have eight digits: the last six are ours.
    #[test]
    fn codes_are_those_of_rfc_6238() {
        let secret = SharedSecret(*b"12345678901234567890");
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.verify(code, at(second)), Some(second / 30), "{code}");
            let (first, last) = code.split_at(3);
            for between in [" ", "-", "\u{2011}", "\u{a0}", "\u{200b}", ".", " \u{2013} "] {
                let typed = format!(" {first}{between}{last}\t");
                assert_eq!(secret.verify(&typed, at(second)), Some(second / 30), "{typed}");
            }
            for zero in ['०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '٠', '۰', '０', '᱐'] {
                let typed: String = code
                    .chars()
                    .filter_map(|c| char::from_u32(u32::from(zero) + c.to_digit(10)?))
                    .collect();
                assert_eq!(secret.verify(&typed, at(second)), Some(second / 30), "{typed}");
            }
        }
        for code in ["", "28708", "2870822", "287083", "abcdef", "28708a", "a287082"] {
            assert_eq!(secret.verify(code, at(59)), None, "{code}");
        }
    }

    #[test]
    fn a_code_is_valid_one_step_early_and_one_late() {
        let secret = SharedSecret(*b"12345678901234567890");
        for (second, accepted) in [(59 - 60, false), (59 - 30, true), (59 + 30, true), (59 + 31, false)] {
            assert_eq!(secret.verify("287082", at(second)).is_some(), accepted, "{second}");
        }
    }

    #[test]
    fn a_secret_parses_back_and_has_a_qr_code() {
        let secret = SharedSecret::new().expect("random bytes");
        assert_eq!(SharedSecret::parse(&secret.to_base32()), Some(secret.clone()));
        let qr = secret
            .qr_svg("asha:rao@example.in")
            .or_else(|_| secret.qr_svg("asha@example.in"));
        assert!(qr.expect("a QR code").contains("<path d=\"M4 4h1v1h-1z"));
        assert_eq!(SharedSecret::parse("ABC"), None);
        assert!(!format!("{secret:?}").contains(&secret.to_base32()));
    }

    #[test]
    fn recovery_codes_are_unique_and_parsed_as_people_type_them() {
        let codes = recovery_codes().expect("random bytes");
        assert_eq!(
            codes.iter().collect::<std::collections::HashSet<_>>().len(),
            RECOVERY_CODES
        );
        for code in codes {
            assert_eq!(code.len(), 29, "{code}");
            let typed = format!(" {} ", code.to_lowercase().replace('-', " "));
            assert_eq!(recovery_hash(&typed), recovery_hash(&code));
            let full_width = |c: char| char::from_u32(u32::from(c) + 0xfee0).expect("a form of the character");
            let typed: String = code.chars().map(full_width).collect();
            assert_eq!(recovery_hash(&typed), recovery_hash(&code), "{typed}");
        }
    }
}
