//! Helpers for the browser's document.

use leptos::prelude::{Effect, Owner, document, request_animation_frame};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, FormData, HtmlDocument, HtmlElement, HtmlFormElement, NodeList, UrlSearchParams};

/// The id of a page's heading. It takes the focus where the focused element is gone.
pub const HEADING: &str = "heading";

#[wasm_bindgen]
extern "C" {
    /// Whether somebody has typed or clicked on this page (`page_script.js`).
    #[wasm_bindgen(js_namespace = lastmile, js_name = isUsed)]
    fn is_page_used() -> bool;
}

/// Whether a component is being hydrated: what is in its inputs may have been typed meanwhile.
pub fn is_hydrating() -> bool {
    Owner::current_shared_context().is_some_and(|context| context.during_hydration())
}

/// Whether a component is being hydrated while somebody uses the page already: the focus is theirs. Called in the browser only.
pub fn hydrates_in_use() -> bool {
    is_hydrating() && is_page_used()
}

/// The target of an event, where it is an element of type `T`.
pub fn target<T: JsCast>(event: &Event) -> Option<T> {
    event.target()?.dyn_into().ok()
}

/// The nearest element around one (or itself) that a selector matches, where it is of type `T`.
pub fn closest<T: JsCast>(element: &Element, selector: &str) -> Option<T> {
    element.closest(selector).ok()??.dyn_into().ok()
}

/// The elements of type `T` among the result of a query.
pub fn all<T: JsCast>(result: Result<NodeList, JsValue>) -> Vec<T> {
    let Ok(nodes) = result else {
        return Vec::new();
    };
    let nodes = (0..nodes.length()).filter_map(|index| nodes.item(index));
    nodes.filter_map(|node| node.dyn_into().ok()).collect()
}

/// Takes the error mark off an input that the user edits again. The message below it stays.
pub fn clear_invalid(event: &Event) {
    if let Some(input) = target::<Element>(event) {
        let _ = input.remove_attribute("aria-invalid");
    }
}

/// A form's body as a browser would send it (`application/x-www-form-urlencoded`).
pub fn serialize_form(form: &HtmlFormElement) -> String {
    let data = FormData::new_with_form(form).ok();
    let pairs = data.and_then(|data| UrlSearchParams::new_with_str_sequence_sequence(&JsValue::from(data)).ok());
    pairs.map(|pairs| String::from(pairs.to_string())).unwrap_or_default()
}

/// The body of a form before anything was typed: as it was drawn.
pub fn serialize_drawn(form: &HtmlFormElement) -> Option<String> {
    let copy = form.clone_node_with_deep(true).ok()?;
    let copy = copy.dyn_into::<HtmlFormElement>().ok()?;
    copy.reset();
    Some(serialize_form(&copy))
}

/// Copies what is selected; false where the browser does not let it. (The clipboard API works under https and on this machine alone.)
pub fn copy_selection() -> bool {
    let page = document().dyn_into::<HtmlDocument>();
    page.is_ok_and(|page| page.exec_command("copy").unwrap_or_default())
}

/// The element that has the focus; none where the page as a whole has it.
pub fn focused() -> Option<Element> {
    document()
        .active_element()
        .filter(|element| element.tag_name() != "BODY")
}

/// What takes the focus for an element: the button of the closed panel that it is in, where it is in one.
fn focusable(element: &HtmlElement) -> HtmlElement {
    let panel = closest::<HtmlElement>(element, "[popover]").filter(|_| element.offset_parent().is_none());
    let button = panel.and_then(|panel| {
        let button = format!("[popovertarget='{}']", panel.id());
        document().query_selector(&button).ok().flatten()
    });
    let button = button.and_then(|button| button.dyn_into().ok());
    button.unwrap_or_else(|| element.clone())
}

/// Focuses an element without scrolling.
pub fn focus_in_place(element: &HtmlElement) {
    let element = focusable(element);
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    let _ = element.focus_with_options(&options);
}

/// Focuses the element with an id, or the page's heading where that element is gone. The heading is focused without scrolling.
pub fn focus(id: &str) {
    let element = document()
        .get_element_by_id(id)
        .or_else(|| document().get_element_by_id(HEADING));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        if id == HEADING {
            focus_in_place(&element);
        } else {
            let _ = focusable(&element).focus();
        }
    }
}

/// Each time an answer comes (`has_update` says so): gives the focus to an element where the answer removed what had it.
pub fn restore_focus(has_update: impl Fn() -> bool + 'static, id: &'static str) {
    Effect::new(move |_| {
        if !has_update() {
            return;
        }
        request_animation_frame(move || {
            let element = document().get_element_by_id(id).filter(|_| focused().is_none());
            if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
                let _ = element.focus();
            }
        });
    });
}
