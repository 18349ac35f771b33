//! The forms of getting in and out: sign-in, second step, the demo's buttons, one-time links, sign-out.

use app::error::AppError;
use app::people::model::roles::Role;
use app::people::model::token::Token;
use app::people::place;
use app::people::service::entry::{self, Entry, NO_PASSWORD};
use app::people::service::flash::{self, Deed};
use app::people::service::invitations;
use app::ui::posted::Posted;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::post;
use leptos::nonce::Nonce;

use crate::desk::{Desk, Forms, RESUME, Sent, elsewhere, to, with_cookies};
use crate::headers::policy_with_nonce;
use crate::web::is_loopback;

/// The addresses that these forms are sent to.
pub fn forms() -> Forms {
    Forms::default()
        .at(place::SIGN_IN, post(sign_in))
        .at(place::CODE, post(second_step))
        .at(place::DEMO, post(demo).get(to(place::SIGN_IN)))
        .at(place::SIGN_OUT, post(sign_out).get(to("/customers")))
        .at("/link/{token}", post(use_link))
}

const WRONG: &str = "Email or password is not right. Check both; capital letters count in the password.";
const WRONG_CODE: &str =
    "This code is not right, or was used before. Type the one that your app shows now, or a recovery code.";
const TOO_MANY: &str = "Too many tries. Wait a quarter of an hour, or ask an Admin for a one-time link.";

/// What goes along through every step of signing in: where to go on to, and a form that was sent by somebody whose session had ended.
fn along(sent: &Sent) -> Posted {
    Posted::new()
        .with("next", sent.value("next"))
        .with("kept", sent.value("kept"))
}

async fn sign_in(State(desk): State<Desk>, parts: Parts, body: String) -> Response {
    let sent = Sent::read(&body);
    let context = desk.for_request(&parts);
    let (writer, email, password) = (
        context.clone(),
        sent.value("email").to_owned(),
        sent.value("password").to_owned(),
    );
    let again = along(&sent).with("email", &email);
    let again = again
        .wrong_if("email", email.is_empty().then_some("Enter your email."))
        .wrong_if("password", password.is_empty().then_some(NO_PASSWORD));
    if again.is_wrong() {
        return desk.again(parts, again).await;
    }
    let tried = context
        .write(async move { entry::sign_in(&writer, &email, &password).await })
        .await;
    match tried {
        Ok(Entry::Opened { token, two_step: false }) => desk.go_on(&sent, &token),
        Ok(Entry::Opened { token, two_step: true }) if sent.value("kept").is_empty() => {
            let code =
                place::sign_in_for(place::safe_next(sent.value("next"))).replacen(place::SIGN_IN, place::CODE, 1);
            desk.to(&code, &[desk.session_cookie(Some(&token))])
        }
        Ok(Entry::Opened { token, two_step: true }) => {
            let cookie = desk.session_cookie(Some(&token));
            let page = desk
                .plain_page(Uri::from_static(place::CODE), parts, StatusCode::OK, along(&sent))
                .await;
            with_cookies(page, &[cookie])
        }
        Ok(Entry::Wrong) => desk.again(parts, again.problem(WRONG)).await,
        Ok(Entry::TooMany) => too_many(
            desk.page_with(parts, StatusCode::TOO_MANY_REQUESTS, again.problem(TOO_MANY))
                .await,
        ),
        Err(error) => desk.failed(parts, again, error).await,
    }
}

async fn second_step(State(desk): State<Desk>, parts: Parts, body: String) -> Response {
    let sent = Sent::read(&body);
    let context = desk.for_request(&parts);
    let session = match context.caller.session() {
        Ok(session) => session.clone(),
        // It has run out meanwhile: from the start, with all that goes along.
        Err(AppError::SignedOut) => {
            let again = along(&sent).problem(AppError::SignedOut.to_string());
            let code = StatusCode::UNAUTHORIZED;
            return desk
                .plain_page(Uri::from_static(place::SIGN_IN), parts, code, again)
                .await;
        }
        Err(error) => return desk.failed(parts, along(&sent), error).await,
    };
    let (writer, code) = (context.clone(), sent.value("code").to_owned());
    let tried = context
        .write(async move { entry::second_step(&writer, &session, &code).await })
        .await;
    match tried {
        Ok(Entry::Opened { token, .. }) => desk.go_on(&sent, &token),
        Ok(Entry::Wrong) => desk.again(parts, along(&sent).wrong("code", WRONG_CODE)).await,
        Ok(Entry::TooMany) => {
            let again = along(&sent).problem(TOO_MANY);
            too_many(desk.page_with(parts, StatusCode::TOO_MANY_REQUESTS, again).await)
        }
        Err(error) => desk.failed(parts, along(&sent), error).await,
    }
}

async fn demo(State(desk): State<Desk>, parts: Parts, body: String) -> Response {
    let sent = Sent::read(&body);
    let context = desk.for_request(&parts);
    // A name that only seems to be this machine's is another site's trick.
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if desk.context.reach.demo.is_some() && host.is_some_and(|host| !is_loopback(host)) {
        return desk.failed(at_sign_in(parts), along(&sent), AppError::Foreign).await;
    }
    let Some(role) = Role::parse(sent.value("role")) else {
        return desk
            .again(
                at_sign_in(parts),
                along(&sent).problem("Choose one of the demo's people."),
            )
            .await;
    };
    let writer = context.clone();
    match context.write(async move { entry::demo(&writer, role).await }).await {
        Ok(token) => desk.go_on(&sent, &token),
        Err(error) => desk.failed(at_sign_in(parts), along(&sent), error).await,
    }
}

/// The same request, for the sign-in page.
fn at_sign_in(parts: Parts) -> Parts {
    elsewhere(parts, place::SIGN_IN)
}

async fn sign_out(State(desk): State<Desk>, parts: Parts) -> Response {
    let context = desk.for_request(&parts);
    let writer = context.clone();
    match context.write(async move { entry::sign_out(&writer).await }).await {
        Ok(()) => {
            let cookies = [desk.session_cookie(None), flash::cookie_for(Deed::SignedOut, None)];
            let mut response = desk.to(place::SIGN_IN, &cookies);
            // What pages have left in the browser goes with the session.
            let everything = HeaderValue::from_static("\"cache\", \"storage\"");
            response.headers_mut().insert("clear-site-data", everything);
            response
        }
        Err(error) => desk.failed(at_sign_in(parts), Posted::new(), error).await,
    }
}

async fn use_link(State(desk): State<Desk>, Path(token): Path<String>, parts: Parts, body: String) -> Response {
    let sent = Sent::read(&body);
    let context = desk.for_request(&parts);
    let writer = context.clone();
    let (name, email) = (sent.value("name").to_owned(), sent.value("email").to_owned());
    let again = Posted::new().with("name", &name).with("email", &email);
    let password = sent.value("password").to_owned();
    let used = context
        .write(async move {
            let used = invitations::use_link(&writer, &token, &name, &email, &password).await?;
            // Whoever was signed in here is not any more: the next to sign in is the link's person. (The password is chosen all the same.)
            if used.is_ok() {
                let _ = entry::sign_out(&writer).await;
            }
            Ok(used)
        })
        .await;
    match used {
        Ok(Ok(user)) => {
            let cookies = [
                desk.session_cookie(None),
                flash::cookie_for(Deed::Chosen, Some(user.id)),
            ];
            desk.to(place::SIGN_IN, &cookies)
        }
        Ok(Err(posted)) => desk.again(parts, posted).await,
        // The page of the same address says that the link does not work any more.
        Err(error) => desk.failed(parts, again, error).await,
    }
}

fn too_many(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("900"));
    response
}

impl Desk {
    /// On to where the person wanted to go, with the session in a cookie; with a form that was kept, it is sent again.
    fn go_on(&self, sent: &Sent, token: &Token) -> Response {
        let next = place::safe_next(sent.value("next"));
        let cookies = [self.session_cookie(Some(token))];
        match sent.value("kept") {
            "" => self.to(next, &cookies),
            kept => with_cookies(resume(next, kept), &cookies),
        }
    }
}

/// A page that sends a kept form again, by itself where there is script: its own page then shows it as it was typed.
fn resume(next: &str, kept: &str) -> Response {
    let inputs: String = form_urlencoded::parse(kept.as_bytes())
        .map(|(name, value)| {
            format!(
                "<input type=\"hidden\" name=\"{}\" value=\"{}\">",
                escaped(&name),
                escaped(&value)
            )
        })
        .collect();
    let nonce = Nonce::new();
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><link rel=\"icon\" href=\"/favicon.svg\"><title>Signed in - Lastmile</title><h1>You are signed in</h1>\
         <p>What you typed is still here.</p><form method=\"post\" action=\"{}\">{inputs}<input type=\"hidden\" name=\"{RESUME}\" \
         value=\"1\"><button>Go on</button></form><script nonce=\"{nonce}\">HTMLFormElement.prototype.submit.call(document.forms[0])</script></html>",
        escaped(next)
    );
    (
        [(header::CONTENT_SECURITY_POLICY, policy_with_nonce(&nonce))],
        Html(page),
    )
        .into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
