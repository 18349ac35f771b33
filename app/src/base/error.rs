//! The one error type that crosses the wire: faults. Invalid input is not a fault but an outcome of its form.

use serde::{Deserialize, Serialize};

/// Why a page or an action could not be given. Its text is for the person in front of the page: what happened, what to do.
///
/// What reads or writes the database can always fail as `Unavailable` and `Internal`: functions name only what else they return.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum AppError {
    /// 404: there is no such thing, or there is none any more.
    #[error("This is not here, or not any more.")]
    NotFound,
    /// 400: an address or a request that this program never makes.
    #[error("This request makes no sense to the server: {0}")]
    BadRequest(String),
    /// 401: nobody is signed in, or the session has ended.
    #[error(
        "You are signed out: your session has ended, or was ended elsewhere. Sign in again; nothing that you typed is lost."
    )]
    SignedOut,
    /// 403: signed in, and not allowed to do this.
    #[error("Your role does not allow this. Ask an Admin if you need it.")]
    Forbidden,
    /// 403: the request came from another site.
    #[error("This was sent by a page of another site, and was refused.")]
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
    #[error(
        "What was sent is too large: at most 1 MiB is accepted, and less before you have signed in. Shorten it and try again."
    )]
    TooLarge,
    /// 414, or 431 for what the browser has sent with the address.
    #[error(
        "The address, or what the browser sent with it, is too long. Search for something shorter; if it stays, remove this site's cookies."
    )]
    TooLong,
    /// 429: tried too often in a short time.
    #[error("That was tried too often. Wait {}, then try again.", wait(*.seconds))]
    TooMany {
        /// How long to wait.
        seconds: u32,
    },
    /// 503: the database does not answer. It is worth trying again in a few seconds.
    #[error("The database does not answer at the moment. Nothing that you typed is lost: try again in a few seconds.")]
    Unavailable,
    /// 503: others were changing the same at that moment, also when it was tried again.
    #[error("Others were changing the same at this moment. Nothing that you typed is lost: try again.")]
    Contended,
    /// 503: the secrets of the second step cannot be encrypted or read, since the program has no key, or another one.
    #[error(
        "Two-step sign-in needs the key of this server, which is missing or is not the one of before. Use a recovery code, and ask whoever runs \
         Lastmile to see to LASTMILE_SECRET_KEY_FILE."
    )]
    SecretKey,
    /// Made in the browser: the server cannot be reached at all.
    #[error("The server cannot be reached. Check your connection and try again; nothing that you typed is lost.")]
    Unreachable,
    /// Made in the browser: the response is not ours. A proxy has answered, or the server has another version.
    #[error(
        "The server's answer cannot be read by this page. Try again in a moment. If it stays, Lastmile was upgraded meanwhile: keep a copy \
         of what you typed, and reload the page."
    )]
    OldVersion,
    /// Made in the browser: a chunk that this page needs cannot be loaded.
    #[error(
        "A part of this page could not be fetched. Check your connection and try again. If it stays, Lastmile was upgraded meanwhile: \
         reload the page."
    )]
    Incomplete,
    /// 500: a fault of ours. The log holds its cause under this id.
    #[error("Something went wrong on our side. Try again; if it stays, report the number {0}.")]
    Internal(String),
}

impl AppError {
    /// The HTTP status that goes with the error.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::BadRequest(_) => 400,
            Self::SignedOut => 401,
            Self::Forbidden | Self::CrossSite => 403,
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
    format!("{opened} You are signed in as {current} now, and nothing was done.")
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
