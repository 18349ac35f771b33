//! Flash messages: what a form that was sent without script has done, shown once by the next page.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::error::AppError;

/// What was done, or what went wrong. It is in the context of the page that answers a form, or in a cookie for the next page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlashMessage {
    /// A sentence.
    pub text: String,
    /// Whether something went wrong.
    pub failed: bool,
    /// The address of this site to post to, to undo it.
    pub undo: Option<String>,
    /// What to do next: a link's text, and an address of this site.
    #[serde(default)]
    pub next: Option<(String, String)>,
}

impl FlashMessage {
    /// Tells what was done.
    pub fn success(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            failed: false,
            undo: None,
            next: None,
        }
    }

    /// Tells what went wrong.
    pub fn failure(text: impl Into<String>) -> Self {
        Self {
            failed: true,
            ..Self::success(text)
        }
    }

    /// The same message, with a link to what to do next.
    pub fn with_next(self, next: Option<(String, String)>) -> Self {
        Self { next, ..self }
    }

    /// The same message, with an address that undoes what was done.
    pub fn with_undo(self, address: String) -> Self {
        Self {
            undo: Some(address),
            ..self
        }
    }
}

/// The flash message for the page that asks; its cookie is taken away.
///
/// # Errors
/// `Unreachable`.
#[server(endpoint = "flash", client = crate::http::client::UserClient)]
pub async fn take_flash() -> Result<Option<FlashMessage>, AppError> {
    let site = crate::http::context::AppContext::of_request()?.public_address;
    Ok(use_context().or_else(|| flash_cookie::take(&site)))
}

#[cfg(feature = "ssr")]
mod flash_cookie {
    use ::cookie::Cookie;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::FlashMessage;
    use crate::http::context::PublicAddress;
    use crate::http::cookie;

    /// The cookie's name. Its value is the message as JSON in base 64.
    const NAME: &str = "lastmile_flash";

    impl FlashMessage {
        /// The cookie that carries the message to the next page.
        pub fn cookie(&self, site: &PublicAddress) -> Cookie<'static> {
            let json = serde_json::to_vec(self).unwrap_or_default();
            cookie::short_lived(NAME, &URL_SAFE_NO_PAD.encode(json), site)
        }
    }

    /// The message in the request's cookie, which the response takes away.
    pub fn take(site: &PublicAddress) -> Option<FlashMessage> {
        let message = cookie::from_request(NAME, read)?;
        cookie::set(&cookie::expired(NAME, site));
        Some(message)
    }

    /// Reads a cookie's value. It may be anybody's invention: it undoes nothing and leads nowhere but at an address of this site.
    fn read(value: &str) -> Option<FlashMessage> {
        let json = URL_SAFE_NO_PAD.decode(value).ok()?;
        let message: FlashMessage = serde_json::from_slice(&json).ok()?;
        let is_local = |address: &String| {
            address.starts_with('/') && !address.starts_with("//") && !address.contains(['\\', '\t', '\r', '\n'])
        };
        Some(FlashMessage {
            undo: message.undo.filter(is_local),
            next: message.next.filter(|(_, address)| is_local(address)),
            ..message
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_message_survives_its_cookie() {
            let done = FlashMessage::success("Customer “रवि; Rao” deleted")
                .with_undo("/customers/7/restore".into())
                .with_next(Some(("Go on".into(), "/customers".into())));
            for message in [done, FlashMessage::failure("No")] {
                let cookie = message.cookie(&PublicAddress::default()).to_string();
                let pair = Cookie::parse(cookie).expect("a cookie");
                assert_eq!((pair.name(), read(pair.value())), (NAME, Some(message)));
            }
        }

        #[test]
        fn an_invalid_flash_cookie_shows_and_undoes_nothing() {
            for value in ["", "x", "e30", "é"] {
                assert_eq!(read(value), None, "{value}");
            }
            for undo in [
                "https://evil.example",
                "//evil.example",
                "/\\evil.example",
                "/\t/evil.example",
                "",
            ] {
                let next = Some(("Go on".to_owned(), undo.to_owned()));
                let cookie = FlashMessage::success("x")
                    .with_undo(undo.into())
                    .with_next(next)
                    .cookie(&PublicAddress::default());
                assert_eq!(read(cookie.value()), Some(FlashMessage::success("x")), "{undo}");
            }
        }
    }
}
