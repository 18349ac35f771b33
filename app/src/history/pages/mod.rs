//! The history of everything, for Admins: who changed what, when, and from where.

mod filters;
mod parts;
mod timeline;

pub use timeline::Timeline;

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::history::api::list_history;
use crate::history::model::{Change, Entity};
use crate::history::query::{HistoryQuery, PATH};
use crate::history::subjects::{Subjects, capital};
use crate::history::view::{HistoryList, Line};
use crate::ui::changes::Changes;
use crate::ui::dates;
use crate::ui::dom::HEADING;
use crate::ui::fault::Fault;
use crate::ui::latest::Latest;
use crate::ui::title::PageTitle;
use filters::Filters;
use parts::{instant, keep_focus, value};

/// The page.
#[component]
pub fn HistoryPage() -> impl IntoView {
    let search = use_location().search;
    let subjects = Subjects::of_app();
    let changes = Changes::of_app();
    let list = Latest::new(
        move || {
            let address = search.get();
            let text = HistoryQuery::from_url(&address).0.text;
            let fields = subjects.with_value(|subjects| subjects.words_like(&text));
            (address, fields, changes.count())
        },
        |(address, fields, _)| list_history(address, fields),
    );
    let retry = Callback::new(move |()| list.again());
    keep_focus(move || list.answered_later(), HEADING);
    let content = move || {
        list.get().map(|answer| match answer {
            Ok(list) => view! { <Listed list/> }.into_any(),
            Err(error) => view! { <Fault error retry/> }.into_any(),
        })
    };
    view! {
        <PageTitle text="History"/>
        <div class="head">
            <h1 id=HEADING tabindex="-1">"History"</h1>
        </div>
        <div class="region" id="list" aria-busy=move || list.busy().to_string()>
            <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Transition>
        </div>
    }
}

/// All that an answer of the server fills.
#[component]
fn Listed(list: HistoryList) -> impl IntoView {
    let HistoryList {
        query,
        ignored,
        people,
        lines,
        newest,
        newer,
        older,
    } = list;
    let filtered = query.is_filtered();
    let ignored = (!ignored.is_empty()).then(|| {
        let parts = ignored.join(", ");
        view! { <p class="hint" role="note">"Part of the address makes no sense here and was ignored: " {parts} "."</p> }
    });
    let sheet = if lines.is_empty() {
        view! { <Nothing filtered/> }.into_any()
    } else {
        view! {
            <Lines lines/>
            <div class="foot">
                <nav aria-label="Pages">
                    {page_link("Newest", newest)} {page_link("Newer", newer)} {page_link("Older", older)}
                </nav>
            </div>
        }
        .into_any()
    };
    view! {
        {ignored}
        <Filters query people/>
        <div class="sheet">{sheet}</div>
    }
}

/// A link that leads nowhere is there all the same, so that nothing moves under the pointer.
fn page_link(label: &'static str, href: Option<String>) -> impl IntoView {
    let disabled = href.is_none().then_some("true");
    view! { <a class="button" role="link" data-noscroll href=href aria-disabled=disabled>{label}</a> }
}

#[component]
fn Nothing(filtered: bool) -> impl IntoView {
    if filtered {
        view! {
            <div class="empty">
                <h2>"No changes match"</h2>
                <p>"Try other days, fewer filters or another spelling."</p>
                <p class="ways"><a class="button" href=PATH>"Clear search and filters"</a></p>
            </div>
        }
        .into_any()
    } else {
        view! {
            <div class="empty">
                <h2>"No changes yet"</h2>
                <p>"Every change of a customer, a user or a rule is kept here from now on."</p>
            </div>
        }
        .into_any()
    }
}

#[component]
fn Lines(lines: Vec<Line>) -> impl IntoView {
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label="Changes, scrolls sideways">
            <table class="changes">
                <caption class="unseen">"Changes, the last first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"When (IST)"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"Change"</th>
                        <th scope="col">"From"</th>
                    </tr>
                </thead>
                <tbody>{lines.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn row(line: Line) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{instant(line.at, dates::moment(line.at))}</th>
            <td data-l="Who">{line.actor.said().to_owned()}</td>
            <td data-l="What"><div>{what(&line)}</div></td>
            <td data-l="Change"><div class="change">{change(line.entity, &line.change)}</div></td>
            <td data-l="From">{capital(line.source.word())}</td>
        </tr>
    }
}

/// What was changed: its name, with a link where there is a page of it, and what kind of thing it is.
fn what(line: &Line) -> impl IntoView + use<> {
    let name = line.name.clone().unwrap_or_else(|| match line.entity {
        Entity::SessionRule => "How long sessions last".into(),
        _ => "Gone".into(),
    });
    let address = Subjects::of_app().with_value(|subjects| subjects.address(line.entity, line.entity_id));
    let named = match address.filter(|_| line.live) {
        Some(href) => view! { <a class="name" href=href>{name}</a> }.into_any(),
        None => view! { <span class="name">{name}</span> }.into_any(),
    };
    let deleted = line.entity == Entity::Customer && line.name.is_some() && !line.live;
    let mut aside = vec![capital(line.entity.word())];
    aside.extend(line.aside.clone());
    aside.extend(deleted.then(|| "deleted".to_owned()));
    view! { {named} <span class="sub">{aside.join(", ")}</span> }
}

/// A field, what it said before and what it says now; a word for the whole stands alone.
fn change(entity: Entity, change: &Change) -> AnyView {
    let label = Subjects::of_app().with_value(|subjects| subjects.label(entity, &change.field));
    if change.before.is_none() && change.after.is_none() {
        return label.into_any();
    }
    let side = |said: &Option<String>| match said {
        Some(text) => value(text),
        None => view! { <span class="sub">"empty"</span> }.into_any(),
    };
    view! {
        {label} ": " {side(&change.before)} " " <span aria-hidden="true">"→"</span> <span class="unseen">"became"</span> " "
        {side(&change.after)}
    }
    .into_any()
}
