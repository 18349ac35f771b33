//! What several elements ask of the document.

use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, FormData, HtmlElement, HtmlFormElement, NodeList, UrlSearchParams};

/// The id of a page's heading, which takes the focus where what had it is gone.
pub const HEADING: &str = "heading";

/// The element at which something happened, where it is one of a kind.
pub fn target<T: JsCast>(event: &Event) -> Option<T> {
    event.target()?.dyn_into().ok()
}

/// The elements of a kind among those that were found.
pub fn all<T: JsCast>(found: Result<NodeList, JsValue>) -> Vec<T> {
    let Ok(found) = found else {
        return Vec::new();
    };
    let nodes = (0..found.length()).filter_map(|index| found.item(index));
    nodes.filter_map(|node| node.dyn_into().ok()).collect()
}

/// An input that is typed into again is no longer marked as wrong; what was wrong is still said below it.
pub fn no_longer_wrong(event: &Event) {
    if let Some(input) = target::<Element>(event) {
        let _ = input.remove_attribute("aria-invalid");
    }
}

/// A form as a browser would send it.
pub fn sent(form: &HtmlFormElement) -> String {
    let data = FormData::new_with_form(form).ok();
    let pairs = data.and_then(|data| UrlSearchParams::new_with_str_sequence_sequence(&JsValue::from(data)).ok());
    pairs.map(|pairs| String::from(pairs.to_string())).unwrap_or_default()
}

/// What has the focus: nothing where it fell to the page as a whole.
pub fn focused() -> Option<Element> {
    document()
        .active_element()
        .filter(|element| element.tag_name() != "BODY")
}

/// Gives the focus to an element and leaves the scrolling where it is.
pub fn focus_in_place(element: &HtmlElement) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    let _ = element.focus_with_options(&options);
}

/// Gives the focus to an element, or to the page's heading where it is gone; nothing scrolls.
pub fn focus(id: &str) {
    let element = document()
        .get_element_by_id(id)
        .or_else(|| document().get_element_by_id(HEADING));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        if id == HEADING {
            focus_in_place(&element);
        } else {
            let _ = element.focus();
        }
    }
}
