//! Navigation that leaves the scrolling where it is.

use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// Gives a function that navigates within the page, to an address; in place of this one in the browser's history, where it says so.
pub fn use_navigate_in_place() -> impl Fn(&str, bool) + Clone {
    let navigate = use_navigate();
    move |address: &str, replace: bool| {
        let options = NavigateOptions {
            scroll: false,
            replace,
            ..NavigateOptions::default()
        };
        navigate(address, options);
    }
}
