//! Tells pages that data were changed in this browser window, so that they fetch them again.

use leptos::prelude::*;

/// Counts the changes made in this browser window.
#[derive(Clone, Copy, Debug)]
pub struct RefreshCounter(RwSignal<u32>);

impl RefreshCounter {
    /// Provides the counter to all pages below.
    pub fn provide() -> Self {
        let counter = Self(RwSignal::new(0));
        provide_context(counter);
        counter
    }

    /// The counter that the application provides.
    pub fn of_app() -> Self {
        expect_context()
    }

    /// How many changes there were. Reading it subscribes to the next one.
    pub fn count(self) -> u32 {
        self.0.get()
    }

    /// Counts one more change.
    pub fn bump(self) {
        self.0.update(|count| *count += 1);
    }
}
