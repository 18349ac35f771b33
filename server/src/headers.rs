//! The security headers of every answer.

use app::document::{BuildAssets, shell};
use axum::Router;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use leptos::IntoView;
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::ResponseOptions;

use crate::assets;
use crate::network::{NetworkConfig, PublicUrl};

/// The policy of an answer that is no page. The hash is that of the style in `public/favicon.svg`: Firefox applies a picture's own policy.
const BARE: &str = "default-src 'none'; style-src 'sha256-W2c+giyv1hU4LllojNsrs72D6tDRRJzEaIwj/GDrAbM='; base-uri 'none'; \
                    form-action 'none'; frame-ancestors 'none'";
/// Whoever passes a page on leaves it as it is: hydration needs its comments and spaces, too.
const PAGE_CACHE: &str = "no-store, no-transform";
/// The browser features that the program never uses. All are known to browsers, which warn about others.
const FEATURES: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), \
                        microphone=(), midi=(), payment=(), serial=(), usb=()";

/// Puts the headers on every answer of a router. Call it when all routes and layers that refuse requests are in place.
pub fn layer(router: Router, network: &NetworkConfig) -> Router {
    let https = network.public_url.as_ref().is_some_and(PublicUrl::is_https);
    router.layer(map_response(move |mut response: Response| {
        complete(response.headers_mut(), https);
        std::future::ready(response)
    }))
}

/// Adds the headers that an answer has not set itself.
fn complete(headers: &mut HeaderMap, https: bool) {
    let all = [
        // Answers hold personal data, which no cache may store.
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
    // The map would grow in steps, and rehash each time.
    headers.reserve(all.len());
    for (name, value) in all {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if https {
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(two_years);
    }
}

/// Renders the document around pages, with its policy. A page without it gets the policy `BARE`, and nothing in it loads.
#[derive(Clone)]
pub struct PageShell {
    options: LeptosOptions,
    assets: Option<BuildAssets>,
}

impl PageShell {
    /// A shell with the files that the build has made.
    pub fn new(options: LeptosOptions) -> Self {
        let assets = assets::load(&options);
        Self { options, assets }
    }

    /// Leptos's options.
    pub fn options(&self) -> &LeptosOptions {
        &self.options
    }

    /// The document, for Leptos to render. It puts the policy with the page's nonce on the answer.
    pub fn page(&self) -> impl IntoView + use<> {
        if let Some(assets) = &self.assets {
            provide_context(assets.clone());
        }
        if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) {
            let reload_port =
                assets::is_watched().then(|| self.options.reload_external_port.unwrap_or(self.options.reload_port));
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy(&nonce, reload_port));
            // The layer around files would set another value.
            response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static(PAGE_CACHE));
        }
        shell(self.options.clone())
    }
}

/// A page may load the program's own files, and run the scripts and styles with its nonce. In `cargo leptos watch` it may also listen to
/// another port, which tells it to reload.
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
        let plain = policy("abc", None);
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
        assert_eq!(policy("a\r\nb", None), BARE);
    }

    #[test]
    fn a_responses_own_headers_are_not_overwritten() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy("abc", None));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        complete(&mut headers, false);
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], policy("abc", None));
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        complete(&mut headers, true);
        assert_eq!(
            headers[header::STRICT_TRANSPORT_SECURITY],
            "max-age=63072000; includeSubDomains"
        );
    }
}
