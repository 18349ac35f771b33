//! `AppError` as an answer to a request.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};

use crate::base::error::AppError;

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
mod status {
    use axum::http::{HeaderValue, StatusCode, header};
    use leptos::context::use_context;
    use leptos_axum::ResponseOptions;

    use crate::base::error::AppError;

    impl AppError {
        /// Sets the status of the response that is being made; a 503 also says when to try again.
        pub fn set_status(&self) {
            let Some(response) = use_context::<ResponseOptions>() else {
                return;
            };
            let status = StatusCode::from_u16(self.status()).unwrap_or_default();
            response.set_status(status);
            if let Some(seconds) = self.retry_after() {
                response.insert_header(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
        }
    }
}

#[cfg(not(feature = "ssr"))]
mod status {
    use crate::base::error::AppError;

    impl AppError {
        /// In the browser there is no response.
        pub const fn set_status(&self) {}
    }
}
