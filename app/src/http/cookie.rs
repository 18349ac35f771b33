//! Cookies, with the attributes of each set where it is made. Secrets among them: the tokens of the session and of a known browser.
//!
//! Browsers share cookies between the ports of a host: where the address has a port, the name of each cookie ends with it, so that two programs
//! on one host do not take each other's.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use cookie::time::Duration;
use cookie::{Cookie, CookieBuilder, SameSite};
use leptos::prelude::{use_context, with_context};
use leptos_axum::ResponseOptions;

use crate::http::context::{AppContext, PublicAddress};
use crate::http::token::Token;

/// The cookie of a known browser.
const BROWSER: &str = "lastmile_browser";
/// How many tokens of one request are tried: no browser has more.
const MOST_TOKENS: usize = 10;

/// What the cookies of a name, without the site's port, say in the request that is being answered. There may be several: one of a path of
/// its own, which an older program or another one has left behind, comes before this site's. The first that can be read counts.
pub fn from_request<T>(name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let site = with_context(|context: &AppContext| context.public_address.clone())?;
    let name = site.cookie_name(name);
    with_context(|parts: &Parts| values(&parts.headers, &name).find_map(read))?
}

/// Sets a cookie with the response that is being made.
pub fn set(cookie: &Cookie<'_>) {
    if let Some(response) = use_context::<ResponseOptions>()
        && let Ok(value) = HeaderValue::from_str(&cookie.to_string())
    {
        response.append_header(header::SET_COOKIE, value);
    }
}

/// The tokens of sessions that a request has sent, of which the caller tries each, as [`from_request`] does.
pub fn session_tokens(headers: &HeaderMap, site: &PublicAddress) -> Vec<Token> {
    tokens(headers, &site.cookie_name(session_name(site)))
}

/// The cookie that opens a session; the browser drops it when its window is closed.
pub fn session(token: &Token, site: &PublicAddress) -> Cookie<'static> {
    of_site(session_name(site), token.secret(), site).build()
}

/// The cookie that takes the session's away.
pub fn expired_session(site: &PublicAddress) -> Cookie<'static> {
    expired(session_name(site), site)
}

/// The tokens by which a browser may be known, in which somebody has signed in before.
pub fn browser_tokens(headers: &HeaderMap, site: &PublicAddress) -> Vec<Token> {
    tokens(headers, &site.cookie_name(BROWSER))
}

/// The cookie that makes a browser known.
pub fn remember_browser(token: &Token, site: &PublicAddress) -> Cookie<'static> {
    persistent(BROWSER, token.secret(), site)
}

/// A cookie that stays for a year.
pub fn persistent(name: &str, value: &str, site: &PublicAddress) -> Cookie<'static> {
    of_site(name, value, site).max_age(Duration::days(365)).build()
}

/// A cookie for the next page only: gone within a minute.
pub fn short_lived(name: &str, value: &str, site: &PublicAddress) -> Cookie<'static> {
    of_site(name, value, site).max_age(Duration::MINUTE).build()
}

/// A cookie that takes another of its name away.
pub fn expired(name: &str, site: &PublicAddress) -> Cookie<'static> {
    of_site(name, "", site).max_age(Duration::ZERO).build()
}

/// For every address of this site and for no other site, out of reach of scripts, not sent with what other sites post, and under
/// https never without it.
fn of_site(name: &str, value: &str, site: &PublicAddress) -> CookieBuilder<'static> {
    Cookie::build((site.cookie_name(name), value.to_owned()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(site.is_https())
}

/// The name of the session's cookie.
fn session_name(site: &PublicAddress) -> &'static str {
    if site.is_https() {
        "lastmile"
    } else {
        "lastmile_session"
    }
}

fn tokens(headers: &HeaderMap, name: &str) -> Vec<Token> {
    let tokens = values(headers, name).filter_map(Token::parse);
    tokens.take(MOST_TOKENS).collect()
}

/// The values of the cookies of a name among a request's headers. Other programs on the same host may send any bytes in theirs.
fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    pairs.filter_map(|pair| {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (key, value) = (pair.get(..equals)?, pair.get(equals + 1..)?);
        let is_named = key.trim_ascii() == name.as_bytes();
        str::from_utf8(value.trim_ascii()).ok().filter(|_| is_named)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn site(url: &str) -> PublicAddress {
        PublicAddress { url: url.to_owned() }
    }

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).expect("a header"));
        }
        headers
    }

    #[test]
    fn a_session_is_secure_under_https_and_belongs_to_its_port() {
        let token = Token::new().expect("random bytes");
        let secret = token.secret();
        let sites = [
            ("http://crm.example", "lastmile_session", ""),
            ("http://127.0.0.1:3000", "lastmile_session_3000", ""),
            ("http://[::1]:3001", "lastmile_session_3001", ""),
            ("http://[::1]", "lastmile_session", ""),
            ("https://crm.example", "__Host-lastmile", " Secure;"),
            ("https://crm.example:8443", "__Host-lastmile_8443", " Secure;"),
        ];
        for (url, name, secure) in sites {
            let cookie = session(&token, &site(url)).to_string();
            assert_eq!(
                cookie,
                format!("{name}={secret}; HttpOnly; SameSite=Lax;{secure} Path=/")
            );
            let sent = cookie.split(';').next().unwrap_or_default();
            let headers = headers(&[b"x=1; y", format!("z=\"2\"; {sent}").as_bytes()]);
            for (other, _, _) in sites {
                let found = session_tokens(&headers, &site(other));
                let expected = if site(other).cookie_name(session_name(&site(other))) == name {
                    1
                } else {
                    0
                };
                assert_eq!(found.len(), expected, "{url} {other}");
                assert!(found.iter().all(|found| *found == token));
            }
        }
    }

    #[test]
    fn every_token_of_the_name_is_found() {
        let (stale, ours) = (Token::new().expect("random bytes"), Token::new().expect("random bytes"));
        let line = format!(
            "lastmile_session=; lastmile_session=x; lastmile_session={}; lastmile_session={}",
            stale.secret(),
            ours.secret()
        );
        let found = session_tokens(&headers(&[line.as_bytes()]), &site(""));
        assert_eq!(found, [stale, ours]);
    }

    proptest! {
        /// Whatever the cookies of neighbours hold, ours is found.
        #[test]
        fn foreign_cookies_hide_nothing(
            before in proptest::collection::vec(0x20_u8..=0xff, 0..40),
            after in proptest::collection::vec(0x20_u8..=0xff, 0..40),
            own_line: bool,
        ) {
            let valid = |bytes: Vec<u8>| -> Vec<u8> { bytes.into_iter().filter(|byte| *byte != 0x7f).collect() };
            let token = Token::new().expect("random bytes");
            let ours = format!("lastmile_session={}", token.secret()).into_bytes();
            let (before, after) = (valid(before), valid(after));
            let headers = if own_line {
                headers(&[&before, &ours, &after])
            } else {
                headers(&[&[before, ours, after].join(&b"; "[..])])
            };
            prop_assert_eq!(session_tokens(&headers, &site("")), [token]);
        }
    }

    #[test]
    fn cookies_have_their_lifetimes() {
        let (http, https) = (site("http://127.0.0.1:3000"), site("https://crm.example"));
        for (cookie, set) in [
            (
                persistent("a", "b", &https),
                "__Host-a=b; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=31536000",
            ),
            (
                short_lived("a", "b", &http),
                "a_3000=b; HttpOnly; SameSite=Lax; Path=/; Max-Age=60",
            ),
            (
                expired_session(&https),
                "__Host-lastmile=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0",
            ),
        ] {
            assert_eq!(cookie.to_string(), set);
        }
    }
}
