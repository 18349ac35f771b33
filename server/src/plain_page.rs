//! Pages for answers that are made outside of the application: a heading, a few sentences, perhaps a form.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

const STYLE: &str = ":root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:36rem;margin:15vh auto 0;padding:0 1rem}\
    h1{font-size:1.5rem;line-height:1.3}button{font:inherit;min-height:2.75rem;padding:0 1rem;cursor:pointer}";

/// A page that works without script. The title is its heading, too.
pub fn plain_page(status: StatusCode, title: &str, content: Markup) -> Response {
    respond(status, title, content, None)
}

/// A page that runs a script where there is one.
pub fn plain_page_with_script(title: &str, content: Markup, script: &'static str) -> Response {
    respond(StatusCode::OK, title, content, Some(script))
}

fn respond(status: StatusCode, title: &str, content: Markup, script: Option<&'static str>) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                link rel="icon" href="/favicon.svg";
                title { (title) " - Lastmile" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (title) }
                    (content)
                }
                @if let Some(script) = script { script { (PreEscaped(script)) } }
            }
        }
    };
    let policy = [(header::CONTENT_SECURITY_POLICY, policy(script))];
    (status, policy, Html(page.into_string())).into_response()
}

/// The page may apply its own style, run its own script, show the icon, and submit its forms to this site.
fn policy(script: Option<&str>) -> HeaderValue {
    let source = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let script = script.map_or("'none'".to_owned(), source);
    let style = source(STYLE);
    let policy = format!(
        "default-src 'none'; script-src {script}; style-src {style}; img-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}
