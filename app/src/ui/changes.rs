//! Word of changes: whoever shows what was changed asks for it again.

use leptos::prelude::*;

/// Counts the changes made in this browser window.
#[derive(Clone, Copy, Debug)]
pub struct Changes(RwSignal<u32>);

impl Changes {
    /// Makes the counter, for all pages below.
    pub fn provide() -> Self {
        let changes = Self(RwSignal::new(0));
        provide_context(changes);
        changes
    }

    /// The counter that the application provides.
    pub fn of_app() -> Self {
        expect_context()
    }

    /// How many there were; to be read where a change is followed.
    pub fn count(self) -> u32 {
        self.0.get()
    }

    /// One more.
    pub fn note(self) {
        self.0.update(|count| *count += 1);
    }
}
