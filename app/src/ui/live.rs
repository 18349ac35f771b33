//! A block of HTML that is written as text and shown as it is, for what is large and has nothing to keep in mind: the list. Text is
//! written many times faster than a tree of views is made, and what came with the page is not walked through again.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlTemplateElement, Node};

use super::dom::{all, focus_in_place};

/// The block. What came with the page stays; a later text changes only what differs. It reacts by listeners around it.
#[component]
pub fn Live(
    /// Its id.
    id: &'static str,
    /// What it shows, none for what came with the page. Shown again each time that it moves, if only to put ticks back.
    text: Memo<Option<String>>,
    /// Whether that is out of date.
    stale: Signal<bool>,
) -> impl IntoView {
    let block = NodeRef::<html::Div>::new();
    let first = text.get_untracked().unwrap_or_default();
    Effect::watch(
        move || text.track(),
        move |(), _, _| {
            if let Some(block) = block.get_untracked() {
                text.with_untracked(|text| {
                    if let Some(text) = text {
                        show(&block, text);
                    }
                });
                for input in all::<HtmlInputElement>(block.query_selector_all("input")) {
                    input.set_checked(input.default_checked());
                }
            }
        },
        false,
    );
    view! { <div id=id class:stale=stale node_ref=block inner_html=first></div> }
}

/// Makes a block show `html`. An element that is there again stays the same one, with its focus, its scrolling and whether it is
/// open; the rows of a table that differ are replaced as wholes.
fn show(block: &Element, html: &str) {
    let document = document();
    let Some(template) = document
        .create_element("template")
        .ok()
        .and_then(|element| element.dyn_into::<HtmlTemplateElement>().ok())
    else {
        return;
    };
    template.set_inner_html(html);
    let focused = document
        .active_element()
        .filter(|element| block.contains(Some(element)));
    match_children(block, &template.content());
    // Who had the focus in a row that was replaced has it in the new one.
    let lost = focused
        .filter(|element| !element.is_connected())
        .map(|element| element.id());
    let found = lost
        .filter(|id| !id.is_empty())
        .and_then(|id| document.get_element_by_id(&id))
        .and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = found {
        focus_in_place(&element);
    }
}

fn match_children(place: &Node, wanted: &Node) {
    // The rows of a table: nearly all of a row differs where anything does.
    let by_wholes = place.node_name() == "TBODY";
    let (mut here, mut next) = (place.first_child(), wanted.first_child());
    while let Some(new) = next {
        next = new.next_sibling();
        // Nothing fails here: each node stands where it is said to.
        match here {
            None => {
                let _ = place.append_child(&new);
            }
            Some(old) => {
                here = old.next_sibling();
                if !old.is_equal_node(Some(&new)) && (by_wholes || !match_node(&old, &new)) {
                    let _ = place.replace_child(&new, &old);
                }
            }
        }
    }
    while let Some(old) = here {
        here = old.next_sibling();
        let _ = place.remove_child(&old);
    }
}

/// Makes a node the same as another; false where it has to be replaced.
fn match_node(old: &Node, new: &Node) -> bool {
    if old.node_name() != new.node_name() {
        return false;
    }
    let (Some(old), Some(new)) = (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) else {
        old.set_node_value(new.node_value().as_deref());
        return true;
    };
    match_attributes(old, new);
    match_children(old, new);
    true
}

fn match_attributes(old: &Element, new: &Element) {
    let names = |element: &Element| {
        element
            .get_attribute_names()
            .iter()
            .filter_map(|name| name.as_string())
            .collect::<Vec<_>>()
    };
    for name in names(new) {
        let value = new.get_attribute(&name);
        if value != old.get_attribute(&name) {
            let _ = old.set_attribute(&name, &value.unwrap_or_default());
        }
    }
    for name in names(old) {
        // Whether a menu is open is the person's own.
        if name != "open" && !new.has_attribute(&name) {
            let _ = old.remove_attribute(&name);
        }
    }
}
