//! How a search finds a customer: the text that is looked in, what the words of a search mean, and the parts into which the indexes cut both.
//!
//! Every word of a search must be found, or the whole of it as it stands. A word of three characters or more is found anywhere; one of one or two characters
//! at the beginning of a word. A search of digits (with the usual marks of a telephone number) is one word.

use std::collections::BTreeMap;

use super::model::{AccountNumber, Contact};
use crate::contact::fold;

/// The fewest characters of a word that is found anywhere.
pub const ANYWHERE: usize = 3;

/// The text that a search looks in. Each word in it has a space before it; the email and punctuated names stand in it whole
/// and in parts, so that each part has a beginning; the phone with and without +91, the account number with and without `LM-`.
pub fn search_text(account_number: AccountNumber, contact: &Contact) -> String {
    text_of_contact(contact) + &text_of_account(account_number)
}

/// The contact's part of the text, which comes first.
pub fn text_of_contact(contact: &Contact) -> String {
    let mut text = String::new();
    let mut add = |part: &str| {
        text.push(' ');
        text.push_str(part);
    };
    for part in [contact.name.as_str(), contact.city.as_str(), contact.email.as_str()] {
        let folded = fold(part);
        let parts = folded.replace(|c: char| c.is_ascii_punctuation(), " ");
        add(&folded);
        if parts != folded {
            add(&parts.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    let phone = contact.phone.national();
    add(&format!("91{phone} 0{phone} {phone}"));
    text
}

/// The account's part. A new customer's is made by the database, which gives the number (`store/write.rs`); a test compares the two.
fn text_of_account(account_number: AccountNumber) -> String {
    let number = account_number.0;
    let written = account_number.to_string().to_lowercase();
    format!(" {written} lm-{number} {number}")
}

/// What a search looks for, in the folded form of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needles {
    /// Each of these must be found. A short word has the space that stands before a word.
    pub words: Vec<String>,
    /// Or this as it stands, where the first word is short and may also be the end of a longer one: `a rao` in `Asha Rao`.
    pub phrase: Option<String>,
}

/// What a search looks for; nothing where it is empty.
pub fn needles(search: &str) -> Needles {
    let folded = fold(search);
    let is_telephone = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '(' | ')' | '.');
    let digits: String = folded.chars().filter(char::is_ascii_digit).collect();
    // `2024.06` may stand in an email; with ten digits it is a telephone number.
    let dotted = folded.contains('.') && digits.len() < 10;
    if !digits.is_empty() && !dotted && folded.chars().all(is_telephone) {
        // `0091` is dialled, not stored.
        let dialled = if digits.len() > 11 {
            digits.trim_start_matches('0')
        } else {
            &digits
        };
        return Needles {
            words: vec![needle(dialled)],
            phrase: None,
        };
    }
    let words: Vec<&str> = folded.split_whitespace().collect();
    // Where the first is not short, the whole has the words.
    let phrase = (words.len() > 1 && is_short(words[0])).then(|| words.join(" "));
    Needles {
        words: words.into_iter().map(needle).collect(),
        phrase,
    }
}

fn is_short(word: &str) -> bool {
    word.chars().count() < ANYWHERE
}

fn needle(word: &str) -> String {
    if is_short(word) {
        format!(" {word}")
    } else {
        word.to_owned()
    }
}

/// A needle as a pattern for LIKE, in which nothing but the ends is a wildcard.
pub fn like_pattern(needle: &str) -> String {
    let mut pattern = String::from("%");
    for c in needle.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Whether a customer's text has all of a search: the meaning that the database's answer is tested against.
pub fn finds(search_text: &str, search: &str) -> bool {
    needles(search).are_in(search_text)
}

/// Three letters or digits that stand together: what the trigram index is made of.
pub type Gram = [u8; 3];

/// The grams of a text in Latin letters and digits, each with the place where it begins.
pub fn grams(text: &str) -> impl Iterator<Item = (usize, Gram)> {
    let windows = text.as_bytes().array_windows().copied().enumerate();
    windows.filter(|(_, gram): &(usize, Gram)| gram.iter().all(u8::is_ascii_alphanumeric))
}

/// Whether a character is a letter of a word: anything but ASCII's digits, marks and spaces. (A folded text has no capitals.)
const fn is_letter(c: char) -> bool {
    c.is_ascii_lowercase() || !c.is_ascii()
}

/// Letters that stand together in a folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// The letters.
    pub letters: &'a str,
    /// Whether they stand behind a space somewhere: there a short word is found.
    pub begins: bool,
}

impl Word<'_> {
    /// Whether its letters are found wherever they stand.
    pub fn is_found_anywhere(self) -> bool {
        !is_short(self.letters)
    }
}

/// The words of letters in a folded text by which anything is found, each once, the longest first: what the table of words is made of. Letters that are looked for
/// stand in the text exactly if they stand in one of these; a short word does if one of those that begin begins with it.
pub fn words(text: &str) -> Vec<Word<'_>> {
    let mut by_length = BTreeMap::new();
    for (piece, text) in text.split(' ').enumerate() {
        for (run, letters) in text.split(|c| !is_letter(c)).enumerate() {
            let begins = piece > 0 && run == 0 && !letters.is_empty();
            if begins || !is_short(letters) {
                *by_length.entry((letters.chars().count(), letters)).or_insert(false) |= begins;
            }
        }
    }
    let longest_first = by_length.into_iter().rev();
    longest_first
        .map(|((_, letters), begins)| Word { letters, begins })
        .collect()
}

impl Needles {
    /// Whether nothing is looked for, so that every customer is found.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Those of letters alone that must be found, wherever they stand in a word.
    pub fn letters(&self) -> impl Iterator<Item = &str> {
        let words = self.words.iter().filter(|_| self.phrase.is_none());
        words.map(String::as_str).filter(|word| word.chars().all(is_letter))
    }

    /// Whether letters are all that is looked for, and some of them wherever they stand: then a customer's words say whether it is found.
    pub fn are_letters(&self) -> bool {
        self.letters().next().is_some() && self.words.iter().all(|word| word.trim_start().chars().all(is_letter))
    }

    /// The first of them, as a name may begin with it.
    pub fn name_beginning(&self) -> &str {
        self.words.first().map_or("", |word| word.trim_start())
    }

    /// Whether the name begins with the first of them in a customer's text, where it stands first.
    pub fn begin_name_in(&self, search_text: &str) -> bool {
        let name = search_text.strip_prefix(' ').unwrap_or(search_text);
        name.starts_with(self.name_beginning())
    }

    /// Whether a customer's text has them.
    pub fn are_in(&self, search_text: &str) -> bool {
        self.words.iter().all(|word| search_text.contains(word.as_str()))
            || self.phrase.as_ref().is_some_and(|phrase| search_text.contains(phrase))
    }
}

/// Whether the search has a word so short that only beginnings of words are searched.
pub fn has_short_word(search: &str) -> bool {
    needles(search).words.iter().any(|word| word.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::model::draft::tests::valid_draft;
    use crate::customers::model::field::Field;
    use proptest::prelude::*;

    fn text_of(name: &str, email: &str) -> String {
        let mut draft = valid_draft();
        draft.set(Field::Name, vec![name.into()]);
        draft.set(Field::Email, vec![email.into()]);
        let details = draft.parse().expect("valid");
        search_text(AccountNumber(1042), &details.contact)
    }

    #[test]
    fn every_part_is_found_in_any_case() {
        let text = text_of("Asha O'Neil-Rao", "asha_100%@mail.example.in");
        for search in [
            "asha",
            "SHA",
            "o'neil",
            "neil",
            "rao asha",
            "ha o'neil-r",
            "il-rao beng",
            "bengaluru",
            "NGAL",
            "asha_100%",
            "100%",
            "example.in",
            "98450",
            "98450 12345",
            "+91 98450-12345",
            "098450 12345",
            "LM-0001042",
            "lm-1042",
            "1042",
            "lm-000",
            "lm-10",
            "098450",
            "0091 98450 12345",
            "98450.12345",
            "a",
            "r",
            "be",
            "9",
            "10",
            "  asha   rao ",
            "",
        ] {
            assert!(finds(&text, search), "{search}");
        }
        for search in ["x", "ha", "sh", "asha x", "ashaz", "_", "a%a", "45", "lm-2", "\\"] {
            assert!(!finds(&text, search), "{search}");
        }
    }

    #[test]
    fn devanagari_is_found_however_it_was_composed() {
        let text = text_of("प्रिया देशमुख", "p@example.in");
        for search in ["प्रिया", "देश", "द", "शमु"] {
            assert!(finds(&text, search), "{search}");
        }
        // QA as one character and as KA with a nukta: the same after NFC.
        assert!(finds(&text_of("\u{958}लम", "p@example.in"), "\u{915}\u{93c}लम"));
    }

    #[test]
    fn a_pattern_means_its_characters() {
        assert_eq!(like_pattern(r"50%_\"), r"%50\%\_\\%");
    }

    #[test]
    fn short_words_are_known() {
        assert!(has_short_word("ra"));
        assert!(has_short_word("asha r"));
        assert!(!has_short_word("asha rao"));
        assert!(!has_short_word(""));
    }

    #[test]
    fn the_words_of_a_text_are_its_letters_that_stand_together() {
        let cut = |text| {
            let words = words(text).into_iter();
            let marked = words.map(|word| format!("{}{}", if word.begins { '+' } else { '-' }, word.letters));
            marked.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            cut(" asha o'neil-rao ny asha_rao@mail.in 919845012345 lm-1"),
            "-neil -mail +asha -rao +ny +lm +o"
        );
        assert_eq!(cut(" neil7rao rao@neil"), "+neil +rao");
        assert_eq!(
            cut(" kuppuswamy7iyer प्रिया देश द éa"),
            "+kuppuswamy +प्रिया -iyer +देश +éa +द"
        );
        assert_eq!(cut("asha 42 a b7c"), "-asha +b +a");
    }

    #[test]
    fn only_what_must_be_found_in_a_word_is_looked_up_among_words() {
        let letters = |search| {
            needles(search)
                .letters()
                .map(str::to_owned)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(letters("Asha rao@mail Iyer"), "asha iyer");
        assert_eq!(letters("प्रिया 98450"), "प्रिया");
        assert_eq!(letters("asha r"), "asha");
        // The words need not be there where the whole is.
        assert_eq!(letters("a rao"), "");
        assert_eq!(letters("98450 12345"), "");
        for search in ["asha", "asha rao", "asha r", "asha r प्रिया"] {
            assert!(needles(search).are_letters(), "{search}");
        }
        for search in ["", "as", "a rao", "asha 42", "asha o'", "o'neil", "42"] {
            assert!(!needles(search).are_letters(), "{search}");
        }
    }

    proptest! {
        #[test]
        fn letters_are_found_in_a_text_exactly_if_its_words_say_so(
            text in "[ a-c@7प\u{e9}\u{7f}]{0,24}",
            sought in "[a-cप\u{e9}]{3,5}( [a-cप]{1,4}){0,2}",
        ) {
            let needles = needles(&sought);
            let text = format!(" {}", fold(&text));
            prop_assert!(needles.are_letters());
            let words = words(&text);
            let is_found = |needle: &String| words.iter().any(|word| match needle.strip_prefix(' ') {
                Some(beginning) => word.begins && word.letters.starts_with(beginning),
                None => word.letters.contains(needle.as_str()),
            });
            prop_assert_eq!(needles.words.iter().all(is_found), needles.are_in(&text));
        }

        #[test]
        fn a_whole_search_has_its_words_unless_the_first_is_short(
            text in "[ a-c@7]{0,24}",
            sought in "[a-c@7]{1,4}( [a-c@]{1,4}){1,2}",
        ) {
            let (text, needles) = (format!(" {}", fold(&text)), needles(&sought));
            let whole = text.contains(&sought);
            prop_assert_eq!(needles.are_in(&text) || whole, needles.are_in(&text));
        }
    }
}
