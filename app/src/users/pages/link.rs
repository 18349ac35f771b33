//! The page of a one-time link: a user chooses a password. Opening it does not use the link; sending the form does.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::base::error::AppError;
use crate::ui::dom::HEADING;
use crate::ui::error_view::ErrorAlert;
use crate::ui::form_state::ReturnedForm;
use crate::ui::post_form::{PostForm, TextInput, UserName};
use crate::ui::region::when_loaded;
use crate::ui::title::PageTitle;
use crate::users::api::get_link;
use crate::users::model::Purpose;
use crate::users::responses;
use crate::users::routes::SIGN_IN;

/// The page.
#[component]
pub fn LinkPage() -> impl IntoView {
    let params = use_params_map();
    let token = move || params.with(|map| map.get("token")).unwrap_or_default();
    let link = Resource::new_blocking(token, get_link);
    let retry = Callback::new(move |()| link.refetch());
    let content = move || {
        link.get().map(|answer| match answer {
            Ok(link) => view! { <PasswordForm link/> }.into_any(),
            Err(AppError::NotFound) => view! { <InvalidLink/> }.into_any(),
            Err(error) => view! { <ErrorAlert error retry/> }.into_any(),
        })
    };
    view! {
        <div class="auth-page">{when_loaded(content)}</div>
    }
}

#[component]
fn InvalidLink() -> impl IntoView {
    AppError::NotFound.set_status();
    view! {
        <PageTitle text="Link no longer works"/>
        <h1 id=HEADING tabindex="-1">"This link no longer works"</h1>
        <p>"A link works once and for a limited time. Ask your admin for a new link."</p>
        <p class="actions"><a class="button" href=SIGN_IN>"Sign in"</a></p>
    }
}

#[component]
fn PasswordForm(link: responses::LinkPage) -> impl IntoView {
    let posted = ReturnedForm::of_page();
    let responses::LinkPage { purpose, user } = link;
    let (heading, text, button) = match purpose {
        Purpose::FirstAdmin => (
            "Welcome to Lastmile",
            "You are the first user. Your account is an Admin account and can invite others.",
            "Create the first Admin",
        ),
        Purpose::Invitation => ("Welcome to Lastmile", "Set a password to sign in.", "Set password"),
        Purpose::Reset => (
            "Set a new password",
            "This signs you out everywhere. Then sign in with the new password.",
            "Set password",
        ),
    };
    let is_first = user.is_none();
    let email = user.as_ref().map(|(_, email)| email.clone());
    let who = user.map(|(name, email)| view! { <p><bdi>{name}</bdi> " " <span class="muted">{email}</span></p> });
    view! {
        <PageTitle text=heading/>
        <h1 id=HEADING tabindex="-1">{heading}</h1>
        {who}
        <p class="muted">{text}</p>
        <PostForm posted=posted.clone() footer=move || view! { <button class="button primary">{button}</button> }>
            {is_first.then(|| view! {
                <TextInput name="name" label="Your name" posted=posted.clone() autocomplete="name" autofocus=true/>
                <TextInput name="email" label="Email" inputmode=Some("email") posted=posted.clone() autocomplete="username"/>
            })}
            {email.map(|email| view! { <UserName email/> })}
            <TextInput
                name="password" label="New password" kind="password" posted=posted.clone() autocomplete="new-password" autofocus=!is_first
                help=Some("At least 12 characters; a few unrelated words work well.")
            />
        </PostForm>
    }
}
