//! What every answer tells the browser to forbid: nearly everything.

use app::shell::{Built, shell};
use axum::Router;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use leptos::IntoView;
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::ResponseOptions;

use crate::site;
use crate::web::{PublicUrl, Web};

/// The policy of what is no page. The hash is that of the style in `public/favicon.svg`: Firefox holds a picture to the policy
/// of its own file.
const BARE: &str = "default-src 'none'; style-src 'sha256-W2c+giyv1hU4LllojNsrs72D6tDRRJzEaIwj/GDrAbM='; base-uri 'none'; \
                    form-action 'none'; frame-ancestors 'none'";
/// What the program never asks a browser for. Only features that browsers know: they warn of others.
const FEATURES: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), \
                        microphone=(), midi=(), payment=(), serial=(), usb=()";

/// Puts the headers on every answer of a router: to be called with all routes and refusals in.
pub fn layer(router: Router, web: &Web) -> Router {
    let https = web.public_url.as_ref().is_some_and(PublicUrl::is_https);
    router.layer(map_response(move |mut response: Response| {
        complete(response.headers_mut(), https);
        std::future::ready(response)
    }))
}

/// What an answer says itself stays.
fn complete(headers: &mut HeaderMap, https: bool) {
    let all = [
        // Pages and answers hold personal data: no cache keeps them.
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, BARE),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::HeaderName::from_static("permissions-policy"), FEATURES),
        (
            header::HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    // It would grow in steps, and put all that it has in place again each time.
    headers.reserve(all.len());
    for (name, value) in all {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if https {
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(two_years);
        secure_cookies(headers);
    }
}

/// Under https no cookie goes over anything else, the small facts that are no secrets included.
fn secure_cookies(headers: &mut HeaderMap) {
    for (name, value) in headers.iter_mut() {
        let plain = value.to_str().ok().filter(|text| !text.contains("; Secure"));
        if let Some(secure) = plain.filter(|_| *name == header::SET_COOKIE)
            && let Ok(secure) = HeaderValue::from_str(&format!("{secure}; Secure"))
        {
            *value = secure;
        }
    }
}

/// What pages are made in. A page that is rendered in anything else gets the bare policy, and nothing in it loads.
#[derive(Clone)]
pub struct Document {
    options: LeptosOptions,
    built: Option<Built>,
}

impl Document {
    /// With what the site is built of.
    pub fn new(options: LeptosOptions) -> Self {
        let built = site::built(&options);
        Self { options, built }
    }

    /// What the site is built of.
    pub fn options(&self) -> &LeptosOptions {
        &self.options
    }

    /// A page for Leptos to render; it puts the policy with its nonce on the answer.
    pub fn page(&self) -> impl IntoView + use<> {
        if let Some(built) = &self.built {
            provide_context(built.clone());
        }
        if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) {
            let reload_port =
                site::is_watched().then(|| self.options.reload_external_port.unwrap_or(self.options.reload_port));
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy(&nonce, reload_port));
            // Also where the page is reached by way of the files.
            response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        shell(self.options.clone())
    }
}

/// The policy of a page whose scripts carry a nonce (letters, digits, `-` and `_`).
pub fn policy_with_nonce(nonce: &str) -> HeaderValue {
    policy(nonce, None)
}

/// A page loads the program's own files, and has the scripts and styles with its nonce. While somebody develops, it also hears on another
/// port that it shall reload.
fn policy(nonce: &str, reload_port: Option<u32>) -> HeaderValue {
    let reload = reload_port.map_or(String::new(), |port| format!(" ws://*:{port} wss://*:{port}"));
    let text = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self'; \
         font-src 'self'; connect-src 'self'{reload}; form-action 'self'; base-uri 'none'; object-src 'none'; \
         frame-ancestors 'none'"
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(BARE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_watched_page_may_open_a_websocket() {
        let plain = policy_with_nonce("abc");
        assert!(!plain.to_str().expect("text").contains("ws"), "{plain:?}");
        let watched = policy("abc", Some(3001));
        assert!(
            watched
                .to_str()
                .expect("text")
                .contains("connect-src 'self' ws://*:3001 wss://*:3001;")
        );
    }

    #[test]
    fn a_nonce_that_is_no_header_allows_nothing() {
        assert_eq!(policy_with_nonce("a\r\nb"), BARE);
    }

    #[test]
    fn what_an_answer_says_itself_stays() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy_with_nonce("abc"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        complete(&mut headers, false);
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], policy_with_nonce("abc"));
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        complete(&mut headers, true);
        assert_eq!(
            headers[header::STRICT_TRANSPORT_SECURITY],
            "max-age=63072000; includeSubDomains"
        );
    }
}
