//! What the server says about something that changes: always the answer to the latest question.

use futures::future::{AbortHandle, abortable};
use leptos::{prelude::*, task::spawn_local};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::AppError;

/// An answer that follows its question. The first one comes with the page; a later question cancels the request of the one before,
/// so that a slow or lost answer neither holds up nor replaces the newer one. (A `Resource` alone waits for each answer in turn.)
pub struct Latest<T: Send + Sync + 'static> {
    first: Resource<Result<T, AppError>>,
    later: RwSignal<Option<Result<T, AppError>>>,
    under_way: RwSignal<bool>,
    asked_again: RwSignal<u32>,
}

impl<T: Send + Sync + 'static> Clone for Latest<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Latest<T> {}

impl<T> Latest<T>
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    /// Asks `ask` now, and again whenever `question` changes.
    pub fn new<Q, F>(question: impl Fn() -> Q + Copy + Send + Sync + 'static, ask: fn(Q) -> F) -> Self
    where
        Q: Clone + PartialEq + Send + Sync + 'static,
        F: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        let first = Resource::new_blocking(move || untrack(question), ask);
        let latest = Self {
            first,
            later: RwSignal::new(None),
            under_way: RwSignal::new(false),
            asked_again: RwSignal::new(0),
        };
        let request = StoredValue::new(None::<AbortHandle>);
        let again = latest.asked_again;
        Effect::watch(
            move || (question(), again.try_get()),
            move |(question, _), _, _| {
                let (answer, handle) = abortable(ask(question.clone()));
                if let Some(Some(before)) = request.try_update_value(|request| request.replace(handle)) {
                    before.abort();
                }
                // The page may have been left in the very turn that changed the question.
                latest.under_way.try_set(true);
                spawn_local(async move {
                    if let Ok(answer) = answer.await {
                        latest.under_way.try_set(false);
                        latest.later.try_set(Some(answer));
                    }
                });
            },
            false,
        );
        latest
    }

    /// The answer; none until the first has come. To be read under a `Suspense`.
    pub fn get(&self) -> Option<Result<T, AppError>> {
        // A page that is being left is still drawn once more: then there is nothing to say.
        self.later
            .try_get()
            .flatten()
            .or_else(|| self.first.try_get().flatten())
    }

    /// Tells an effect when an answer comes: whether it is a later one than the page's first.
    pub fn answered_later(&self) -> bool {
        let _ = self.first.try_with(|_| ());
        self.later.try_with(Option::is_some).unwrap_or_default()
    }

    /// Whether a newer answer is on its way.
    pub fn busy(&self) -> bool {
        self.under_way.try_get().unwrap_or_default()
    }

    /// Asks the same once more.
    pub fn again(&self) {
        self.asked_again.try_update(|count| *count += 1);
    }
}
