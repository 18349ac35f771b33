//! What each role can do, and the policies of signing in: every user may read them, Admins change them.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::base::error::AppError;
use crate::base::roles::{Permission, Role};
use crate::base::time;
use crate::http::current_user::CurrentUser;
use crate::ui::dom::HEADING;
use crate::ui::error_view::{ErrorAlert, NotFound};
use crate::ui::form_dialog::{Cancel, FormDialog};
use crate::ui::form_state::ReturnedForm;
use crate::ui::post_form::{ChoiceInput, PostForm, TextInput};
use crate::ui::region::when_loaded;
use crate::ui::title::PageTitle;
use crate::users::api::get_roles;
use crate::users::model::{RolePolicy, SessionPolicy};
use crate::users::responses;
use crate::users::routes;

/// The dialog over the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RolesDialog {
    None,
    Sessions,
    TwoStep(Role),
    NotFound,
}

fn parse_dialog(path: &str) -> RolesDialog {
    let path = path.trim_end_matches('/');
    if path == routes::ROLES {
        return RolesDialog::None;
    }
    if path == routes::SESSION_POLICY {
        return RolesDialog::Sessions;
    }
    let role = path
        .strip_prefix(routes::ROLES)
        .and_then(|rest| rest.strip_suffix("/two-step"));
    let role = role.and_then(|rest| Role::parse(rest.trim_start_matches('/')));
    role.map_or(RolesDialog::NotFound, RolesDialog::TwoStep)
}

/// The page, and the dialog over it.
#[component]
pub fn RolesPage() -> impl IntoView {
    let path = use_location().pathname;
    let dialog = Memo::new(move |_| parse_dialog(&path.get()));
    let roles = Resource::new_blocking(|| (), |()| get_roles());
    let retry = Callback::new(move |()| roles.refetch());
    let content = move || {
        roles.get().map(|answer| match answer {
            Ok(page) => view! { <Roles page dialog/> }.into_any(),
            Err(error) => view! {
                <div class="page-header"><h1 id=HEADING tabindex="-1">"Roles"</h1></div>
                <ErrorAlert error retry/>
            }
            .into_any(),
        })
    };
    view! {
        <PageTitle text="Roles"/>
        {when_loaded(content)}
    }
}

#[component]
fn Roles(page: responses::RolesPage, dialog: Memo<RolesDialog>) -> impl IntoView {
    let admin = CurrentUser::may(Permission::Administer);
    let responses::RolesPage { roles, session_policy } = page;
    let policy_of = move |role: Role| roles.iter().find(|policy| policy.role == role).copied();
    let policies = policy_of.clone();
    let dialog = move || {
        // Only Admins are offered the dialogs; anybody else may still open their addresses.
        match dialog.get() {
            RolesDialog::None => ().into_any(),
            RolesDialog::Sessions if admin => view! { <SessionsDialog policy=session_policy/> }.into_any(),
            RolesDialog::TwoStep(role) if admin => policies(role)
                .map(|policy| view! { <TwoStepDialog policy/> })
                .into_any(),
            RolesDialog::Sessions | RolesDialog::TwoStep(_) => view! { <Forbidden/> }.into_any(),
            RolesDialog::NotFound => view! { <NotFound/> }.into_any(),
        }
    };
    let permissions = Permission::ALL.iter().map(|permission| {
        let cells = Role::ALL.iter().map(|role| {
            let (mark, text) = if role.may(*permission) { ("✓", "yes") } else { ("–", "no") };
            view! { <td data-label=role.as_str()><span aria-hidden="true">{mark}</span><span class="visually-hidden">{text}</span></td> }
        });
        view! { <tr><th scope="row">{permission.as_str()}</th>{cells.collect_view()}</tr> }
    });
    let two_step = Role::ALL.iter().map(|role| {
        let is_required = policy_of(*role).is_some_and(|policy| policy.two_step_required);
        let text = if is_required { "required" } else { "optional" };
        let label = format!("Two-step sign-in for {role}");
        let change = admin.then(|| {
            let address = format!("{}/{role}/two-step", routes::ROLES);
            view! { " " <a class="change" data-noscroll href=address aria-label=format!("Change: {label}")>"Change"</a> }
        });
        view! { <td data-label=role.as_str()>{text} {change}</td> }
    });
    view! {
        <div class="page-header"><h1 id=HEADING tabindex="-1">"Roles"</h1></div>
        <div class="table-card">
            <table class="permissions">
                <caption class="visually-hidden">"What each role can do"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Permission"</th>
                        {Role::ALL.iter().map(|role| view! { <th scope="col">{role.as_str()}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>
                    {permissions.collect_view()}
                    <tr><th scope="row">"Two-step sign-in"</th>{two_step.collect_view()}</tr>
                </tbody>
            </table>
        </div>
        <p class="muted">"Exports are not available yet."</p>
        <section class="card">
            <h2>"Sessions"</h2>
            <p>"Signed out after " {time::format_minutes(session_policy.idle_minutes)} " idle or "
                {time::format_minutes(session_policy.absolute_minutes)} " in total."</p>
            {admin.then(|| view! { <p class="actions"><a class="button" data-noscroll href=routes::SESSION_POLICY>"Change"</a></p> })}
        </section>
        {dialog}
    }
}

/// What anybody but an Admin is told.
const FORBIDDEN: AppError = AppError::Forbidden(Permission::Administer);

#[component]
fn Forbidden() -> impl IntoView {
    FORBIDDEN.set_status();
    view! {
        <FormDialog title="No permission" close_to=routes::ROLES>
            <div class="fields"><p>{FORBIDDEN.to_string()}</p></div>
        </FormDialog>
    }
}

#[component]
fn SessionsDialog(policy: SessionPolicy) -> impl IntoView {
    let posted = ReturnedForm::of_page();
    let buttons = || view! { <Cancel/> <button class="button primary">"Save"</button> };
    view! {
        <FormDialog title="Session settings" close_to=routes::ROLES>
            <PostForm is_resumable=true posted=posted.clone() footer=buttons>
                <input type="hidden" name="version" value=policy.version.to_string() autocomplete="off"/>
                <TextInput
                    name="idle_minutes" label="Idle limit (minutes)" posted=posted.clone() inputmode=Some("numeric")
                    value=policy.idle_minutes.to_string() help=Some("5 to 1,440; 1,440 is a day")
                />
                <TextInput
                    name="absolute_minutes" label="Longest session (minutes)" posted=posted.clone() inputmode=Some("numeric")
                    value=policy.absolute_minutes.to_string() help=Some("30 to 10,080; 720 is twelve hours")
                />
                <p class="muted">"Applies immediately."</p>
            </PostForm>
        </FormDialog>
    }
}

#[component]
fn TwoStepDialog(policy: RolePolicy) -> impl IntoView {
    let RolePolicy {
        role,
        two_step_required: required,
        version,
    } = policy;
    let posted = ReturnedForm::of_page();
    let options = vec![
        ("optional".to_owned(), "Optional: each user decides".to_owned()),
        ("required".to_owned(), "Required: set up at next sign-in".to_owned()),
    ];
    let value = if required { "required" } else { "optional" };
    let buttons = || view! { <Cancel/> <button class="button primary">"Save"</button> };
    view! {
        <FormDialog title=format!("Two-step sign-in for {role}") close_to=routes::ROLES>
            <PostForm is_resumable=true posted=posted.clone() footer=buttons>
                <input type="hidden" name="version" value=version.to_string() autocomplete="off"/>
                <ChoiceInput name="two_step" label="Second step" options posted=posted.clone() value=value/>
            </PostForm>
        </FormDialog>
    }
}
