//! What holds for every answer: security headers, cross-site requests, limits of length, names in isolates, what forms say to browsers.

#[path = "web/autofill.rs"]
mod autofill;
#[path = "web/cross_site.rs"]
mod cross_site;
#[path = "web/examples.rs"]
mod examples;
#[path = "web/isolates.rs"]
mod isolates;
mod test_client;

use app::base::roles::Role;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cross_site::{CASES, PUBLIC};
use leptos::server_fn::axum::server_fn_paths;
use server::network::{NetworkConfig, PublicUrl};
use server::router::form_paths;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use test_client::{Form, TestResponse, TestServer};
use uuid::Uuid;

const HSTS: &str = "max-age=63072000; includeSubDomains";

fn behind_a_proxy() -> NetworkConfig {
    NetworkConfig {
        public_url: Some(PublicUrl::parse(PUBLIC).expect("a URL")),
        ..NetworkConfig::default()
    }
}

/// Every address that changes something: forms and functions, as the program itself lists them.
fn unsafe_addresses() -> Vec<String> {
    let forms = form_paths().into_iter().map(|path| {
        let segments = path.split('/').map(|segment| match segment.starts_with('{') {
            true => Uuid::now_v7().to_string(),
            false => segment.to_owned(),
        });
        segments.collect::<Vec<_>>().join("/")
    });
    // Those that only read are sent to as well: the refusal comes before anybody looks.
    let functions = server_fn_paths().map(|(path, _)| path.to_owned());
    let all: Vec<_> = forms.chain(functions).collect();
    for known in ["/customers/new", "/api/customers/save"] {
        assert!(all.iter().any(|address| address == known), "{all:?}");
    }
    all
}

fn is_function(address: &str) -> bool {
    address.starts_with("/api/")
}

/// A form or a call, with more headers.
fn sending(method: Method, address: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let accept = if is_function(address) {
        "application/json"
    } else {
        "text/html"
    };
    let mut request = Request::builder()
        .method(method)
        .uri(address)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, accept);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).expect("a request")
}

/// That an answer is a refusal: an error for a function, a page for a person.
fn assert_refused(answer: &TestResponse, address: &str, status: StatusCode, error: &str, words: &str) {
    assert_eq!(answer.status, status, "{address}");
    if is_function(address) {
        assert_eq!(answer.body, format!("\"{error}\""), "{address}");
    } else {
        assert!(answer.header("content-type").starts_with("text/html"), "{address}");
        assert!(answer.body.contains(words), "{address}: {}", answer.body);
    }
}

/// The nonce that a page's policy allows.
fn nonce(answer: &TestResponse) -> &str {
    let policy = answer.header("content-security-policy");
    let start = policy.split_once("'nonce-").map(|(_, rest)| rest);
    start
        .and_then(|rest| rest.split('\'').next())
        .unwrap_or_else(|| panic!("no nonce in {policy:?}"))
}

/// That a page is held to its policy and keeps it: every script has the nonce, and nothing else is inline.
fn assert_page(name: &str, answer: &TestResponse) {
    assert!(answer.header("content-type").starts_with("text/html"), "{name}");
    let nonce = nonce(answer);
    assert!(nonce.len() >= 22, "{name}: {nonce}");
    let mut directives: Vec<_> = answer.header("content-security-policy").split("; ").collect();
    directives.sort_unstable();
    let script = format!("script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'");
    let style = format!("style-src 'self' 'nonce-{nonce}'");
    assert_eq!(
        directives,
        [
            "base-uri 'none'",
            "connect-src 'self'",
            "default-src 'none'",
            "font-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "img-src 'self'",
            "object-src 'none'",
            &script,
            &style,
        ],
        "{name}"
    );
    assert!(!answer.body.contains("javascript:"), "{name}");
    let mut scripts = 0;
    for tag in answer.markup().split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        assert!(!tag.starts_with("style"), "{name}: <{tag}>");
        for word in tag.split_whitespace().skip(1) {
            let Some((attribute, _)) = word.split_once('=') else {
                continue;
            };
            let handler = attribute.starts_with("on") && attribute.chars().all(|letter| letter.is_ascii_lowercase());
            assert!(!handler && attribute != "style", "{name}: <{tag}>");
        }
        if tag.starts_with("script") {
            scripts += 1;
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{name}: <{tag}>");
        }
    }
    assert!(scripts > 0, "{name}");
    // No proxy changes what is to be hydrated.
    assert_eq!(answer.header("cache-control"), "no-store, no-transform", "{name}");
}

/// That an answer which is no page allows a browser nothing.
fn assert_bare(name: &str, answer: &TestResponse) {
    let policy = answer.header("content-security-policy");
    let mut directives: Vec<_> = policy.split("; ").map(|part| part.split(" 'sha256-").next()).collect();
    directives.sort_unstable();
    let is_page = answer.header("content-type").starts_with("text/html");
    // A page that is made outside of the application may have a form.
    let expected: &[&str] = match is_page {
        true => &[
            "base-uri 'none'",
            "default-src 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "img-src 'self'",
            "script-src 'none'",
            "style-src",
        ],
        false => &[
            "base-uri 'none'",
            "default-src 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "style-src",
        ],
    };
    let expected: Vec<_> = expected.iter().copied().map(Some).collect();
    assert_eq!(directives, expected, "{name}");
    let cache = if answer.status == StatusCode::OK && name.ends_with(".svg") {
        "no-cache"
    } else {
        "no-store"
    };
    assert_eq!(answer.header("cache-control"), cache, "{name}");
}

/// What every answer says.
fn assert_common(name: &str, answer: &TestResponse, hsts: &str) {
    for (header, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("strict-transport-security", hsts),
    ] {
        assert_eq!(answer.header(header), value, "{name}: {header}");
        assert!(answer.headers.get_all(header).iter().count() <= 1, "{name}: {header}");
    }
    let policies = answer.headers.get_all("content-security-policy");
    assert_eq!(policies.iter().count(), 1, "{name}");
    for feature in ["camera=()", "microphone=()", "geolocation=()"] {
        assert!(
            answer.header("permissions-policy").contains(feature),
            "{name}: {feature}"
        );
    }
    assert!(!answer.header("x-request-id").is_empty(), "{name}");
}

#[sqlx::test(migrations = "../migrations")]
async fn every_page_has_the_headers(pool: PgPool) {
    for (web, hsts) in [(NetworkConfig::default(), ""), (behind_a_proxy(), HSTS)] {
        let server = TestServer::with_web(&pool, web).await;
        let restore = format!("/customers/{}/restore", Uuid::now_v7());
        let typed = Form::in_page(&server.get("/customers/new").await).with("name", "Asha Rao");
        for (name, answer, status) in [
            ("a page", server.get("/customers").await, 200),
            ("a dialog", server.get("/customers/new").await, 200),
            ("no such page", server.get("/nonsense").await, 404),
            ("no such file", server.get("/pkg/none.js").await, 404),
            ("a form again", server.post("/customers/new", typed.body()).await, 422),
            ("no such customer", server.post(&restore, "").await, 404),
        ] {
            assert_eq!(answer.status.as_u16(), status, "{name}");
            assert_page(name, &answer);
            assert_common(name, &answer, hsts);
        }
        server.close().await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn every_other_response_has_the_headers(pool: PgPool) {
    let cross_site = |address| sending(Method::POST, address, &[("sec-fetch-site", "cross-site")], "");
    let heavy = "x".repeat(40_000);
    let heavy = |address| sending(Method::GET, address, &[("x-heavy", &heavy)], "");
    let long = format!("/customers?q={}", "x".repeat(9000));
    let large = "x".repeat(1024 * 1024 + 1);
    let record = format!("/api/customers/record?id={}", Uuid::now_v7());
    for (web, hsts) in [(NetworkConfig::default(), ""), (behind_a_proxy(), HSTS)] {
        let server = TestServer::with_web(&pool, web).await;
        for (name, answer, status) in [
            ("a redirect", server.get("/").await, 303),
            ("a form's redirect", server.post("/customers/columns", "").await, 303),
            ("JSON", server.get("/api/customers/list?address=").await, 200),
            ("an error", server.get(&record).await, 404),
            ("no such function", server.get("/api/none").await, 400),
            ("/favicon.svg", server.get("/favicon.svg").await, 200),
            ("alive", server.get("/healthz").await, 200),
            ("ready", server.get("/readyz").await, 200),
            ("no such method", server.ask(Method::DELETE, "/customers").await, 405),
            (
                "a cross-site form",
                server.send(cross_site("/customers/new")).await,
                403,
            ),
            (
                "a cross-site call",
                server.send(cross_site("/api/customers/save")).await,
                403,
            ),
            ("cross-site, to health", server.send(cross_site("/healthz")).await, 403),
            ("a large form", server.post("/customers/new", large.clone()).await, 413),
            ("a large call", server.call("save", large.clone()).await, 413),
            ("a long address", server.get(&long).await, 414),
            ("heavy headers", server.send(heavy("/customers")).await, 431),
            ("heavy, to health", server.send(heavy("/readyz")).await, 431),
        ] {
            assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.body);
            assert_bare(name, &answer);
            assert_common(name, &answer, hsts);
        }
        server.close().await;
    }
}

/// Anybody may report a page whose program has failed, in few words.
#[sqlx::test(migrations = "../migrations")]
async fn failures_of_pages_are_reported(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let report = |reason: &str| format!("stage=starting&page=customers&reason={reason}");
    for (name, headers, body, status) in [
        ("a report", &[][..], report("unreachable"), 204),
        ("a long one", &[], report(&"x".repeat(5_000)), 413),
        ("half of one", &[], "stage=starting".to_owned(), 422),
        (
            "cross-site",
            &[("sec-fetch-site", "cross-site")],
            report("unreachable"),
            403,
        ),
    ] {
        let answer = server
            .send(sending(Method::POST, "/page-failures", headers, body))
            .await;
        assert_eq!(answer.status.as_u16(), status, "{name}");
    }
    assert_eq!(
        server.get("/page-failures").await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_nonce_is_used_once(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let first = server.get("/customers").await;
    let second = server.get("/customers").await;
    assert_ne!(nonce(&first), nonce(&second));
    server.close().await;
}

/// Browsers hold the picture to the policy that its file comes with.
#[sqlx::test(migrations = "../migrations")]
async fn the_icon_has_a_policy_of_its_own(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let icon = server.get("/favicon.svg").await;
    let style = icon
        .body
        .split_once("<style>")
        .and_then(|(_, rest)| rest.split_once("</style>"));
    let (style, _) = style.expect("a style");
    let hash = STANDARD.encode(Sha256::digest(style));
    let policy = icon.header("content-security-policy");
    assert!(
        policy.contains(&format!("style-src 'sha256-{hash}'")),
        "{hash}: {policy}"
    );
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn cross_site_requests_are_refused_everywhere(pool: PgPool) {
    let words = "this was sent from another site";
    for known in [false, true] {
        let web = if known {
            behind_a_proxy()
        } else {
            NetworkConfig::default()
        };
        let server = TestServer::with_web(&pool, web).await;
        for address in unsafe_addresses() {
            for (fetch_site, origin, host, cross_site, cross_site_if_known) in CASES {
                // The public URL is the only site then.
                let host = if known { Some("crm.example") } else { host };
                let pairs = [("sec-fetch-site", fetch_site), ("origin", origin), ("host", host)];
                let headers: Vec<_> = pairs
                    .iter()
                    .filter_map(|(name, value)| Some((*name, (*value)?)))
                    .collect();
                let answer = server.send(sending(Method::POST, &address, &headers, "")).await;
                if if known { cross_site_if_known } else { cross_site } {
                    assert_refused(&answer, &address, StatusCode::FORBIDDEN, "CrossSite", words);
                } else {
                    let refused = answer.body.contains(words) || answer.body == "\"CrossSite\"";
                    assert!(!refused, "{address} {headers:?} {known}");
                }
            }
        }
        server.close().await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn cross_site_reads_are_allowed_and_other_methods_are_not(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let cross_site = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    for address in ["/customers", "/api/customers/list?address=", "/healthz"] {
        let answer = server.send(sending(Method::GET, address, &cross_site, "")).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}");
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = server.send(sending(method, address, &cross_site, "")).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{address}");
        }
    }
    // A header that is there twice is no browser's.
    for (name, first, second) in [
        ("sec-fetch-site", "same-origin", "cross-site"),
        ("origin", "http://crm.example", "https://evil.example"),
    ] {
        let both = [("host", "crm.example"), (name, first), (name, second)];
        let answer = server.send(sending(Method::POST, "/customers/new", &both, "")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}");
    }
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_request_has_one_host_and_it_is_the_sites(pool: PgPool) {
    const ANY: bool = false;
    const PUBLIC_ONLY: bool = true;
    for (known, hosts, status) in [
        (ANY, &["crm.internal:3000"][..], 200),
        (ANY, &["evil.example"], 200),
        (ANY, &["crm.example", "crm.example"], 400),
        (ANY, &["crm.example", "evil.example"], 400),
        (PUBLIC_ONLY, &["crm.example"], 200),
        (PUBLIC_ONLY, &["CRM.example:443"], 200),
        (PUBLIC_ONLY, &["crm.internal:3000"], 421),
        (PUBLIC_ONLY, &["crm.example.evil.example"], 421),
        (PUBLIC_ONLY, &["crm.example:80"], 421),
        (PUBLIC_ONLY, &[""], 421),
        (PUBLIC_ONLY, &["crm.example", "crm.example"], 400),
    ] {
        let web = if known {
            behind_a_proxy()
        } else {
            NetworkConfig::default()
        };
        let server = TestServer::with_web(&pool, web).await;
        let headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
        for address in ["/customers", "/api/customers/list?address=", "/favicon.svg"] {
            let answer = server.send(sending(Method::GET, address, &headers, "")).await;
            assert_eq!(answer.status.as_u16(), status, "{address} {hosts:?} {known}");
        }
        // Whoever checks the health knows an address alone.
        let health = server.send(sending(Method::GET, "/healthz", &headers, "")).await;
        assert_eq!(
            health.status.as_u16(),
            if status == 421 { 200 } else { status },
            "{hosts:?} {known}"
        );
        server.close().await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn strangers_may_send_little(pool: PgPool) {
    const KIB: usize = 1024;
    let server = TestServer::new(&pool).await;
    let link = "/link/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for (address, most) in [
        ("/sign-in", 32 * KIB),
        ("/sign-in/code", 32 * KIB),
        ("/sign-in/demo", 32 * KIB),
        ("/customers/new", 32 * KIB),
        ("/api/customers/save", 32 * KIB),
        ("/nonsense", 32 * KIB),
        ("/pkg/none.js", 32 * KIB),
        (link, 8 * KIB),
    ] {
        let sent = |length| sending(Method::POST, address, &[], "x".repeat(length));
        let taken = server.send_as("", sent(most)).await;
        assert_ne!(taken.status, StatusCode::PAYLOAD_TOO_LARGE, "{address}");
        let refused = server.send_as("", sent(most + 1)).await;
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        assert_refused(&refused, address, status, "TooLarge", "Too large: ");
    }
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn addresses_have_a_maximum_length(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let of_length = |start: &str, length: usize| format!("{start}{}", "x".repeat(length - start.len()));
    for start in ["/", "/customers/", "/api/"] {
        let most = server.get(&of_length(start, 2048)).await;
        assert_ne!(most.status, StatusCode::URI_TOO_LONG, "{start}");
        let more = server.get(&of_length(start, 2049)).await;
        assert_refused(&more, start, StatusCode::URI_TOO_LONG, "TooLong", "are too long");
    }
    for (path, start) in [("/customers", "q="), ("/api/customers/list", "address=")] {
        let most = server.get(&format!("{path}?{}", of_length(start, 8192))).await;
        assert_eq!(most.status, StatusCode::OK, "{path}");
        let more = server.get(&format!("{path}?{}", of_length(start, 8193))).await;
        assert_refused(&more, path, StatusCode::URI_TOO_LONG, "TooLong", "are too long");
    }
    server.close().await;
}

/// The exact borders are tested beside the code, since a browser adds headers of its own.
#[sqlx::test(migrations = "../migrations")]
async fn headers_have_a_maximum_length(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    for address in ["/customers", "/api/customers/list?address="] {
        for (count, length, refused) in [(90, 1, false), (101, 1, true), (1, 31_000, false), (1, 32_768, true)] {
            let value = "x".repeat(length);
            let headers = vec![("x-more", &*value); count];
            let answer = server.send(sending(Method::GET, address, &headers, "")).await;
            if refused {
                let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
                assert_refused(&answer, address, status, "TooLong", "are too long");
            } else {
                assert_eq!(answer.status, StatusCode::OK, "{address} {count} {length}");
            }
        }
    }
    server.close().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn bodies_have_a_maximum_length_everywhere(pool: PgPool) {
    let server = TestServer::new(&pool).await;
    let most = 1024 * 1024;
    for address in unsafe_addresses() {
        // One of them signs out.
        let session = server.sign_in(Role::Admin).await;
        let sent = |length| sending(Method::POST, &address, &[], "x".repeat(length));
        let taken = server.send_as(&session, sent(most)).await;
        assert_ne!(taken.status, StatusCode::PAYLOAD_TOO_LARGE, "{address}");
        let refused = server.send_as(&session, sent(most + 1)).await;
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        assert_refused(&refused, &address, status, "TooLarge", "at most 1 MiB");
        // A length that is declared is enough.
        let length = (most + 1).to_string();
        let declared = sending(Method::POST, &address, &[("content-length", &length)], "");
        let refused = server.send(declared).await;
        assert_refused(&refused, &address, status, "TooLarge", "at most 1 MiB");
    }
    server.close().await;
}
