//! A button that opens a small panel: a `<details>`, which works without script. Escape closes it, and so do a click and the focus elsewhere.

use leptos::{ev, prelude::*};
use maud::{Markup, html};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDetailsElement, HtmlElement};

use super::dom::{all, closest, target};

/// A menu: its button's label, how many choices are selected (shown where it is not zero), and its panel.
pub fn menu(label: &str, count: usize, panel: &Markup) -> Markup {
    html! {
        details.menu {
            summary.button {
                (label)
                @if count > 0 { b { (count) } }
            }
            .panel { (panel) }
        }
    }
}

/// Closes the page's menus at Escape, and at a click or the focus elsewhere. A page that has menus calls it once.
pub fn watch_menus() {
    Effect::new(move |_| {
        let click = window_event_listener(ev::click, |event| close_others(target::<Element>(&event).as_ref()));
        let focus = window_event_listener(ev::focusin, |event| close_others(target::<Element>(&event).as_ref()));
        let escape = window_event_listener(ev::keydown, |event| {
            if event.key() == "Escape" && close_around(target(&event)) {
                event.prevent_default();
            }
        });
        on_cleanup(move || {
            click.remove();
            focus.remove();
            escape.remove();
        });
    });
}

/// Closes the open menus that an element is not in.
fn close_others(element: Option<&Element>) {
    for menu in all::<HtmlDetailsElement>(document().query_selector_all("details.menu[open]")) {
        if !menu.contains(element.map(AsRef::as_ref)) {
            menu.set_open(false);
        }
    }
}

/// Closes the menu that an element is in and focuses its button; false where there is none.
fn close_around(element: Option<Element>) -> bool {
    let menu = element.and_then(|element| closest::<HtmlDetailsElement>(&element, "details.menu[open]"));
    let Some(menu) = menu else {
        return false;
    };
    menu.set_open(false);
    if let Ok(Some(button)) = menu.query_selector("summary") {
        let _ = button.unchecked_into::<HtmlElement>().focus();
    }
    true
}
