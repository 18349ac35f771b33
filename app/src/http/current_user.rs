//! The user of a page: the server finds out who it is, and hands it to the browser with the page.

#[cfg(not(feature = "ssr"))]
use std::sync::OnceLock;

use leptos::prelude::*;

use super::user_summary::UserSummary;
use crate::base::error::AppError;
use crate::base::roles::Permission;

/// The input by which a form says for which user its page was drawn.
pub const USER_INPUT: &str = "user";
/// The header by which a server function that is sent by POST says the same.
pub const USER_HEADER: &str = "lastmile-user";

/// The user for whom the page of a form was drawn that is sent while nobody knows who is signed in, in the request's extensions.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug)]
pub struct SentUser(pub uuid::Uuid);

/// The id of the page's user, for what is sent outside of all components.
#[cfg(not(feature = "ssr"))]
static USER_OF_PAGE: OnceLock<String> = OnceLock::new();

/// The user of the page. Another user or role comes with the next page load: signing in and out are page loads.
#[derive(Clone, Copy)]
pub struct CurrentUser(StoredValue<Option<UserSummary>>);

impl CurrentUser {
    /// Provides the user to all components below. To be called in the application's root.
    pub fn provide() -> Self {
        let user = SharedValue::new(of_request).into_inner();
        #[cfg(not(feature = "ssr"))]
        USER_OF_PAGE.get_or_init(|| id_of(user.as_ref()));
        let current = Self(StoredValue::new(user));
        provide_context(current);
        current
    }

    /// The user of the page.
    pub fn get() -> Option<UserSummary> {
        use_context::<Self>().and_then(|current| current.0.get_value())
    }

    /// The id of the user of the page, as forms send it; empty where nobody is signed in.
    #[cfg(feature = "ssr")]
    pub fn id() -> String {
        let sent = with_context(|parts: &axum::http::request::Parts| parts.extensions.get::<SentUser>().copied());
        match (Self::get(), sent.flatten()) {
            (None, Some(SentUser(id))) => id.to_string(),
            (user, _) => id_of(user.as_ref()),
        }
    }

    /// The id of the user of the page, as forms send it; empty where nobody is signed in.
    #[cfg(not(feature = "ssr"))]
    pub fn id() -> String {
        USER_OF_PAGE.get().cloned().unwrap_or_default()
    }

    /// Whether the user of the page has a permission; nobody has none.
    pub fn may(permission: impl Into<Option<Permission>>) -> bool {
        let permission = permission.into();
        permission.is_some_and(|permission| Self::get().is_some_and(|user| user.may(permission)))
    }
}

fn id_of(user: Option<&UserSummary>) -> String {
    user.map(|user| user.id.to_string()).unwrap_or_default()
}

/// The input by which a form says for which user it was drawn: in every form that is posted. The server refuses what another user sends.
#[component]
pub fn ExpectedUser() -> impl IntoView {
    view! { <input type="hidden" name=USER_INPUT value=CurrentUser::id() autocomplete="off"/> }
}

/// The user whom the browser's cookie says now, who may have signed in in another tab.
///
/// # Errors
/// `Unavailable`.
#[server(endpoint = "users/current", input = leptos::server_fn::codec::GetUrl)]
pub async fn get_current_user() -> Result<Option<UserSummary>, AppError> {
    let caller = crate::http::context::AppContext::of_request()?.caller;
    match caller.session() {
        Err(AppError::Unavailable) => Err(AppError::Unavailable),
        _ => Ok(caller.user_summary()),
    }
}

#[cfg(feature = "ssr")]
fn of_request() -> Option<UserSummary> {
    use crate::http::identity::RequestIdentity;
    with_context(|parts: &axum::http::request::Parts| {
        RequestIdentity::from_extensions(&parts.extensions).user_summary()
    })?
}

/// The browser reads what the server has found out.
#[cfg(not(feature = "ssr"))]
fn of_request() -> Option<UserSummary> {
    None
}
