//! A button that opens a small panel: `<details>`, which works without script, closed by Escape and by a click elsewhere.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// A menu.
#[component]
pub fn Menu(
    /// What the button says.
    label: &'static str,
    /// How many choices are on; shown where it is not zero.
    #[prop(into)]
    count: Signal<usize>,
    /// The panel.
    children: Children,
) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    let close_from_outside = move |event: &web_sys::Event| {
        let Some(menu) = details.get_untracked() else {
            return;
        };
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        if menu.open() && !menu.contains(target.as_ref()) {
            menu.set_open(false);
        }
    };
    Effect::new(move |_| {
        let listener = window_event_listener(ev::click, move |event| close_from_outside(&event));
        on_cleanup(move || listener.remove());
    });
    let close_by_escape = move |event: web_sys::KeyboardEvent| {
        let Some(menu) = details
            .get_untracked()
            .filter(|menu| menu.open() && event.key() == "Escape")
        else {
            return;
        };
        event.prevent_default();
        menu.set_open(false);
        if let Ok(Some(button)) = menu.query_selector("summary") {
            let _ = button.unchecked_into::<web_sys::HtmlElement>().focus();
        }
    };
    view! {
        <details class="menu" node_ref=details on:keydown=close_by_escape>
            <summary class="button">
                {label}
                {move || Some(count.get()).filter(|count| *count > 0).map(|count| view! { <b>{count}</b> })}
            </summary>
            <div class="panel">{children()}</div>
        </details>
    }
}
