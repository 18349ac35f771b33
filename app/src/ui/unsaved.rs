//! What was typed into forms that were left without a decision, by the browser's Back for instance: it is there when the form is opened
//! again.

use leptos::{ev, html, prelude::*};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

use super::dom::{serialize_drawn, serialize_form};

/// A form: its address, and the id of what is edited, where the address does not have it.
pub type FormKey = (String, Option<Uuid>);

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

    /// What was typed into the form at an address, by the inputs' names.
    pub fn values_at(self, path: String) -> BTreeMap<String, String> {
        let body = self.0.with_value(|drafts| drafts.get(&(path, None)).cloned());
        let body = body.unwrap_or_default();
        form_urlencoded::parse(body.as_bytes()).into_owned().collect()
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

/// The form that is open, and whether leaving it would lose what was typed. What is in it then is kept, and the browser asks before it
/// leaves the whole page.
#[derive(Clone, Copy)]
pub struct OpenForm {
    /// The form.
    pub element: NodeRef<html::Form>,
    /// Its body when it was drawn; none where that is as good as typed.
    drawn: StoredValue<Option<String>>,
    /// Its body now.
    now: StoredValue<Option<String>>,
    /// Whether it was saved, or left by a decision.
    is_settled: StoredValue<bool>,
}

impl OpenForm {
    /// The form of the component that calls this. `is_typed`, which is tracked, says of what is drawn whether it is as good as typed.
    pub fn new(key: FormKey, is_typed: impl Fn() -> bool + 'static) -> Self {
        let unsaved = UnsavedDrafts::of_app();
        let form = Self {
            element: NodeRef::new(),
            drawn: StoredValue::new(None),
            now: StoredValue::new(None),
            is_settled: StoredValue::new(false),
        };
        Effect::new(move |_| {
            let is_typed = is_typed();
            if let Some(element) = form.element.get() {
                // Before hydration somebody may have typed already.
                form.drawn
                    .set_value((!is_typed).then(|| serialize_drawn(&element)).flatten());
                form.now.set_value(form.body());
            }
        });
        Effect::new(move |_| {
            let listener = window_event_listener(ev::beforeunload, move |event| {
                if form.is_unsaved() {
                    event.prevent_default();
                }
            });
            on_cleanup(move || listener.remove());
        });
        on_cleanup(move || {
            if form.is_unsaved()
                && let Some(body) = form.now.get_value()
            {
                unsaved.insert(key.clone(), body);
            }
        });
        form
    }

    /// Its body as a browser would send it.
    pub fn body(self) -> Option<String> {
        self.element.get_untracked().map(|element| serialize_form(&element))
    }

    /// Whether all that was typed would be sent. Of half a date, which a browser sends as none, it says so at its input.
    pub fn can_be_sent(self) -> bool {
        self.element
            .get_untracked()
            .is_some_and(|element| element.report_validity())
    }

    /// Something was typed.
    pub fn note_input(self) {
        self.is_settled.set_value(false);
        self.now.set_value(self.body());
    }

    /// It was saved, or is left by a decision: nothing is lost.
    pub fn settle(self) {
        self.is_settled.try_set_value(true);
    }

    /// Whether leaving it would lose what was typed.
    pub fn is_unsaved(self) -> bool {
        !self.is_settled.get_value() && self.now.get_value() != self.drawn.get_value()
    }
}
