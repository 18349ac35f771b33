//! The title of the page: of what stands in front, a dialog's before that of the page behind it.
//!
//! The server writes it by `leptos_meta`; the browser's half keeps the titles here.

use leptos::prelude::*;
use std::collections::BTreeMap;

use super::dom::{HEADING, focus, focused, is_hydrating};
use super::form_state::ReturnedForm;

/// The program's name: the title of a page that has none.
const PROGRAM: &str = "Lastmile";

/// The titles of what is shown by their numbers: the last one stands in front.
#[derive(Clone, Copy)]
struct Titles {
    shown: RwSignal<BTreeMap<u32, String>>,
    /// The number of the next one.
    next: StoredValue<u32>,
}

impl Titles {
    fn take_number(self) -> u32 {
        let number = self.next.get_value();
        self.next.set_value(number + 1);
        number
    }
}

/// Shows the titles of all pages below. To be called in the application's root.
pub fn provide_titles() {
    let shown = RwSignal::new(BTreeMap::new());
    provide_context(Titles {
        shown,
        next: StoredValue::new(0),
    });
    write(PROGRAM);
    // The server's title stands until there is another.
    Effect::watch(
        move || shown.with(|titles| titles.values().next_back().cloned()),
        |title, _, _| document().set_title(title.as_deref().unwrap_or(PROGRAM)),
        false,
    );
}

/// The page's title, followed by the program's name.
#[component]
pub fn PageTitle(
    /// What the page is.
    #[prop(into)]
    text: String,
    /// Whether a form on the page has errors, of which the server does not know that it has returned them.
    #[prop(optional)]
    has_errors: Option<Signal<bool>>,
) -> impl IntoView {
    let title = move || {
        let has_errors = ReturnedForm::has_errors() || has_errors.is_some_and(|has_errors| has_errors.get());
        let error = if has_errors { "Error: " } else { "" };
        format!("{error}{text} - {PROGRAM}")
    };
    write(&untrack(&title));
    let titles = expect_context::<Titles>();
    let (number, shown) = (titles.take_number(), titles.shown);
    Effect::new(move |_| {
        let title = title();
        shown.update(|titles| drop(titles.insert(number, title)));
    });
    // Whoever came by the keyboard goes on at the heading of the page that is there now, unless something else has the focus.
    if !is_hydrating() {
        Effect::new(|_| {
            request_animation_frame(|| {
                if focused().is_none() {
                    focus(HEADING);
                }
            });
        });
    }
    on_cleanup(move || {
        shown.try_update(|titles| titles.remove(&number));
    });
}

/// Writes a title into the document that the server sends, as it is at this moment: what it depends on may be gone when the page is sent.
#[cfg(feature = "ssr")]
fn write(title: &str) {
    // The title is written where the component is made, and as it is given: so it is escaped here.
    let escaped = maud::html! { (title) }.into_string();
    let _ = leptos::view! { <leptos_meta::Title text=escaped/> };
}

/// The browser's half follows the titles.
#[cfg(not(feature = "ssr"))]
fn write(_title: &str) {}
