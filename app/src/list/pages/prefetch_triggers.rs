//! Lists that are asked for ahead: those behind the links and choices that somebody points at, and behind the choices of a filter's
//! menu that is opened.

use std::time::Duration;

use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*};
use web_sys::{Element, Event, HtmlDetailsElement, HtmlInputElement};

use crate::list::page_context::PageContext;
use crate::list::routes::Route;
use crate::ui::dom::{all, closest, target};

/// The most lists of a menu that are asked for: who opens one of many cities does not want them all.
const MOST_OF_MENU: usize = 12;

/// What the pointer only passes by is left alone.
const PASSING: Duration = Duration::from_millis(50);

/// Asks ahead by `ask`, which takes the part of a list's address behind its `?`. To be called once, by the page of the list.
pub fn use_prefetch_triggers(ask: impl Fn(String) + Copy + 'static) {
    let context = PageContext::of_page();
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(Some(before)) = waiting.try_update_value(Option::take) {
            before.clear();
        }
    };
    let pointed_at = move |event: &Event| target(event).and_then(|element| list_behind(context, &element));
    let soon = move |event: &Event| {
        stop();
        let Some(list) = pointed_at(event) else {
            return;
        };
        let handle = set_timeout_with_handle(move || ask(list), PASSING).ok();
        waiting.try_set_value(handle);
    };
    let at_once = move |event: &Event| {
        if let Some(list) = pointed_at(event) {
            ask(list);
        }
    };
    let opened = move |event: &Event| {
        let lists = target(event).map(|element| lists_of_menu(context, &element));
        lists.into_iter().flatten().for_each(ask);
    };
    Effect::new(move |_| {
        let listeners = [
            window_event_listener(ev::pointerover, move |event| soon(&event)),
            window_event_listener(ev::focusin, move |event| soon(&event)),
            // A finger has not pointed before.
            window_event_listener(ev::pointerdown, move |event| at_once(&event)),
            window_event_listener(ev::click, move |event| opened(&event)),
        ];
        on_cleanup(move || {
            stop();
            listeners.into_iter().for_each(WindowListenerHandle::remove);
        });
    });
}

/// The list to which an element leads; none where it leads elsewhere.
fn list_behind(context: PageContext, element: &Element) -> Option<String> {
    if let Some(link) = closest::<Element>(element, "a[href]") {
        let address = link.get_attribute("href")?;
        return Route::list_query_of(context.spec, &address).map(str::to_owned);
    }
    let choice: Element = closest(element, "label.choice")?;
    let input = all(choice.query_selector_all("input")).pop()?;
    list_of_value(context, &input)
}

/// The list that a press on a facet's value leads to.
fn list_of_value(context: PageContext, input: &HtmlInputElement) -> Option<String> {
    let (facet, value) = (context.spec.facet(&input.name())?, input.value());
    let current = context.current_query();
    let on = current.has(facet, &value);
    let query = current.with_filter(|query| {
        query.set(facet, &value, !on);
    });
    Some(query.to_url().trim_start_matches('?').to_owned())
}

/// The lists behind the values of the menu that is opened by a press on its button. A search is only asked for with what is pointed at:
/// it may be long.
fn lists_of_menu(context: PageContext, element: &Element) -> Vec<String> {
    let button: Option<Element> = closest(element, "summary");
    let menu = button.and_then(|button| closest::<HtmlDetailsElement>(&button, "details"));
    // It opens after the press.
    let opened = menu.filter(|menu| !menu.open() && context.current_query().search.is_empty());
    let inputs = opened.map(|menu| all::<HtmlInputElement>(menu.query_selector_all("input[form=filters]")));
    let lists = inputs
        .iter()
        .flatten()
        .filter_map(|input| list_of_value(context, input));
    lists.take(MOST_OF_MENU).collect()
}
