//! Small facts kept in the browser. One of them is a secret: the session's token.

use axum::http::{HeaderMap, HeaderValue, header, request::Parts};
use leptos::prelude::{use_context, with_context};

use crate::people::model::token::Token;

/// A cookie of the request that is being answered.
pub fn of_request(name: &str) -> Option<String> {
    with_context(|parts: &Parts| read(&parts.headers, name))?
}

/// A cookie that tells something once: it is taken away by the answer that is being made.
pub fn take(name: &str) -> Option<String> {
    let told = of_request(name)?;
    let response = use_context::<leptos_axum::ResponseOptions>();
    if let (Some(response), Ok(cleared)) = (response, HeaderValue::from_str(&cleared(name))) {
        response.append_header(header::SET_COOKIE, cleared);
    }
    Some(told)
}

/// The name of the session's cookie. Under https browsers take the longer name from this host alone, and only with `Secure`.
const fn session_name(https: bool) -> &'static str {
    if https { "__Host-lastmile" } else { "lastmile_session" }
}

/// The token of the session that a request belongs to.
pub fn session(headers: &HeaderMap, https: bool) -> Option<Token> {
    Token::parse(&read(headers, session_name(https))?)
}

/// A `Set-Cookie` that opens a session; it goes with the browser's window at the latest. Without a token, one that takes it away.
pub fn session_cookie(token: Option<&Token>, https: bool) -> String {
    let secure = if https { "; Secure" } else { "" };
    let (value, age) = match token {
        Some(token) => (token.secret(), ""),
        None => ("", "; Max-Age=0"),
    };
    format!(
        "{}={value}; Path=/{age}; HttpOnly; SameSite=Lax{secure}",
        session_name(https)
    )
}

/// A cookie among a request's headers.
fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// A `Set-Cookie` that stays for a year.
pub fn lasting(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax")
}

/// A `Set-Cookie` for the next page only: gone within a minute.
pub fn brief(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax")
}

/// A `Set-Cookie` that takes a cookie away.
pub fn cleared(name: &str) -> String {
    format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
}
