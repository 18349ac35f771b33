//! Who is asking, as the server has found out before anything else of a request is done.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::http::Extensions;
use uuid::Uuid;

use crate::error::AppError;
use crate::people::model::roles::{Right, Role};
use crate::people::model::token::Token;
use crate::people::model::{Me, Stage};

/// A session that holds.
#[derive(Clone, Debug)]
pub struct Session {
    /// The session's own id.
    pub id: Uuid,
    /// The token that the browser has sent.
    pub token: Token,
    /// The person.
    pub user: Uuid,
    /// The person's name.
    pub name: String,
    /// The person's email.
    pub email: String,
    /// The role at this moment.
    pub role: Role,
    /// How far in.
    pub stage: Stage,
    /// How far the log of writes had come after the last write in this session, where there is a replica to read from.
    pub wrote: Option<i64>,
}

/// A session that was all the way in a moment ago.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The session.
    pub session: Arc<Session>,
    /// The mark of the sessions, with which it was read: it holds as long as that is the same.
    pub mark: Uuid,
}

/// Who is asking.
#[derive(Clone, Debug, Default)]
pub enum Asker {
    /// Nobody who is known.
    #[default]
    Nobody,
    /// Somebody with a session. Shared: what a request is made of is copied from hand to hand.
    Person(Arc<Session>),
    /// Somebody whose session was all the way in a moment ago. What is asked for brings the mark that tells whether it still does; until then nobody is known.
    Kept(Kept),
    /// Cannot be told at the moment: the database does not answer.
    Unknown,
}

/// A request's asker, and where the request comes from.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub asker: Asker,
    /// The peer's address, behind trusted proxies.
    pub address: IpAddr,
    /// The browser, in words.
    pub browser: String,
}

impl Default for Caller {
    fn default() -> Self {
        Self {
            asker: Asker::Nobody,
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            browser: "Another browser".into(),
        }
    }
}

impl Caller {
    /// The one that the server has put into a request.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// The session, at whatever stage.
    ///
    /// # Errors
    /// `SignedOut`; `Unavailable` where the database does not say.
    pub fn session(&self) -> Result<&Session, AppError> {
        match &self.asker {
            Asker::Person(session) => Ok(session),
            Asker::Nobody => Err(AppError::SignedOut),
            Asker::Kept(_) | Asker::Unknown => Err(AppError::Unavailable),
        }
    }

    /// The session of somebody who is all the way in.
    ///
    /// # Errors
    /// As [`Self::session`]; half-way is `SignedOut`.
    pub fn member(&self) -> Result<&Session, AppError> {
        let session = self.session()?;
        if session.stage == Stage::In {
            Ok(session)
        } else {
            Err(AppError::SignedOut)
        }
    }

    /// Somebody who may do something.
    ///
    /// # Errors
    /// As [`Self::member`]; `Forbidden`, which goes to the log.
    pub fn with_right(&self, right: Right) -> Result<&Session, AppError> {
        let session = self.member()?;
        if session.role.may(right) {
            return Ok(session);
        }
        tracing::warn!(user = %session.user, role = %session.role, %right, "forbidden");
        Err(AppError::Forbidden)
    }

    /// What the page may know of the person.
    pub fn me(&self) -> Option<Me> {
        let session = self.session().ok()?;
        Some(Me {
            id: session.user,
            name: session.name.clone(),
            role: session.role,
            stage: session.stage,
        })
    }
}
