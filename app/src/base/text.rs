//! Text in one normal form.

/// Unicode's composed form, NFC. In the browser, the browser's own tables are used: the crate's would be a tenth of the download.
pub fn nfc(text: &str) -> String {
    #[cfg(not(target_arch = "wasm32"))]
    return unicode_normalization::UnicodeNormalization::nfc(text).collect();
    #[cfg(target_arch = "wasm32")]
    return web_sys::js_sys::JsString::from(text).normalize("NFC").into();
}

/// Text as it is compared, sorted and searched: NFC and lowercase.
pub fn fold(text: &str) -> String {
    nfc(&nfc(text).chars().flat_map(char::to_lowercase).collect::<String>())
}

/// Parses a line of text that a user typed: NFC, no white space at the ends, one space between words. `what` names it in messages.
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

/// Parses several lines of text that a user typed: NFC, no white space at the ends of lines, no empty lines at the ends. `what` names it in
/// messages.
///
/// # Errors
/// Says what is allowed: 1 to `most` characters, none of them invisible.
pub fn parse_lines(text: &str, what: &str, most: usize) -> Result<String, String> {
    let lines = nfc(text).replace("\r\n", "\n").replace('\t', " ");
    let lines: Vec<&str> = lines.trim_matches('\n').lines().map(str::trim_end).collect();
    let tidy = lines.join("\n").trim_matches('\n').to_owned();
    if tidy.is_empty() {
        return Err(format!("Enter {what}."));
    }
    if tidy.chars().count() > most {
        return Err(format!("Shorten {what} to at most {most} characters."));
    }
    if tidy
        .chars()
        .any(|c| (c.is_control() && c != '\n') || is_direction_override(c))
    {
        return Err(format!("Take the invisible control characters out of {what}."));
    }
    Ok(tidy)
}

/// Whether a character turns the reading direction of what follows. No name needs one, and many deceptions use one.
pub fn is_direction_override(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The longest search, in characters.
pub const LONGEST_SEARCH: usize = 200;

/// A search as it stands in the address: NFC, one space between words, at most [`LONGEST_SEARCH`] characters.
pub fn tidy_search(text: &str) -> String {
    let visible: String = nfc(text)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let tidy = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = tidy.chars().take(LONGEST_SEARCH).collect();
    short.trim_end().to_owned()
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

    #[test]
    fn text_is_normalized_and_limited_in_length() {
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

    #[test]
    fn lines_keep_their_breaks_and_lose_what_stands_around_them() {
        let typed = "\r\n  Asked for  a map \r\n\r\n\t- flat 4 \n \n";
        assert_eq!(
            parse_lines(typed, "the notes", 40),
            Ok("  Asked for  a map\n\n - flat 4".into())
        );
        for wrong in ["", " \n \r\n", "a\u{202e}b", "a\0b", &"a".repeat(41)] {
            assert!(parse_lines(wrong, "the notes", 40).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn folding_is_idempotent(text in "\\PC{0,40}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
