//! A row's place in a sorted list. Pages are found by it with the sort's index, never by counting rows.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::spec::KeyType;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_value_outside_its_columns_type_is_refused() {
        assert!(SortValue::Number(100).fits(KeyType::SmallInt));
        assert!(!SortValue::Number(100_000).fits(KeyType::SmallInt));
        assert!(!SortValue::Number(5_000_000_000).fits(KeyType::Integer));
        assert!(!SortValue::Text("x".into()).fits(KeyType::Enum("churn_risk", &["High"])));
        assert!(!SortValue::Text("a\0".into()).fits(KeyType::Text));
    }
}
