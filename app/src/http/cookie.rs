//! Cookies, with the attributes of each set where it is made. One of them is a secret: the session's token.

use std::borrow::Cow;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use cookie::time::Duration;
use cookie::{Cookie, CookieBuilder, SameSite};
use leptos::prelude::{use_context, with_context};
use leptos_axum::ResponseOptions;

use crate::http::token::Token;

/// The value of a cookie of the request that is being answered.
pub fn from_request(name: &str) -> Option<String> {
    with_context(|parts: &Parts| find(&parts.headers, name))?
}

/// Sets a cookie with the response that is being made.
pub fn set(cookie: &Cookie<'_>) {
    if let Some(response) = use_context::<ResponseOptions>()
        && let Ok(value) = HeaderValue::from_str(&cookie.to_string())
    {
        response.append_header(header::SET_COOKIE, value);
    }
}

/// The token of the session that a request belongs to.
pub fn session_token(headers: &HeaderMap, https: bool) -> Option<Token> {
    Token::parse(&find(headers, session_name(https))?)
}

/// The cookie that opens a session; the browser drops it when its window is closed.
pub fn session(token: &Token, https: bool) -> Cookie<'static> {
    of_site(session_name(https), token.secret(), https).build()
}

/// The cookie that takes the session's away.
pub fn expired_session(https: bool) -> Cookie<'static> {
    expired(session_name(https), https)
}

/// A cookie that stays for a year.
pub fn persistent(name: impl Into<Cow<'static, str>>, value: &str, https: bool) -> Cookie<'static> {
    of_site(name, value, https).max_age(Duration::days(365)).build()
}

/// A cookie for the next page only: gone within a minute.
pub fn short_lived(name: impl Into<Cow<'static, str>>, value: &str, https: bool) -> Cookie<'static> {
    of_site(name, value, https).max_age(Duration::MINUTE).build()
}

/// A cookie that takes another of its name away.
pub fn expired(name: impl Into<Cow<'static, str>>, https: bool) -> Cookie<'static> {
    of_site(name, "", https).max_age(Duration::ZERO).build()
}

/// For every address of this site and for no other site, out of reach of scripts, not sent with what other sites post, and under
/// https never without it.
fn of_site(name: impl Into<Cow<'static, str>>, value: &str, https: bool) -> CookieBuilder<'static> {
    Cookie::build((name.into(), value.to_owned()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(https)
}

/// The name of the session's cookie. Under https browsers accept the longer name from this host alone, and only with `Secure`.
const fn session_name(https: bool) -> &'static str {
    if https { "__Host-lastmile" } else { "lastmile_session" }
}

/// The value of a cookie among a request's headers.
fn find(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter();
    let mut cookies = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok);
    cookies
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_secure_under_https() {
        let token = Token::new().expect("random bytes");
        let secret = token.secret();
        for (https, set) in [
            (
                false,
                format!("lastmile_session={secret}; HttpOnly; SameSite=Lax; Path=/"),
            ),
            (
                true,
                format!("__Host-lastmile={secret}; HttpOnly; SameSite=Lax; Secure; Path=/"),
            ),
        ] {
            let cookie = session(&token, https).to_string();
            assert_eq!(cookie, set);
            let sent = cookie.split(';').next().unwrap_or_default();
            let mut headers = HeaderMap::new();
            for line in ["x=1; y", &format!("z=\"2\"; {sent}")] {
                headers.append(header::COOKIE, line.parse().expect("a header"));
            }
            assert_eq!(session_token(&headers, https), Some(token.clone()));
            assert_eq!(session_token(&headers, !https), None);
        }
    }

    #[test]
    fn cookies_have_their_lifetimes() {
        for (cookie, set) in [
            (
                persistent("a", "b", true),
                "a=b; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=31536000",
            ),
            (
                short_lived("a", "b", false),
                "a=b; HttpOnly; SameSite=Lax; Path=/; Max-Age=60",
            ),
            (
                expired_session(true),
                "__Host-lastmile=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0",
            ),
        ] {
            assert_eq!(cookie.to_string(), set);
        }
    }
}
