//! The pages of signing in: email and password, then the code where two-step sign-in is on. The browser itself sends the forms.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::base::roles::Role;
use crate::http::current_user::{CurrentUser, ExpectedUser};
use crate::http::user_summary::AuthStage;
use crate::ui::dom::HEADING;
use crate::ui::form_state::{FormState, ReturnedForm};
use crate::ui::post_form::{PostForm, TextInput};
use crate::ui::title::PageTitle;
use crate::users::api::is_demo;
use crate::users::routes;

/// The page to go on to: of a form that was returned, or of the address.
fn next_page(posted: &FormState) -> String {
    if let Some(next) = posted.values.get("next") {
        return next.clone();
    }
    // From the address itself: the router's map would decode it twice.
    let search = use_location().search.get_untracked();
    let mut pairs = form_urlencoded::parse(search.trim_start_matches('?').as_bytes());
    pairs
        .find(|(key, _)| key == "next")
        .map(|(_, next)| next.into_owned())
        .unwrap_or_default()
}

/// Hidden inputs that go along through every step: the page to go on to, and a form whose sender had to sign in first.
fn continuation_inputs(posted: &FormState) -> impl IntoView + use<> {
    let next = next_page(posted);
    let pending_form = posted.value("pending_form");
    view! {
        <input type="hidden" name="next" value=next/>
        {(!pending_form.is_empty()).then(|| view! { <input type="hidden" name="pending_form" value=pending_form/> })}
    }
}

/// The page.
#[component]
pub fn SignInPage() -> impl IntoView {
    let posted = ReturnedForm::of_page();
    let demo = Resource::new_blocking(|| (), |()| is_demo());
    let shown = posted.clone();
    let demo_accounts = move || {
        let is_demo = demo.get().and_then(Result::ok).unwrap_or_default();
        is_demo.then(|| view! { <DemoAccounts posted=shown.clone()/> })
    };
    let has_pending_form = !posted.value("pending_form").is_empty();
    view! {
        <PageTitle text="Sign in"/>
        <div class="auth-page">
            <h1 id=HEADING tabindex="-1">"Sign in"</h1>
            {has_pending_form.then(|| view! { <p class="hint">"What you typed is kept. You will see it again after you sign in."</p> })}
            <PostForm
                action=Some(routes::SIGN_IN.to_owned()) posted=posted.clone()
                footer=|| view! { <button class="button primary">"Sign in"</button> }
            >
                {continuation_inputs(&posted)}
                <TextInput
                    name="email" label="Email" inputmode=Some("email") posted=posted.clone() autocomplete="username" autofocus=true
                />
                <TextInput name="password" label="Password" kind="password" posted=posted.clone() autocomplete="current-password"/>
            </PostForm>
            <Suspense>{demo_accounts}</Suspense>
            <p class="muted">"Forgotten your password, locked out, or lost your phone? Ask an admin for a sign-in link."</p>
        </div>
    }
}

/// A button for each of the demo's accounts.
#[component]
fn DemoAccounts(posted: FormState) -> impl IntoView {
    let buttons = [
        (Role::Admin, "Full access"),
        (Role::Sales, "Views customers, manages leads"),
        (Role::Staff, "View only"),
    ]
    .map(|(role, what)| {
        view! {
            <form method="post" action=routes::DEMO>
                {continuation_inputs(&posted)}
                <input type="hidden" name="role" value=role.as_str()/>
                <button class="button">"Sign in as " {role.as_str()}</button>
                <span class="muted">{what}</span>
            </form>
        }
    });
    view! {
        <section class="demo" aria-labelledby="demo">
            <h2 id="demo">"Demo"</h2>
            <p class="muted">"Sample data, on this computer only."</p>
            {buttons.into_iter().collect_view()}
        </section>
    }
}

/// The inputs of a code of the second step, or of a recovery code: its letters need another keyboard than the digits of a code.
pub(super) fn code_inputs(posted: &FormState, autofocus: bool) -> impl IntoView + use<> {
    let wrong_recovery_code = posted.error_of("recovery_code").is_some();
    view! {
        <TextInput
            name="code" label="Code" posted=posted.clone() autocomplete="one-time-code" inputmode=Some("numeric")
            autofocus=autofocus && !wrong_recovery_code help=Some("The six digits from your authenticator app.")
        />
        <details open=wrong_recovery_code>
            <summary>"Use a recovery code"</summary>
            <TextInput
                name="recovery_code" label="Recovery code" posted=posted.clone()
                help=Some("One of the codes you saved when you turned two-step sign-in on. Each works once.")
            />
        </details>
    }
}

/// The page of the second step.
#[component]
pub fn CodePage() -> impl IntoView {
    let posted = ReturnedForm::of_page();
    let name = CurrentUser::get()
        .filter(|user| user.stage == AuthStage::CodeRequired)
        .map(|user| user.name);
    view! {
        <PageTitle text="Enter your code"/>
        <div class="auth-page">
            <h1 id=HEADING tabindex="-1">"Enter your code"</h1>
            {name.map(|name| view! { <p class="muted">"Signing in as " <bdi>{name}</bdi></p> })}
            <PostForm
                action=Some(routes::CODE.to_owned()) posted=posted.clone()
                footer=|| view! { <button class="button primary">"Continue"</button> }
            >
                {continuation_inputs(&posted)}
                {code_inputs(&posted, true)}
            </PostForm>
            <form method="post" action=routes::SIGN_OUT>
                <ExpectedUser/>
                <button class="button quiet">"Use another account"</button>
            </form>
        </div>
    }
}
