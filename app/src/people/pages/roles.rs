//! What each role may do, and the rules of signing in: everybody may read them, Admins change them.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::people::api::open_roles;
use crate::people::me::Person;
use crate::people::model::roles::{Right, Role};
use crate::people::place;
use crate::people::view;
use crate::ui::dates;
use crate::ui::dom::HEADING;
use crate::ui::fault::{Fault, NotFound};
use crate::ui::panel::{Cancel, Panel};
use crate::ui::post_form::{ChoiceInput, PostForm, TextInput};
use crate::ui::posted::Returned;
use crate::ui::title::PageTitle;

/// The dialog over the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    Nothing,
    Sessions,
    TwoStep(Role),
    Nowhere,
}

fn over(path: &str) -> Over {
    let path = path.trim_end_matches('/');
    if path == place::ROLES {
        return Over::Nothing;
    }
    if path == place::SESSION_RULES {
        return Over::Sessions;
    }
    let role = path
        .strip_prefix(place::ROLES)
        .and_then(|rest| rest.strip_suffix("/two-step"));
    let role = role.and_then(|rest| Role::parse(rest.trim_start_matches('/')));
    role.map_or(Over::Nowhere, Over::TwoStep)
}

/// The page, and the dialog over it.
#[component]
pub fn RolesPage() -> impl IntoView {
    let path = use_location().pathname;
    let over = Memo::new(move |_| over(&path.get()));
    let roles = Resource::new_blocking(|| (), |()| open_roles());
    let retry = Callback::new(move |()| roles.refetch());
    let content = move || {
        roles.get().map(|answer| match answer {
            Ok(page) => view! { <Shown page over/> }.into_any(),
            Err(error) => view! {
                <div class="head"><h1 id=HEADING tabindex="-1">"Roles"</h1></div>
                <Fault error retry/>
            }
            .into_any(),
        })
    };
    view! {
        <PageTitle text="Roles"/>
        <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Transition>
    }
}

#[component]
fn Shown(page: view::RolesPage, over: Memo<Over>) -> impl IntoView {
    let admin = Person::may(Right::Administer);
    let view::RolesPage {
        two_step_roles,
        session_rules,
    } = page;
    let rules = session_rules;
    let demanded = two_step_roles.clone();
    let dialog = move || {
        // What may not be done is not offered: the address leads to the page alone.
        match over.get() {
            Over::Nothing => ().into_any(),
            Over::Sessions if admin => view! { <SessionsDialog rules/> }.into_any(),
            Over::TwoStep(role) if admin => {
                view! { <TwoStepDialog role demanded=demanded.contains(&role)/> }.into_any()
            }
            Over::Sessions | Over::TwoStep(_) => view! { <Refused/> }.into_any(),
            Over::Nowhere => view! { <NotFound/> }.into_any(),
        }
    };
    let rights = Right::ALL.iter().map(|right| {
        let cells = Role::ALL.iter().map(|role| {
            let (mark, said) = if role.may(*right) { ("✓", "yes") } else { ("–", "no") };
            view! { <td data-l=role.word()><span aria-hidden="true">{mark}</span><span class="unseen">{said}</span></td> }
        });
        view! { <tr><th scope="row">{right.word()}</th>{cells.collect_view()}</tr> }
    });
    let two_step = Role::ALL.iter().map(|role| {
        let said = if two_step_roles.contains(role) { "required" } else { "optional" };
        let label = format!("Two-step sign-in of {role}");
        let change = admin.then(|| {
            let address = format!("{}/{role}/two-step", place::ROLES);
            view! { " " <a class="change" data-noscroll href=address aria-label=format!("Change: {label}")>"Change"</a> }
        });
        view! { <td data-l=role.word()>{said} {change}</td> }
    });
    view! {
        <div class="head"><h1 id=HEADING tabindex="-1">"Roles"</h1></div>
        <div class="sheet">
            <table class="rights">
                <caption class="unseen">"What each role may do"</caption>
                <thead>
                    <tr>
                        <th scope="col">"May"</th>
                        {Role::ALL.iter().map(|role| view! { <th scope="col">{role.word()}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>
                    {rights.collect_view()}
                    <tr><th scope="row">"Two-step sign-in"</th>{two_step.collect_view()}</tr>
                </tbody>
            </table>
        </div>
        <p class="sub">"Leads and exports have no pages yet: the table says who will have them."</p>
        <section class="card">
            <h2>"Sessions"</h2>
            <p>"Whoever does nothing for " {dates::minutes(rules.idle_minutes)} " signs in again, and so does everybody "
                {dates::minutes(rules.absolute_minutes)} " after signing in."</p>
            {admin.then(|| view! { <p class="ways"><a class="button" data-noscroll href=place::SESSION_RULES>"Change"</a></p> })}
        </section>
        {dialog}
    }
}

#[component]
fn Refused() -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::error::AppError::Forbidden.set_status();
    view! {
        <Panel title="Not allowed" close_to=place::ROLES>
            <div class="fields"><p>{crate::error::AppError::Forbidden.to_string()}</p></div>
        </Panel>
    }
}

#[component]
fn SessionsDialog(rules: crate::people::model::SessionRules) -> impl IntoView {
    let posted = Returned::to_page();
    let buttons = || view! { <Cancel/> <button class="button primary">"Save"</button> };
    view! {
        <Panel title="How long sessions last" close_to=place::ROLES>
            <PostForm posted=posted.clone() footer=buttons>
                <TextInput
                    name="idle_minutes" label="Minutes without doing anything" posted=posted.clone() inputmode=Some("numeric")
                    value=rules.idle_minutes.to_string() help=Some("5 to 1440, which is a day.")
                />
                <TextInput
                    name="absolute_minutes" label="Minutes after signing in" posted=posted.clone() inputmode=Some("numeric")
                    value=rules.absolute_minutes.to_string() help=Some("30 to 10080, which is a week. 720 is twelve hours.")
                />
                <p class="sub">"It holds at once, also for those who are signed in now."</p>
            </PostForm>
        </Panel>
    }
}

#[component]
fn TwoStepDialog(role: Role, demanded: bool) -> impl IntoView {
    let posted = Returned::to_page();
    let options = vec![
        ("optional".to_owned(), "Optional: each person decides".to_owned()),
        (
            "required".to_owned(),
            "Required: who has not set it up does so before anything else".to_owned(),
        ),
    ];
    let value = if demanded { "required" } else { "optional" };
    let buttons = || view! { <Cancel/> <button class="button primary">"Save"</button> };
    view! {
        <Panel title=format!("Two-step sign-in of {role}") close_to=place::ROLES>
            <PostForm posted=posted.clone() footer=buttons>
                <ChoiceInput name="two_step" label="Second step" options posted=posted.clone() value=value/>
            </PostForm>
        </Panel>
    }
}
