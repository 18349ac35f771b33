//! Where a page begins: a keyset in a sorted list, opaque in the address. Pages are found by it with the sort's index, never by counting rows.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

use crate::base::spec::KeyType;

/// A row's value in the column that is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SortValue {
    /// Text, or a word of an enum.
    #[serde(rename = "t")]
    Text(String),
    /// A whole number.
    #[serde(rename = "n")]
    Number(i64),
    /// A date.
    #[serde(rename = "d")]
    Date(NaiveDate),
}

impl SortValue {
    /// Whether a column of a type can hold the value.
    pub fn fits(&self, key: KeyType) -> bool {
        match (self, key) {
            // Postgres holds no NUL in a text.
            (Self::Text(text), KeyType::Text) => !text.contains('\0'),
            (Self::Text(word), KeyType::Enum(_, words)) => words.contains(&word.as_str()),
            // Dates outside these years are beyond what the database reads.
            (Self::Date(date), KeyType::Date) => (1..=9999).contains(&date.year()),
            (Self::Number(number), KeyType::SmallInt) => i16::try_from(*number).is_ok(),
            (Self::Number(number), KeyType::Integer) => i32::try_from(*number).is_ok(),
            (Self::Number(_), KeyType::BigInt) => true,
            _ => false,
        }
    }
}

/// A row's place in the order: its value and the id that breaks ties.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeysetKey {
    /// The value sorted by.
    #[serde(rename = "v")]
    pub value: SortValue,
    /// The row's id.
    #[serde(rename = "i")]
    pub id: Uuid,
}

/// Which page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Position {
    /// The rows behind a key.
    #[serde(rename = "a")]
    After {
        /// The last row of the page before.
        #[serde(rename = "p")]
        key: KeysetKey,
        /// How many rows stand before this page.
        #[serde(rename = "n")]
        at: u64,
    },
    /// The rows before a key.
    #[serde(rename = "b")]
    Before {
        /// The first row of the page behind.
        #[serde(rename = "p")]
        key: KeysetKey,
        /// How many rows stand before that row.
        #[serde(rename = "n")]
        at: u64,
    },
    /// The last page, counted back from the end.
    #[serde(rename = "l")]
    Last,
}

/// A position, tied to the list in which it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor {
    /// The page.
    #[serde(rename = "p")]
    pub position: Position,
    /// A fingerprint of the list: a position means nothing in another one.
    #[serde(rename = "l")]
    list: u32,
}

impl Cursor {
    /// A position in the list whose first page has an address.
    pub fn new(position: Position, list: &str) -> Self {
        Self {
            position,
            list: fingerprint(list),
        }
    }

    /// Whether the position was taken in the list whose first page has an address, and which is sorted by a column of a type.
    pub fn belongs_to(&self, list: &str, sorted_by: KeyType) -> bool {
        let fits = match &self.position {
            Position::After { key, .. } | Position::Before { key, .. } => key.value.fits(sorted_by),
            Position::Last => true,
        };
        fits && self.list == fingerprint(list)
    }

    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        f.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

/// FNV-1a: the same in every build of the program.
fn fingerprint(list: &str) -> u32 {
    list.bytes().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn a_cursor_of_another_list_does_not_belong() {
        let cursor = Cursor::new(Position::Last, "/customers");
        assert!(cursor.belongs_to("/customers", KeyType::Text));
        assert!(!cursor.belongs_to("/customers?q=rao", KeyType::Text));
        let key = KeysetKey {
            value: SortValue::Number(7),
            id: Uuid::nil(),
        };
        let cursor = Cursor::new(Position::After { key, at: 25 }, "/customers");
        assert!(cursor.belongs_to("/customers", KeyType::BigInt));
        assert!(!cursor.belongs_to("/customers", KeyType::Text));
    }

    #[test]
    fn a_value_that_its_column_cannot_hold_does_not_fit() {
        assert!(SortValue::Number(100).fits(KeyType::SmallInt));
        assert!(!SortValue::Number(100_000).fits(KeyType::SmallInt));
        assert!(!SortValue::Number(5_000_000_000).fits(KeyType::Integer));
        assert!(!SortValue::Text("x".into()).fits(KeyType::Enum("churn_risk", &["High"])));
        assert!(!SortValue::Text("a\0".into()).fits(KeyType::Text));
    }
}
