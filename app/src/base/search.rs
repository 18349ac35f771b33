//! What the words of a search mean: every word must match, one or two letters at the beginning of a word, three or more anywhere. Digits
//! with the usual marks of a telephone number are one word. Which rows match depends on nothing else.

use std::cmp::Reverse;

use super::contact::Phone;
use super::text::fold;

/// The fewest characters of a word that is found anywhere.
const ANYWHERE: usize = 3;

/// The words of a search, in the folded form of the text that they are looked for in. In that text a space stands before each word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchTerms(Vec<String>);

impl SearchTerms {
    /// The words of what a person typed; none where it is empty.
    pub fn parse(search: &str) -> Self {
        let folded = fold(search);
        let is_phone_character = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '(' | ')' | '.');
        let digits: String = folded.chars().filter(char::is_ascii_digit).collect();
        // `2024.06` may stand in an email; with ten digits it is a telephone number.
        let is_dotted = folded.contains('.') && digits.len() < 10;
        if !digits.is_empty() && !is_dotted && folded.chars().all(is_phone_character) {
            // `0091` is dialled, not stored.
            let dialled = if digits.len() > 11 {
                digits.trim_start_matches('0')
            } else {
                &digits
            };
            return Self(vec![term(dialled)]);
        }
        Self(folded.split_whitespace().map(term).collect())
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
        let folded = fold(part);
        let parts = folded.replace(|c: char| c.is_ascii_punctuation(), " ");
        add(&folded);
        if parts != folded {
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

fn term(word: &str) -> String {
    if word.chars().count() < ANYWHERE {
        format!(" {word}")
    } else {
        word.to_owned()
    }
}

/// Whether a character is a letter of a word: anything but ASCII's digits, marks and spaces. (A folded text has no capitals.)
const fn is_letter(c: char) -> bool {
    c.is_ascii_lowercase() || !c.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for search in ["+91 98450-12345", "(91)98450.12345", "0091 98450 12345"] {
            assert_eq!(terms(search), ["919845012345"], "{search}");
        }
        assert_eq!(terms("9 8 4"), ["984"]);
        assert_eq!(terms("2024.06"), ["2024.06"]);
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
}
