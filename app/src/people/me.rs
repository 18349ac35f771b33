//! Who is signed in, for every page: found out by the server, and handed to the browser with the page.

use leptos::prelude::*;

use super::model::Me;
use super::model::roles::Right;

/// The person of this page. A change of role or person comes with the next page load: signing in and out are page loads.
#[derive(Clone, Copy)]
pub struct Person(StoredValue<Option<Me>>);

impl Person {
    /// Makes it known to all pages below. To be called in the application's root.
    pub fn provide() -> Self {
        let me = SharedValue::new(of_request).into_inner();
        let person = Self(StoredValue::new(me));
        provide_context(person);
        person
    }

    /// The person of the page.
    pub fn of_page() -> Option<Me> {
        use_context::<Self>().and_then(|person| person.0.get_value())
    }

    /// Whether the person of the page may do something.
    pub fn may(right: Right) -> bool {
        Self::of_page().is_some_and(|me| me.may(right))
    }
}

#[cfg(feature = "ssr")]
fn of_request() -> Option<Me> {
    with_context(|parts: &axum::http::request::Parts| crate::people::model::asker::Caller::of(&parts.extensions).me())?
}

/// The browser reads what the server has found out.
#[cfg(not(feature = "ssr"))]
fn of_request() -> Option<Me> {
    None
}
