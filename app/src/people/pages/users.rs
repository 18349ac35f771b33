//! The users, for Admins: list, invite, change role, disable, end sessions, one-time links.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use wasm_bindgen::JsCast;

use crate::people::api::list_users;
use crate::people::me::Person;
use crate::people::model::roles::Role;
use crate::people::model::{Purpose, User};
use crate::people::place::{self, Over, UserAction, over_users};
use crate::people::view::{self, UserRow};
use crate::ui::dom::{HEADING, target};
use crate::ui::fault::Fault;
use crate::ui::panel::{Cancel, Panel};
use crate::ui::post_form::{ChoiceInput, PostForm, TextInput};
use crate::ui::posted::{Posted, Returned};
use crate::ui::title::PageTitle;

/// The page, and the dialog over it.
#[component]
pub fn UsersPage() -> impl IntoView {
    let path = use_location().pathname;
    let over = Memo::new(move |_| over_users(&path.get()));
    let users = Resource::new_blocking(|| (), |()| list_users());
    let retry = Callback::new(move |()| users.refetch());
    let content = move || {
        users.get().map(|answer| match answer {
            Ok(page) => view! { <Listed page over/> }.into_any(),
            Err(error) => view! {
                <div class="head"><h1 id=HEADING tabindex="-1">"Users"</h1></div>
                <Fault error retry/>
            }
            .into_any(),
        })
    };
    view! {
        <PageTitle text="Users"/>
        <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Transition>
    }
}

#[component]
fn Listed(page: view::UsersPage, over: Memo<Over>) -> impl IntoView {
    let view::UsersPage { users, two_step_roles } = page;
    let known = users.clone();
    let demanded = said_of_two_step(&two_step_roles);
    let rows = users
        .into_iter()
        .map(|row| user_row(row, &two_step_roles))
        .collect_view();
    let dialog = move || match over.get() {
        Over::None => ().into_any(),
        Over::Invite => view! { <InviteDialog/> }.into_any(),
        Over::User(id, action) => match known.iter().find(|row| row.user.id == id) {
            Some(row) => view! { <ActionDialog user=row.user.clone() action/> }.into_any(),
            None => view! { <Missing/> }.into_any(),
        },
        Over::Nowhere => view! { <Missing/> }.into_any(),
    };
    view! {
        <div class="head">
            <h1 id=HEADING tabindex="-1">"Users"</h1>
            <a id="new" class="button primary" data-noscroll href=place::INVITE>"Invite somebody"</a>
        </div>
        <div class="sheet">
            <div class="scroll" tabindex="0" role="group" aria-label="Users, scrolls sideways">
                <table>
                    <caption class="unseen">"Users"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Role"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Two-step"</th>
                            <th scope="col">"Signed in"</th>
                            <th scope="col"><span class="unseen">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </div>
        <p class="sub">{demanded} " " <a href=place::ROLES>"Change that under Roles"</a></p>
        {dialog}
    }
}

/// Of whom the second step is required, in a sentence.
fn said_of_two_step(roles: &[Role]) -> String {
    let words: Vec<&str> = Role::ALL
        .iter()
        .filter(|role| roles.contains(role))
        .map(|role| role.word())
        .collect();
    match words.split_last() {
        None => "Two-step sign-in is required of nobody.".to_owned(),
        Some((only, [])) => format!("Two-step sign-in is required of {only}."),
        Some((last, others)) => format!("Two-step sign-in is required of {} and {last}.", others.join(", ")),
    }
}

#[component]
fn Missing() -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::error::AppError::NotFound.set_status();
    view! {
        <Panel title="Not found" close_to=place::USERS>
            <div class="fields"><p>"There is no such user, or nothing like this to do."</p></div>
        </Panel>
    }
}

fn user_row(row: UserRow, two_step_roles: &[Role]) -> impl IntoView + use<> {
    let UserRow { user, sessions } = row;
    let id = user.id;
    let me = Person::of_page().is_some_and(|me| me.id == id);
    let two_step = match (user.two_step, two_step_roles.contains(&user.role)) {
        (true, _) => "On",
        (false, true) => "Required, not set up",
        (false, false) => "Off",
    };
    let actions = actions(&user).into_iter().map(|action| {
        let (label, _, _) = words(action, &user);
        let aria = format!("{label}: {}", user.name);
        view! { <a id=format!("{}-{id}", action.word()) data-noscroll href=action.address(id) aria-label=aria>{label}</a> }
    });
    let actions = actions.collect_view();
    view! {
        <tr>
            <th scope="row">
                <span class="name">{user.name.clone()} {me.then_some(" (you)")}</span>
                <span class="sub">{user.email.clone()}</span>
            </th>
            <td data-l="Role">{user.role.word()}</td>
            <td data-l="State"><span class=format!("tag {}", user.state().to_lowercase())>{user.state()}</span></td>
            <td data-l="Two-step">{two_step}</td>
            <td data-l="Signed in">{match sessions { 0 => "nowhere".to_owned(), 1 => "in 1 place".to_owned(), n => format!("in {n} places") }}</td>
            <td class="actions">{actions}</td>
        </tr>
    }
}

/// What can be done to a user.
fn actions(user: &User) -> Vec<UserAction> {
    use UserAction::{Disable, Enable, EndSessions, Reset, Role};
    match (user.disabled_at, user.has_password) {
        (Some(_), _) => vec![Role, Enable],
        // Nobody is signed in who has yet to choose a password.
        (None, false) => vec![Role, Reset, Disable],
        (None, true) => vec![Role, Reset, EndSessions, Disable],
    }
}

/// What an action is called, in the list; what it asks; and what its button says.
fn words(action: UserAction, user: &User) -> (&'static str, String, &'static str) {
    let name = &user.name;
    match action {
        UserAction::Role => ("Role", format!("Change the role of {name}"), "Change role"),
        UserAction::Disable => ("Disable", format!("Disable {name}?"), "Disable"),
        UserAction::Enable => ("Enable", format!("Enable {name}?"), "Enable"),
        UserAction::EndSessions => (
            "Sign out",
            format!("Sign {name} out everywhere?"),
            "Sign out everywhere",
        ),
        UserAction::Reset => ("Link", format!("A one-time link for {name}"), "Make a link"),
    }
}

fn role_choice(posted: &Posted, role: Role) -> impl IntoView + use<> {
    let options = Role::ALL.iter().map(|role| {
        let what = match role {
            Role::Staff => "browses customers",
            Role::Sales => "browses, works leads, exports",
            Role::Admin => "does everything",
        };
        (role.word().to_owned(), format!("{role}: {what}"))
    });
    view! { <ChoiceInput name="role" label="Role" options=options.collect() posted=posted.clone() value=role.word()/> }
}

#[component]
fn InviteDialog() -> impl IntoView {
    let posted = Returned::to_page();
    if let Some(link) = posted.once.first() {
        return view! { <Link name=posted.value("name") link=link.clone() lasts=Purpose::Invitation.lasts()/> }
            .into_any();
    }
    let buttons = || view! { <Cancel/> <button class="button primary">"Invite"</button> };
    view! {
        <Panel title="Invite somebody" close_to=place::USERS>
            <PostForm posted=posted.clone() footer=buttons>
                <TextInput name="name" label="Name" posted=posted.clone() autofocus=true/>
                <TextInput name="email" label="Email" kind="email" posted=posted.clone() help=Some("They sign in with it.")/>
                {role_choice(&posted, Role::Staff)}
            </PostForm>
        </Panel>
    }
    .into_any()
}

/// A one-time link, shown this once.
#[component]
fn Link(name: String, link: String, lasts: &'static str) -> impl IntoView {
    let input = NodeRef::<leptos::html::Input>::new();
    let copied = RwSignal::new(false);
    let select = move || {
        if let Some(input) = input.get_untracked() {
            input.select();
        }
    };
    let copy = move |event: web_sys::MouseEvent| {
        select();
        // The newer way is for https and this machine alone.
        let page = document().dyn_into::<web_sys::HtmlDocument>();
        copied.set(page.is_ok_and(|page| page.exec_command("copy").unwrap_or_default()));
        // Selecting has taken the focus.
        if let Some(button) = target::<web_sys::HtmlElement>(&event) {
            let _ = button.focus();
        }
    };
    view! {
        <Panel title=format!("A link for {name}") close_to=place::USERS>
            <div class="fields">
                <p>"Pass this on to " {name.clone()} ", and to nobody else: whoever opens it chooses the password. It works once, within "
                    {lasts} ". " <strong>"It is not shown again."</strong></p>
                <div class="control">
                    <input class="once" readonly value=link aria-label="The link" node_ref=input on:focus=move |_| select()/>
                    <button type="button" class="button scripted" on:click=copy>{move || if copied.get() { "Copied" } else { "Copy" }}</button>
                </div>
                <p class="ways"><a class="button primary" rel="external" href=place::USERS>"Done"</a></p>
            </div>
        </Panel>
    }
}

#[component]
fn ActionDialog(user: User, action: UserAction) -> impl IntoView {
    let posted = Returned::to_page();
    if let Some(link) = posted.once.first() {
        let purpose = if user.has_password {
            Purpose::Reset
        } else {
            Purpose::Invitation
        };
        return view! { <Link name=user.name link=link.clone() lasts=purpose.lasts()/> }.into_any();
    }
    let (_, title, button) = words(action, &user);
    let danger = matches!(action, UserAction::Disable | UserAction::EndSessions);
    let class = if danger { "button danger" } else { "button primary" };
    let buttons = move || view! { <Cancel/> <button class=class>{button}</button> };
    let own = Person::of_page().is_some_and(|me| me.id == user.id);
    let invited = !user.has_password;
    let (they, are_they, them, their) = if own {
        ("You", "You are", "you", "your")
    } else {
        ("They", "They are", "them", "their")
    };
    let content = match action {
        UserAction::Role => view! {
            {role_choice(&posted, user.role)}
            <p class="sub">{are_they} " signed out everywhere, and the new role holds from the next sign-in."</p>
        }
        .into_any(),
        UserAction::Disable if invited => view! {
            <p>"They cannot sign in, and their link works no longer. You can enable them again, and make another link."</p>
        }
        .into_any(),
        UserAction::Disable => view! {
            <p>{are_they} " signed out at once, and cannot sign in. Nothing is lost; "
                {if own { "another Admin can enable you again." } else { "you can enable them again." }}</p>
        }
        .into_any(),
        UserAction::Enable if invited => view! { <p>"They can sign in once they have chosen a password, by a new link."</p> }.into_any(),
        UserAction::Enable => view! { <p>"They can sign in again, with the password that they had."</p> }.into_any(),
        UserAction::EndSessions => view! { <p>{they} " sign in again to go on. What was being typed is kept in the browser."</p> }.into_any(),
        UserAction::Reset if invited => view! {
            <p>"It lets them choose a password and sign in. A link that was made before works no longer."</p>
        }
        .into_any(),
        UserAction::Reset => view! {
            <p>"It lets " {them} " choose a new password, also when locked out after too many tries. Until then " {their}
                " old password works; a link that was made before does not."</p>
            {user.two_step.then(|| view! {
                <label class="choice"><input type="checkbox" name="without_two_step" value="1"/>
                    " Turn " {their} " two-step sign-in off, too (the phone is lost)"</label>
            })}
        }
        .into_any(),
    };
    view! {
        <Panel title close_to=place::USERS>
            <PostForm posted=posted.clone() footer=buttons>{content}</PostForm>
        </Panel>
    }
    .into_any()
}
