//! Who sends a request: the session of the token in its cookie.

use std::sync::Arc;

use crate::http::context::AppContext;
use crate::http::identity::{Identity, Session};
use crate::http::token::Token;
use crate::users::store::sessions;

/// Who has a token, as the database says now.
pub async fn authenticate(context: &AppContext, token: Token) -> Identity {
    let lookup = async {
        let mut db = context.pool().acquire().await?;
        sessions::lookup(&mut *db, context.clock.now(), token).await
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
