//! What the handlers of forms share: the context of the sender, the form's body, and pages as answers.

use std::collections::BTreeMap;

use ::cookie::Cookie;
use app::base::error::AppError;
use app::document::NoHydration;
use app::http::context::{AppContext, PublicAddress};
use app::http::cookie;
use app::http::flash::FlashMessage;
use app::http::identity::RequestIdentity;
use app::http::token::Token;
use app::ui::form_state::FormState;
use app::users::routes;
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::MethodRouter;
use leptos::prelude::provide_context;
use leptos_axum::render_app_async_with_context;
use serde::de::value::{Error, MapDeserializer};
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::headers::PageShell;
use crate::request_guard::status;

/// What the handlers of forms need.
#[derive(Clone)]
pub struct FormContext {
    /// The program's context, with nobody asking.
    pub context: AppContext,
    /// The document around every page, with its policy.
    pub shell: PageShell,
}

impl FormContext {
    /// The context of a request.
    pub fn for_request(&self, parts: &Parts) -> AppContext {
        self.context
            .clone()
            .for_caller(RequestIdentity::from_extensions(&parts.extensions))
    }

    /// The page of the request's own address, with a status and something more in its context.
    pub async fn render_with<T: Clone + Send + Sync + 'static>(
        self,
        parts: Parts,
        status: StatusCode,
        more: T,
    ) -> Response {
        let uri = parts.uri.clone();
        self.render(uri, parts, status, move || provide_context(more.clone()))
            .await
    }

    /// The page of another address. The browser does not hydrate it, since it stands at this one.
    pub async fn render_static(self, uri: Uri, parts: Parts, status: StatusCode, state: FormState) -> Response {
        let more = move || {
            provide_context(state.clone());
            provide_context(NoHydration);
        };
        self.render(uri, parts, status, more).await
    }

    async fn render(
        self,
        uri: Uri,
        mut parts: Parts,
        status: StatusCode,
        more: impl Fn() + Clone + Send + Sync + 'static,
    ) -> Response {
        let Self { context, shell } = self;
        let of_another_address = parts.extensions.get::<PageOfAnotherAddress>().is_some();
        let render = render_app_async_with_context(
            move || {
                provide_context(context.clone());
                if of_another_address {
                    provide_context(NoHydration);
                }
                more();
            },
            move || shell.page(),
        );
        parts.method = Method::GET;
        parts.uri = uri;
        for name in [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::TRANSFER_ENCODING] {
            parts.headers.remove(name);
        }
        let mut response = render(Request::from_parts(parts, Body::empty())).await;
        // Where the page itself reports an error, its status stays.
        if status != StatusCode::OK {
            *response.status_mut() = status;
        }
        response
    }

    /// The sign-in page in place of an answer. It carries the form's body along, unless there is none to resume, and the form is
    /// shown again afterwards.
    pub async fn require_sign_in(self, parts: Parts, pending_form: Option<&str>) -> Response {
        let pending_form = pending_form.filter(|body| !body.is_empty());
        let here = parts.uri.path_and_query().map_or("/", |address| address.as_str());
        let state = FormState::new()
            .with("next", here)
            .with("pending_form", pending_form.unwrap_or_default())
            .problem(match pending_form {
                Some(_) => AppError::SignedOut.to_string(),
                // Passwords are not carried along.
                None => SIGNED_OUT_AND_NO_FORM_PENDING.to_owned(),
            });
        let status = status(&AppError::SignedOut);
        self.render_static(Uri::from_static(routes::SIGN_IN), parts, status, state)
            .await
    }

    /// The page of a form that was filled in wrongly.
    pub async fn invalid(self, parts: Parts, state: FormState) -> Response {
        self.render_with(parts, StatusCode::UNPROCESSABLE_ENTITY, state).await
    }

    /// The sign-in page, with the pending form, where the sender is signed out; after other errors the form's page.
    pub async fn error_or_sign_in(self, parts: Parts, pending_form: Option<&str>, error: AppError) -> Response {
        self.failed(parts, pending_form, FormState::new(), error).await
    }

    /// The same, where the form's page shows again what was typed.
    pub async fn failed(self, parts: Parts, pending_form: Option<&str>, typed: FormState, error: AppError) -> Response {
        if error == AppError::SignedOut {
            return self.require_sign_in(parts, pending_form).await;
        }
        self.error(parts, typed, error).await
    }

    /// The form's page after an error, with what was typed.
    pub async fn error(self, parts: Parts, state: FormState, error: AppError) -> Response {
        let mut response = self
            .render_with(parts, status(&error), state.problem(error.to_string()))
            .await;
        if let Some(seconds) = error.retry_after() {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// Leads to an address, and sets cookies.
    pub fn redirect(&self, address: &str, cookies: &[Cookie<'_>]) -> Response {
        with_cookies(Redirect::to(address).into_response(), cookies)
    }

    /// Leads to an address, whose page tells what was done.
    pub fn redirect_with_message(&self, address: &str, message: &FlashMessage) -> Response {
        self.redirect(address, &[self.message_cookie(message)])
    }

    /// The cookie of a message for the next page.
    pub fn message_cookie(&self, message: &FlashMessage) -> Cookie<'static> {
        message.cookie(self.site())
    }

    /// The cookie that opens a session.
    pub fn session_cookie(&self, token: &Token) -> Cookie<'static> {
        cookie::session(token, self.site())
    }

    /// The cookie that takes the session's away.
    pub fn expired_session_cookie(&self) -> Cookie<'static> {
        cookie::expired_session(self.site())
    }

    /// The cookie by which this browser is known from now on.
    pub fn browser_cookie(&self, token: &Token) -> Cookie<'static> {
        cookie::remember_browser(token, self.site())
    }

    /// The site that cookies are for.
    pub fn site(&self) -> &PublicAddress {
        &self.context.public_address
    }
}

const SIGNED_OUT_AND_NO_FORM_PENDING: &str = "You are signed out because your session ended. Sign in and try again.";

/// Marks a request that is answered with the page of another address, which the browser does not hydrate.
#[derive(Clone, Copy)]
struct PageOfAnotherAddress;

/// The same request, to be answered with the page of another address.
pub fn at_page(mut parts: Parts, page: &str) -> Parts {
    parts.uri = page.parse().unwrap_or_default();
    parts.extensions.insert(PageOfAnotherAddress);
    parts
}

/// A handler for a form's address that is opened by hand: it leads to the page that has the form.
pub fn redirect_to(page: impl Into<String>) -> impl Fn() -> std::future::Ready<Redirect> + Clone {
    let page = page.into();
    move || std::future::ready(Redirect::to(&page))
}

/// A response that sets cookies.
pub fn with_cookies(mut response: Response, cookies: &[Cookie<'_>]) -> Response {
    for cookie in cookies {
        match HeaderValue::from_str(&cookie.to_string()) {
            Ok(value) => {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
            Err(error) => {
                return (StatusCode::INTERNAL_SERVER_ERROR, AppError::internal(error).to_string()).into_response();
            }
        }
    }
    response
}

/// Routes that forms are sent to. They know their own paths, so that what holds for all of them can be tested of each.
#[derive(Default)]
pub struct FormRoutes {
    /// The routes.
    pub router: Router<FormContext>,
    /// Their paths, as the router spells them.
    pub paths: Vec<String>,
}

impl FormRoutes {
    /// The same with one more, whose form does something that nobody wants done by itself after signing in.
    pub fn route(self, path: impl Into<String>, handler: MethodRouter<FormContext>) -> Self {
        self.resumable_route(path, handler.layer(from_fn(refuse_resumed)))
    }

    /// The same with one more, whose handler shows a form again that was pending while its sender signed in ([`FormBody::is_resumed`]).
    pub fn resumable_route(mut self, path: impl Into<String>, handler: MethodRouter<FormContext>) -> Self {
        let path = path.into();
        self.router = self.router.route(&path, handler);
        self.paths.push(path);
        self
    }
}

/// The input that marks a form that was pending while its sender signed in: it is only shown again.
pub const RESUME: &str = "resume";

/// In the extensions of a request that has that input.
#[derive(Clone, Copy)]
pub struct Resumed;

/// Around a form that is not shown again after its sender has signed in: what it does is done by those alone who ask for it anew, on its page.
async fn refuse_resumed(request: Request, next: Next) -> Response {
    if request.extensions().get::<Resumed>().is_some() {
        let page = request.uri().path_and_query().map_or("/", |address| address.as_str());
        return Redirect::to(page).into_response();
    }
    next.run(request).await
}

/// A form that was sent (`application/x-www-form-urlencoded`), read into a struct of its inputs.
pub struct FormBody<T = IgnoredAny> {
    /// The inputs.
    pub form: T,
    /// The body as it was sent, which is pending where the sender has to sign in first.
    pub body: String,
    /// Whether the form was pending while its sender signed in, and is only to be shown again.
    pub is_resumed: bool,
}

impl<T: DeserializeOwned> FormBody<T> {
    /// Reads a body. Of several inputs with one name the first counts; inputs that `T` does not know are ignored.
    pub fn parse(body: String) -> Result<Self, Error> {
        let mut inputs = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body.as_bytes()).into_owned() {
            inputs.entry(name).or_insert(value);
        }
        let is_resumed = inputs.get(RESUME).is_some_and(|value| !value.is_empty());
        let form = T::deserialize(MapDeserializer::new(inputs.into_iter()))?;
        Ok(Self { form, body, is_resumed })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for FormBody<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let body = String::from_request(request, state).await;
        let body = body.map_err(IntoResponse::into_response)?;
        Self::parse(body).map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()).into_response())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Sample {
        name: String,
        role: String,
    }

    #[test]
    fn a_form_is_read_by_the_names_of_its_inputs() {
        for (body, name, role, is_resumed) in [
            ("", "", "", false),
            ("name=%E0%A4%B0+%26&role=x", "र &", "x", false),
            ("name=first&other=1&name=second", "first", "", false),
            ("role=x&resume=1", "", "x", true),
            ("resume=", "", "", false),
        ] {
            let sent = FormBody::<Sample>::parse(body.to_owned()).expect("a form");
            let (name, role) = (name.to_owned(), role.to_owned());
            assert_eq!(
                (sent.form, sent.is_resumed),
                (Sample { name, role }, is_resumed),
                "{body}"
            );
            assert_eq!(sent.body, body);
        }
    }
}
