//! How the history shows values and instants.

use chrono::{DateTime, NaiveDate, Utc};
use leptos::prelude::*;

use crate::base::time;

/// The most characters of a value that is shown whole.
const SHORT: usize = 60;

/// A value; a long one opens at a click.
pub fn value(text: &str) -> AnyView {
    let text = display_text(text);
    if text.chars().count() <= SHORT {
        return view! { <b class="value"><bdi>{text}</bdi></b> }.into_any();
    }
    let start: String = text.chars().take(SHORT).collect();
    view! {
        <details class="value">
            <summary><bdi>{start.trim_end().to_owned()}</bdi> "…"</summary>
            <span dir="auto">{text}</span>
        </details>
    }
    .into_any()
}

/// A date as the other pages show it; everything else as it is.
fn display_text(text: &str) -> String {
    // Only a date as the program writes it, not all that can be parsed as one.
    let date = text.parse::<NaiveDate>().ok().filter(|date| date.to_string() == text);
    date.map_or_else(|| text.to_owned(), time::format_date)
}

/// An instant, shown as `text`, with its date and time in the title.
pub fn instant(at: DateTime<Utc>, text: String) -> impl IntoView {
    let title = format!("{} IST", time::format_datetime(at));
    view! { <time datetime=time::iso(at) title=title>{text}</time> }
}

#[cfg(test)]
mod tests {
    use super::display_text;

    #[test]
    fn dates_are_formatted_and_other_text_is_unchanged() {
        for (text, shown) in [
            ("2026-12-03", "3 Dec 2026"),
            ("2026-13-03", "2026-13-03"),
            ("High", "High"),
            ("+2026-1-03", "+2026-1-03"),
            ("", ""),
            ("21:00-00:00", "21:00-00:00"),
            ("98450 1234", "98450 1234"),
        ] {
            assert_eq!(display_text(text), shown);
        }
    }
}
