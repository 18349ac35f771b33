//! How to reach a person: values that exist only when they are valid. Their messages say what is allowed.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::text::nfc;

/// A person's text as it is kept: NFC, no white space at the ends, runs of it as one space.
///
/// # Errors
/// Says what is allowed: 1 to `most` characters, none of them invisible.
pub fn parse_text(text: &str, what: &str, most: usize) -> Result<String, String> {
    let tidy = nfc(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if tidy.is_empty() {
        return Err(format!("Enter {what}."));
    }
    if tidy.chars().count() > most {
        return Err(format!("Shorten {what} to at most {most} characters."));
    }
    if tidy.chars().any(|c| c.is_control() || is_direction_override(c)) {
        return Err(format!("Take the invisible control characters out of {what}."));
    }
    Ok(tidy)
}

/// Characters that turn the reading direction of what follows: never part of a name, often part of a deception.
fn is_direction_override(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text as it is compared, sorted and searched: NFC and lowercase.
pub fn fold(text: &str) -> String {
    nfc(&nfc(text).chars().flat_map(char::to_lowercase).collect::<String>())
}

macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The value as it is stored.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// A value that the database holds: it was parsed when it was written.
            #[cfg(feature = "ssr")]
            pub fn from_stored(text: String) -> Self {
                Self(text)
            }
        }
    };
}

text_value!(
    /// An email address, as typed; two that differ in case only are the same.
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

    /// What uniqueness is judged by.
    pub fn key(&self) -> String {
        fold(&self.0)
    }
}

impl Phone {
    /// Reads the usual forms: `98450 12345`, `098450-12345`, `+91 98450 12345`, `0091...`, `(080) 2345 6789`.
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

    /// The ten digits without the country's code.
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
    fn a_phone_is_read_in_every_usual_form() {
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
    fn what_is_no_indian_number_is_refused() {
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
    fn addresses_are_read_and_refused() {
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
    fn text_is_tidied_and_bounded() {
        assert_eq!(parse_text("  Asha \t Rao ", "the name", 120), Ok("Asha Rao".into()));
        assert_eq!(
            parse_text("अ".repeat(120).as_str(), "the name", 120).map(|t| t.chars().count()),
            Ok(120)
        );
        assert!(parse_text(&"a".repeat(121), "the name", 120).is_err());
        assert!(parse_text("a\u{202e}b", "the name", 120).is_err());
        assert!(parse_text("a\0b", "the name", 120).is_err());
        assert!(parse_text(" \u{3000} ", "the name", 120).is_err());
    }

    proptest! {
        #[test]
        fn a_phone_that_is_shown_reads_back(digits in "[2-9][0-9]{9}") {
            let phone = Phone::parse(&digits).expect("a number");
            prop_assert_eq!(Phone::parse(&phone.to_string()), Ok(phone));
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
