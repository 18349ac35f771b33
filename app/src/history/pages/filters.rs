//! The filters of the history: one form, which makes the address with and without script.

use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::history::model::Entity;
use crate::history::query::{HistoryQuery, NOBODY, PATH, Who};
use crate::history::subjects::capital;
use crate::history::view::Person;
use crate::text::LONGEST_SEARCH;
use crate::ui::dom::sent;

/// The form.
#[component]
pub fn Filters(
    /// What is asked for now.
    query: HistoryQuery,
    /// Whose changes can be asked for.
    people: Vec<Person>,
) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(typed) = form.get_untracked().map(|form| sent(&form)) else {
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
        <form class="asking" method="get" action=PATH role="search" aria-label="Search the history" node_ref=form on:submit=submit>
            {choice("who", "Who", who_options(query.who, people))}
            {choice("kind", "What", kind_options(query.kind))}
            {input("q", "Field, customer or user", "search", text)}
            {input("from", "From", "date", from)}
            {input("to", "To", "date", to)}
            <div class="go"><button class="button primary">"Show"</button> {clear}</div>
        </form>
    }
}

/// An option: its word in the address, what it says, and whether it is on.
type Choice = (String, String, bool);

fn who_options(on: Option<Who>, people: Vec<Person>) -> Vec<Choice> {
    let mut options = vec![
        (String::new(), "Everybody".to_owned(), on.is_none()),
        (NOBODY.to_owned(), "Lastmile itself".to_owned(), on == Some(Who::Nobody)),
    ];
    options.extend(people.into_iter().map(|person| {
        let who = Who::User(person.id);
        (
            who.word(),
            format!("{} ({})", person.name, person.email),
            on == Some(who),
        )
    }));
    options
}

fn kind_options(on: Option<Entity>) -> Vec<Choice> {
    let mut options = vec![(String::new(), "Everything".to_owned(), on.is_none())];
    options.extend(
        Entity::ALL
            .iter()
            .map(|kind| (kind.word().to_owned(), capital(kind.word()), on == Some(*kind))),
    );
    options
}

fn choice(name: &'static str, label: &'static str, options: Vec<Choice>) -> impl IntoView {
    let id = format!("history-{name}");
    let options = options.into_iter().map(|(word, said, on)| {
        view! { <option value=word selected=on prop:selected=on>{said}</option> }
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
    let most = (kind == "search").then(|| LONGEST_SEARCH.to_string());
    view! {
        <div class="field">
            <label class="label" for=id.clone()>{label}</label>
            <div class="control">
                <input
                    id=id type=kind name=name value=value.clone() prop:value=value maxlength=most autocomplete="off"
                    spellcheck="false"
                />
            </div>
        </div>
    }
}
