//! Where a page begins: a spot in a sorted list, opaque in the address. Pages are found by it with the sort's index, never by counting rows.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

use super::CustomerQuery;
use crate::customers::model::sort::Sort;
use crate::customers::model::{ChurnRisk, PlanType};

/// A customer's value in the column that is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SortValue {
    /// The folded name.
    #[serde(rename = "t")]
    Text(String),
    /// Account number, speed in kbps, amounts in paise, NPS.
    #[serde(rename = "n")]
    Number(i64),
    /// A date.
    #[serde(rename = "d")]
    Date(NaiveDate),
    /// A plan type.
    #[serde(rename = "p")]
    Plan(PlanType),
    /// A churn risk.
    #[serde(rename = "c")]
    Churn(ChurnRisk),
}

impl SortValue {
    /// Whether a value of this kind can stand in the column of `sort`.
    pub fn fits(&self, sort: Sort) -> bool {
        match self {
            // Postgres holds no NUL in a text.
            Self::Text(text) => sort == Sort::Name && !text.contains('\0'),
            // Dates outside these years are beyond what the database reads.
            Self::Date(date) => matches!(sort, Sort::NextBilling | Sort::Since) && (1..=9999).contains(&date.year()),
            Self::Plan(_) => sort == Sort::Plan,
            Self::Churn(_) => sort == Sort::Churn,
            // The columns of these two are narrower than 64 bits.
            Self::Number(number) => match sort {
                Sort::Speed => i32::try_from(*number).is_ok(),
                Sort::Nps => i16::try_from(*number).is_ok(),
                Sort::Account | Sort::Price | Sort::Outstanding | Sort::LifetimeValue => true,
                _ => false,
            },
        }
    }
}

/// A row's spot in the order: its value and the id that breaks ties.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Spot {
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
    /// The rows behind a spot; `at` is how many rows stand before the page.
    #[serde(rename = "a")]
    After {
        /// The last row of the page before.
        #[serde(rename = "p")]
        spot: Spot,
        /// How many rows stand before this page.
        #[serde(rename = "n")]
        at: u64,
    },
    /// The rows before a spot; `at` is how many rows stand before it.
    #[serde(rename = "b")]
    Before {
        /// The first row of the page behind.
        #[serde(rename = "p")]
        spot: Spot,
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
    /// A position in the list that `query` asks for.
    pub fn new(position: Position, query: &CustomerQuery) -> Self {
        Self {
            position,
            list: fingerprint(query),
        }
    }

    /// Whether the position was taken in the list that `query` asks for.
    pub fn belongs_to(&self, query: &CustomerQuery) -> bool {
        let fits = match &self.position {
            Position::After { spot, .. } | Position::Before { spot, .. } => spot.value.fits(query.order.by),
            Position::Last => true,
        };
        fits && self.list == fingerprint(query)
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

/// FNV-1a over the address of the list's first page: the same in every build of the program.
fn fingerprint(query: &CustomerQuery) -> u32 {
    let list = query.clone().first_page().to_url();
    list.bytes().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn any_value(sort: Sort) -> BoxedStrategy<SortValue> {
        match sort {
            Sort::Name => "\\PC{0,20}".prop_map(SortValue::Text).boxed(),
            Sort::NextBilling | Sort::Since => (0..40_000_i32)
                .prop_map(|days| SortValue::Date(NaiveDate::default() + chrono::Duration::days(days.into())))
                .boxed(),
            Sort::Plan => select(PlanType::ALL).prop_map(SortValue::Plan).boxed(),
            Sort::Churn => select(ChurnRisk::ALL).prop_map(SortValue::Churn).boxed(),
            _ => any::<i16>().prop_map(|number| SortValue::Number(number.into())).boxed(),
        }
    }

    pub(crate) fn any_cursor_for(query: CustomerQuery) -> impl Strategy<Value = Cursor> {
        (any_value(query.order.by), any::<u128>(), any::<u64>(), 0..3).prop_map(move |(value, id, at, kind)| {
            let spot = Spot {
                value,
                id: Uuid::from_u128(id),
            };
            let position = match kind {
                0 => Position::After { spot, at },
                1 => Position::Before { spot, at },
                _ => Position::Last,
            };
            Cursor::new(position, &query)
        })
    }

    #[test]
    fn a_cursor_of_another_list_does_not_belong() {
        let list = CustomerQuery::default();
        let cursor = Cursor::new(Position::Last, &list);
        assert!(cursor.belongs_to(&list));
        assert!(!cursor.belongs_to(&list.sorted(Sort::Churn)));
        assert!(!cursor.belongs_to(&list.filtered(|filter| filter.search = "rao".into())));
    }

    #[test]
    fn a_number_too_wide_for_its_column_does_not_fit() {
        assert!(SortValue::Number(100).fits(Sort::Nps));
        assert!(!SortValue::Number(100_000).fits(Sort::Nps));
        assert!(!SortValue::Number(5_000_000_000).fits(Sort::Speed));
        assert!(!SortValue::Text("x".into()).fits(Sort::Churn));
    }
}
