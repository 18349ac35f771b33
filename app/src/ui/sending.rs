//! Requests that a user makes with a button.

use leptos::{prelude::*, task::spawn_local};

use super::latest_resource::Answer;
use crate::base::error::AppError;

/// A request that a dialog makes: one at a time.
#[derive(Clone, Copy)]
pub struct Sending {
    /// Whether an answer is on its way; still so where the dialog is on its way out.
    pub is_busy: RwSignal<bool>,
    /// Why there was no answer.
    pub failure: RwSignal<Option<AppError>>,
}

impl Sending {
    /// Nothing was sent yet.
    pub fn new() -> Self {
        Self {
            is_busy: RwSignal::new(false),
            failure: RwSignal::new(None),
        }
    }

    /// Sends a request, unless one is on its way. `then` is given its answer, also where the dialog was left meanwhile, and says whether
    /// all is done: then nothing is sent any more.
    pub fn send<T: 'static>(self, request: Answer<T>, then: impl FnOnce(T) -> bool + 'static) {
        if self.is_busy.get_untracked() {
            return;
        }
        self.is_busy.set(true);
        self.failure.set(None);
        spawn_local(async move {
            let answer = request.await.map(then);
            // Once all is done the dialog is on its way out: nothing in it moves any more.
            if answer != Ok(true) {
                self.is_busy.try_set(false);
                self.failure.try_set(answer.err());
            }
        });
    }
}

impl Default for Sending {
    fn default() -> Self {
        Self::new()
    }
}
