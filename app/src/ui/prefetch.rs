//! Answers of the server that are requested before they are needed. Between pointing at a link and pressing it lies about as much time
//! as an answer takes.

use futures::channel::oneshot;
use futures::future::{AbortHandle, Abortable};
use leptos::{prelude::*, task::spawn_local};
use web_sys::js_sys::Date;

use crate::base::error::AppError;

/// How many answers the cache holds: those of a menu's choices, and what was pointed at on the way there.
const CAPACITY: usize = 8;
/// An older answer is requested again: another user may have changed something.
const MAX_AGE_MILLISECONDS: f64 = 10_000.0;

/// A function of the server, and the answers that were prefetched, by its argument. Each is used once.
pub struct PrefetchCache<K: 'static, T: 'static, A> {
    fetch: A,
    pending: StoredValue<Vec<Pending<K, T>>>,
}

/// An answer that is on its way, or has arrived. Dropping it cancels the request.
struct Pending<K, T> {
    key: K,
    requested_at: f64,
    answer: oneshot::Receiver<Result<T, AppError>>,
    request: AbortHandle,
}

impl<K, T> Pending<K, T> {
    fn is_fresh(&self) -> bool {
        Date::now() - self.requested_at < MAX_AGE_MILLISECONDS
    }
}

impl<K, T> Drop for Pending<K, T> {
    fn drop(&mut self) {
        self.request.abort();
    }
}

impl<K, T, A: Copy> Clone for PrefetchCache<K, T, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, T, A: Copy> Copy for PrefetchCache<K, T, A> {}

impl<K, T, A, F> PrefetchCache<K, T, A>
where
    A: Fn(K) -> F + Copy,
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Send + Sync + 'static,
    F: Future<Output = Result<T, AppError>> + Send + 'static,
{
    /// An empty cache in front of `fetch`.
    pub fn new(fetch: A) -> Self {
        Self {
            fetch,
            pending: StoredValue::new(Vec::new()),
        }
    }

    /// Requests an answer, unless the cache has a fresh one. Called in the browser only.
    pub fn prefetch(self, key: K) {
        let started = self.pending.try_update_value(|pending| {
            pending.retain(Pending::is_fresh);
            if pending.iter().any(|entry| entry.key == key) {
                return None;
            }
            let (sender, answer) = oneshot::channel();
            let (request, registration) = AbortHandle::new_pair();
            let evicted = (pending.len() + 1).saturating_sub(CAPACITY);
            pending.drain(..evicted);
            pending.push(Pending {
                key: key.clone(),
                requested_at: Date::now(),
                answer,
                request,
            });
            Some((sender, registration))
        });
        if let Some(Some((sender, registration))) = started {
            let answer = Abortable::new((self.fetch)(key), registration);
            spawn_local(async move {
                if let Ok(answer) = answer.await {
                    // The receiver may be gone.
                    let _ = sender.send(answer);
                }
            });
        }
    }

    /// The prefetched answer, unless it is old or an error; else one that is requested now.
    ///
    /// # Errors
    /// Those of `fetch`.
    pub async fn get(self, key: K) -> Result<T, AppError> {
        match self.take(&key) {
            Some(mut pending) => match (&mut pending.answer).await {
                Ok(Ok(answer)) => Ok(answer),
                _ => (self.fetch)(key).await,
            },
            None => (self.fetch)(key).await,
        }
    }

    fn take(self, key: &K) -> Option<Pending<K, T>> {
        let entry = self.pending.try_update_value(|pending| {
            let index = pending.iter().position(|entry| entry.key == *key)?;
            Some(pending.remove(index))
        })??;
        // The clock is the browser's: on the server the cache is always empty.
        entry.is_fresh().then_some(entry)
    }

    /// Drops every prefetched answer: the server would answer differently now.
    pub fn clear(self) {
        self.pending.try_update_value(Vec::clear);
    }
}
