//! The filters of a list, as static tables.

use serde::{Deserialize, Serialize};

/// A filter of the list: any of its values.
#[derive(Debug)]
pub struct FacetSpec {
    /// Its name in the address.
    pub name: &'static str,
    /// What it is called on screen.
    pub label: &'static str,
    /// The column that holds one of its values.
    pub column: &'static str,
    /// The column's type, as Postgres knows it.
    pub sql_type: &'static str,
    /// Its values.
    pub values: FacetValues,
    /// What rows without a value are called, where a loaded facet offers them as [`FacetSpec::NONE`].
    pub none: Option<&'static str>,
    /// Whether the column is an array, of which a row has any number of values.
    pub is_array: bool,
}

/// The values of a facet.
#[derive(Clone, Copy, Debug)]
pub enum FacetValues {
    /// These words.
    Fixed(&'static [&'static str]),
    /// Those that the server has for it: users, cities.
    Loaded,
}

impl FacetSpec {
    /// What the column holds in rows without a value.
    pub const NONE: &'static str = "none";

    /// By the words of a column that is text.
    pub const fn new(
        name: &'static str,
        label: &'static str,
        column: &'static str,
        values: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            label,
            column,
            sql_type: "text",
            values: FacetValues::Fixed(values),
            none: None,
            is_array: false,
        }
    }

    /// By the values of a text column that the server knows.
    pub const fn loaded(name: &'static str, label: &'static str, column: &'static str) -> Self {
        Self {
            values: FacetValues::Loaded,
            ..Self::new(name, label, column, &[])
        }
    }

    /// The same, by a column of another type.
    pub const fn sql_type(self, sql_type: &'static str) -> Self {
        Self { sql_type, ..self }
    }

    /// The same, by a column that is an array of that type; no index has it in order.
    pub const fn array(self) -> Self {
        Self { is_array: true, ..self }
    }

    /// The same, which also offers the rows without a value.
    pub const fn or_none(self, none: &'static str) -> Self {
        Self {
            none: Some(none),
            ..self
        }
    }

    /// The words of a facet that has fixed ones; none where they are loaded.
    pub const fn words(&self) -> &'static [&'static str] {
        match self.values {
            FacetValues::Fixed(words) => words,
            FacetValues::Loaded => &[],
        }
    }
}

/// A value that can be chosen, and what people call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueOption {
    /// The value, as forms and addresses hold it.
    pub value: String,
    /// What people call it.
    pub label: String,
}
