//! What the server says about something that changes: always the answer to the latest question.

use futures::future::{AbortHandle, abortable};
use leptos::{prelude::*, server::codee, task::spawn_local};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::AppError;

/// An answer of the server that may come with a page.
pub trait Answer: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Whether the page shows all of it and needs nothing beside, so that nothing is sent twice.
    const SHOWN: bool = false;
}

/// The first answer, which comes with the page; none in the browser where the page shows all of it.
type First<T> = Option<Result<T, AppError>>;

/// How answers come with a page: as JSON, beside what the page shows.
struct WithPage;

impl<T: Answer> codee::Encoder<First<T>> for WithPage {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(first: &First<T>) -> Result<String, serde_json::Error> {
        let beside = first.as_ref().filter(|answer| answer.is_err() || !T::SHOWN);
        serde_json::to_string(&beside)
    }
}

impl<T: Answer> codee::Decoder<First<T>> for WithPage {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<First<T>, serde_json::Error> {
        // From bytes, as the server's later answers are read: the code for each type is there once.
        serde_json::from_slice(text.as_bytes())
    }
}

/// An answer that follows its question. The first one comes with the page; a later question cancels the request of the one before,
/// so that a slow or lost answer neither holds up nor replaces the newer one. (A `Resource` alone waits for each answer in turn.)
pub struct Latest<T: Send + Sync + 'static> {
    first: Resource<First<T>, WithPage>,
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
    pub fn new<Q, F>(
        question: impl Fn() -> Q + Copy + Send + Sync + 'static,
        ask: impl Fn(Q) -> F + Copy + Send + Sync + 'static,
    ) -> Self
    where
        Q: Clone + PartialEq + Send + Sync + 'static,
        F: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        let first = Resource::new_with_options(
            move || untrack(question),
            move |question| async move { Some(ask(question).await) },
            true,
        );
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

    /// The answer; none until the first has come, and while the page shows all of it. To be read under a `Suspense`.
    pub fn get(&self) -> Option<Result<T, AppError>> {
        self.with(|answer| answer.cloned())
    }

    /// The same, looked at.
    pub fn with<R>(&self, look: impl Fn(Option<&Result<T, AppError>>) -> R) -> R {
        let seen = if self.answered_later() {
            self.later.try_with(|answer| look(answer.as_ref()))
        } else {
            self.first
                .try_with(|first| look(first.as_ref().and_then(Option::as_ref)))
        };
        // A page that is being left is still drawn once more: then there is nothing to say.
        seen.unwrap_or_else(|| look(None))
    }

    /// Whether the first answer has come. To be read under a `Suspense`.
    pub fn came(&self) -> bool {
        self.first.try_with(Option::is_some).unwrap_or_default()
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
