//! How a search finds a customer: the text that is looked in, what the words of a search mean, and the parts into which the indexes cut both.
//!
//! Every word of a search must be found, or the whole of it as it stands. A word of three characters or more is found anywhere; one of one or two characters
//! at the beginning of a word. A search of digits (with the usual marks of a telephone number) is one word.

use std::array;

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
    /// Or this as it stands, where a short word may also be the end or the beginning of a longer one: `sha r` in `Asha Rao`.
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
    let phrase = (words.len() > 1 && words.iter().any(|word| is_short(word))).then(|| words.join(" "));
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

/// How many letters a piece has.
const LETTERS: usize = 5;

/// Letters that stand together in a long run of letters: what the index of pieces is made of.
pub type Piece = [u8; LETTERS];

/// The fewest letters of a run that is cut into pieces. Wherever so many letters stand in a longer run, one of its pieces
/// begins at one of their first five, and lies in them.
const LONG_RUN: usize = 2 * LETTERS - 1;

/// The runs of Latin letters in a folded text that are long enough to be cut into pieces.
fn long_runs(text: &str) -> impl Iterator<Item = &[u8]> {
    let runs = text.as_bytes().split(|byte| !byte.is_ascii_lowercase());
    runs.filter(|run| run.len() >= LONG_RUN)
}

/// The pieces of a text's long runs, as the database's `customer_search_pieces` cuts them.
pub fn pieces(text: &str) -> impl Iterator<Item = Piece> {
    long_runs(text).flat_map(|run| run.as_chunks().0).copied()
}

/// The five ways to cut a run that is looked for: beginning at its first letter, its second, and so on. A text that has the run
/// has all the pieces of one of them, since the run may begin anywhere in one of the text's.
pub type PiecesOfRun = [Vec<Piece>; LETTERS];

impl Needles {
    /// Whether nothing is looked for, so that every customer is found.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The pieces of each long run that must be found.
    pub fn long_runs(&self) -> impl Iterator<Item = PiecesOfRun> {
        let runs = self.words.iter().flat_map(|word| long_runs(word));
        runs.map(|run| array::from_fn(|first| run[first..].as_chunks().0.to_vec()))
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
    use std::collections::HashSet;

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
    fn a_long_run_of_letters_is_cut_into_pieces() {
        let cut = |text| {
            let pieces = pieces(text).map(|piece| String::from_utf8_lossy(&piece).into_owned());
            pieces.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(cut(" santhosh vasudevan@mail 9845012345"), "vasud");
        assert_eq!(cut(" kuppuswamyiyer7balasubramaniam"), "kuppu swamy balas ubram aniam");
        assert_eq!(cut(" vasudeva प्रियादेशमुख o'connell"), "");
    }

    proptest! {
        #[test]
        fn what_has_a_long_run_has_all_pieces_of_one_way_to_cut_it(
            before in "[ a-c@7प]{0,12}",
            run in "[a-c]{9,20}",
            cut in 0_usize..12,
            tail in "[a-c@7प]{0,5}",
            after in "[ a-c@7प]{0,12}",
        ) {
            let had: HashSet<Piece> = pieces(&format!(" {before}{run}{tail}{after}")).collect();
            let sought = needles(&format!("{}{tail}", &run[cut.min(run.len() - LONG_RUN)..]));
            prop_assert!(sought.long_runs().count() >= 1);
            for ways in sought.long_runs() {
                prop_assert!(ways.iter().any(|pieces| pieces.iter().all(|piece| had.contains(piece))));
            }
        }
    }
}
