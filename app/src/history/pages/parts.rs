//! What both pages of the history are made of.

use chrono::{DateTime, NaiveDate, Utc};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::ui::dates;
use crate::ui::dom::focused;

/// The most characters of a value that is shown whole.
const SHORT: usize = 60;

/// A value; a long one opens at a click.
pub fn value(text: &str) -> AnyView {
    let text = readable(text);
    if text.chars().count() <= SHORT {
        return view! { <b class="value">{text}</b> }.into_any();
    }
    let start: String = text.chars().take(SHORT).collect();
    view! {
        <details class="value">
            <summary>{start.trim_end().to_owned()} "…"</summary>
            <span>{text}</span>
        </details>
    }
    .into_any()
}

/// A date as the other pages show it; everything else as it is.
fn readable(text: &str) -> String {
    // As the program writes one, and not all that could be read as one.
    let date = text.parse::<NaiveDate>().ok().filter(|date| date.to_string() == text);
    date.map_or_else(|| text.to_owned(), dates::day)
}

/// An instant, shown as `text`, with itself for machines and in the title.
pub fn instant(at: DateTime<Utc>, text: String) -> impl IntoView {
    let title = format!("{} IST", dates::moment(at));
    view! { <time datetime=dates::machine(at) title=title>{text}</time> }
}

/// Each time an answer comes: gives the focus to an element where it fell to nobody, because what had it is gone.
pub fn keep_focus(answered_later: impl Fn() -> bool + 'static, id: &'static str) {
    Effect::new(move |_| {
        if !answered_later() {
            return;
        }
        request_animation_frame(move || {
            let element = document().get_element_by_id(id).filter(|_| focused().is_none());
            if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = element.focus();
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_shown_as_elsewhere_and_nothing_else_is_touched() {
        let shown = [
            "2026-12-03",
            "2026-13-03",
            "High",
            "+2026-1-03",
            "",
            "21:00-00:00",
            "98450 1234",
        ]
        .map(readable);
        assert_eq!(
            shown,
            [
                "3 Dec 2026",
                "2026-13-03",
                "High",
                "+2026-1-03",
                "",
                "21:00-00:00",
                "98450 1234"
            ]
        );
    }
}
