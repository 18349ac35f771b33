//! A field's value as it is shown: in the list, on the record.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::spec::{FieldSpec, Format, Input, SubjectSpec};
use super::time::format_date;
use super::units::{Paise, parse_decimal};

/// A value as it is shown, before it is rendered. The names are short, since a page of the list has hundreds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cell {
    /// There is none.
    #[serde(rename = "0")]
    Empty,
    /// Plain text.
    #[serde(rename = "t")]
    Text(String),
    /// A telephone number, in groups.
    #[serde(rename = "f")]
    Phone(String),
    /// A word as a tag.
    #[serde(rename = "s")]
    Tag(String),
    /// A word of Low, Medium, High as bars.
    #[serde(rename = "r")]
    Level(String),
    /// A word, and something beside it.
    #[serde(rename = "p")]
    Pair(String, String),
    /// An amount that is owed: it matters where it is more than nothing, and less than nothing is credit.
    #[serde(rename = "m")]
    Amount(Paise),
    /// A date with its distance from today.
    #[serde(rename = "d")]
    Date(NaiveDate),
}

impl Cell {
    /// Text where there is some.
    pub fn text(text: Option<String>) -> Self {
        text.filter(|text| !text.is_empty()).map_or(Self::Empty, Self::Text)
    }

    /// A word in a format.
    pub fn word(format: Format, word: Option<String>) -> Self {
        match (format, word) {
            (Format::Tag, Some(word)) => Self::Tag(word),
            (Format::Level, Some(word)) => Self::Level(word),
            (Format::Phone, Some(number)) if !number.is_empty() => Self::Phone(number),
            (_, word) => Self::text(word),
        }
    }

    /// A whole number of small units in a format.
    pub fn number(format: Format, number: Option<i64>) -> Self {
        match (format, number) {
            (Format::NumberOr(_, none), None) => Self::Text(none.to_owned()),
            (_, None) => Self::Empty,
            (Format::Due, Some(paise)) => Self::Amount(Paise(paise)),
            (Format::Number(show) | Format::NumberOr(show, _), Some(number)) => Self::Text(show(number)),
            (_, Some(number)) => Self::Text(number.to_string()),
        }
    }

    /// A date in a format.
    pub fn date(format: Format, date: Option<NaiveDate>) -> Self {
        match (format, date) {
            (_, None) => Self::Empty,
            (Format::Deadline | Format::DeadlineUnless(..), Some(date)) => Self::Date(date),
            (_, Some(date)) => Self::Text(format_date(date)),
        }
    }

    /// The same with the value of [`Format::beside`].
    pub fn beside(self, format: Format, other: Self) -> Self {
        match (format, self, other) {
            (Format::Pair(_), Self::Text(word), Self::Text(other)) => Self::Pair(word, other),
            (Format::DeadlineUnless(_, words), Self::Date(date), Self::Tag(word) | Self::Text(word))
                if words.contains(&&*word) =>
            {
                Self::Text(format_date(date))
            }
            (_, cell, _) => cell,
        }
    }

    /// What an input holds, as it is shown. `values` gives the values of any field by its name.
    pub fn of_input<'a>(spec: &SubjectSpec, field: &FieldSpec, values: impl Fn(&str) -> &'a [String]) -> Self {
        let held = values(field.name);
        let one = || held.first().filter(|value| !value.is_empty()).cloned();
        let cell = match (field.input, field.format) {
            (Input::Number(number), format) => {
                Self::number(format, one().and_then(|text| parse_decimal(&text, number.decimals)))
            }
            (Input::Date, format) => Self::date(format, one().and_then(|text| text.parse().ok())),
            (_, Format::Hours) => {
                let ranges = held.chunks(2).filter(|ends| !ends[0].is_empty());
                Self::text(Some(ranges.map(|ends| ends.join("–")).collect::<Vec<_>>().join(", ")))
            }
            (_, Format::List) => Self::text(Some(held.join(", "))),
            (Input::Reference { .. }, _) => Self::text(one()),
            (_, Format::Number(show)) => Self::number(Format::Number(show), one().and_then(|text| text.parse().ok())),
            (_, format) => Self::word(format, one()),
        };
        match field.format.beside().and_then(|other| spec.field(other)) {
            Some(other) => cell.beside(field.format, Self::of_input(spec, other, values)),
            None => cell,
        }
    }

    /// Its text; empty where it is no plain text.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) | Self::Phone(text) => text,
            _ => String::new(),
        }
    }
}
