//! What the handlers of forms share: the context of who sends, and pages as answers.

use app::context::AppContext;
use app::cookie;
use app::error::AppError;
use app::people::model::asker::Caller;
use app::people::model::token::Token;
use app::people::place;
use app::shell::Plain;
use app::ui::posted::Posted;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::MethodRouter;
use leptos::prelude::provide_context;
use leptos_axum::render_app_async_with_context;

use crate::headers::Document;
use crate::limits::status;

/// What the handlers need.
#[derive(Clone)]
pub struct Desk {
    /// The program's context, with nobody asking.
    pub context: AppContext,
    /// What pages are made in.
    pub document: Document,
}

impl Desk {
    /// The context of a request.
    pub fn for_request(&self, parts: &Parts) -> AppContext {
        self.context.clone().called_by(Caller::of(&parts.extensions))
    }

    /// The page of the request's own address, with something more in its context and a status of its own.
    pub async fn page_with<T: Clone + Send + Sync + 'static>(
        self,
        parts: Parts,
        status: StatusCode,
        more: T,
    ) -> Response {
        let uri = parts.uri.clone();
        self.page_of(uri, parts, status, move || provide_context(more.clone()))
            .await
    }

    /// The page of another address, which the browser does not take over, since it stands at this one.
    pub async fn plain_page(self, uri: Uri, parts: Parts, status: StatusCode, posted: Posted) -> Response {
        let more = move || {
            provide_context(posted.clone());
            provide_context(Plain);
        };
        self.page_of(uri, parts, status, more).await
    }

    async fn page_of(
        self,
        uri: Uri,
        mut parts: Parts,
        status: StatusCode,
        more: impl Fn() + Clone + Send + Sync + 'static,
    ) -> Response {
        let Self { context, document } = self;
        let plain = parts.extensions.get::<Elsewhere>().is_some();
        let render = render_app_async_with_context(
            move || {
                provide_context(context.clone());
                if plain {
                    provide_context(Plain);
                }
                more();
            },
            move || document.page(),
        );
        parts.method = Method::GET;
        parts.uri = uri;
        for name in [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::TRANSFER_ENCODING] {
            parts.headers.remove(name);
        }
        let mut response = render(Request::from_parts(parts, Body::empty())).await;
        // What the page itself says of what went wrong stays.
        if status != StatusCode::OK {
            *response.status_mut() = status;
        }
        response
    }

    /// The sign-in page in place of an answer, with the form that was sent in it: it goes on from there afterwards.
    pub async fn sign_in_first(self, parts: Parts, body: &str) -> Response {
        let here = parts
            .uri
            .path_and_query()
            .map_or("/", |address| address.as_str())
            .to_owned();
        let posted = Posted::new()
            .with("next", &here)
            .with("kept", body)
            .problem(signed_out(body));
        let code = status(&AppError::SignedOut);
        self.plain_page(Uri::from_static(place::SIGN_IN), parts, code, posted)
            .await
    }

    /// The page of a form that came back.
    pub async fn again(self, parts: Parts, posted: Posted) -> Response {
        self.page_with(parts, StatusCode::UNPROCESSABLE_ENTITY, posted).await
    }

    /// The form's page after a fault, with what was typed; or signing in first, with the body kept, where that is what is wrong.
    pub async fn refused(self, parts: Parts, body: &str, error: AppError) -> Response {
        if error == AppError::SignedOut {
            return self.sign_in_first(parts, body).await;
        }
        self.failed(parts, Posted::new(), error).await
    }

    /// The form's page after a fault, with what was typed.
    pub async fn failed(self, parts: Parts, posted: Posted, error: AppError) -> Response {
        let mut response = self
            .page_with(parts, status(&error), posted.problem(error.to_string()))
            .await;
        let wait = match error {
            AppError::Unavailable => HeaderValue::from_static("2"),
            AppError::TooMany => HeaderValue::from_static("900"),
            _ => return response,
        };
        response.headers_mut().insert(header::RETRY_AFTER, wait);
        response
    }

    /// Goes to an address, with a cookie.
    pub fn to(&self, address: &str, cookies: &[String]) -> Response {
        with_cookies(Redirect::to(address).into_response(), cookies)
    }

    /// The cookie of a session.
    pub fn session_cookie(&self, token: Option<&Token>) -> String {
        cookie::session_cookie(token, self.context.reach.is_https())
    }
}

/// Marks a request whose answer is the page of another address, which the browser does not take over.
#[derive(Clone, Copy)]
struct Elsewhere;

/// The same request, to be answered with the page of another address.
pub fn elsewhere(mut parts: Parts, page: &'static str) -> Parts {
    parts.uri = Uri::from_static(page);
    parts.extensions.insert(Elsewhere);
    parts
}

/// Where a form's address leads when it is opened by hand: to the page that has the form.
pub fn to(page: &'static str) -> impl Fn() -> std::future::Ready<Redirect> + Clone {
    move || std::future::ready(Redirect::to(page))
}

/// What became of what was typed: passwords are not carried along.
fn signed_out(kept: &str) -> String {
    if kept.is_empty() {
        "You are signed out: your session has ended, or was ended elsewhere. Sign in, and do it once more.".to_owned()
    } else {
        AppError::SignedOut.to_string()
    }
}

/// An answer that sets cookies.
pub fn with_cookies(mut response: Response, cookies: &[String]) -> Response {
    for cookie in cookies {
        match HeaderValue::from_str(cookie) {
            Ok(value) => {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
            Err(fault) => {
                return (StatusCode::INTERNAL_SERVER_ERROR, AppError::internal(fault).to_string()).into_response();
            }
        }
    }
    response
}

/// Routes that forms are sent to. They know their own addresses, so that what holds for all of them can be tested of each.
#[derive(Default)]
pub struct Forms {
    /// The routes.
    pub router: Router<Desk>,
    /// Their addresses, as the router spells them.
    pub paths: Vec<&'static str>,
}

impl Forms {
    /// The same with one more.
    pub fn at(mut self, path: &'static str, handler: MethodRouter<Desk>) -> Self {
        self.router = self.router.route(path, handler);
        self.paths.push(path);
        self
    }
}

/// The input by which a form that was kept through a sign-in is only shown again.
pub const RESUME: &str = "resume";

/// The pairs of a form's body.
pub struct Sent(Vec<(String, String)>);

impl Sent {
    /// Reads a body (`application/x-www-form-urlencoded`).
    pub fn read(body: &str) -> Self {
        Self(form_urlencoded::parse(body.as_bytes()).into_owned().collect())
    }

    /// The first value under a name; empty where there is none.
    pub fn value(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// Whether a form that was kept through a sign-in is only to be shown again.
    pub fn is_resumed(&self) -> bool {
        !self.value(RESUME).is_empty()
    }

    /// All pairs.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }
}
