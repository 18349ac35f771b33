//! The history of one record, on its page: an entry for each event, the last first.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::change_text::{instant, value};
use crate::base::audit::{Actor, Change};
use crate::base::spec::SubjectSpec;
use crate::base::text::in_sentence;
use crate::base::time;
use crate::ui::dom::restore_focus;
use crate::ui::error_view::ErrorAlert;
use crate::ui::latest_resource::{Answer, LatestResource, PageData};
use crate::ui::refresh::RefreshCounter;
use crate::ui::region::when_loaded;

/// All that was changed at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEvent {
    /// The version that it made.
    pub version: i64,
    /// UTC.
    pub at: DateTime<Utc>,
    /// By whom.
    pub actor: Actor,
    /// Field by field.
    pub changes: Vec<Change>,
}

/// A page of a record's history, the last event first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelinePage {
    /// The events.
    pub events: Vec<HistoryEvent>,
    /// The version before which older events follow; none where there are none.
    pub older: Option<i64>,
    /// Whether these are the newest events.
    pub newest: bool,
    /// UTC; how long ago an event was is counted from it.
    pub now: DateTime<Utc>,
}

impl PageData for TimelinePage {}

/// The subject's server function that gives a page: of a record, the events before a version or the last ones.
pub type FetchTimeline = fn(Uuid, Option<i64>) -> Answer<TimelinePage>;

/// The heading's id: `Older` leads to it.
const HEADING: &str = "history";

/// The timeline. The address has `older=VERSION` where it does not begin with the last event.
#[component]
pub fn Timeline(
    /// The subject.
    spec: &'static SubjectSpec,
    /// Its server function.
    fetch: FetchTimeline,
    /// The record.
    id: Uuid,
    /// Whether the record is shown: without it there is no timeline.
    #[prop(into)]
    is_shown: Signal<bool>,
    /// The address of the record's page.
    #[prop(into)]
    address: Signal<String>,
) -> impl IntoView {
    let query = use_query_map();
    let older = Memo::new(move |_| query.with(|map| map.get("older").and_then(|version| version.parse::<i64>().ok())));
    let changes = RefreshCounter::of_app();
    let page = LatestResource::new(
        move || (id, older.get(), changes.count()),
        move |(id, older, _)| fetch(id, older),
    );
    let retry = Callback::new(move |()| page.refetch());
    restore_focus(move || page.has_update(), HEADING);
    // The record's own answer decides whether there is a timeline: both are read here, where the page waits for them.
    let content = move || {
        let answer = page.get();
        let shown = match answer.filter(|_| is_shown.get())? {
            Ok(page) => view! { <Events spec page address/> }.into_any(),
            Err(error) => view! { <ErrorAlert error retry/> }.into_any(),
        };
        let section = view! {
            <section class="history" aria-labelledby=HEADING>
                <h2 id=HEADING tabindex="-1">"History"</h2>
                {shown}
            </section>
        };
        Some(section.into_any())
    };
    view! {
        <div class="region" aria-busy=move || page.is_loading().to_string()>{when_loaded(content)}</div>
    }
}

#[component]
fn Events(spec: &'static SubjectSpec, page: TimelinePage, address: Signal<String>) -> impl IntoView {
    let TimelinePage {
        events,
        older,
        newest,
        now,
    } = page;
    let none = events.is_empty().then(|| {
        let text = if newest { "No changes yet." } else { "No older changes." };
        view! { <p class="muted">{text}</p> }
    });
    let entries = events.into_iter().map(|event| entry(spec, event, now)).collect_view();
    let to_older = older.map(|version| {
        let href = move || older_url(&address.get(), version);
        view! { <a class="button" href=href>"Older"</a> }
    });
    let to_newest = (!newest).then(|| {
        view! { <a class="button" href=move || format!("{}#{HEADING}", address.get())>"Newest"</a> }
    });
    view! {
        {none}
        <ol class="timeline">{entries}</ol>
        <p class="actions">{to_older} {to_newest}</p>
    }
}

/// The address of the same page with the events before a version.
fn older_url(address: &str, version: i64) -> String {
    let sign = if address.contains('?') { '&' } else { '?' };
    format!("{address}{sign}older={version}#{HEADING}")
}

fn entry(spec: &'static SubjectSpec, event: HistoryEvent, now: DateTime<Utc>) -> impl IntoView {
    let when = instant(event.at, time::relative(event.at, now));
    let who = event.actor.name().to_owned();
    let text = match event.changes.as_slice() {
        [change] => view! { <bdi class="actor">{who}</bdi> " " {sentence(spec, change)} ", " {when} }.into_any(),
        changes => {
            let each = changes
                .iter()
                .map(|change| view! { <li>{sentence(spec, change)}</li> })
                .collect_view();
            let count = changes.len();
            view! {
                <bdi class="actor">{who}</bdi> " changed " {count} " fields, " {when}
                <ul>{each}</ul>
            }
            .into_any()
        }
    };
    view! { <li>{text}</li> }
}

/// A change in words: `changed churn risk from Medium to High`.
fn sentence(spec: &'static SubjectSpec, change: &Change) -> AnyView {
    let Change { field, before, after } = change;
    let label = spec
        .field(field)
        .map_or_else(|| field.replace('_', " "), |field| in_sentence(field.label));
    match (before, after) {
        (Some(before), Some(after)) => {
            view! { "changed " {label} " from " {value(before)} " to " {value(after)} }.into_any()
        }
        (None, Some(origin)) if field == "created" => {
            view! { "created this " {spec.singular} " from " {value(origin)} }.into_any()
        }
        (None, Some(after)) => view! { "set " {label} " to " {value(after)} }.into_any(),
        (Some(before), None) => view! { "cleared " {label} ", which was " {value(before)} }.into_any(),
        (None, None) => view! { {label} " this " {spec.singular} }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_to_older_events_keeps_the_list_s_query() {
        assert_eq!(older_url("/customers/7", 12), "/customers/7?older=12#history");
        assert_eq!(
            older_url("/customers/7?q=rao", 12),
            "/customers/7?q=rao&older=12#history"
        );
    }
}
