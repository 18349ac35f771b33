//! Where a page of the history begins: a row's key, opaque in the address. It means the same under every filter.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A row's key: its instant, and its place in the order in which rows were written. That place alone orders the history; between two days it is
/// ordered by time, where the place breaks ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeysetKey {
    /// UTC, in whole microseconds.
    pub at: DateTime<Utc>,
    /// Higher than that of every row that was written before.
    pub seq: i64,
}

/// Which page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cursor {
    /// The rows that are older.
    Older(KeysetKey),
    /// The rows that are newer.
    Newer(KeysetKey),
}

/// The last microsecond of the year 9999. Keys hold instants from 1970 to then; what lies beyond may be more than the database reads.
const LATEST: i64 = 253_402_300_799_999_999;

impl Cursor {
    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = std::str::from_utf8(&bytes).ok()?;
        let (direction, key) = text.split_at_checked(1)?;
        let (micros, seq) = key.split_once('.')?;
        let micros = micros.parse().ok().filter(|micros| (0..=LATEST).contains(micros))?;
        let key = KeysetKey {
            at: DateTime::from_timestamp_micros(micros)?,
            seq: seq.parse().ok().filter(|seq| *seq >= 0)?,
        };
        match direction {
            "o" => Some(Self::Older(key)),
            "n" => Some(Self::Newer(key)),
            _ => None,
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (direction, key) = match self {
            Self::Older(key) => ('o', key),
            Self::Newer(key) => ('n', key),
        };
        let text = format!("{direction}{}.{}", key.at.timestamp_micros(), key.seq);
        f.write_str(&URL_SAFE_NO_PAD.encode(text))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn any_cursor() -> impl Strategy<Value = Cursor> {
        (0..=LATEST, 0..=i64::MAX, any::<bool>()).prop_map(|(micros, seq, older)| {
            let key = KeysetKey {
                at: DateTime::from_timestamp_micros(micros).expect("an instant"),
                seq,
            };
            if older { Cursor::Older(key) } else { Cursor::Newer(key) }
        })
    }

    proptest! {
        #[test]
        fn a_cursor_reads_back(cursor in any_cursor()) {
            prop_assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,60}", bytes: Vec<u8>) {
            let _ = Cursor::parse(&text);
            let _ = Cursor::parse(&URL_SAFE_NO_PAD.encode(bytes));
        }
    }

    #[test]
    fn an_invalid_cursor_is_refused() {
        for text in [
            "",
            "o",
            "o.",
            "x1.7",
            "o-1.7",
            "é1.7",
            "o1",
            "o1.",
            "o1.-7",
            "o1.x",
            "o1.9223372036854775808",
        ] {
            assert_eq!(Cursor::parse(&URL_SAFE_NO_PAD.encode(text)), None, "{text}");
        }
        for micros in [-1, LATEST + 1, i64::MAX] {
            assert_eq!(
                Cursor::parse(&URL_SAFE_NO_PAD.encode(format!("o{micros}.7"))),
                None,
                "{micros}"
            );
        }
    }
}
