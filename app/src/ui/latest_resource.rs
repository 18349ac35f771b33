//! Data of the server that follow a query which changes: always the answer to the latest query.

use std::pin::Pin;
use std::time::Duration;

use futures::future::{AbortHandle, abortable};
use leptos::{prelude::*, server::codee, task::spawn_local};
use serde::{Serialize, de::DeserializeOwned};

use crate::base::error::AppError;

/// The answer of a server function, in time.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, AppError>> + Send>>;

/// Requests of which only the latest counts: each cancels the one before, so that a slow or lost answer neither delays nor replaces
/// the newer one.
#[derive(Clone, Copy)]
pub struct LatestRequest(StoredValue<Option<AbortHandle>>);

impl LatestRequest {
    /// Nothing was requested yet.
    pub fn new() -> Self {
        Self(StoredValue::new(None))
    }

    /// Sends a request; `then` is given its answer, unless there is a newer request by then.
    pub fn send<T: 'static>(self, request: impl Future<Output = T> + 'static, then: impl FnOnce(T) + 'static) {
        let (answer, handle) = abortable(request);
        if let Some(Some(previous)) = self.0.try_update_value(|request| request.replace(handle)) {
            previous.abort();
        }
        spawn_local(async move {
            if let Ok(answer) = answer.await {
                then(answer);
            }
        });
    }

    /// To be called with what is typed: once nothing was typed for a moment, `ask` says what is requested of it, if anything.
    pub fn while_typing<I: 'static, T: 'static>(
        self,
        pause: Duration,
        ask: impl Fn(I) -> Option<Answer<T>> + 'static,
        then: impl Fn(Result<T, AppError>) + Copy + 'static,
    ) -> impl FnMut(I) {
        debounce(pause, move |typed| {
            if let Some(request) = ask(typed) {
                self.send(request, then);
            }
        })
    }
}

impl Default for LatestRequest {
    fn default() -> Self {
        Self::new()
    }
}

/// An answer of the server that may be sent along with a page.
pub trait PageData: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Whether the page's HTML shows all of it. Then it is not sent a second time beside the HTML.
    const RENDERED_IN_HTML: bool = false;
}

/// The first answer, which is sent with the page; none in the browser where the HTML shows all of it.
type InitialData<T> = Option<Result<T, AppError>>;

/// Encodes first answers: as JSON, beside the page's HTML.
struct InitialDataCodec;

impl<T: PageData> codee::Encoder<InitialData<T>> for InitialDataCodec {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(data: &InitialData<T>) -> Result<String, serde_json::Error> {
        let sent = data.as_ref().filter(|answer| answer.is_err() || !T::RENDERED_IN_HTML);
        serde_json::to_string(&sent)
    }
}

impl<T: PageData> codee::Decoder<InitialData<T>> for InitialDataCodec {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<InitialData<T>, serde_json::Error> {
        // From bytes, as later answers are read: so the program holds the code for each type once.
        serde_json::from_slice(text.as_bytes())
    }
}

/// An answer that follows its query. The first one is sent with the page, later ones are the answers to the latest query. (A `Resource`
/// alone waits for each answer in turn.)
pub struct LatestResource<T: Send + Sync + 'static> {
    initial: Resource<InitialData<T>, InitialDataCodec>,
    update: RwSignal<Option<Result<T, AppError>>>,
    loading: RwSignal<bool>,
    refetches: RwSignal<u32>,
}

impl<T: Send + Sync + 'static> Clone for LatestResource<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for LatestResource<T> {}

impl<T: PageData> LatestResource<T> {
    /// Calls `fetch` now, and again whenever `query` changes.
    pub fn new<Q, F>(
        query: impl Fn() -> Q + Copy + Send + Sync + 'static,
        fetch: impl Fn(Q) -> F + Copy + Send + Sync + 'static,
    ) -> Self
    where
        Q: Clone + PartialEq + Send + Sync + 'static,
        F: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        let initial = Resource::new_with_options(
            move || untrack(query),
            move |query| async move { Some(fetch(query).await) },
            true,
        );
        let latest = Self {
            initial,
            update: RwSignal::new(None),
            loading: RwSignal::new(false),
            refetches: RwSignal::new(0),
        };
        let request = LatestRequest::new();
        let refetches = latest.refetches;
        Effect::watch(
            move || (query(), refetches.try_get()),
            move |(query, _), _, _| {
                // The user may have left the page in the very turn that changed the query.
                latest.loading.try_set(true);
                request.send(fetch(query.clone()), move |answer| {
                    latest.loading.try_set(false);
                    latest.update.try_set(Some(answer));
                });
            },
            false,
        );
        latest
    }

    /// The answer; none before the first one, and while the page's HTML shows all of it. Read it under a `Suspense`.
    pub fn get(&self) -> Option<Result<T, AppError>> {
        self.with(|answer| answer.cloned())
    }

    /// Runs a function on the answer, without cloning it.
    pub fn with<R>(&self, read: impl Fn(Option<&Result<T, AppError>>) -> R) -> R {
        let result = if self.has_update() {
            self.update.try_with(|answer| read(answer.as_ref()))
        } else {
            self.initial
                .try_with(|initial| read(initial.as_ref().and_then(Option::as_ref)))
        };
        // A page that the user leaves is rendered once more, when its signals are gone.
        result.unwrap_or_else(|| read(None))
    }

    /// Whether the first answer is there. Read it under a `Suspense`.
    pub fn is_ready(&self) -> bool {
        self.initial.try_with(Option::is_some).unwrap_or_default()
    }

    /// Whether the answer is newer than the one sent with the page. An effect that reads it runs again with each answer.
    pub fn has_update(&self) -> bool {
        let _ = self.initial.try_with(|_| ());
        self.update.try_with(Option::is_some).unwrap_or_default()
    }

    /// Whether a newer answer is on its way.
    pub fn is_loading(&self) -> bool {
        self.loading.try_get().unwrap_or_default()
    }

    /// Sends the same query once more.
    pub fn refetch(&self) {
        self.refetches.try_update(|count| *count += 1);
    }
}
