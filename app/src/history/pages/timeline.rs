//! What became of a customer, on the customer's page: one entry for all that was changed at once, the last first.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

use super::parts::{instant, keep_focus, value};
use crate::history::api::open_customer_history;
use crate::history::model::{Change, Entity};
use crate::history::subjects::{Subjects, in_sentence};
use crate::history::view::{CustomerHistory, PastEvent};
use crate::ui::changes::Changes;
use crate::ui::dates;
use crate::ui::fault::Fault;
use crate::ui::latest::Latest;

/// The heading's id: `Older` leads to it.
const HEADING: &str = "history";

/// The timeline. The address says `older=VERSION` where it does not begin with the last event.
#[component]
pub fn Timeline(
    /// The customer.
    id: Uuid,
    /// Whether the customer is shown; there is no timeline of what cannot be.
    #[prop(into)]
    there: Signal<bool>,
    /// The address of the customer's page.
    #[prop(into)]
    address: Signal<String>,
) -> impl IntoView {
    let query = use_query_map();
    let older = Memo::new(move |_| query.with(|map| map.get("older").and_then(|version| version.parse::<i64>().ok())));
    let changes = Changes::of_app();
    let history = Latest::new(
        move || (id, older.get(), changes.count()),
        |(id, older, _)| open_customer_history(id, older),
    );
    let retry = Callback::new(move |()| history.again());
    keep_focus(move || history.answered_later(), HEADING);
    // The customer's own answer decides whether there is one: both are read here, where the page waits for them.
    let content = move || {
        let answer = history.get();
        let shown = match answer.filter(|_| there.get())? {
            Ok(history) => view! { <Events history address/> }.into_any(),
            Err(error) => view! { <Fault error retry/> }.into_any(),
        };
        Some(view! {
            <section class="history" aria-labelledby=HEADING>
                <h2 id=HEADING tabindex="-1">"History"</h2>
                {shown}
            </section>
        })
    };
    view! {
        <div class="region" aria-busy=move || history.busy().to_string()>
            <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Transition>
        </div>
    }
}

#[component]
fn Events(history: CustomerHistory, address: Signal<String>) -> impl IntoView {
    let CustomerHistory {
        events,
        older,
        newest,
        now,
    } = history;
    let none = events.is_empty().then(|| {
        let text = if newest {
            "No changes yet: as it was first entered."
        } else {
            "No older changes."
        };
        view! { <p class="sub">{text}</p> }
    });
    let entries = events.into_iter().map(|event| entry(event, now)).collect_view();
    let to_older = older.map(|version| {
        let href = move || older_than(&address.get(), version);
        view! { <a class="button" href=href>"Older"</a> }
    });
    let to_newest = (!newest).then(|| {
        view! { <a class="button" href=move || format!("{}#{HEADING}", address.get())>"Newest"</a> }
    });
    view! {
        {none}
        <ol class="timeline">{entries}</ol>
        <p class="ways">{to_older} {to_newest}</p>
    }
}

/// The address of the same page with the events before a version.
fn older_than(address: &str, version: i64) -> String {
    let sign = if address.contains('?') { '&' } else { '?' };
    format!("{address}{sign}older={version}#{HEADING}")
}

fn entry(event: PastEvent, now: DateTime<Utc>) -> impl IntoView {
    let when = instant(event.at, dates::ago(event.at, now));
    let who = event.actor.said().to_owned();
    let said = match event.changes.as_slice() {
        [change] => view! { <span class="who">{who}</span> " " {sentence(change)} ", " {when} }.into_any(),
        changes => {
            let each = changes
                .iter()
                .map(|change| view! { <li>{sentence(change)}</li> })
                .collect_view();
            let count = changes.len();
            view! {
                <span class="who">{who}</span> " changed " {count} " fields, " {when}
                <ul>{each}</ul>
            }
            .into_any()
        }
    };
    view! { <li>{said}</li> }
}

/// A change in words: `changed churn risk from Medium to High`.
fn sentence(change: &Change) -> AnyView {
    let Change { field, before, after } = change;
    let label = Subjects::of_app().with_value(|subjects| subjects.label(Entity::Customer, field));
    let label = in_sentence(&label);
    match (before, after) {
        (Some(before), Some(after)) => {
            view! { "changed " {label} " from " {value(before)} " to " {value(after)} }.into_any()
        }
        (None, Some(after)) => view! { "set " {label} " to " {value(after)} }.into_any(),
        (Some(before), None) => view! { "cleared " {label} ", which was " {value(before)} }.into_any(),
        (None, None) => view! { {label} " this customer" }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::older_than;

    #[test]
    fn the_way_to_older_events_keeps_the_list_s_query() {
        assert_eq!(older_than("/customers/7", 12), "/customers/7?older=12#history");
        assert_eq!(
            older_than("/customers/7?q=rao", 12),
            "/customers/7?q=rao&older=12#history"
        );
    }
}
