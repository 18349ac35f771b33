//! The filters of the history: one form, which gives the address with and without script.

use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::base::audit::EntityKind;
use crate::base::text::{capitalize, isolated};
use crate::history::query::{ActorFilter, HistoryQuery, PATH};
use crate::ui::dom::{is_hydrating, serialize_form};
use crate::users::model::user_ref::UserRef;

/// The form.
#[component]
pub fn Filters(
    /// What the page shows now.
    query: HistoryQuery,
    /// The users whose changes can be filtered.
    users: Vec<UserRef>,
) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(typed) = form.get_untracked().map(|form| serialize_form(&form)) else {
            return;
        };
        let options = NavigateOptions {
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&HistoryQuery::from_url(&typed).0.address(), options);
    };
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.format("%Y-%m-%d").to_string()).unwrap_or_default();
    let (text, from, to) = (query.text.clone(), day(query.from), day(query.to));
    let clear = query
        .is_filtered()
        .then(|| view! { <a class="button quiet" href=PATH data-noscroll>"Clear"</a> });
    view! {
        <form class="filter-form" method="get" action=PATH role="search" aria-label="Search the history" node_ref=form on:submit=submit>
            {select("who", "Who", actor_options(query.actor, users))}
            {select("kind", "What", kind_options(query.kind))}
            {input("q", "Search", "search", text)}
            {input("from", "From", "date", from)}
            {input("to", "To", "date", to)}
            <div class="actions"><button class="button primary">"Apply"</button> {clear}</div>
        </form>
    }
}

/// An option: its word in the address, its text, and whether it is selected.
type SelectOption = (String, String, bool);

fn actor_options(selected: Option<ActorFilter>, users: Vec<UserRef>) -> Vec<SelectOption> {
    let option = |actor: Option<ActorFilter>, text: String| {
        let word = actor.map(ActorFilter::to_word).unwrap_or_default();
        (word, text, actor == selected)
    };
    let mut options = vec![
        option(None, "Anyone".into()),
        option(Some(ActorFilter::NoUser), "System".into()),
    ];
    options.extend(users.into_iter().map(|user| {
        let text = format!("{} ({})", isolated(&user.name), isolated(&user.email));
        option(Some(ActorFilter::User(user.id)), text)
    }));
    options
}

fn kind_options(selected: Option<EntityKind>) -> Vec<SelectOption> {
    let mut options = vec![(String::new(), "All types".to_owned(), selected.is_none())];
    options.extend(EntityKind::ALL.iter().map(|kind| {
        let word = kind.as_str();
        (word.to_owned(), capitalize(kind.label()), selected == Some(*kind))
    }));
    options
}

/// The state of an input where it follows a later address. At hydration it is the user's.
fn unless_hydrating<T>(state: T) -> Option<T> {
    (!is_hydrating()).then_some(state)
}

fn select(name: &'static str, label: &'static str, options: Vec<SelectOption>) -> impl IntoView {
    let id = format!("history-{name}");
    let options = options.into_iter().map(|(word, text, selected)| {
        view! { <option value=word selected=selected prop:selected=unless_hydrating(selected)>{text}</option> }
    });
    view! {
        <div class="field">
            <label class="label" for=id.clone()>{label}</label>
            <div class="control"><select id=id name=name>{options.collect_view()}</select></div>
        </div>
    }
}

fn input(name: &'static str, label: &'static str, kind: &'static str, value: String) -> impl IntoView {
    let id = format!("history-{name}");
    view! {
        <div class="field">
            <label class="label" for=id.clone()>{label}</label>
            <div class="control">
                <input
                    id=id type=kind name=name value=value.clone() prop:value=unless_hydrating(value) autocomplete="off"
                    spellcheck="false" dir=(kind == "search").then_some("auto")
                />
            </div>
        </div>
    }
}
