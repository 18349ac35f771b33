//! How fast somebody who is signed in may ask: far faster than by hand, and not as fast as a program that copies all customers could.

use std::num::NonZeroU32;
use std::sync::Arc;

use app::base::error::AppError;
use app::http::context::AppContext;
use app::http::identity::RequestIdentity;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use uuid::Uuid;

use crate::request_guard;

/// For how many seconds' worth of requests somebody may ask at once.
const BURST_SECONDS: u32 = 10;
/// How long to wait then, in seconds.
const WAIT: u32 = 5;

/// Counts the requests of each user, for the whole process. By default none is refused.
#[derive(Clone, Debug, Default)]
pub struct RequestRate(Option<Arc<DefaultKeyedRateLimiter<Uuid>>>);

impl RequestRate {
    /// So many requests a second for each user, and ten times as many at once; 0 for as many as they like.
    pub fn new(per_second: u32) -> Self {
        let limiter = NonZeroU32::new(per_second).map(|rate| {
            let burst = rate.saturating_mul(NonZeroU32::new(BURST_SECONDS).unwrap_or(NonZeroU32::MIN));
            Arc::new(RateLimiter::keyed(Quota::per_second(rate).allow_burst(burst)))
        });
        Self(limiter)
    }

    fn allows(&self, user: Uuid) -> bool {
        self.0.as_ref().is_none_or(|limiter| limiter.check_key(&user).is_ok())
    }
}

/// Refuses what comes too fast. It comes after whoever is asking was looked up.
pub async fn limit(State(context): State<Arc<AppContext>>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<RequestIdentity>();
    let user = caller
        .and_then(|caller| caller.session().ok())
        .map(|session| session.user);
    match user {
        Some(user) if !context.shared::<RequestRate>().allows(user) => {
            tracing::warn!(%user, "refused: too many requests");
            request_guard::refuse(request.uri().path(), &AppError::TooMany { seconds: WAIT })
        }
        _ => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_may_ask_as_fast_as_allowed() {
        let (asha, ravi) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let rate = RequestRate::new(2);
        let allowed = (0..1000).filter(|_| rate.allows(asha)).count();
        assert!((20..1000).contains(&allowed), "{allowed}");
        assert!(rate.clone().allows(ravi), "somebody else");
        assert!(!rate.clone().allows(asha), "clones count together");
        let unlimited = RequestRate::new(0);
        assert!((0..10_000).all(|_| unlimited.allows(asha)));
    }
}
