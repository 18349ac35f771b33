//! Small facts kept in the browser. None of them is a secret.

use axum::http::{header, request::Parts};
use leptos::prelude::use_context;

/// A cookie of the request that is being answered.
pub fn of_request(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    let cookies = parts
        .headers
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
