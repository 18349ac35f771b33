//! The users, for Admins: list, invite, change role, disable, end sessions, one-time links.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::base::error::AppError;
use crate::base::roles::Role;
use crate::base::text::{isolated, join_words};
use crate::http::current_user::CurrentUser;
use crate::ui::dom::{HEADING, copy_selection, target};
use crate::ui::error_view::ErrorAlert;
use crate::ui::form_dialog::{Cancel, FormDialog};
use crate::ui::form_state::{FormState, ReturnedForm};
use crate::ui::live_text::LiveText;
use crate::ui::post_form::{ChoiceInput, PostForm, TextInput};
use crate::ui::region::when_loaded;
use crate::ui::title::PageTitle;
use crate::users::api::list_users;
use crate::users::model::action::UserAction;
use crate::users::model::{Purpose, User};
use crate::users::responses::{self, UserRow};
use crate::users::routes::{self, UsersDialog, parse_users_dialog};

/// The page, and the dialog over it.
#[component]
pub fn UsersPage() -> impl IntoView {
    let path = use_location().pathname;
    let dialog = Memo::new(move |_| parse_users_dialog(&path.get()));
    let users = Resource::new_blocking(|| (), |()| list_users());
    let retry = Callback::new(move |()| users.refetch());
    let content = move || {
        users.get().map(|answer| match answer {
            Ok(page) => view! { <UserList page dialog/> }.into_any(),
            Err(error) => view! {
                <div class="page-header"><h1 id=HEADING tabindex="-1">"Users"</h1></div>
                <ErrorAlert error retry/>
            }
            .into_any(),
        })
    };
    view! {
        <PageTitle text="Users"/>
        {when_loaded(content)}
    }
}

#[component]
fn UserList(page: responses::UsersPage, dialog: Memo<UsersDialog>) -> impl IntoView {
    let responses::UsersPage { users, two_step_roles } = page;
    let all = users.clone();
    let requirement = two_step_requirement(&two_step_roles);
    let rows = users
        .into_iter()
        .map(|row| user_row(row, &two_step_roles))
        .collect_view();
    let dialog = move || match dialog.get() {
        UsersDialog::None => ().into_any(),
        UsersDialog::Invite => view! { <InviteDialog/> }.into_any(),
        UsersDialog::User(id, action) => match all.iter().find(|row| row.user.id == id) {
            Some(row) => view! { <ActionDialog user=row.user.clone() action/> }.into_any(),
            None => view! { <Missing/> }.into_any(),
        },
        UsersDialog::NotFound => view! { <Missing/> }.into_any(),
    };
    view! {
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">"Users"</h1>
            <a id="new" class="button primary" data-noscroll href=routes::INVITE>"Invite user"</a>
        </div>
        <div class="table-card">
            <div class="scroll" tabindex="0" role="group" aria-label="Users, scrolls sideways">
                <table>
                    <caption class="visually-hidden">"Users"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Role"</th>
                            <th scope="col">"Status"</th>
                            <th scope="col">"Two-step"</th>
                            <th scope="col" class="numeric">"Sessions"</th>
                            <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </div>
        <p class="muted">{requirement} " " <a href=routes::ROLES>"Change in Roles"</a></p>
        {dialog}
    }
}

/// Of which roles the second step is required, in a sentence.
fn two_step_requirement(roles: &[Role]) -> String {
    let required = Role::ALL.iter().filter(|role| roles.contains(role));
    let words: Vec<&str> = required.map(|role| role.as_str()).collect();
    match words.is_empty() {
        true => "Two-step sign-in is optional for all.".to_owned(),
        false => format!("Two-step sign-in is required for {}.", join_words(&words)),
    }
}

#[component]
fn Missing() -> impl IntoView {
    AppError::NotFound.set_status();
    view! {
        <FormDialog title="Not found" close_to=routes::USERS>
            <div class="fields"><p>"User not found; the link may be incomplete."</p></div>
        </FormDialog>
    }
}

fn user_row(row: UserRow, two_step_roles: &[Role]) -> impl IntoView + use<> {
    let UserRow { user, sessions } = row;
    let id = user.id;
    let is_own = CurrentUser::get().is_some_and(|user| user.id == id);
    let two_step = match (user.two_step, two_step_roles.contains(&user.role)) {
        (true, _) => "On",
        (false, true) => "Required, not set up",
        (false, false) => "Off",
    };
    let actions = actions(&user).into_iter().map(|action| {
        let (label, _, _) = labels(action, &user);
        let aria = format!("{label}: {}", isolated(&user.name));
        view! { <a id=format!("{}-{id}", action.as_str()) data-noscroll href=routes::user_action(action, id) aria-label=aria>{label}</a> }
    });
    let actions = actions.collect_view();
    view! {
        <tr>
            <th scope="row">
                <span class="name"><bdi>{user.name.clone()}</bdi> {is_own.then_some(" (you)")}</span>
                <span class="muted">{user.email.clone()}</span>
            </th>
            <td data-label="Role">{user.role.as_str()}</td>
            <td data-label="Status"><span class=format!("tag {}", user.state().to_lowercase())>{user.state()}</span></td>
            <td data-label="Two-step">{two_step}</td>
            <td data-label="Sessions" class="numeric">{sessions}</td>
            <td class="row-actions">{actions}</td>
        </tr>
    }
}

/// The actions that a user's row offers.
fn actions(user: &User) -> Vec<UserAction> {
    use UserAction::{ChangeRole, Disable, Enable, EndSessions, Reset};
    match (user.disabled_at, user.has_password) {
        (Some(_), _) => vec![ChangeRole, Enable],
        // A user who has yet to choose a password has no sessions.
        (None, false) => vec![ChangeRole, Reset, Disable],
        (None, true) => vec![ChangeRole, Reset, EndSessions, Disable],
    }
}

/// An action's label in the list, the title of its dialog, and the label of its button.
fn labels(action: UserAction, user: &User) -> (&'static str, String, &'static str) {
    let name = isolated(&user.name);
    match action {
        UserAction::ChangeRole => ("Change role", format!("Change role of {name}"), "Change role"),
        UserAction::Disable => ("Disable", format!("Disable {name}?"), "Disable"),
        UserAction::Enable => ("Enable", format!("Enable {name}?"), "Enable"),
        UserAction::EndSessions => (
            "Sign out",
            format!("Sign {name} out everywhere?"),
            "Sign out everywhere",
        ),
        UserAction::Reset => ("Reset link", format!("Sign-in link for {name}"), "Create link"),
    }
}

fn role_choice(posted: &FormState, role: Role) -> impl IntoView + use<> {
    let options = Role::ALL.iter().map(|role| {
        let what = match role {
            Role::Staff => "view only",
            Role::Sales => "views customers, manages leads",
            Role::Admin => "full access",
        };
        (role.as_str().to_owned(), format!("{role}: {what}"))
    });
    view! { <ChoiceInput name="role" label="Role" options=options.collect() posted=posted.clone() value=role.as_str()/> }
}

#[component]
fn InviteDialog() -> impl IntoView {
    let posted = ReturnedForm::of_page();
    if let Some(link) = posted.shown_once.first() {
        return view! { <Link name=posted.value("name") link=link.clone() lifetime=Purpose::Invitation.lifetime()/> }
            .into_any();
    }
    let buttons = || view! { <Cancel/> <button class="button primary">"Invite"</button> };
    view! {
        <FormDialog title="Invite user" close_to=routes::USERS>
            <PostForm is_resumable=true posted=posted.clone() footer=buttons>
                <TextInput name="name" label="Name" posted=posted.clone() autofocus=true/>
                <TextInput name="email" label="Email" inputmode=Some("email") posted=posted.clone() help=Some("Used to sign in.")/>
                {role_choice(&posted, Role::Staff)}
            </PostForm>
        </FormDialog>
    }
    .into_any()
}

/// A one-time link, shown this once.
#[component]
fn Link(name: String, link: String, lifetime: &'static str) -> impl IntoView {
    let input = NodeRef::<leptos::html::Input>::new();
    let copied = RwSignal::new(false);
    let select = move || {
        if let Some(input) = input.get_untracked() {
            input.select();
        }
    };
    let copy = move |event: web_sys::MouseEvent| {
        select();
        copied.set(copy_selection());
        // Selecting has taken the focus.
        if let Some(button) = target::<web_sys::HtmlElement>(&event) {
            let _ = button.focus();
        }
    };
    let copy_label = move || if copied.get() { "Copied" } else { "Copy" }.to_owned();
    view! {
        <FormDialog title=format!("Sign-in link for {}", isolated(&name)) close_to=routes::USERS>
            <div class="fields">
                <p>"Send only to " <bdi>{name.clone()}</bdi> "; whoever opens it sets the password. It works once, within "
                    {lifetime} ". " <strong>"It is shown only once."</strong></p>
                <div class="control">
                    <input class="one-time" readonly value=link aria-label="Sign-in link" node_ref=input on:focus=move |_| select()/>
                    <button type="button" class="button script-only" on:click=copy><LiveText text=Signal::derive(copy_label)/></button>
                </div>
                <p class="actions"><a class="button primary" rel="external" href=routes::USERS>"Done"</a></p>
            </div>
        </FormDialog>
    }
}

#[component]
fn ActionDialog(user: User, action: UserAction) -> impl IntoView {
    let posted = ReturnedForm::of_page();
    if let Some(link) = posted.shown_once.first() {
        let purpose = if user.has_password {
            Purpose::Reset
        } else {
            Purpose::Invitation
        };
        return view! { <Link name=user.name link=link.clone() lifetime=purpose.lifetime()/> }.into_any();
    }
    let (_, title, button) = labels(action, &user);
    let danger = matches!(action, UserAction::Disable | UserAction::EndSessions);
    let class = if danger { "button danger" } else { "button primary" };
    let buttons = move || view! { <Cancel/> <button class=class>{button}</button> };
    let own = CurrentUser::get().is_some_and(|current| current.id == user.id);
    let invited = !user.has_password;
    let (they, are_they, them, their) = if own {
        ("You", "You are", "you", "your")
    } else {
        ("They", "They are", "them", "their")
    };
    let content = match action {
        UserAction::ChangeRole => view! {
            {role_choice(&posted, user.role)}
            <p class="muted">{are_they} " signed out everywhere, and the new role applies from the next sign-in."</p>
        }
        .into_any(),
        UserAction::Disable if invited => view! {
            <p>"They can't sign in, and their link stops working. You can enable them again and create another link."</p>
        }
        .into_any(),
        UserAction::Disable => view! {
            <p>{are_they} " signed out now and can't sign in. Nothing is lost; "
                {if own { "another Admin can enable you again." } else { "you can enable them again." }}</p>
        }
        .into_any(),
        UserAction::Enable if invited => view! { <p>"They can sign in after setting a password with a new link."</p> }.into_any(),
        UserAction::Enable => view! { <p>"They can sign in again with their old password."</p> }.into_any(),
        UserAction::EndSessions => view! { <p>{they} " must sign in again. Unsaved typing is kept."</p> }.into_any(),
        UserAction::Reset if invited => view! {
            <p>"It lets them set a password and sign in. Any earlier link stops working."</p>
        }
        .into_any(),
        UserAction::Reset => view! {
            <p>"It lets " {them} " set a new password, even when locked out. Until then " {their}
                " old password works. Any earlier link stops working."</p>
            {user.two_step.then(|| view! {
                <label class="choice"><input type="checkbox" name="without_two_step" value="1" checked=!posted.value("without_two_step").is_empty()/>
                    " Turn " {their} " two-step sign-in off too (lost phone)"</label>
            })}
        }
        .into_any(),
    };
    view! {
        <FormDialog title close_to=routes::USERS>
            <PostForm is_resumable=true posted=posted.clone() footer=buttons>
                <input type="hidden" name="version" value=user.version.to_string() autocomplete="off"/>
                {content}
            </PostForm>
        </FormDialog>
    }
    .into_any()
}
