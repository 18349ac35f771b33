//! Items that are moved within and between lists: by pointer, or by keyboard at their grips. What is being moved shows where it would
//! stand; before the move is reported it is back in its place, so that the page alone moves it.
//!
//! The page marks lists with `data-list` (the name), each in an element with `data-drop`; items with `data-item` (the id) and `data-name`;
//! and the button in each item by which it is picked up with `data-grip`.

use std::cell::RefCell;

use leptos::{ev, html::Div, prelude::*};
use web_sys::{Element, HtmlElement, KeyboardEvent, Node, PointerEvent};

use super::dom::{all, closest, focused, target};
use super::live_text::LiveText;

/// How many pixels a pointer moves before that is a drag and no click.
const THRESHOLD: i32 = 6;
/// How near to an edge a list scrolls, and how far, in pixels.
const EDGE: f64 = 40.0;

/// An item that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Its id.
    pub item: String,
    /// The name of the list.
    pub list: String,
    /// The item above it there.
    pub above: Option<String>,
    /// The item below it there.
    pub below: Option<String>,
}

/// The item that is picked up.
struct Held {
    item: Element,
    /// Where it stood.
    parent: Node,
    next: Option<Node>,
    /// The pointer that holds it, and where that was at first; none for the keyboard.
    pointer: Option<(i32, i32, i32)>,
    /// Whether it is more than a press.
    is_dragged: bool,
}

thread_local! {
    static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
}

/// The lists, with all that moves items. What happens is said to who listens.
#[component]
pub fn Sortable(
    /// Runs when an item was moved.
    #[prop(into)]
    moved: Callback<Moved>,
    /// What is said to who listens.
    said: RwSignal<String>,
    /// What the lists are called. On a narrow screen they scroll sideways.
    label: String,
    /// The lists.
    children: Children,
) -> impl IntoView {
    let region = NodeRef::<Div>::new();
    let drop = move || {
        if let Some((event, text)) = put_back(true) {
            said.set(text);
            moved.run(event);
        }
    };
    let cancel = move || {
        if let Some((_, text)) = put_back(false) {
            said.set(format!("Cancelled. {text}"));
        }
    };
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event| match on_key(&event) {
            Key::Said(text) => said.set(text),
            Key::Drop => drop(),
            Key::Cancel => cancel(),
            Key::Other => {}
        });
        on_cleanup(move || {
            listener.remove();
            cancel_move();
        });
    });
    let on_move = move |event: PointerEvent| {
        if let Some(region) = region.get_untracked() {
            drag(&region, &event);
        }
    };
    let is_dragged = || HELD.with_borrow(|held| held.as_ref().is_some_and(|held| held.is_dragged));
    let on_up = move |_| {
        if is_dragged() {
            drop();
        } else if is_held_by_pointer() {
            HELD.take();
        }
    };
    let on_lost = move |event: PointerEvent| {
        // A finger is captured by what it touches, until a drag captures it for the region: that is no loss.
        let is_of_region = region
            .get_untracked()
            .is_some_and(|region| event.target().as_ref() == Some(region.as_ref()));
        if is_held_by_pointer() && (is_of_region || !is_dragged()) {
            cancel();
        }
    };
    view! {
        <p class="visually-hidden" aria-live="assertive"><LiveText text=said/></p>
        <p hidden id="sortable-keys">"Space picks it up, the arrow keys move it, Space drops it, and Escape cancels."</p>
        <div
            class="sortable" tabindex="0" role="group" aria-label=label node_ref=region on:pointerdown=press on:pointermove=on_move on:pointerup=on_up on:lostpointercapture=on_lost
            on:dragstart=|event| event.prevent_default()
        >
            {children()}
        </div>
    }
}

/// Puts back whatever is picked up: the lists are about to change.
pub fn cancel_move() {
    put_back(false);
}

fn is_held_by_pointer() -> bool {
    HELD.with_borrow(|held| held.as_ref().is_some_and(|held| held.pointer.is_some()))
}

fn pick_up(item: Element, pointer: Option<(i32, i32, i32)>) {
    cancel_move();
    if let Some(parent) = item.parent_node() {
        let next = item.next_sibling();
        let is_dragged = pointer.is_none();
        if is_dragged {
            mark(&item, true);
        }
        HELD.set(Some(Held {
            item,
            parent,
            next,
            pointer,
            is_dragged,
        }));
    }
}

fn mark(item: &Element, is_held: bool) {
    let _ = item.toggle_attribute_with_force("data-held", is_held);
}

/// Puts the item that is picked up back to where it stood. What was moved comes with a sentence; none where nothing was.
fn put_back(is_drop: bool) -> Option<(Moved, String)> {
    let Held {
        item,
        parent,
        next,
        pointer,
        is_dragged,
        ..
    } = HELD.take()?;
    mark(&item, false);
    if !is_dragged {
        return None;
    }
    let id = |sibling: Option<Element>| sibling?.get_attribute("data-item");
    let (above, below) = (id(item.previous_element_sibling()), id(item.next_element_sibling()));
    let list = list_of(&item)?;
    let is_moved = item.parent_node().as_ref() != Some(&parent) || item.next_sibling() != next;
    let there = describe(&item);
    if is_moved {
        let _ = parent.insert_before(&item, next.as_ref());
        if pointer.is_none() && focused().is_none() {
            focus_grip(&item);
        }
    }
    let moved = Moved {
        item: item.get_attribute("data-item")?,
        list: list.get_attribute("data-list")?,
        above,
        below,
    };
    match is_drop {
        true => is_moved.then(|| (moved, format!("Dropped. {there}"))),
        false => Some((moved, describe(&item))),
    }
}

fn list_of(item: &Element) -> Option<Element> {
    closest(item, "[data-list]")
}

fn items(list: &Element) -> Vec<Element> {
    all(list.query_selector_all("[data-item]"))
}

/// Where an item stands, in a sentence.
fn describe(item: &Element) -> String {
    let name = item.get_attribute("data-name").unwrap_or_default();
    let list = list_of(item);
    let at = list
        .as_ref()
        .and_then(|list| items(list).iter().position(|other| other == item));
    let list = list
        .and_then(|list| list.get_attribute("data-list"))
        .unwrap_or_default();
    format!("{name}: {list}, position {}.", at.unwrap_or_default() + 1)
}

/// What a key has done.
enum Key {
    Said(String),
    Drop,
    Cancel,
    Other,
}

fn on_key(event: &KeyboardEvent) -> Key {
    let held = HELD.with_borrow(|held| held.as_ref().map(|held| (held.item.clone(), held.pointer.is_some())));
    let key = event.key();
    let Some((item, is_pointer)) = held else {
        let grip = target::<Element>(event).filter(|element| element.has_attribute("data-grip"));
        return match grip.and_then(|grip| closest::<Element>(&grip, "[data-item]")) {
            Some(item) if matches!(&*key, " " | "Enter") => {
                event.prevent_default();
                let text = format!("Picked up. {}", describe(&item));
                pick_up(item, None);
                Key::Said(text)
            }
            _ => Key::Other,
        };
    };
    // Whoever has gone elsewhere with the keyboard has let it go.
    if !is_pointer && !item.contains(target::<Node>(event).as_ref()) {
        return Key::Cancel;
    }
    match &*key {
        "Escape" => {}
        _ if is_pointer => return Key::Other,
        " " | "Enter" | "Tab" | "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight" => {}
        _ => return Key::Other,
    }
    event.prevent_default();
    match &*key {
        "Escape" => return Key::Cancel,
        " " | "Enter" => return Key::Drop,
        _ => step(&item, &key),
    }
    focus_grip(&item);
    scroll_to(&item);
    Key::Said(describe(&item))
}

/// Scrolls the lists sideways until all of an item is seen: its grip, which has the focus, is only its left end.
fn scroll_to(item: &Element) {
    if let Some(region) = closest::<Element>(item, ".sortable") {
        let (area, item) = (region.get_bounding_client_rect(), item.get_bounding_client_rect());
        let hidden = (item.right() - area.right()).max(0.0).min(item.left() - area.left());
        region.scroll_by_with_x_and_y(hidden, 0.0);
    }
}

/// An element that is moved loses the focus.
fn focus_grip(item: &Element) {
    if let Some(grip) = all::<HtmlElement>(item.query_selector_all("[data-grip]")).first() {
        let _ = grip.focus();
    }
}

/// Moves an item a step into the direction of an arrow key.
fn step(item: &Element, key: &str) {
    let place = match key {
        "ArrowUp" => item
            .previous_element_sibling()
            .map(|above| (list_of(item), Some(above))),
        "ArrowDown" => item
            .next_element_sibling()
            .map(|below| (list_of(item), below.next_element_sibling())),
        "ArrowLeft" => place_in_adjacent_list(item, -1),
        "ArrowRight" => place_in_adjacent_list(item, 1),
        _ => None,
    };
    if let Some((Some(list), before)) = place {
        let _ = list.insert_before(item, before.as_deref());
    }
}

/// The list to the left (-1) or right (1) of that of an item, and the item there at the same height.
fn place_in_adjacent_list(item: &Element, distance: isize) -> Option<(Option<Element>, Option<Element>)> {
    let list = list_of(item)?;
    let at = items(&list).iter().position(|other| other == item)?;
    let lists: Vec<Element> = all(document().query_selector_all("[data-list]"));
    let here = lists.iter().position(|other| *other == list)?;
    let other = lists.get(here.checked_add_signed(distance)?)?.clone();
    let before = items(&other).into_iter().nth(at);
    Some((Some(other), before))
}

/// A press on an item; with a finger on its grip alone, since elsewhere that scrolls. Menus in it are no part of it.
fn press(event: PointerEvent) {
    let Some(element) = target::<Element>(&event).filter(|_| event.is_primary() && event.button() == 0) else {
        return;
    };
    let handle = if event.pointer_type() == "touch" {
        "[data-grip]"
    } else {
        "[data-item]"
    };
    let item = closest::<Element>(&element, handle).and_then(|handle| closest(&handle, "[data-item]"));
    if let Some(item) = item.filter(|_| closest::<Element>(&element, "details").is_none()) {
        pick_up(item, Some((event.pointer_id(), event.client_x(), event.client_y())));
    }
}

/// The pointer moves what it holds to where it is.
fn drag(region: &Element, event: &PointerEvent) {
    let (x, y) = (event.client_x(), event.client_y());
    let item = HELD.with_borrow_mut(|held| {
        let held = held.as_mut()?;
        let (pointer, from_x, from_y) = held.pointer?;
        let is_far = (x - from_x).abs().max((y - from_y).abs()) >= THRESHOLD;
        if pointer != event.pointer_id() || event.buttons() == 0 || !(held.is_dragged || is_far) {
            return None;
        }
        if !held.is_dragged {
            held.is_dragged = true;
            mark(&held.item, true);
            let _ = region.set_pointer_capture(pointer);
        }
        Some(held.item.clone())
    });
    let (Some(item), Some(under)) = (item, document().element_from_point(x as f32, y as f32)) else {
        return;
    };
    let Some((zone, list)) = closest::<Element>(&under, "[data-drop]").and_then(|zone| {
        let list = zone.query_selector("[data-list]").ok().flatten()?;
        Some((zone, list))
    }) else {
        return;
    };
    scroll_near_edge(region, &zone, f64::from(x), f64::from(y));
    let is_upper_half = |other: &Element| {
        let area = other.get_bounding_client_rect();
        f64::from(y) < area.top() + area.height() / 2.0
    };
    let before = items(&list)
        .into_iter()
        .find(|other| *other != item && is_upper_half(other));
    if before != item.next_element_sibling() || list_of(&item).as_ref() != Some(&list) {
        let _ = list.insert_before(&item, before.as_deref());
    }
}

/// Scrolls the lists sideways, and the list under the pointer up and down, where the pointer is near an edge.
fn scroll_near_edge(region: &Element, zone: &Element, x: f64, y: f64) {
    let toward = |at: f64, from: f64, to: f64| {
        if at < from + EDGE {
            -EDGE / 2.0
        } else if at > to - EDGE {
            EDGE / 2.0
        } else {
            0.0
        }
    };
    let area = region.get_bounding_client_rect();
    region.scroll_by_with_x_and_y(toward(x, area.left(), area.right()), 0.0);
    if let Ok(Some(scroller)) = zone.query_selector("[data-scroll]") {
        let area = scroller.get_bounding_client_rect();
        scroller.scroll_by_with_x_and_y(0.0, toward(y, area.top(), area.bottom()));
    }
}
