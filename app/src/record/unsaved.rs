//! What was typed into forms that were left without a decision, by the browser's Back for instance: it is there when the form is opened
//! again.

use leptos::prelude::*;
use std::collections::HashMap;
use uuid::Uuid;

/// A form: the subject's path, and the record that is edited; none for a new one.
pub type FormKey = (&'static str, Option<Uuid>);

/// The bodies of forms that were left, as a browser would send them. They live as long as the page.
#[derive(Clone, Copy)]
pub struct UnsavedDrafts(StoredValue<HashMap<FormKey, String>>);

impl UnsavedDrafts {
    /// Provides them to all pages below.
    pub fn provide() {
        provide_context(Self(StoredValue::new(HashMap::new())));
    }

    /// Those of the application.
    pub fn of_app() -> Self {
        expect_context()
    }

    /// Takes what was typed into a form.
    pub fn take(self, key: FormKey) -> Option<String> {
        self.0.try_update_value(|drafts| drafts.remove(&key)).flatten()
    }

    /// Keeps what was typed into a form.
    pub fn insert(self, key: FormKey, body: String) {
        self.0.update_value(|drafts| {
            drafts.insert(key, body);
        });
    }
}
