//! Text in one form: what is stored, and what is compared.
//!
//! What people type, paste and import looks the same in many encodings. [`stored`] takes out what nobody can see and keeps all else;
//! [`compared`] makes one key of all that people take for the same. Both sides of every search, unique key, sort key and sign-in use it.

use std::borrow::Cow;

/// The version of the rules below. Raise it with every change of [`stored`] or [`compared`] or of what is made of them, so that
/// `lastmile migrate` makes the keys of existing rows anew.
pub const RULES_VERSION: i32 = 3;

/// Text as it is stored: NFC, without invisible characters. Joiners stay behind the letters that they change.
pub fn stored(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let visible: String = text.chars().filter(|c| !is_invisible(*c) || is_joiner(*c)).collect();
    let composed = nfc(&visible);
    if !composed.contains(is_joiner) {
        return composed.replace(BRAILLE_BLANK, " ");
    }
    let mut kept = String::with_capacity(composed.len());
    // Whether a joiner changes what stands before it: a letter of Arabic, of an Indic script, a part of an emoji. Marks of other scripts do
    // not count, since they can change places.
    let mut joins = false;
    for c in composed.chars() {
        match c {
            _ if is_joiner(c) && !joins => continue,
            _ if is_joiner(c) => joins = false,
            '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' => {}
            _ => joins = c >= '\u{600}' && !c.is_whitespace() && c != BRAILLE_BLANK,
        }
        kept.push(c);
    }
    nfc(&kept).replace(BRAILLE_BLANK, " ")
}

/// Text as it is compared, sorted and searched: one key for all that people take for the same. Lowercase; no accents on Latin, Greek and
/// Cyrillic letters, while the marks of other scripts stay; digits of every script as 0 to 9; hyphens, apostrophes, quotes and commas as
/// those of ASCII; full-width and other compatible forms as the plain ones; no joiners; one space between words.
pub fn compared(text: &str) -> String {
    let folded = if text.is_ascii() {
        text.to_ascii_lowercase().replace('`', "'")
    } else {
        // The acute accent that stands alone is typed as an apostrophe, and Unicode's form would be a space.
        let visible: String = text
            .replace('\u{b4}', "'")
            .chars()
            .filter(|c| !is_invisible(*c))
            .collect();
        let mut folded = String::with_capacity(visible.len());
        for c in normalize(&visible, NormalForm::Nfkd).chars() {
            c.to_lowercase().for_each(|c| push_compared(&mut folded, c));
        }
        normalize(&folded, NormalForm::Nfkc)
    };
    collapse_space(&folded)
}

/// Unicode's composed form, NFC.
pub fn nfc(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    normalize(text, NormalForm::Nfc)
}

/// Without white space at the ends, and with one space between words.
pub fn collapse_space(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !tidy.is_empty() {
            tidy.push(' ');
        }
        tidy.push_str(word);
    }
    tidy
}

/// Whether nothing in a text can be seen.
pub fn is_blank(text: &str) -> bool {
    let is_seen = |c: char| !(c.is_whitespace() || c == BRAILLE_BLANK || is_invisible(c));
    !text.chars().any(is_seen)
}

/// Adds a lowercase letter of decomposed text in the form in which it is compared.
fn push_compared(key: &mut String, c: char) {
    let plain = match c {
        '`' => "'",
        _ if c.is_ascii() => return key.push(c),
        // The accents of Latin, Greek and Cyrillic letters. Those of other scripts stand elsewhere.
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' => "",
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2e3a}' | '\u{2e3b}' | '\u{58a}' => "-",
        '\u{2018}'..='\u{201b}' | '\u{2b9}'..='\u{2bc}' | '\u{2032}' | '\u{2035}' => "'",
        '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2039}' | '\u{203a}' | '\u{300c}'..='\u{300f}' => "\"",
        '\u{60c}' | '\u{3001}' | '\u{66c}' => ",",
        '\u{66b}' => ".",
        '\u{2044}' => "/",
        BRAILLE_BLANK => " ",
        // Letters whose stroke or form is no accent to Unicode.
        'ł' => "l",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ŧ' => "t",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ς' => "σ",
        _ => return key.push(digit(c).unwrap_or(c)),
    };
    key.push_str(plain);
}

/// A decimal digit of any script that people in India write, or its neighbours, as one of ASCII's.
fn digit(c: char) -> Option<char> {
    /// The zeros of the scripts; the other nine follow each.
    const ZEROS: [u32; 26] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
        0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x1c40, 0x1c50, 0xa8d0, 0xabf0, 0x11136,
    ];
    let zero = ZEROS
        .into_iter()
        .find(|zero| (*zero..zero + 10).contains(&u32::from(c)))?;
    char::from_digit(u32::from(c) - zero, 10)
}

/// Whether a character shows nothing: those that Unicode calls default ignorable, among them marks of direction, and the place of an
/// object that was not copied with its text. No name needs one, and many deceptions use one.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffc}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// ZERO WIDTH NON-JOINER and JOINER: invisible, but they change how neighbours are written.
const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// The blank of Braille: a space to all but Unicode.
const BRAILLE_BLANK: char = '\u{2800}';

/// A normal form of Unicode.
#[derive(Clone, Copy)]
enum NormalForm {
    Nfc,
    Nfkd,
    Nfkc,
}

/// A text in a normal form. In the browser, the browser's own tables are used: the crate's would be a tenth of the download.
fn normalize(text: &str, form: NormalForm) -> String {
    #[cfg(not(target_arch = "wasm32"))]
    {
        use unicode_normalization::UnicodeNormalization as _;
        match form {
            NormalForm::Nfc => text.nfc().collect(),
            NormalForm::Nfkd => text.nfkd().collect(),
            NormalForm::Nfkc => text.nfkc().collect(),
        }
    }
    #[cfg(target_arch = "wasm32")]
    {
        let form = match form {
            NormalForm::Nfc => "NFC",
            NormalForm::Nfkd => "NFKD",
            NormalForm::Nfkc => "NFKC",
        };
        web_sys::js_sys::JsString::from(text).normalize(form).into()
    }
}

/// Parses a line of text that a user typed: as it is stored, with no white space at the ends and one space between words. `what` names it
/// in messages.
///
/// # Errors
/// Says what is allowed: 1 to `most` characters, none of them a control character.
pub fn parse_text(text: &str, what: &str, most: usize) -> Result<String, String> {
    let tidy = collapse_space(&stored(text));
    // An accent alone is no text either.
    if compared(&tidy).is_empty() {
        return Err(format!("Enter {what}."));
    }
    if tidy.chars().count() > most {
        return Err(format!("Shorten {what} to at most {most} characters."));
    }
    if tidy.contains(char::is_control) {
        return Err(format!("Remove the invisible characters from {what}."));
    }
    Ok(tidy)
}

/// Parses several lines of text that a user typed: as they are stored, with no white space at the ends of lines and no empty lines at the
/// ends. `what` names it in messages.
///
/// # Errors
/// Says what is allowed: 1 to `most` characters, none of them a control character.
pub fn parse_lines(text: &str, what: &str, most: usize) -> Result<String, String> {
    let lines = stored(text).replace("\r\n", "\n").replace('\t', " ");
    let lines: Vec<&str> = lines.trim_matches('\n').lines().map(str::trim_end).collect();
    let tidy = lines.join("\n").trim_matches('\n').to_owned();
    if compared(&tidy).is_empty() {
        return Err(format!("Enter {what}."));
    }
    if tidy.chars().count() > most {
        return Err(format!("Shorten {what} to at most {most} characters."));
    }
    if tidy.contains(|c: char| c.is_control() && c != '\n') {
        return Err(format!("Remove the invisible characters from {what}."));
    }
    Ok(tidy)
}

/// The longest search, in characters.
pub const LONGEST_SEARCH: usize = 200;

/// A search as it stands in the address: as text is stored, one space between words, at most [`LONGEST_SEARCH`] characters.
pub fn tidy_search(text: &str) -> String {
    let tidy = collapse_space(&stored(text).replace(char::is_control, " "));
    let short: String = tidy.chars().take(LONGEST_SEARCH).collect();
    short.trim_end().to_owned()
}

/// A name inside a sentence of plain text: in an isolate where it has letters that are written from right to left, so that they do not
/// change the order of the words around them. In markup it stands in a `<bdi>`.
pub fn isolated(name: &str) -> Cow<'_, str> {
    /// FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE.
    const ISOLATE: [char; 2] = ['\u{2068}', '\u{2069}'];
    if !name.contains(is_right_to_left) {
        return Cow::Borrowed(name);
    }
    let [start, end] = ISOLATE;
    Cow::Owned(format!("{start}{name}{end}"))
}

/// Whether a character is of a script that is written from right to left: Unicode's blocks of them.
const fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}')
}

/// A label inside a sentence: `churn risk`, but `NPS` and `PIN code` as they are.
pub fn in_sentence(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(label.chars().skip(1)).collect()
        }
        _ => label.to_owned(),
    }
}

/// Several in one phrase: `a, b and c`.
pub fn join_words<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// With its first letter in upper case.
pub fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::select;

    #[test]
    fn labels_and_lists_are_written_as_in_a_sentence() {
        let written = ["Churn risk", "NPS", "PIN code", "Most used OTT", "", "X"].map(in_sentence);
        assert_eq!(written, ["churn risk", "NPS", "PIN code", "most used OTT", "", "X"]);
        let words = ["a", "b", "c"];
        let joined = [0, 1, 2, 3].map(|count| join_words(&words[..count]));
        assert_eq!(joined, ["", "a", "a and b", "a, b and c"]);
    }

    #[test]
    fn text_is_normalized_and_limited_in_length() {
        assert_eq!(parse_text("  Asha \t Rao ", "the name", 120), Ok("Asha Rao".into()));
        assert_eq!(parse_text("a\u{202e}b\u{200b}", "the name", 120), Ok("ab".into()));
        assert_eq!(
            parse_text("अ".repeat(120).as_str(), "the name", 120).map(|t| t.chars().count()),
            Ok(120)
        );
        assert!(parse_text(&"a".repeat(121), "the name", 120).is_err());
        assert!(parse_text("a\0b", "the name", 120).is_err());
        for blank in [
            "",
            " \u{3000} ",
            "\u{200b}",
            "\u{2800}",
            "\u{3164}",
            "\u{ffa0}\u{200d}",
            "\u{feff}\u{ad}",
        ] {
            assert!(is_blank(blank), "{blank:?}");
            assert_eq!(
                parse_text(blank, "the name", 120),
                Err("Enter the name.".into()),
                "{blank:?}"
            );
        }
    }

    #[test]
    fn lines_keep_their_breaks_and_lose_what_stands_around_them() {
        let typed = "\r\n  Asked for  a map \r\n\r\n\t- flat 4 \n \n";
        assert_eq!(
            parse_lines(typed, "the notes", 40),
            Ok("  Asked for  a map\n\n - flat 4".into())
        );
        for wrong in ["", " \n \r\n", "\u{200b}\n\u{2800}", "a\0b", &"a".repeat(41)] {
            assert!(parse_lines(wrong, "the notes", 40).is_err(), "{wrong}");
        }
    }

    #[test]
    fn joiners_are_stored_where_they_change_a_letter() {
        for (typed, expected) in [
            // Persian, Malayalam with a joiner at the end of the word, an emoji of two.
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("അവന\u{d4d}\u{200d}", "അവന\u{d4d}\u{200d}"),
            ("👩\u{200d}🚀", "👩\u{200d}🚀"),
            ("क\u{200d}\u{200d}ष", "क\u{200d}ष"),
            ("As\u{200d}ha", "Asha"),
            ("\u{200d}अ", "अ"),
            ("e\u{200c}\u{301}", "é"),
        ] {
            assert_eq!(stored(typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn what_people_take_for_the_same_has_one_key() {
        for (one, other) in [
            ("JOSÉ", "jose"),
            ("Jose\u{301}", "José"),
            ("D’Souza", "d'souza"),
            ("D´Souza", "d`souza"),
            ("Łódź Øresund Straße Æsir", "lodz oresund strasse aesir"),
            ("İstanbul ılık", "istanbul ilik"),
            ("ΟΔΥΣΣΕΎΣ", "οδυσσευσ"),
            ("Ёлка", "елка"),
            ("Ｌｕｘｍｉ　５６７", "luxmi 567"),
            ("९८४५० ৪৫ ௪௫ ٤٥", "98450 45 45 45"),
            ("98450\u{2011}12345", "98450-12345"),
            ("“Asha”، Rao", "\"asha\", rao"),
            ("क\u{93c}लम", "\u{958}लम"),
            ("प्रि\u{200d}या", "प्रिया"),
            ("asha\u{200b}.twin", "asha.twin"),
        ] {
            assert_eq!(compared(one), compared(other), "{one:?}");
        }
        // A mark of an Indic script makes another word; so does a letter that only looks alike.
        for (one, other) in [
            ("कमल", "कमाल"),
            ("कि", "की"),
            ("प्रिया", "परिया"),
            ("がき", "かき"),
            ("rаo", "rao"),
        ] {
            assert_ne!(compared(one), compared(other), "{one} {other}");
        }
    }

    #[test]
    fn a_name_is_isolated_where_it_is_written_from_right_to_left() {
        for name in ["", "Asha Rao", "आशा", "李", "Straße 7", "D\u{2019}Souza"] {
            assert_eq!(isolated(name), name);
        }
        for name in [
            "אבי",
            "أحمد 7",
            "Rao ב",
            "ܐܒܐ",
            "މުހަންމަދު",
            "ߒߞߏ",
            "\u{1e900}",
            "\u{10a00}",
            "\u{fe8d}",
        ] {
            let sentence = format!("{} (LM-0000007)", isolated(name));
            assert_eq!(sentence, format!("\u{2068}{name}\u{2069} (LM-0000007)"));
            // Whoever pastes it back stores the name.
            assert_eq!(stored(&isolated(name)), stored(name));
        }
    }

    #[test]
    fn accented_letters_sort_beside_the_plain_ones() {
        let mut names = ["Zoya", "Éclair", "Esha", "Ebenezer", "Ünal", "Uma"];
        names.sort_by_key(|name| compared(name));
        assert_eq!(names, ["Ebenezer", "Éclair", "Esha", "Uma", "Ünal", "Zoya"]);
    }

    /// Text with what makes text hard: marks, joiners, full-width forms, digits of many scripts, invisible characters.
    fn hard_text() -> impl Strategy<Value = String> {
        let hard = select(
            "eEéİıßςΣĳﬁｱﾞ５９｀´`٣৪ௐ\u{301}\u{323}\u{345}\u{93c}\u{94d}\u{5b0}\u{483}\u{200c}\u{200d}\u{200b}\u{202e}\u{2800}\u{3164}\u{34f}\u{e0041}\
             \u{212a}\u{212b}\u{f900}क\u{958}ത한ᄒ\u{1161}\u{11ab}‐–’“،， 。👩\u{fe0f}@.-_'\"\u{a0}\u{2028}"
                .chars()
                .collect::<Vec<_>>(),
        );
        proptest::collection::vec(prop_oneof![4 => hard, 1 => any::<char>()], 0..12).prop_map(String::from_iter)
    }

    fn invisible() -> impl Strategy<Value = char> {
        let all: Vec<char> = ('\0'..=char::MAX).filter(|c| is_invisible(*c)).collect();
        // Most are tags, which are alike.
        let (tags, others): (Vec<char>, Vec<char>) = all.into_iter().partition(|c| *c >= '\u{e0000}');
        prop_oneof![1 => select(tags), 9 => select(others)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn both_forms_are_idempotent(text in hard_text()) {
            prop_assert_eq!(stored(&stored(&text)), stored(&text));
            prop_assert_eq!(compared(&compared(&text)), compared(&text));
        }

        #[test]
        fn storing_changes_nothing_that_is_compared(text in hard_text()) {
            prop_assert_eq!(compared(&stored(&text)), compared(&text));
            prop_assert_eq!(is_blank(&stored(&text)), is_blank(&text));
            prop_assert_eq!(collapse_space(&stored(&text)).is_empty(), is_blank(&text));
        }

        #[test]
        fn an_invisible_character_never_makes_another_key(text in hard_text(), at in 0..12_usize, invisible in invisible()) {
            let mut with = text.clone();
            let at = with.char_indices().map(|(at, _)| at).nth(at).unwrap_or(with.len());
            with.insert(at, invisible);
            prop_assert_eq!(compared(&with), compared(&text));
            prop_assert!(!compared(&with).contains(is_invisible));
        }

        #[test]
        fn the_marks_of_indic_scripts_stay(text in "[\u{900}-\u{903}\u{905}-\u{939}\u{93e}-\u{94d}]{1,12}") {
            prop_assert_eq!(compared(&text), text);
        }

        #[test]
        fn letters_with_accents_are_found_by_the_plain_ones(plain in "[a-z]{1,8}", accents in proptest::collection::vec(proptest::char::range('\u{300}', '\u{36f}'), 0..8)) {
            let marked: String = plain.chars().zip(accents.into_iter().map(Some).chain(std::iter::repeat(None)))
                .flat_map(|(letter, accent)| std::iter::once(letter).chain(accent)).collect();
            prop_assert_eq!(compared(&marked), plain);
        }

        #[test]
        fn a_plain_text_is_its_own_key_but_for_case_and_spaces(text in "[!-~]{0,20}") {
            prop_assert_eq!(compared(&text), text.to_lowercase().replace('`', "'"));
        }
    }
}
