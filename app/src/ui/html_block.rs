//! A block of HTML that is written as text, for what is large and has no state of its own: the list. Text is written many times faster
//! than a tree of views is built, and hydration does not walk through it.

use leptos::{html::Div, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlTemplateElement, Node};

use super::dom::{all, focus_in_place};

/// The attribute of an element in later HTML whose place keeps what is there.
pub const KEEP: &str = "data-keep";

/// The block. Later HTML changes only the nodes that differ. Events are handled by listeners on the elements around it.
#[component]
pub fn HtmlBlock(
    /// Its id.
    id: &'static str,
    /// The HTML; none for what the server rendered. Each notification shows it again, if only to reset its checkboxes.
    html: Memo<Option<String>>,
    /// Whether it is out of date.
    stale: Signal<bool>,
) -> impl IntoView {
    let block = NodeRef::<Div>::new();
    let initial = html.get_untracked().unwrap_or_default();
    Effect::watch(
        move || html.track(),
        move |(), _, _| {
            if let Some(block) = block.get_untracked() {
                html.with_untracked(|html| {
                    if let Some(html) = html {
                        patch(&block, html);
                    }
                });
                for input in all::<HtmlInputElement>(block.query_selector_all("input")) {
                    input.set_checked(input.default_checked());
                }
            }
        },
        false,
    );
    view! { <div id=id class:stale=stale node_ref=block inner_html=initial></div> }
}

/// Makes a block show `html`. An element that exists before and after keeps its focus, its scroll position and whether it is
/// open. A table row that differs is replaced as a whole.
fn patch(block: &Element, html: &str) {
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
    patch_children(block, &template.content());
    // The focus in a row that was replaced moves to the same element of the new row.
    let lost = focused
        .filter(|element| !element.is_connected())
        .map(|element| element.id());
    let replacement = lost
        .filter(|id| !id.is_empty())
        .and_then(|id| document.get_element_by_id(&id))
        .and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = replacement {
        focus_in_place(&element);
    }
}

fn patch_children(parent: &Node, wanted: &Node) {
    // Where anything in a table row differs, nearly all of it does.
    let replaces = parent.node_name() == "TBODY";
    let (mut current, mut next) = (parent.first_child(), wanted.first_child());
    while let Some(new) = next {
        next = new.next_sibling();
        // The DOM calls cannot fail: each node is a child of the parent that is named.
        match current {
            None => {
                let _ = parent.append_child(&new);
            }
            Some(old) => {
                current = old.next_sibling();
                if !old.is_equal_node(Some(&new)) && (replaces || !patch_node(&old, &new)) {
                    let _ = parent.replace_child(&new, &old);
                }
            }
        }
    }
    while let Some(old) = current {
        current = old.next_sibling();
        let _ = parent.remove_child(&old);
    }
}

/// Makes a node equal to another; false where it has to be replaced.
fn patch_node(old: &Node, new: &Node) -> bool {
    if old.node_name() != new.node_name() {
        return false;
    }
    let (Some(old), Some(new)) = (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) else {
        old.set_node_value(new.node_value().as_deref());
        return true;
    };
    // What is not known anew stays as it is.
    if !new.has_attribute(KEEP) {
        patch_attributes(old, new);
        patch_children(old, new);
    }
    true
}

fn patch_attributes(old: &Element, new: &Element) {
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
        // Whether a menu is open is up to the user.
        if name != "open" && !new.has_attribute(&name) {
            let _ = old.remove_attribute(&name);
        }
    }
}
