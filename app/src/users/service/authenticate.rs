//! Who sends a request: the session of a token in its cookies.

use std::sync::Arc;

use crate::http::context::AppContext;
use crate::http::identity::{Identity, Session};
use crate::http::token::Token;
use crate::users::store::sessions;

/// Who has one of these tokens, as the database says now.
pub async fn authenticate(context: &AppContext, tokens: Vec<Token>) -> Identity {
    if tokens.is_empty() {
        return Identity::Anonymous;
    }
    let lookup = async {
        let mut db = context.acquire().await?;
        for token in tokens {
            if let Some(found) = sessions::lookup(&mut *db, context.clock.now(), token).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    };
    match context.with_deadline(lookup).await {
        Ok(None) => Identity::Anonymous,
        Ok(Some(found)) => {
            if found.last_seen_is_old {
                touch_session(context, &found.session);
            }
            Identity::Session(Arc::new(found.session))
        }
        Err(_) => Identity::Unavailable,
    }
}

/// Writes that the session was seen, in the background: the response does not wait for it.
fn touch_session(context: &AppContext, session: &Session) {
    let (pool, now, id) = (context.pool().clone(), context.clock.now(), session.id);
    context.writes.spawn(async move {
        // The next request makes up for one that fails.
        let _ = sessions::touch(&pool, now, id).await;
    });
}
