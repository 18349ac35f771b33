//! Who is asking, as the server has found out before anything else of a request is done.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::http::Extensions;
use tokio::time::Instant;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::roles::{Permission, Role};
use crate::http::token::Token;
use crate::http::user_summary::{AuthStage, UserSummary};

/// A valid session.
#[derive(Clone, Debug)]
pub struct Session {
    /// The session's own id.
    pub id: Uuid,
    /// The token that the browser has sent.
    pub token: Token,
    /// The user.
    pub user: Uuid,
    /// The user's name.
    pub name: String,
    /// The user's email.
    pub email: String,
    /// The user's role at this moment.
    pub role: Role,
    /// How far the user has authenticated.
    pub stage: AuthStage,
    /// The position in the write-ahead log after the last write in this session, in bytes; none where there is no replica.
    pub last_write: Option<i64>,
}

/// Who is asking.
#[derive(Clone, Debug, Default)]
pub enum Identity {
    /// Nobody known.
    #[default]
    Anonymous,
    /// Somebody with a session. Shared, because the parts of a request are cloned from layer to layer.
    Session(Arc<Session>),
    /// Not known at the moment: the database does not answer.
    Unavailable,
}

/// Who sends a request, and where it comes from.
#[derive(Clone, Debug)]
pub struct RequestIdentity {
    /// Who.
    pub identity: Identity,
    /// The client's address, behind trusted proxies.
    pub address: IpAddr,
    /// The browser, in words: `Firefox on Linux`.
    pub browser: String,
    /// What the browser sends since somebody signed in with it.
    pub browser_tokens: Vec<Token>,
    /// When the answer has to be there; none outside of a request.
    pub deadline: Option<Instant>,
}

impl Default for RequestIdentity {
    fn default() -> Self {
        Self {
            identity: Identity::Anonymous,
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            browser: "Another browser".into(),
            browser_tokens: Vec::new(),
            deadline: None,
        }
    }
}

impl RequestIdentity {
    /// The one that the server has put into a request.
    pub fn from_extensions(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// The session, at whatever stage.
    ///
    /// # Errors
    /// `SignedOut`; `Unavailable` where the database did not say.
    pub fn session(&self) -> Result<&Session, AppError> {
        match &self.identity {
            Identity::Session(session) => Ok(session),
            Identity::Anonymous => Err(AppError::SignedOut),
            Identity::Unavailable => Err(AppError::Unavailable),
        }
    }

    /// The session of a user who has authenticated completely.
    ///
    /// # Errors
    /// As [`Self::session`]; `SignedOut` before the last step of signing in.
    pub fn require_user(&self) -> Result<&Session, AppError> {
        let session = self.session()?;
        if session.stage == AuthStage::Authenticated {
            Ok(session)
        } else {
            Err(AppError::SignedOut)
        }
    }

    /// The session of a user who has a permission; nobody has none.
    ///
    /// # Errors
    /// As [`Self::require_user`]; `Forbidden`, which is logged.
    pub fn require(&self, permission: impl Into<Option<Permission>>) -> Result<&Session, AppError> {
        let session = self.require_user()?;
        let permission = permission.into().ok_or(AppError::NotFound)?;
        if session.role.may(permission) {
            return Ok(session);
        }
        tracing::warn!(user = %session.user, role = %session.role, %permission, "forbidden");
        Err(AppError::Forbidden(permission))
    }

    /// What the page may know of the user.
    pub fn user_summary(&self) -> Option<UserSummary> {
        let session = self.session().ok()?;
        Some(UserSummary {
            id: session.user,
            name: session.name.clone(),
            role: session.role,
            stage: session.stage,
        })
    }
}
