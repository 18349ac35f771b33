//! Numbers by which people call records: `LM-0001042`, `LD-0000042`.

use super::text::compared;

/// The digits that a number is filled up to.
pub const DIGITS: usize = 7;

/// What stands before the numbers of each subject's records, in lower case: a search knows them by it.
pub const PREFIXES: &[&str] = &["lm", "ld"];

/// Whether a search knows what stands before a number.
pub const fn is_prefix(prefix: &str) -> bool {
    let mut at = 0;
    while at < PREFIXES.len() {
        if PREFIXES[at].eq_ignore_ascii_case(prefix) {
            return true;
        }
        at += 1;
    }
    false
}

/// Reads a number with or without its prefix: `LM-0001042`, `lm 1042` and `1042`; none where it is no number of at least 1.
pub fn parse(text: &str, prefix: &str) -> Option<i64> {
    let plain = compared(text);
    let digits = match plain.strip_prefix(&prefix.to_ascii_lowercase()) {
        Some(rest) => rest.trim_start_matches(['-', ' ']),
        None => &plain,
    };
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|number| all_digits && *number > 0)
}

/// Declares the numbers of a subject's records, each at least 1: with `parse`, `show` and their prefix.
macro_rules! record_number {
    ($(#[$doc:meta])* $vis:vis struct $name:ident, prefix $prefix:literal, called $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis struct $name(pub i64);

        const _: () = assert!(crate::base::record_number::is_prefix($prefix), "a search has to know the prefix");

        impl $name {
            /// What stands before the digits.
            pub const PREFIX: &'static str = $prefix;

            /// Reads a number as people write it.
            ///
            /// # Errors
            /// Says what such a number looks like.
            pub fn parse(text: &str) -> Result<Self, String> {
                let number = crate::base::record_number::parse(text, Self::PREFIX);
                number.map(Self).ok_or_else(|| concat!("Enter ", $what, " like ", $prefix, "-0001042.").into())
            }

            /// How it is shown.
            pub fn show(number: i64) -> String {
                Self(number).to_string()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}-{:0digits$}", Self::PREFIX, self.0, digits = crate::base::record_number::DIGITS)
            }
        }
    };
}

pub(crate) use record_number;
