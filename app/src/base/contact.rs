//! Contact details. A value of these types is always valid; the message of a refused one says what is allowed.

use std::fmt;

use crate::base::text::compared;
#[cfg(feature = "ssr")]
use crate::base::text::{collapse_space, stored};

/// Declares a type of text that its `parse` has checked.
macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
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

pub(crate) use text_value;

text_value!(
    /// An email address. What stands before the @ is kept as the user typed it; the domain is lowercase, and in Unicode where it is an
    /// international one.
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

#[cfg(feature = "ssr")]
impl Email {
    /// Parses an address, with a domain in Unicode or in the form that DNS has: `x@हिन्दी.भारत`, `x@xn--j2bd4cyah0f.xn--h2brj9c`.
    ///
    /// # Errors
    /// Says what an address looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        const ALLOWED: &str = "Enter an address like name@example.in, at most 254 characters.";
        let typed = collapse_space(&stored(text));
        // As it is copied out of a link, or out of a list of addresses.
        let address = typed.trim_end_matches([',', ';', '.', ' ']);
        let address = match address.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
            Some(inner) => inner,
            None => address.strip_prefix("mailto:").unwrap_or(address),
        };
        let (local, domain) = address.rsplit_once(['@', '＠']).ok_or(ALLOWED)?;
        let is_local = |local: &str| {
            (1..=64).contains(&local.len())
                && !local.starts_with('.')
                && !local.ends_with('.')
                && !local.contains("..")
                && !local.contains(|c: char| c.is_whitespace() || c.is_control() || r#"@<>(),;:"[]\"#.contains(c))
        };
        // Neither as it is stored nor as it is compared.
        let local_is_fine = is_local(local) && is_local(&compared(local));
        let (domain, _) = domain_forms(domain).ok_or(ALLOWED)?;
        let address = format!("{local}@{domain}");
        // Counted in bytes, as mail servers do (RFC 5321).
        if local_is_fine && domain.contains('.') && address.len() <= 254 {
            Ok(Self(address))
        } else {
            Err(ALLOWED.into())
        }
    }

    /// The address as it is compared, with the domain as DNS has it. Two customers or users never have the same one.
    pub fn key(&self) -> String {
        let forms = self
            .0
            .rsplit_once('@')
            .map(|(local, domain)| (local, domain_forms(domain)));
        match forms {
            Some((local, Some((_, ascii)))) => format!("{}@{ascii}", compared(local)),
            _ => compared(&self.0),
        }
    }
}

/// A domain as people read it and as DNS has it, by the rules of IDNA (UTS 46); none where it is no domain. Joiners are left out: nobody
/// sees whether they are there.
#[cfg(feature = "ssr")]
fn domain_forms(domain: &str) -> Option<(String, String)> {
    use idna::AsciiDenyList;
    use idna::uts46::{DnsLength, Hyphens, Uts46};

    let (rules, denied, hyphens) = (Uts46::new(), AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    let without_joiners = |domain: &str| domain.replace(['\u{200c}', '\u{200d}'], "");
    let readable = |domain: &str| {
        let (unicode, valid) = rules.to_unicode(domain.as_bytes(), denied, hyphens);
        valid.ok().map(|()| without_joiners(&unicode))
    };
    // What is left without joiners may read otherwise: it is read again.
    let unicode = readable(&readable(&without_joiners(domain))?)?;
    let ascii = rules.to_ascii(unicode.as_bytes(), denied, hyphens, DnsLength::Verify);
    let ascii = ascii.ok()?.into_owned();
    Some((unicode, ascii))
}

/// A text with every domain in it as it is stored: `x@xn--j2bd4cyah0f.xn--h2brj9c` becomes `x@हिन्दी.भारत`. One of one or two letters
/// (`xn--p1ai`) stays as it is, since a search finds it at the beginning of a word alone.
#[cfg(feature = "ssr")]
pub fn with_readable_domains(text: &str) -> String {
    let readable = |word: &str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation() && c != '-');
        let (local, domain) = word
            .rsplit_once('@')
            .map_or((None, word), |(local, domain)| (Some(local), domain));
        let (domain, _) = domain_forms(domain)?;
        let readable = local.map_or_else(|| domain.clone(), |local| format!("{local}@{domain}"));
        (compared(&readable).chars().count() > 2).then_some(readable)
    };
    let is_encoded = |word: &str| word.to_ascii_lowercase().contains("xn--");
    let words = text.split_whitespace().map(|word| {
        let readable = is_encoded(word).then(|| readable(word)).flatten();
        readable.unwrap_or_else(|| word.to_owned())
    });
    words.collect::<Vec<_>>().join(" ")
}

impl Phone {
    /// Parses whatever holds one Indian number: `98450 12345`, `098450-12345`, `+91 (0) 98450 12345`, `tel:+919845012345`, `९८४५० १२३४५`.
    ///
    /// # Errors
    /// Says what is wrong with this entry.
    pub fn parse(text: &str) -> Result<Self, String> {
        let plain = compared(text);
        let plain = plain.strip_prefix("tel:").unwrap_or(&plain).trim();
        if plain.is_empty() {
            return Err("Enter an Indian number of ten digits, like 98450 12345 or +91 98450 12345.".into());
        }
        if let Some(strange) = plain
            .chars()
            .find(|c| !is_phone_character(*c) && !is_phone_separator(*c))
        {
            return Err(format!(
                "Enter digits alone: “{strange}” is not part of a phone number."
            ));
        }
        let digits = digits_of(plain);
        let number = plain.trim_start_matches(|c: char| c != '+' && !c.is_ascii_digit());
        let is_foreign = number.starts_with('+') && !digits.trim_start_matches('0').starts_with("91");
        if is_foreign {
            return Err("Enter an Indian number: this one has the code of another country after the +.".into());
        }
        if let Some(national) = national_number(&digits, number.starts_with('+')) {
            return Ok(Self(format!("+91{national}")));
        }
        match numbers_in(plain, &digits).as_slice() {
            [] => Err(wrong_length(&digits)),
            [first, others @ ..] if others.iter().all(|other| other == first) => Ok(Self(format!("+91{first}"))),
            _ => Err("Enter one number: these are two.".into()),
        }
    }

    /// The ten digits without the country code.
    pub fn national(&self) -> &str {
        self.0.strip_prefix("+91").unwrap_or(&self.0)
    }
}

/// Whether a character of a compared text may stand in a phone number.
pub const fn is_phone_character(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '.' | '(' | ')')
}

/// Whether a character of a compared text may stand between two phone numbers, or around one. Behind `#` stands an extension.
const fn is_phone_separator(c: char) -> bool {
    c.is_ascii_punctuation() && !matches!(c, '#' | '@' | '$' | '%')
}

fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// What may stand before the ten digits, as digits: the country code, and the 0 that is dialled.
const PREFIXES: [&str; 7] = ["", "0", "91", "091", "910", "0091", "00910"];

/// The ten digits of an Indian number with what may stand before them; behind a + stands the country code.
fn national_number(digits: &str, has_plus: bool) -> Option<&str> {
    let mut numbers = PREFIXES.iter().filter_map(|prefix| {
        let number = digits.strip_prefix(prefix)?;
        let is_whole = number.len() == 10 && !number.starts_with(['0', '1']);
        (is_whole && (!has_plus || prefix.contains("91"))).then_some(number)
    });
    numbers.next()
}

/// The numbers of a text that is not one as a whole: all of it is numbers, one after the other or with marks between them.
fn numbers_in(plain: &str, digits: &str) -> Vec<String> {
    let parts = plain
        .split([',', ';', '/', '|', '&'])
        .filter(|part| part.contains(|c: char| c.is_ascii_digit()));
    let parts: Option<Vec<String>> = parts
        .map(|part| national_number(&digits_of(part), part.contains('+')).map(str::to_owned))
        .collect();
    if let Some(parts) = parts.filter(|parts| parts.len() > 1) {
        return parts;
    }
    let halves = (10..digits.len()).find_map(|at| {
        let (first, second) = digits.split_at(at);
        Some((national_number(first, false)?, national_number(second, false)?))
    });
    halves.map_or_else(Vec::new, |(first, second)| vec![first.to_owned(), second.to_owned()])
}

/// What is wrong with digits that are no number.
fn wrong_length(digits: &str) -> String {
    let number = match digits.len() {
        11.. => PREFIXES
            .iter()
            .rev()
            .find_map(|prefix| digits.strip_prefix(prefix))
            .unwrap_or(digits),
        _ => digits,
    };
    match number.len() {
        0 => "Enter a number: there is no digit in this one.".into(),
        10 => "Enter an Indian number: its ten digits begin with 2 to 9.".into(),
        1 => "Enter all ten digits: this number has 1.".into(),
        count @ ..10 => format!("Enter all ten digits: this number has {count}."),
        count => format!("Enter a number of ten digits: this one has {count}."),
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
        let plain = compared(text).replace([' ', '-', '.'], "");
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
        let plain = compared(text).replace([' ', '-'], "").to_ascii_uppercase();
        // A state's code, mostly a PAN, what tells registrations apart, the check digit. Some kinds of registration have no PAN in it.
        let is_fine = plain.len() == 15
            && plain.bytes().all(|b| b.is_ascii_alphanumeric())
            && plain.bytes().take(2).all(|b| b.is_ascii_digit());
        if !is_fine {
            return Err("Enter the 15 characters of the GSTIN, like 27AAPFU0939F1ZV.".into());
        }
        if gstin_check_digit(&plain[..14]) != plain.chars().next_back() {
            return Err("Check the GSTIN: its last character does not match the others.".into());
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

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::select;

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
            "tel:+919845012345",
            "tel:+91-98450-12345",
            "98450\u{2011}12345",
            "98450 – 12345",
            "\u{202a}+91 98450 12345\u{202c}",
            "९८४५० १२३४५",
            "９８４５０１２３４５",
            "98450 12345,",
            "+91 98450 12345 / 098450 12345",
            "9845/012345",
            "  \u{200b}98450\u{a0}12345 ",
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
    fn a_refused_phone_number_says_what_is_wrong_with_it() {
        for (text, reason) in [
            ("", "like 98450 12345"),
            (" \u{200b} ", "like 98450 12345"),
            ("12345", "has 5."),
            ("98450 1234", "has 9."),
            ("+91 98450 1234", "has 9."),
            ("984501234567", "has 12."),
            ("+91 98450 123456", "has 11."),
            ("--", "no digit"),
            ("+1 415 555 2671", "another country"),
            ("+44 20 7946 0958", "another country"),
            ("=+65 9845 0123", "another country"),
            ("(+65) 9845 0123", "another country"),
            ("1845012345", "begin with 2 to 9"),
            ("98450 1234x", "“x”"),
            ("Asha 98450 12345", "“a”"),
            ("98450#12345", "“#”"),
            ("98450 12345, 98450 54321", "two"),
            ("98450 12345 98450 54321", "two"),
            ("+91 98450 12345 +91 98450 54321", "two"),
            ("080 2345 6789/98450 12345", "two"),
        ] {
            let message = Phone::parse(text).expect_err(text);
            assert!(message.contains(reason) && message.ends_with('.'), "{text}: {message}");
        }
    }

    #[test]
    fn emails_are_parsed_or_refused() {
        for (text, stored) in [
            ("asha.rao@example.in", "asha.rao@example.in"),
            ("a+b@mail.example.co.in", "a+b@mail.example.co.in"),
            (" o'brien@example.com ", "o'brien@example.com"),
            ("Asha.Rao@Example.IN", "Asha.Rao@example.in"),
            ("mailto:asha@example.in", "asha@example.in"),
            ("<asha@example.in>;", "asha@example.in"),
            ("asha@example.in, ", "asha@example.in"),
            ("asha@example.in.", "asha@example.in"),
            ("asha\u{200b}.twin@example.in", "asha.twin@example.in"),
            ("x@हिन्दी.भारत", "x@हिन्दी.भारत"),
            ("x@xn--j2bd4cyah0f.xn--h2brj9c", "x@हिन्दी.भारत"),
            ("asha＠ｅｘａｍｐｌｅ．in", "asha@example.in"),
            ("प्रिया@उदाहरण.भारत", "प्रिया@उदाहरण.भारत"),
        ] {
            assert_eq!(Email::parse(text).as_ref().map(Email::as_str), Ok(stored), "{text}");
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
            "<a@x.in",
            "Asha <a@x.in>",
            "a@x_y.in",
            "a@x.in, b@x.in",
            "\u{200b}@example.in",
        ] {
            assert!(Email::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn emails_that_look_alike_have_one_key() {
        for (one, other) in [
            ("ASHA@EXAMPLE.IN", "asha@example.in"),
            ("asha\u{200b}.twin@example.in", "asha.twin@example.in"),
            ("x@हिन्दी.भारत", "X@XN--J2BD4CYAH0F.xn--h2brj9c"),
            ("o’neil@example.in", "o'neil@example.in"),
            ("x@ex\u{200d}ample.in", "x@example.in"),
        ] {
            let key = |text| Email::parse(text).map(|email| email.key());
            assert_eq!(key(one), key(other), "{one}");
            assert!(key(one).is_ok());
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

        #[test]
        fn one_number_is_found_in_any_writing(
            digits in "[2-9][0-9]{9}", prefix in select(vec!["", "0", "+91", "+91 (0) ", "0091 ", "tel:+91-", "91"]),
            marks in proptest::collection::vec(select(vec!["", " ", "-", "\u{2011}", ".", "\u{a0}", "\u{200e}"]), 10), zero in select(vec!['0', '०', '০', '０']),
        ) {
            let digit = |c: char| char::from_u32(u32::from(zero) + u32::from(c) - u32::from('0')).expect("a digit");
            let written: String = digits.chars().zip(&marks).flat_map(|(c, mark)| std::iter::once(digit(c)).chain(mark.chars())).collect();
            let phone = Phone::parse(&format!("{prefix}{written}"));
            prop_assert_eq!(phone.as_ref().map(Phone::national), Ok(&*digits));
        }

        #[test]
        fn two_numbers_are_never_one(first in "[2-9][0-9]{9}", second in "[2-9][0-9]{9}", between in select(vec![" ", ", ", "/", "; +91 ", " / 0"])) {
            prop_assume!(first != second);
            let refused = Phone::parse(&format!("{first}{between}{second}")).is_err_and(|message| message.contains("two"));
            prop_assert!(refused);
        }

        #[test]
        fn any_text_is_answered_without_a_panic(text in "\\PC{0,30}", email in "\\PC{1,9}@\\PC{1,9}\\.\\PC{1,5}") {
            let _ = (Phone::parse(&text), PinCode::parse(&text), Gstin::parse(&text), Email::parse(&text));
            if let Ok(email) = Email::parse(&email) {
                // What is stored is read again as the same, and so is the key.
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                prop_assert_eq!(Email::parse(&email.key()).map(|key| key.key()), Ok(email.key()));
            }
        }
    }
}
