//! The one error type that crosses the wire: faults. What a person typed wrong is not a fault but an `Outcome`.

use leptos::server_fn::{codec::JsonEncoding, error::FromServerFnError, error::ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// Why a page or an action could not be given. Its text is for the person in front of the page: what happened, what to do.
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
    Foreign,
    /// 413: more than 1 MiB was sent.
    #[error("What was sent is too large: at most 1 MiB is accepted. Shorten it and try again.")]
    TooLarge,
    /// 414, or 431 for what the browser has sent with the address.
    #[error(
        "The address, or what the browser sent with it, is too long. Search for something shorter; if it stays, remove this site's cookies."
    )]
    TooLong,
    /// 429: tried too often in a short time.
    #[error("That was tried too often. Wait a quarter of an hour, then try again.")]
    TooMany,
    /// 503: the database does not answer. It is worth trying again in a few seconds.
    #[error("The database does not answer at the moment. Nothing that you typed is lost: try again in a few seconds.")]
    Unavailable,
    /// Said by the browser: the server cannot be reached at all.
    #[error("The server cannot be reached. Check your connection and try again; nothing that you typed is lost.")]
    Unreachable,
    /// Said by the browser: what came is no answer of ours. Something between has answered, or the server speaks another version.
    #[error(
        "The server's answer cannot be read by this page. Try again in a moment. If it stays, Lastmile was upgraded meanwhile: keep a copy \
         of what you typed, and reload the page."
    )]
    OldVersion,
    /// Said by the browser: a part of the program that this page needs does not come.
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
            Self::Forbidden | Self::Foreign => 403,
            Self::TooLarge => 413,
            Self::TooLong => 414,
            Self::TooMany => 429,
            Self::Unavailable => 503,
            Self::Unreachable | Self::OldVersion | Self::Incomplete | Self::Internal(_) => 500,
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            // A server of another version answers a page of this one with what it cannot read, or has no such function.
            ServerFnErrorErr::Deserialization(_) | ServerFnErrorErr::Response(_) => Self::OldVersion,
            ServerFnErrorErr::Args(message) | ServerFnErrorErr::MissingArg(message) => Self::BadRequest(message),
            other => Self::Internal(other.to_string()),
        }
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

        /// Sets the status of the page or answer that is being made; a 503 also says when to come back.
        pub fn set_status(&self) {
            let Some(response) = leptos::context::use_context::<leptos_axum::ResponseOptions>() else {
                return;
            };
            let status = axum::http::StatusCode::from_u16(self.status()).unwrap_or_default();
            response.set_status(status);
            if status == axum::http::StatusCode::SERVICE_UNAVAILABLE {
                response.insert_header(
                    axum::http::header::RETRY_AFTER,
                    axum::http::HeaderValue::from_static("2"),
                );
            }
        }
    }

    impl From<sqlx::Error> for AppError {
        fn from(error: sqlx::Error) -> Self {
            if is_unavailable(&error) {
                tracing::warn!(%error, "database unavailable");
                return Self::Unavailable;
            }
            match error {
                sqlx::Error::RowNotFound => Self::NotFound,
                other => Self::internal(other),
            }
        }
    }

    /// Whether the database is away, starting, stopping or out of connections, rather than refusing what was asked.
    fn is_unavailable(error: &sqlx::Error) -> bool {
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            // Classes of SQLSTATE: connection exception, insufficient resources, operator intervention. And what a replica says that
            // has to follow the database before it can go on.
            sqlx::Error::Database(fault) => fault
                .code()
                .is_some_and(|code| ["08", "53", "57", "40001"].iter().any(|class| code.starts_with(class))),
            _ => false,
        }
    }
}
