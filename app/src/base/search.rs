//! What the words of a search mean: every word must match, one or two letters at the beginning of a word, three or more anywhere. Digits
//! with the usual marks of a telephone number are one word, and so is a record's number (`LM 567`). Quotes and commas stand between
//! words. Both sides are compared in the form of [`compared`]. Which rows match depends on nothing else.

use std::cmp::Reverse;

use super::contact::{Phone, is_phone_character};
use super::record_number;
use super::text::compared;

/// The fewest characters of a word that is found anywhere.
const ANYWHERE: usize = 3;

/// The words of a search, in the compared form of the text that they are looked for in. In that text a space stands before each word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchTerms(Vec<String>);

impl SearchTerms {
    /// The words of what a person typed; none where it is empty.
    pub fn parse(search: &str) -> Self {
        // With or without a code before it, a whole number is found by its ten digits.
        if let Ok(phone) = Phone::parse(search) {
            return Self(vec![phone.national().to_owned()]);
        }
        // As it is stored. The browser runs no search; what it asks of one, whether a word is short, is the same.
        #[cfg(feature = "ssr")]
        let search = &super::contact::with_readable_domains(search);
        let text = compared(search);
        let text = ["tel:", "mailto:"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme))
            .unwrap_or(&text);
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        // `2024.06` may stand in an email; with ten digits it is a telephone number.
        let is_dotted = text.contains('.') && digits.len() < 10;
        if !digits.is_empty() && !is_dotted && text.chars().all(is_phone_character) {
            // `0091` is dialled, not stored.
            let dialled = if digits.len() > 11 {
                digits.trim_start_matches('0')
            } else {
                &digits
            };
            return Self(vec![term(dialled)]);
        }
        Self(name_words(text).iter().map(|word| term(word)).collect())
    }

    /// The words. A short one has the space that stands before a word.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether nothing is looked for, so that every row matches.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a row's text has all of them: the meaning that the database's answer is tested against.
    pub fn matches(&self, search_text: &str) -> bool {
        self.iter().all(|term| search_text.contains(term))
    }

    /// Whether one is so short that only beginnings of words match.
    pub fn has_short_word(&self) -> bool {
        self.iter().any(|term| term.starts_with(' '))
    }

    /// Those that are found anywhere in a word, the longest first, where letters are all that is looked for: an index of words knows who
    /// has them. Otherwise none.
    pub fn indexed_words(&self) -> Vec<&str> {
        let are_letters = self.iter().all(|term| term.trim_start().chars().all(is_letter));
        let mut words: Vec<&str> = self
            .iter()
            .filter(|term| are_letters && !term.starts_with(' '))
            .collect();
        words.sort_by_key(|word| Reverse(word.len()));
        words
    }
}

/// The words of what a person typed to find something by its name, as they are compared; each may stand anywhere in it.
pub fn name_words(typed: &str) -> Vec<String> {
    join_numbers(words(&compared(typed)).map(trim_marks))
}

/// Whether a name has all of some words; never where there are none.
pub fn has_words(name: &str, words: &[String]) -> bool {
    let name = compared(name);
    !words.is_empty() && words.iter().all(|word| name.contains(word))
}

/// The text that a search looks in, of a record with a reference: `LM-0001042`. Each word in it has a space before it; emails and punctuated
/// names stand in it whole and in parts, so that each part has a beginning; the phone with and without +91, the number with and without its
/// prefix.
pub fn search_text(texts: &[&str], phone: Option<&Phone>, reference: &str) -> String {
    let mut text = String::new();
    let mut add = |part: &str| {
        text.push(' ');
        text.push_str(part);
    };
    for part in texts {
        let whole = words(&compared(part)).collect::<Vec<_>>().join(" ");
        let parts = whole.replace(|c: char| c.is_ascii_punctuation(), " ");
        add(&whole);
        if parts != whole {
            add(&parts.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    if let Some(phone) = phone {
        let phone = phone.national();
        add(&format!("91{phone} 0{phone} {phone}"));
    }
    let reference = reference.to_lowercase();
    if let Some((prefix, digits)) = reference.split_once('-') {
        let number = digits.trim_start_matches('0');
        add(&format!("{reference} {prefix}-{number} {number}"));
    }
    text
}

/// The text in which a search finds a person, of a record with a reference; the place is the city and the PIN code.
pub fn person_text(
    name: &str,
    place: [Option<&str>; 2],
    email: Option<&str>,
    phone: Option<&Phone>,
    reference: &str,
) -> String {
    let [city, pin_code] = place;
    let texts: Vec<&str> = [Some(name), city, email, pin_code].into_iter().flatten().collect();
    search_text(&texts, phone, reference)
}

/// The words of a compared text: white space, quotes and commas stand between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', '"', ',', ';']).filter(|word| !word.is_empty())
}

/// A word of a search without the marks that people put around words: `'asha'`, `(asha)`, `rao.`. So few letters that they would be found
/// at beginnings alone keep them: `td.` is found in `Ltd.`.
fn trim_marks(word: &str) -> &str {
    let trimmed = word.trim_matches(|c: char| {
        c.is_ascii_punctuation() && !matches!(c, '@' | '%' | '_' | '-' | '+' | '#' | '&' | '*' | '/' | '\\')
    });
    if trimmed.chars().count() < ANYWHERE {
        word
    } else {
        trimmed
    }
}

/// The words, each number of a record as one and with its hyphen: `lm567`, `lm 567` and `lm-567` are `lm-567`.
fn join_numbers<'a>(words: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for word in words {
        let is_number = word.bytes().all(|b| b.is_ascii_digit());
        match joined.last_mut() {
            Some(before) if word == "-" && record_number::PREFIXES.contains(&before.as_str()) => before.push('-'),
            Some(before) if is_number && record_number::PREFIXES.contains(&before.trim_end_matches('-')) => {
                *before = format!("{}-{word}", before.trim_end_matches('-'));
            }
            _ => joined.push(with_hyphen(word).unwrap_or_else(|| word.to_owned())),
        }
    }
    joined
}

/// `lm-567` of `lm567`; none of anything else.
fn with_hyphen(word: &str) -> Option<String> {
    let (prefix, number) = record_number::PREFIXES
        .iter()
        .find_map(|prefix| Some((prefix, word.strip_prefix(prefix)?)))?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| format!("{prefix}-{number}"))
}

fn term(word: &str) -> String {
    if word.chars().count() < ANYWHERE {
        format!(" {word}")
    } else {
        word.to_owned()
    }
}

/// Whether a character is a letter of a word: anything but ASCII's digits, marks and spaces. (A compared text has no capitals.)
const fn is_letter(c: char) -> bool {
    c.is_ascii_lowercase() || !c.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms(search: &str) -> Vec<String> {
        SearchTerms::parse(search).0
    }

    #[test]
    fn every_word_is_a_term_and_short_ones_match_prefixes() {
        assert_eq!(terms("  Asha   R  "), ["asha", " r"]);
        assert_eq!(terms("a rao"), [" a", "rao"]);
        assert_eq!(terms("o'neil 42"), ["o'neil", " 42"]);
        assert_eq!(terms(""), Vec::<String>::new());
    }

    #[test]
    fn a_telephone_number_is_one_term() {
        for search in [
            "98450 12345",
            "+91 98450-12345",
            "(91)98450.12345",
            "0091 98450 12345",
            "+91 (0) 98450 12345",
            "tel:+919845012345",
            "98450\u{2011}12345",
            "\u{2066}९८४५०१२३४५\u{2069}",
        ] {
            assert_eq!(terms(search), ["9845012345"], "{search}");
        }
        assert_eq!(terms("+91 98450"), ["9198450"]);
        assert_eq!(terms("tel:+9198"), ["9198"]);
        assert_eq!(terms("9 8 4"), ["984"]);
        assert_eq!(terms("2024.06"), ["2024.06"]);
    }

    #[test]
    fn quotes_and_commas_stand_between_words() {
        for search in [
            "\"asha rao\"",
            "Asha, Rao",
            "asha rao,",
            "“Asha Rao”",
            "(asha) rao.",
            "'asha rao'",
            "asha،rao",
            "ASHA\u{200b} RAO",
        ] {
            assert_eq!(terms(search), ["asha", "rao"], "{search}");
        }
        for (search, expected) in [
            ("asha.rao@example.in", "asha.rao@example.in"),
            ("mailto:asha.rao@example.in", "asha.rao@example.in"),
            ("<asha.rao@example.in>;", "asha.rao@example.in"),
            ("x@xn--j2bd4cyah0f.xn--h2brj9c,", "x@हिन्दी.भारत"),
            ("<X@XN--J2BD4CYAH0F.xn--h2brj9c>", "x@हिन्दी.भारत"),
            ("xn--j2bd4cyah0f", "हिन्दी"),
            ("(x@xn--j2bd4cyah0f.xn--h2brj9c)", "x@हिन्दी.भारत"),
            ("xn--mnchen-3ya.de", "munchen.de"),
            ("xn--p1ai", "xn--p1ai"),
            ("xn--", "xn--"),
            ("D’Souza", "d'souza"),
            ("José", "jose"),
            ("100%", "100%"),
            ("td.", "td."),
        ] {
            assert_eq!(terms(search), [expected], "{search}");
        }
        for search in [",", "\"\"", "\u{200b}", " \u{2800}; "] {
            assert!(SearchTerms::parse(search).is_empty(), "{search:?}");
        }
    }

    #[test]
    fn a_records_number_is_one_word_however_it_is_written() {
        for search in [
            "lm567",
            "LM 567",
            "LM-567",
            "lm–567",
            "LM - 567",
            "ｌｍ５६७",
            "\"lm567\"",
        ] {
            assert_eq!(terms(search), ["lm-567"], "{search}");
        }
        assert_eq!(terms("ld0000042 asha"), ["ld-0000042", "asha"]);
        assert_eq!(terms("lm asha 5"), [" lm", "asha", " 5"]);
    }

    #[test]
    fn short_words_are_reported() {
        let has_short_word = |search| SearchTerms::parse(search).has_short_word();
        assert!(has_short_word("ra") && has_short_word("asha r"));
        assert!(!has_short_word("asha rao") && !has_short_word(""));
    }

    #[test]
    fn only_a_search_of_letters_alone_has_indexed_words() {
        let words = |search: &str| SearchTerms::parse(search).indexed_words().join(" ");
        assert_eq!(words("asha vasudevan rao"), "vasudevan asha rao");
        assert_eq!(words("a rao"), "rao");
        assert_eq!(words("प्रिया r"), "प्रिया");
        for search in ["", "as", "asha 42", "o'neil", "asha@", "98450"] {
            assert_eq!(words(search), "", "{search}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_stored_is_found_by_itself(name in "\\PC{0,9}[a-k]\\PC{0,9}", city in "\\PC{0,9}[a-k]\\PC{0,9}", local in "[a-z]{1,9}[.'_-]?[a-z]{1,9}") {
            let email = format!("{local}@example.in");
            let text = search_text(&[&name, &city, &email], None, "LM-0001042");
            for search in [&name, &city, &email, &format!("{city}, {name}"), &format!("“{name}”")] {
                prop_assert!(SearchTerms::parse(search).matches(&text), "{:?} in {:?}", search, text);
            }
        }
    }
}
