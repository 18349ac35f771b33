//! The values of a record as a form holds them: text, by the field's name.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::base::cell::Cell;
use crate::base::spec::{FieldSpec, Input, SubjectSpec};

/// The text of every field, as typed or as an input would hold it. A field may have several values; an empty one is as good as none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Draft(BTreeMap<String, Vec<String>>);

/// What is wrong, by the field's name. Each message says what is allowed.
pub type Errors = BTreeMap<String, String>;

impl Draft {
    /// All values of a field.
    pub fn values(&self, field: &str) -> &[String] {
        self.0.get(field).map_or(&[], Vec::as_slice)
    }

    /// The one value of a field, as typed; empty where there is none.
    pub fn value(&self, field: &str) -> &str {
        self.values(field).first().map_or("", String::as_str)
    }

    /// Replaces the values of a field.
    pub fn set(&mut self, field: &str, values: Vec<String>) {
        if values.iter().all(String::is_empty) {
            self.0.remove(field);
        } else {
            self.0.insert(field.to_owned(), values);
        }
    }

    /// Replaces the value of a field.
    pub fn put(&mut self, field: &str, value: impl ToString) {
        self.set(field, vec![value.to_string()]);
    }

    /// Adds a value to a field.
    pub fn push(&mut self, field: &str, value: String) {
        self.0.entry(field.to_owned()).or_default().push(value);
    }

    /// The same with the values of another draft, where that has some.
    pub fn with_values(mut self, other: &Self) -> Self {
        self.0.extend(other.0.clone());
        self
    }

    /// Whether two drafts have the same values in a field.
    pub fn same_value(&self, other: &Self, field: &str) -> bool {
        let filled = |draft: &Self| -> Vec<String> {
            let values = draft.values(field).iter();
            values.filter(|value| !value.is_empty()).cloned().collect()
        };
        filled(self) == filled(other)
    }

    /// Whether a field has a meaning beside the other values.
    pub fn applies(&self, field: &FieldSpec) -> bool {
        field.only_if.is_none_or(|(other, value)| self.value(other) == value)
    }

    /// A field's values in one text, for people and for the history: `Netflix, ZEE5`, `21:00-00:00`; none where it is empty.
    pub fn display_text(&self, field: &FieldSpec) -> Option<String> {
        let values = self.values(field.name);
        let parts: Vec<String> = match field.input {
            Input::Hours => {
                let ranges = values.chunks(2).filter(|ends| !ends[0].is_empty());
                ranges.map(|ends| ends.join("-")).collect()
            }
            _ => values.iter().filter(|value| !value.is_empty()).cloned().collect(),
        };
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// A field as it is shown. The draft is one of valid values.
    pub fn cell(&self, spec: &SubjectSpec, field: &FieldSpec) -> Cell {
        Cell::of_input(spec, field, |name| self.values(name))
    }
}
