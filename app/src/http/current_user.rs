//! The user of a page: the server finds out who it is, and hands it to the browser with the page.

use leptos::prelude::*;

use super::user_summary::UserSummary;
use crate::base::roles::Permission;

/// The user of the page. Another user or role comes with the next page load: signing in and out are page loads.
#[derive(Clone, Copy)]
pub struct CurrentUser(StoredValue<Option<UserSummary>>);

impl CurrentUser {
    /// Provides the user to all components below. To be called in the application's root.
    pub fn provide() -> Self {
        let user = SharedValue::new(of_request).into_inner();
        let current = Self(StoredValue::new(user));
        provide_context(current);
        current
    }

    /// The user of the page.
    pub fn get() -> Option<UserSummary> {
        use_context::<Self>().and_then(|current| current.0.get_value())
    }

    /// Whether the user of the page has a permission.
    pub fn may(permission: Permission) -> bool {
        Self::get().is_some_and(|user| user.may(permission))
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
