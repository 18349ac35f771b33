//! Text in its one spelling.

/// Text in Unicode's composed form, NFC. The browser has the tables for it; the program's own would be a tenth of what it downloads.
pub fn nfc(text: &str) -> String {
    #[cfg(not(target_arch = "wasm32"))]
    return unicode_normalization::UnicodeNormalization::nfc(text).collect();
    #[cfg(target_arch = "wasm32")]
    return web_sys::js_sys::JsString::from(text).normalize("NFC").into();
}

/// The longest search, in characters.
pub const LONGEST_SEARCH: usize = 200;

/// A search as it stands in the address: NFC, one space between words, not endless.
pub fn tidy_search(text: &str) -> String {
    let visible: String = nfc(text)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let tidy = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = tidy.chars().take(LONGEST_SEARCH).collect();
    short.trim_end().to_owned()
}
