//! What the server says about something that changes: always the answer to the latest question.

use futures::future::{AbortHandle, abortable};
use leptos::{prelude::*, server::codee, task::spawn_local};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::AppError;

/// An answer of the server that may come with a page.
pub trait Answer: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The answer without what the page shows of it: nothing is sent twice. None where all of it is sent.
    fn beside_page(&self) -> Option<Self> {
        None
    }

    /// The browser's half of it: the same answer again, with what it reads off the page.
    fn with_page(self) -> Self {
        self
    }
}

/// How answers come with a page: as JSON, beside what the page shows.
struct WithPage;

impl<T: Answer> codee::Encoder<Result<T, AppError>> for WithPage {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(answer: &Result<T, AppError>) -> Result<String, serde_json::Error> {
        match answer.as_ref().ok().and_then(T::beside_page) {
            Some(rest) => serde_json::to_string(&Ok::<T, AppError>(rest)),
            None => serde_json::to_string(answer),
        }
    }
}

impl<T: Answer> codee::Decoder<Result<T, AppError>> for WithPage {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<Result<T, AppError>, serde_json::Error> {
        // From bytes, as the server's later answers are read: the code for each type is there once.
        let answer: Result<T, AppError> = serde_json::from_slice(text.as_bytes())?;
        Ok(answer.map(T::with_page))
    }
}

/// An answer that follows its question. The first one comes with the page; a later question cancels the request of the one before,
/// so that a slow or lost answer neither holds up nor replaces the newer one. (A `Resource` alone waits for each answer in turn.)
pub struct Latest<T: Send + Sync + 'static> {
    first: Resource<Result<T, AppError>, WithPage>,
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

impl<T: Answer> Latest<T> {
    /// Asks `ask` now, and again whenever `question` changes.
    pub fn new<Q, F>(question: impl Fn() -> Q + Copy + Send + Sync + 'static, ask: fn(Q) -> F) -> Self
    where
        Q: Clone + PartialEq + Send + Sync + 'static,
        F: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        let first = Resource::new_with_options(move || untrack(question), ask, true);
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
