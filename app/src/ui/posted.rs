//! A form that was sent to its page's own address and came back: what was typed, and what is wrong with it.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use serde::{Deserialize, Serialize};

/// What came back. Passwords and codes are never in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// What was typed, by the input's name.
    pub typed: BTreeMap<String, String>,
    /// What is wrong, by the input's name.
    pub errors: BTreeMap<String, String>,
    /// What is wrong with the whole, in a sentence.
    pub problem: Option<String>,
    /// What is shown this once and never again: a link, recovery codes.
    pub once: Vec<String>,
}

impl Posted {
    /// A form with nothing in it yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with what was typed into an input.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.typed.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same with something wrong.
    pub fn wrong(mut self, name: &str, message: impl Into<String>) -> Self {
        self.errors.insert(name.to_owned(), message.into());
        self
    }

    /// The same with something wrong, if it is.
    pub fn wrong_if(self, name: &str, message: Option<impl Into<String>>) -> Self {
        match message {
            Some(message) => self.wrong(name, message),
            None => self,
        }
    }

    /// The same with a sentence about the whole.
    pub fn problem(mut self, message: impl Into<String>) -> Self {
        self.problem = Some(message.into());
        self
    }

    /// What was typed into an input; empty where nothing was.
    pub fn value(&self, name: &str) -> String {
        self.typed.get(name).cloned().unwrap_or_default()
    }

    /// Whether it says what is wrong.
    pub fn is_wrong(&self) -> bool {
        self.problem.is_some() || !self.errors.is_empty()
    }
}

/// The form that came back to the page that is shown; none once the person has gone elsewhere.
#[derive(Clone, Copy)]
pub struct Returned(StoredValue<Posted>);

impl Returned {
    /// Makes the place, for all pages below. To be called in the application's root.
    pub fn provide() {
        let returned = SharedValue::new(|| use_context::<Posted>().unwrap_or_default());
        provide_context(Self(StoredValue::new(returned.into_inner())));
    }

    /// Lets go of it when the person goes to another address. To be called below the router.
    pub fn forget_elsewhere() {
        let path = use_location().pathname;
        let returned = expect_context::<Self>();
        Effect::watch(
            move || path.get(),
            move |_, _, _| returned.0.set_value(Posted::default()),
            false,
        );
    }

    /// The form that came back to this page.
    pub fn to_page() -> Posted {
        use_context::<Self>()
            .map(|returned| returned.0.get_value())
            .unwrap_or_default()
    }
}
