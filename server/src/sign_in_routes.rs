//! The forms of signing in and out: password, second step, the demo's buttons, one-time links.

use app::base::error::{AppError, wait};
use app::base::roles::Role;
use app::http::flash::FlashMessage;
use app::http::identity::{Identity, RequestIdentity};
use app::http::next_url::SIGN_IN_AGAIN;
use app::http::token::Token;
use app::ui::form_state::FormState;
use app::users::routes;
use app::users::service::sign_in::{self, DemoAccounts, NO_PASSWORD, SignInOutcome, TypedCode};
use app::users::service::{invitations, messages};
use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::post;
use maud::html;
use serde::Deserialize;

use crate::form_context::{FormBody, FormContext, FormRoutes, RESUME, at_page, redirect_to, with_cookies};
use crate::network::is_loopback;
use crate::plain_page::plain_page_with_script;
use crate::request_guard::status;

/// The routes that these forms are sent to.
pub fn routes() -> FormRoutes {
    FormRoutes::default()
        .route(routes::SIGN_IN, post(sign_in))
        .route(routes::CODE, post(verify_code))
        .route(SIGN_IN_AGAIN, post(sign_in_again).get(redirect_to(routes::SIGN_IN)))
        .route(routes::DEMO, post(sign_in_to_demo).get(redirect_to(routes::SIGN_IN)))
        .route(routes::SIGN_OUT, post(sign_out).get(redirect_to("/customers")))
        .route("/link/{token}", post(use_link))
}

const WRONG: &str = "Incorrect email or password.";

/// What goes along through every step of signing in.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Continuation {
    /// The address to go on to.
    next: String,
    /// The body of a form whose sender had to sign in first.
    pending_form: String,
}

impl Continuation {
    fn state(&self) -> FormState {
        FormState::new()
            .with("next", &self.next)
            .with("pending_form", &self.pending_form)
    }

    /// On to where the user wanted to go, with the session in a cookie; a pending form is sent again.
    fn go_on(&self, forms: &FormContext, token: &Token, browser: Option<&Token>) -> Response {
        let next = routes::sanitize_next(&self.next);
        let mut cookies = vec![forms.session_cookie(token)];
        cookies.extend(browser.map(|browser| forms.browser_cookie(browser)));
        match &*self.pending_form {
            "" => forms.redirect(next, &cookies),
            pending_form => with_cookies(resend(next, pending_form), &cookies),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SignInForm {
    email: String,
    password: String,
    #[serde(flatten)]
    continuation: Continuation,
}

async fn sign_in(State(forms): State<FormContext>, parts: Parts, sent: FormBody<SignInForm>) -> Response {
    let SignInForm {
        email,
        password,
        continuation,
    } = sent.form;
    let context = forms.for_request(&parts);
    let state = continuation
        .state()
        .with("email", &email)
        .error_if("email", email.is_empty().then_some("Enter your email."))
        .error_if("password", password.is_empty().then_some(NO_PASSWORD));
    if state.has_errors() {
        return forms.invalid(parts, state).await;
    }
    let outcome = context.run_write(|context| async move { sign_in::sign_in(&context, &email, &password).await });
    match outcome.await {
        Ok(SignInOutcome::SignedIn {
            token,
            code_required,
            browser,
        }) => {
            if code_required {
                require_code(forms, parts, &continuation, &token).await
            } else {
                continuation.go_on(&forms, &token, browser.as_ref())
            }
        }
        Ok(SignInOutcome::Wrong) => forms.invalid(parts, state.problem(WRONG)).await,
        Ok(SignInOutcome::TooMany { seconds }) => too_many(forms, parts, state, seconds).await,
        Err(error) => forms.error(parts, state, error).await,
    }
}

/// On to the second step: by a redirect, or, where a form is pending, with its page at once.
async fn require_code(forms: FormContext, parts: Parts, continuation: &Continuation, token: &Token) -> Response {
    let cookies = [forms.session_cookie(token)];
    if continuation.pending_form.is_empty() {
        return forms.redirect(&routes::code_url(routes::sanitize_next(&continuation.next)), &cookies);
    }
    let page = forms.render_static(
        Uri::from_static(routes::CODE),
        parts,
        StatusCode::OK,
        continuation.state(),
    );
    with_cookies(page.await, &cookies)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CodeForm {
    code: String,
    recovery_code: String,
    #[serde(flatten)]
    continuation: Continuation,
}

async fn verify_code(State(forms): State<FormContext>, parts: Parts, sent: FormBody<CodeForm>) -> Response {
    let CodeForm {
        code,
        recovery_code,
        continuation,
    } = sent.form;
    let code = TypedCode::new(code, recovery_code);
    let context = forms.for_request(&parts);
    let state = continuation.state();
    let session = match context.caller.session() {
        Ok(session) => session.clone(),
        // The session has ended meanwhile: from the start, with all that goes along.
        Err(AppError::SignedOut) => {
            let state = state.problem(AppError::SignedOut.to_string());
            let page = forms.render_static(
                Uri::from_static(routes::SIGN_IN),
                parts,
                StatusCode::UNAUTHORIZED,
                state,
            );
            return page.await;
        }
        Err(error) => return forms.error(parts, state, error).await,
    };
    let typed = code.clone();
    let outcome = context.run_write(|context| async move { sign_in::verify_code(&context, &session, &typed).await });
    match outcome.await {
        Ok(SignInOutcome::SignedIn { token, browser, .. }) => continuation.go_on(&forms, &token, browser.as_ref()),
        Ok(SignInOutcome::Wrong) => forms.invalid(parts, code.refuse(state)).await,
        Ok(SignInOutcome::TooMany { seconds }) => too_many(forms, parts, state, seconds).await,
        Err(error) => forms.error(parts, state, error).await,
    }
}

async fn too_many(forms: FormContext, parts: Parts, state: FormState, seconds: u32) -> Response {
    let wait = wait(seconds);
    let state = state.problem(format!(
        "Too many attempts. Wait {wait}, or ask an admin for a sign-in link."
    ));
    let mut response = forms.render_with(parts, StatusCode::TOO_MANY_REQUESTS, state).await;
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DemoForm {
    role: String,
    #[serde(flatten)]
    continuation: Continuation,
}

async fn sign_in_to_demo(State(forms): State<FormContext>, parts: Parts, sent: FormBody<DemoForm>) -> Response {
    let DemoForm { role, continuation } = sent.form;
    let context = forms.for_request(&parts);
    // A host name that only resolves to this machine is another site's trick.
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let foreign_host = host.is_some_and(|host| !is_loopback(host));
    let parts = at_page(parts, routes::SIGN_IN);
    let state = continuation.state();
    if context.shared::<Option<DemoAccounts>>().is_some() && foreign_host {
        return forms.error(parts, state, AppError::CrossSite).await;
    }
    let Some(role) = Role::parse(&role) else {
        return forms
            .invalid(parts, state.problem("Choose one of the demo's accounts."))
            .await;
    };
    match context
        .run_write(move |context| async move { sign_in::sign_in_to_demo(&context, role).await })
        .await
    {
        Ok(token) => continuation.go_on(&forms, &token, None),
        Err(error) => forms.error(parts, state, error).await,
    }
}

async fn sign_out(State(forms): State<FormContext>, parts: Parts) -> Response {
    let context = forms.for_request(&parts);
    match context
        .run_write(|context| async move { sign_in::sign_out(&context).await })
        .await
    {
        Ok(()) => {
            let message = FlashMessage::success(messages::SIGNED_OUT);
            let cookies = [forms.expired_session_cookie(), forms.message_cookie(&message)];
            let mut response = forms.redirect(routes::SIGN_IN, &cookies);
            // What pages have stored in the browser goes with the session.
            let stored = HeaderValue::from_static("\"cache\", \"storage\"");
            response.headers_mut().insert("clear-site-data", stored);
            response
        }
        Err(error) => {
            let parts = at_page(parts, routes::SIGN_IN);
            forms.error(parts, FormState::new(), error).await
        }
    }
}

/// Where to go on to, in the address: the body is the form that goes along.
#[derive(Default, Deserialize)]
#[serde(default)]
struct NextQuery {
    next: String,
}

/// Signs out whoever is signed in, and asks the user of the sender's page to sign in; the form that the page has sent goes along.
async fn sign_in_again(
    State(forms): State<FormContext>,
    Query(NextQuery { next }): Query<NextQuery>,
    mut parts: Parts,
    sent: FormBody,
) -> Response {
    let continuation = Continuation {
        next,
        pending_form: sent.body,
    };
    let context = forms.for_request(&parts);
    let signed_out = context.run_write(|context| async move { sign_in::sign_out(&context).await });
    let (status, problem) = match signed_out.await {
        Ok(()) => (StatusCode::OK, None),
        Err(error) => (status(&error), Some(error.to_string())),
    };
    let state = FormState {
        problem,
        ..continuation.state()
    };
    // The page is that of somebody who is signed out.
    parts.extensions.insert(RequestIdentity {
        identity: Identity::Anonymous,
        ..context.caller
    });
    let cookies = [forms.expired_session_cookie()];
    let page = forms.render_static(Uri::from_static(routes::SIGN_IN), parts, status, state);
    with_cookies(page.await, &cookies)
}

/// Choosing a password. The name and email are the first Admin's.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PasswordForm {
    name: String,
    email: String,
    password: String,
}

async fn use_link(
    State(forms): State<FormContext>,
    Path(token): Path<String>,
    parts: Parts,
    sent: FormBody<PasswordForm>,
) -> Response {
    let PasswordForm { name, email, password } = sent.form;
    let context = forms.for_request(&parts);
    let state = FormState::new().with("name", &name).with("email", &email);
    let used = context.run_write(|context| async move {
        let used = invitations::use_link(&context, &token, &name, &email, &password).await?;
        // Whoever was signed in here is signed out: the next to sign in is the link's user. (The password is set in any case.)
        if used.is_ok() {
            let _ = sign_in::sign_out(&context).await;
        }
        Ok(used)
    });
    match used.await {
        Ok(Ok(_)) => {
            let message = FlashMessage::success(messages::PASSWORD_CHOSEN);
            let cookies = [forms.expired_session_cookie(), forms.message_cookie(&message)];
            forms.redirect(routes::SIGN_IN, &cookies)
        }
        Ok(Err(state)) => forms.invalid(parts, state).await,
        // The page of the same address says that the link does not work any more.
        Err(error) => forms.error(parts, state, error).await,
    }
}

/// A page that sends a pending form again, by itself where there is script: its own page then shows it as it was typed.
fn resend(address: &str, pending_form: &str) -> Response {
    let content = html! {
        p { "What you typed is kept." }
        form method="post" action=(address) {
            @for (name, value) in form_urlencoded::parse(pending_form.as_bytes()) {
                input type="hidden" name=(name) value=(value);
            }
            input type="hidden" name=(RESUME) value="1";
            button { "Continue" }
        }
    };
    let script = "HTMLFormElement.prototype.submit.call(document.forms[0])";
    plain_page_with_script("You are signed in", content, script)
}
