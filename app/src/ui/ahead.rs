//! Answers that are asked for ahead, when somebody points at what leads to them: between that and the press lies about as much time as
//! an answer takes.

use futures::channel::oneshot;
use futures::future::{AbortHandle, Abortable};
use leptos::{prelude::*, task::spawn_local};
use web_sys::js_sys::Date;

use crate::error::AppError;

/// So many answers are kept: those of a menu's choices, and what was pointed at on the way there.
const MOST: usize = 8;
/// Whoever comes later asks anew: others may have changed something.
const FRESH_MILLISECONDS: f64 = 10_000.0;

/// A question, and the answers to it that were asked for ahead. Each is given once.
pub struct Ahead<Q: 'static, T: 'static, F: 'static> {
    ask: fn(Q) -> F,
    coming: StoredValue<Vec<Coming<Q, T>>>,
}

/// An answer that is on its way, or has come. Without it nobody waits for the answer any more.
struct Coming<Q, T> {
    question: Q,
    since: f64,
    answer: oneshot::Receiver<Result<T, AppError>>,
    request: AbortHandle,
}

impl<Q, T> Drop for Coming<Q, T> {
    fn drop(&mut self) {
        self.request.abort();
    }
}

impl<Q, T, F> Clone for Ahead<Q, T, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q, T, F> Copy for Ahead<Q, T, F> {}

impl<Q, T, F> Ahead<Q, T, F>
where
    Q: Clone + PartialEq + Send + Sync + 'static,
    T: Send + Sync + 'static,
    F: Future<Output = Result<T, AppError>> + Send + 'static,
{
    /// Asks by `ask`.
    pub fn new(ask: fn(Q) -> F) -> Self {
        Self {
            ask,
            coming: StoredValue::new(Vec::new()),
        }
    }

    /// Asks ahead, unless that was done just now. In the browser only.
    pub fn ask(self, question: Q) {
        let now = Date::now();
        let asked = self.coming.try_update_value(|coming| {
            coming.retain(|one| now - one.since < FRESH_MILLISECONDS);
            if coming.iter().any(|one| one.question == question) {
                return None;
            }
            let (tell, answer) = oneshot::channel();
            let (request, registration) = AbortHandle::new_pair();
            let first = (coming.len() + 1).saturating_sub(MOST);
            coming.drain(..first);
            coming.push(Coming {
                question: question.clone(),
                since: now,
                answer,
                request,
            });
            Some((tell, registration))
        });
        if let Some(Some((tell, registration))) = asked {
            let answer = Abortable::new((self.ask)(question), registration);
            spawn_local(async move {
                if let Ok(answer) = answer.await {
                    // Nobody may want it any more.
                    let _ = tell.send(answer);
                }
            });
        }
    }

    /// The answer: the one that was asked for ahead, unless it is old or a fault.
    ///
    /// # Errors
    /// Those of the question.
    pub async fn answer(self, question: Q) -> Result<T, AppError> {
        match self.take(&question) {
            Some(mut coming) => match (&mut coming.answer).await {
                Ok(Ok(answer)) => Ok(answer),
                _ => (self.ask)(question).await,
            },
            None => (self.ask)(question).await,
        }
    }

    fn take(self, question: &Q) -> Option<Coming<Q, T>> {
        let coming = self.coming.try_update_value(|coming| {
            let place = coming.iter().position(|one| one.question == *question)?;
            Some(coming.remove(place))
        })??;
        // Only the browser has asked ahead.
        (Date::now() - coming.since < FRESH_MILLISECONDS).then_some(coming)
    }

    /// Forgets what was asked ahead: the same questions have other answers now.
    pub fn forget(self) {
        self.coming.try_update_value(Vec::clear);
    }
}
