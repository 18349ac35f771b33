//! The state of a form that was submitted and returned: the values that the user typed, and what is wrong with them.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use serde::{Deserialize, Serialize};

use super::unsaved::UnsavedDrafts;

/// The state of a form. It never holds passwords or codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormState {
    /// What the user typed, by the input's name.
    pub values: BTreeMap<String, String>,
    /// What is wrong, by the input's name, in the order of the inputs.
    pub errors: Vec<(String, String)>,
    /// What is wrong with the form as a whole, in a sentence.
    pub problem: Option<String>,
    /// Secrets that are shown on this page and never again: a link, recovery codes.
    pub shown_once: Vec<String>,
}

impl FormState {
    /// An empty form.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with the value of an input.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.values.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same with an error of an input.
    pub fn error(mut self, name: &str, message: impl Into<String>) -> Self {
        self.errors.push((name.to_owned(), message.into()));
        self
    }

    /// The same with an error of an input, if there is one.
    pub fn error_if(self, name: &str, message: Option<impl Into<String>>) -> Self {
        match message {
            Some(message) => self.error(name, message),
            None => self,
        }
    }

    /// The same with a sentence about the form as a whole.
    pub fn problem(mut self, message: impl Into<String>) -> Self {
        self.problem = Some(message.into());
        self
    }

    /// The value of an input; empty where there is none.
    pub fn value(&self, name: &str) -> String {
        self.values.get(name).cloned().unwrap_or_default()
    }

    /// What is wrong with an input.
    pub fn error_of(&self, name: &str) -> Option<&str> {
        let error = self.errors.iter().find(|(input, _)| input == name);
        error.map(|(_, message)| &**message)
    }

    /// Whether anything is wrong.
    pub fn has_errors(&self) -> bool {
        self.problem.is_some() || !self.errors.is_empty()
    }
}

/// The form that the server returned with this page; an empty one once the user has navigated elsewhere.
#[derive(Clone, Copy)]
pub struct ReturnedForm(RwSignal<FormState>);

impl ReturnedForm {
    /// Provides it to all pages below. Called by the application's root.
    pub fn provide() {
        let returned = SharedValue::new(|| use_context::<FormState>().unwrap_or_default());
        provide_context(Self(RwSignal::new(returned.into_inner())));
    }

    /// Clears it when the user navigates to another path. Called below the router.
    pub fn clear_on_navigation() {
        let path = use_location().pathname;
        let returned = expect_context::<Self>();
        Effect::watch(
            move || path.get(),
            move |_, _, _| returned.0.set(FormState::default()),
            false,
        );
    }

    /// Whether the form that was returned with this page has errors. It is tracked.
    pub fn has_errors() -> bool {
        use_context::<Self>().is_some_and(|returned| returned.0.with(FormState::has_errors))
    }

    /// The form that was returned with this page; or what was typed into it before it was left without a decision.
    pub fn of_page() -> FormState {
        let returned = use_context::<Self>().map(|returned| returned.0.get_untracked());
        let returned = returned.unwrap_or_default();
        match use_context::<UnsavedDrafts>() {
            Some(unsaved) if returned == FormState::default() => FormState {
                values: unsaved.values_at(use_location().pathname.get_untracked()),
                ..returned
            },
            _ => returned,
        }
    }
}
