//! Contact details. A value of these types is always valid; the message of a refused one says what is allowed.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::base::text::{fold, is_direction_override, nfc};

macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The value as the database stores it.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// A value read from the database. It was parsed before it was written.
            #[cfg(feature = "ssr")]
            pub fn from_stored(text: String) -> Self {
                Self(text)
            }
        }
    };
}

text_value!(
    /// An email address as the user typed it; two that differ in case only are the same.
    Email
);
text_value!(
    /// An Indian telephone number in E.164: `+91` and ten digits.
    Phone
);
text_value!(
    /// An Indian PIN code: six digits, the first not 0.
    PinCode
);

text_value!(
    /// A GSTIN, the number under which a business pays goods and services tax: 15 characters, the last a check digit.
    Gstin
);

impl Email {
    /// # Errors
    /// Says what an address looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        const ALLOWED: &str = "Enter an address like name@example.in, at most 254 characters.";
        let address = nfc(text.trim());
        let (local, domain) = address.rsplit_once('@').ok_or(ALLOWED)?;
        let local_is_fine = (1..=64).contains(&local.len())
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| {
                !c.is_whitespace() && !c.is_control() && !is_direction_override(c) && !r#"@<>(),;:"[]\"#.contains(c)
            });
        let label_is_fine = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c == '-' || c.is_alphanumeric())
        };
        let domain_is_fine = domain.contains('.') && domain.split('.').all(label_is_fine);
        // Counted in bytes, as mail servers do (RFC 5321).
        if local_is_fine && domain_is_fine && address.len() <= 254 {
            Ok(Self(address))
        } else {
            Err(ALLOWED.into())
        }
    }

    /// The folded address. Two customers or users never have the same one.
    pub fn key(&self) -> String {
        fold(&self.0)
    }
}

impl Phone {
    /// Parses the usual forms: `98450 12345`, `098450-12345`, `+91 98450 12345`, `0091...`, `(080) 2345 6789`.
    ///
    /// # Errors
    /// Says which forms are accepted.
    pub fn parse(text: &str) -> Result<Self, String> {
        const ALLOWED: &str = "Enter an Indian number of ten digits, like 98450 12345 or +91 98450 12345.";
        let plain: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '\u{a0}' | '\t'))
            .collect();
        let national = ["+91", "0091", "91", "0", ""]
            .iter()
            .filter_map(|prefix| plain.strip_prefix(prefix))
            .map(|rest| {
                if plain.starts_with("+91") {
                    rest.strip_prefix('0').unwrap_or(rest)
                } else {
                    rest
                }
            })
            .find(|rest| rest.len() == 10)
            .ok_or(ALLOWED)?;
        if national.bytes().all(|b| b.is_ascii_digit()) && national.as_bytes()[0] >= b'2' {
            Ok(Self(format!("+91{national}")))
        } else {
            Err(ALLOWED.into())
        }
    }

    /// The ten digits without the country code.
    pub fn national(&self) -> &str {
        self.0.strip_prefix("+91").unwrap_or(&self.0)
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.national().split_at_checked(5) {
            Some((area, rest)) => write!(f, "+91 {area} {rest}"),
            None => f.write_str(&self.0),
        }
    }
}

impl PinCode {
    /// # Errors
    /// Says what a PIN code is.
    pub fn parse(text: &str) -> Result<Self, String> {
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let fine = plain.len() == 6 && plain.bytes().all(|b| b.is_ascii_digit()) && !plain.starts_with('0');
        if fine {
            Ok(Self(plain))
        } else {
            Err("Enter the six digits of the PIN code, like 560001; the first is not 0.".into())
        }
    }
}

impl Gstin {
    /// Reads a GSTIN, in any case and with spaces.
    ///
    /// # Errors
    /// Says what a GSTIN looks like, or that its last character does not fit the others.
    pub fn parse(text: &str) -> Result<Self, String> {
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let plain = plain.to_ascii_uppercase();
        // A state's code, mostly a PAN, what tells registrations apart, the check digit. Some kinds of registration have no PAN in it.
        let is_fine = plain.len() == 15
            && plain.bytes().all(|b| b.is_ascii_alphanumeric())
            && plain.bytes().take(2).all(|b| b.is_ascii_digit());
        if !is_fine {
            return Err("Enter the 15 characters of the GSTIN, like 27AAPFU0939F1ZV.".into());
        }
        if gstin_check_digit(&plain[..14]) != plain.chars().next_back() {
            return Err("Look at the GSTIN again: its last character does not fit the others.".into());
        }
        Ok(Self(plain))
    }
}

/// The check digit of the first 14 characters: their values in base 36, every second one doubled and its two digits added up, fill
/// the sum up to a multiple of 36. None where a character is no digit of base 36.
fn gstin_check_digit(start: &str) -> Option<char> {
    let mut sum = 0;
    for (at, character) in start.chars().enumerate() {
        let product = character.to_digit(36)? * (1 + at as u32 % 2);
        sum += product / 36 + product % 36;
    }
    char::from_digit((36 - sum % 36) % 36, 36).map(|digit| digit.to_ascii_uppercase())
}

/// The states and union territories of India, in the order of their names.
pub const STATES: &[&str] = &[
    "Andaman and Nicobar Islands",
    "Andhra Pradesh",
    "Arunachal Pradesh",
    "Assam",
    "Bihar",
    "Chandigarh",
    "Chhattisgarh",
    "Dadra and Nagar Haveli and Daman and Diu",
    "Delhi",
    "Goa",
    "Gujarat",
    "Haryana",
    "Himachal Pradesh",
    "Jammu and Kashmir",
    "Jharkhand",
    "Karnataka",
    "Kerala",
    "Ladakh",
    "Lakshadweep",
    "Madhya Pradesh",
    "Maharashtra",
    "Manipur",
    "Meghalaya",
    "Mizoram",
    "Nagaland",
    "Odisha",
    "Puducherry",
    "Punjab",
    "Rajasthan",
    "Sikkim",
    "Tamil Nadu",
    "Telangana",
    "Tripura",
    "Uttar Pradesh",
    "Uttarakhand",
    "West Bengal",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_phone_is_parsed_in_every_usual_form() {
        for text in [
            "9845012345",
            "98450 12345",
            "09845012345",
            "+91 98450-12345",
            "919845012345",
            "0091 98450 12345",
            "(0)98450.12345",
            "+91 (0) 98450 12345",
        ] {
            assert_eq!(
                Phone::parse(text).as_ref().map(Phone::as_str),
                Ok("+919845012345"),
                "{text}"
            );
        }
        assert_eq!(
            Phone::parse("080 2345 6789").map(|p| p.to_string()),
            Ok("+91 80234 56789".into())
        );
    }

    #[test]
    fn numbers_that_are_not_indian_are_refused() {
        for text in [
            "",
            "12345",
            "+1 415 555 2671",
            "1845012345",
            "98450 1234x",
            "984501234567",
            "९८४५०१२३४५",
        ] {
            assert!(Phone::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn emails_are_parsed_or_refused() {
        for text in [
            "asha.rao@example.in",
            "a+b@mail.example.co.in",
            " o'brien@example.com ",
            "x@उदाहरण.भारत",
        ] {
            assert!(Email::parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "asha",
            "@example.in",
            "a@b",
            "a b@example.in",
            "a@-x.in",
            "a@x..in",
            ".a@x.in",
            "a@x.in>",
        ] {
            assert!(Email::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_gstin_is_read_in_any_case_and_held_to_its_check_digit() {
        for text in [
            "27AAPFU0939F1ZV",
            " 27aapfu0939f1zv ",
            "27 AAPFU 0939F 1ZV",
            "29AAGCB7383J1Z4",
        ] {
            assert_eq!(Gstin::parse(text).map(|gstin| gstin.as_str().len()), Ok(15), "{text}");
        }
        for text in [
            "",
            "27AAPFU0939F1Z",
            "27AAPFU0939F1ZVV",
            "A7AAPFU0939F1ZV",
            "27AAPFU0939F1Z-",
            "२७AAPFU0939F1Z",
        ] {
            assert!(Gstin::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_wrong_character_of_a_gstin_is_found(at in 0..15_usize, character in "[0-9A-Z]") {
            let valid = "27AAPFU0939F1ZV";
            let mut typed = valid.to_owned();
            typed.replace_range(at..=at, &character);
            prop_assert_eq!(Gstin::parse(&typed).is_ok(), typed == valid, "{}", typed);
        }

        #[test]
        fn a_formatted_phone_parses_back(digits in "[2-9][0-9]{9}") {
            let phone = Phone::parse(&digits).expect("a number");
            prop_assert_eq!(Phone::parse(&phone.to_string()), Ok(phone));
        }
    }
}
