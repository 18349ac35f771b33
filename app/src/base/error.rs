//! The one error type that crosses the wire: faults. Invalid input is not a fault but an outcome of its form.

use serde::{Deserialize, Serialize};

use super::roles::Permission;
use super::text::in_sentence;

/// Why a page or an action could not be given. Its text is for the person in front of the page: what happened, what to do.
///
/// What reads or writes the database can always fail as `Unavailable` and `Internal`: functions name only what else they return.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum AppError {
    /// 404: there is no such thing, or there is none any more.
    #[error("Not found; it may have been deleted.")]
    NotFound,
    /// 400: an address or a request that this program never makes.
    #[error("Request not understood: {0}")]
    BadRequest(String),
    /// 401: nobody is signed in, or the session has ended.
    #[error("You are signed out because your session ended. Sign in again; what you typed is kept.")]
    SignedOut,
    /// 403: signed in, and not allowed to do this.
    #[error("You don't have permission to {}. Ask an admin for access.", in_sentence(.0.as_str()))]
    Forbidden(Permission),
    /// 403: the request came from another site.
    #[error("Refused: this was sent from another site.")]
    CrossSite,
    /// 409: the page was drawn for another user than the one who is signed in now. Nothing was done.
    #[error("{}", other_user(expected.as_deref(), current))]
    OtherUser {
        /// The name of the user for whom the page was drawn, where it says so.
        expected: Option<String>,
        /// The name of the user who is signed in now.
        current: String,
        /// The id of that user, as forms send it.
        current_id: String,
    },
    /// 413: more than 1 MiB was sent.
    #[error("Too large: send at most 1 MiB, and less before you sign in. Shorten it and try again.")]
    TooLarge,
    /// 414, or 431 for what the browser has sent with the address.
    #[error(
        "The address or the cookies are too long. Search for something shorter; if that doesn't help, clear this site's cookies."
    )]
    TooLong,
    /// 429: tried too often in a short time.
    #[error("Too many attempts. Wait {}, then try again.", wait(*.seconds))]
    TooMany {
        /// How long to wait.
        seconds: u32,
    },
    /// 503: the database does not answer. It is worth trying again in a few seconds.
    #[error("The database is not answering. What you typed is kept; try again in a few seconds.")]
    Unavailable,
    /// 503: others were changing the same at that moment, also when it was tried again.
    #[error("Someone else was changing the same thing. What you typed is kept; try again.")]
    Contended,
    /// 503: the secrets of the second step cannot be encrypted or read, since the program has no key, or another one.
    #[error(
        "Two-step sign-in is not working: the server's key is missing or has changed. Use a recovery code, and ask whoever runs Lastmile to \
         check LASTMILE_SECRET_KEY_FILE."
    )]
    SecretKey,
    /// Made in the browser: the server cannot be reached at all.
    #[error("Can't reach Lastmile. Check your connection and try again; what you typed is kept.")]
    Unreachable,
    /// Made in the browser: the response is not ours. A proxy has answered, or the server has another version.
    #[error("Something went wrong. Try again or reload. If you reload, copy what you typed first.")]
    OldVersion,
    /// Made in the browser: a chunk that this page needs cannot be loaded.
    #[error("A part of this page did not load. Check your connection, then try again or reload.")]
    Incomplete,
    /// 500: a fault of ours. The log holds its cause under this id.
    #[error("Something went wrong. Try again; if it happens again, report the number {0}.")]
    Internal(String),
}

impl AppError {
    /// The HTTP status that goes with the error.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::BadRequest(_) => 400,
            Self::SignedOut => 401,
            Self::Forbidden(_) | Self::CrossSite => 403,
            Self::OtherUser { .. } => 409,
            Self::TooLarge => 413,
            Self::TooLong => 414,
            Self::TooMany { .. } => 429,
            Self::Unavailable | Self::Contended | Self::SecretKey => 503,
            Self::Unreachable | Self::OldVersion | Self::Incomplete | Self::Internal(_) => 500,
        }
    }

    /// After how many seconds it is worth trying again, where that is worth it at all.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Unavailable | Self::Contended => Some(2),
            Self::TooMany { seconds } => Some(*seconds),
            _ => None,
        }
    }
}

fn other_user(expected: Option<&str>, current: &str) -> String {
    let opened = match expected {
        Some(expected) => format!("This page was opened by {expected}."),
        None => "This page does not say who opened it.".to_owned(),
    };
    format!("{opened} You are now signed in as {current}. Nothing was changed.")
}

/// A time to wait, in words: `12 seconds`, `3 minutes`.
pub fn wait(seconds: u32) -> String {
    match seconds {
        0 | 1 => "a second".into(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(feature = "ssr")]
mod server {
    use super::AppError;
    use uuid::Uuid;

    impl AppError {
        /// An error whose cause goes to the log alone, under an id that the person sees.
        pub fn internal(cause: impl std::fmt::Display) -> Self {
            let id = Uuid::now_v7().simple().to_string();
            tracing::error!(error_id = %id, %cause, "internal error");
            Self::Internal(id)
        }
    }
}
