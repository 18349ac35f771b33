//! Sessions that were looked up a moment ago.
//!
//! A question that brings the mark of the sessions with its answer need not be preceded by one for the session: as long as the mark is the one with which the
//! session was read, it is as if it had been read with the answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::sessions::{Found, SEEN_EVERY};
use crate::people::model::Stage;
use crate::people::model::asker::{Kept, Session};
use crate::people::model::token::{Hash, Token};

/// So many are kept at most.
const MOST: usize = 10_000;

/// The sessions that this program keeps; clones share them.
#[derive(Clone, Debug, Default)]
pub struct KeptSessions(Arc<Mutex<Sessions>>);

/// Those that were read with one mark, by the hash of their token, with the time that they are kept until.
#[derive(Debug, Default)]
struct Sessions {
    mark: Uuid,
    all: HashMap<Hash, (Arc<Session>, DateTime<Utc>)>,
    swept: DateTime<Utc>,
}

impl KeptSessions {
    /// The session of a token, if it is kept.
    pub fn get(&self, now: DateTime<Utc>, token: &Token) -> Option<Kept> {
        let sessions = self.lock();
        let (session, until) = sessions.all.get(&token.hash())?;
        (now < *until).then(|| Kept {
            session: session.clone(),
            mark: sessions.mark,
        })
    }

    /// Keeps a session that was found just now, if it is all the way in: of nobody else anything is read.
    pub fn keep(&self, now: DateTime<Utc>, found: Found) -> Arc<Session> {
        let session = Arc::new(found.session);
        if session.stage == Stage::In {
            let hash = session.token.hash();
            self.lock().keep(now, found.mark, hash, (session.clone(), found.until));
        }
        session
    }

    /// Forgets the session of a token that was found to hold no more.
    pub fn forget(&self, token: &Token) {
        self.lock().all.remove(&token.hash());
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sessions {
    fn keep(&mut self, now: DateTime<Utc>, mark: Uuid, hash: Hash, session: (Arc<Session>, DateTime<Utc>)) {
        if mark != self.mark {
            // All others would be looked up again anyway.
            self.all.clear();
            self.mark = mark;
        }
        if now - self.swept > SEEN_EVERY {
            self.all.retain(|_, (_, until)| now < *until);
            self.swept = now;
        }
        if self.all.len() < MOST || self.all.contains_key(&hash) {
            self.all.insert(hash, session);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::people::model::roles::Role;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
    const MARK: Uuid = Uuid::from_u128(7);

    fn found(until: DateTime<Utc>) -> Found {
        Found {
            session: Session {
                id: Uuid::now_v7(),
                token: Token::new().expect("random bytes"),
                user: Uuid::nil(),
                name: String::new(),
                email: String::new(),
                role: Role::Staff,
                stage: Stage::In,
                wrote: None,
            },
            stale: false,
            until,
            mark: MARK,
        }
    }

    #[test]
    fn a_session_is_kept_until_its_time_and_by_its_own_token() {
        let later = NOW + TimeDelta::seconds(60);
        let sessions = KeptSessions::default();
        let session = sessions.keep(NOW, found(later));
        let kept = sessions.get(NOW, &session.token).expect("kept");
        assert_eq!((kept.mark, kept.session.id), (MARK, session.id));
        assert!(sessions.get(later, &session.token).is_none());
        assert!(sessions.get(NOW, &Token::new().expect("random bytes")).is_none());
        sessions.forget(&session.token);
        assert!(sessions.get(NOW, &session.token).is_none());
    }

    #[test]
    fn one_half_way_in_is_not_kept() {
        let sessions = KeptSessions::default();
        for stage in [Stage::Code, Stage::SetUp] {
            let mut found = found(NOW + TimeDelta::seconds(60));
            found.session.stage = stage;
            let session = sessions.keep(NOW, found);
            assert!(sessions.get(NOW, &session.token).is_none(), "{stage:?}");
        }
    }

    #[test]
    fn another_mark_ends_all_that_were_read_before_it() {
        let later = NOW + TimeDelta::seconds(60);
        let sessions = KeptSessions::default();
        let before = sessions.keep(NOW, found(later));
        let mark = Uuid::from_u128(8);
        let after = sessions.keep(NOW, Found { mark, ..found(later) });
        assert!(sessions.get(NOW, &before.token).is_none());
        assert_eq!(sessions.get(NOW, &after.token).expect("kept").mark, mark);
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for() {
        let (soon, later) = (NOW + TimeDelta::seconds(61), NOW + TimeDelta::seconds(600));
        let sessions = KeptSessions::default();
        let first = sessions.keep(NOW, found(later));
        for _ in 1..MOST {
            sessions.keep(NOW, found(soon));
        }
        let beyond = sessions.keep(NOW, found(later));
        assert!(sessions.get(NOW, &beyond.token).is_none());
        let next = sessions.keep(soon, found(later));
        for session in [first, next] {
            assert!(sessions.get(soon, &session.token).is_some());
        }
        assert_eq!(sessions.lock().all.len(), 2, "those whose time has passed made room");
    }
}
