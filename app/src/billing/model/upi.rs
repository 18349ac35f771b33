//! Payment by UPI: who is paid, and the address that an app reads from a QR code.

use crate::base::contact::text_value;
use crate::base::text::compared;
use crate::base::units::Paise;

text_value!(
    /// Where UPI pays to, like `lastmile@okbank`.
    UpiId
);

impl UpiId {
    /// Reads an id.
    ///
    /// # Errors
    /// Says what an id looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let plain = compared(text);
        let is_fine = plain.split_once('@').is_some_and(|(name, bank)| {
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            (2..=64).contains(&name.len())
                && name.chars().all(is_name)
                && (2..=32).contains(&bank.len())
                && bank.starts_with(|c: char| c.is_ascii_alphabetic())
                && bank.chars().all(|c| c.is_ascii_alphanumeric())
        });
        match is_fine {
            true => Ok(Self(plain)),
            false => Err("Enter a UPI ID like lastmile@okbank.".into()),
        }
    }

    /// The address by which an app pays an amount: the payee's name, the amount, and what it is for.
    pub fn payment_address(&self, payee: &str, amount: Paise, note: &str) -> String {
        // Apps read no `+` for a space.
        let encoded = |text: &str| -> String {
            let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
            encoded.replace('+', "%20")
        };
        format!(
            "upi://pay?pa={}&pn={}&am={}.{:02}&cu=INR&tn={}",
            self.0,
            encoded(payee),
            amount.0 / 100,
            amount.0 % 100,
            encoded(note)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_name_at_a_bank() {
        for text in ["lastmile@okbank", " LASTMILE@OkBank ", "last-mile.1@ybl"] {
            let id = UpiId::parse(text).expect(text);
            assert_eq!(id.as_str(), text.trim().to_lowercase());
        }
        for text in [
            "",
            "lastmile",
            "@okbank",
            "a@okbank",
            "x y@okbank",
            "x@@y",
            "last@mile@bank",
            "last@ok bank",
            "last@1",
        ] {
            assert!(UpiId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_app_reads_whom_to_pay_how_much_and_for_what() {
        let id = UpiId::parse("lastmile@okbank").expect("an id");
        assert_eq!(
            id.payment_address("Fast & Near", Paise(82_505), "LM/26-27/0000001"),
            "upi://pay?pa=lastmile@okbank&pn=Fast%20%26%20Near&am=825.05&cu=INR&tn=LM%2F26-27%2F0000001"
        );
    }
}
