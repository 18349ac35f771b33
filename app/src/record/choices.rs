//! The options of a form's fields that only the server knows.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::spec::ValueOption;
#[cfg(feature = "ssr")]
use {
    super::store::RecordStore, crate::base::error::AppError, crate::base::spec::Input, crate::http::context::AppContext,
};

/// The options of each field that is an [`crate::base::spec::Input::Loaded`], by the field's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Choices(BTreeMap<String, Vec<ValueOption>>);

impl Choices {
    /// Those of the form that is shown.
    pub fn of_form() -> Self {
        use_context().unwrap_or_default()
    }

    /// The options of a field.
    pub fn of_field(&self, field: &str) -> &[ValueOption] {
        self.0.get(field).map_or(&[], Vec::as_slice)
    }

    /// What people call a value of a field; the value itself where no option has it.
    pub fn label<'a>(&'a self, field: &str, value: &'a str) -> &'a str {
        let option = self.of_field(field).iter().find(|option| option.value == value);
        option.map_or(value, |option| &option.label)
    }

    /// Loads the options of a subject's fields.
    ///
    /// # Errors
    /// The database's.
    #[cfg(feature = "ssr")]
    pub async fn load<S: RecordStore>(context: &AppContext) -> Result<Self, AppError> {
        let mut db = context.pool().acquire().await?;
        let mut choices = BTreeMap::new();
        for field in S::SPEC.fields {
            if let Input::Loaded { .. } = field.input {
                choices.insert(field.name.to_owned(), S::options(&mut db, field.name).await?);
            }
        }
        Ok(Self(choices))
    }
}
