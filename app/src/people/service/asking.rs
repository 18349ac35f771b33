//! Who a request's session belongs to.

use crate::context::AppContext;
use crate::people::model::asker::{Asker, Session};
use crate::people::model::token::Token;
use crate::people::store::sessions;

/// Who has a token. Whoever asks for something that brings the mark of the sessions may be told who it was a moment ago, and has it
/// confirmed ([`AppContext::confirm`]).
pub async fn asker(context: &AppContext, token: Token, brings_mark: bool) -> Asker {
    // A replica is behind with its mark.
    if brings_mark
        && context.replica.is_none()
        && let Some(kept) = context.kept_sessions.get(context.clock.now(), &token)
    {
        return Asker::Kept(kept);
    }
    looked_up(context, token).await
}

/// Who has a token, as the database says now.
pub async fn looked_up(context: &AppContext, token: Token) -> Asker {
    let now = context.clock.now();
    let found = async {
        let mut connection = context.connections.take().await?;
        let found = sessions::find(&mut *connection, now, token.clone()).await?;
        connection.hand_on();
        Ok(found)
    };
    match context.read(found).await {
        Ok(None) => {
            context.kept_sessions.forget(&token);
            Asker::Nobody
        }
        Ok(Some(found)) => {
            if found.stale {
                note_seen(context, &found.session);
            }
            Asker::Person(context.kept_sessions.keep(now, found))
        }
        Err(_) => Asker::Unknown,
    }
}

/// Beside the answer, which does not wait for it.
fn note_seen(context: &AppContext, session: &Session) {
    let (pool, now, id) = (context.pool().clone(), context.clock.now(), session.id);
    context.writes.spawn(async move {
        // One that fails is made good by the next request.
        let _ = sessions::seen(&pool, now, id).await;
    });
}
