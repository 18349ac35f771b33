//! Signing in: email and password, then the code where the second step is on. The browser itself sends the forms.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::people::api::demo_offered;
use crate::people::me::Person;
use crate::people::model::Stage;
use crate::people::model::roles::Role;
use crate::people::place;
use crate::ui::dom::HEADING;
use crate::ui::post_form::{PostForm, TextInput};
use crate::ui::posted::{Posted, Returned};
use crate::ui::title::PageTitle;

/// Where one goes on to: what came back, or what the address says.
fn next_of(posted: &Posted) -> String {
    if let Some(next) = posted.typed.get("next") {
        return next.clone();
    }
    // From the address itself: the router's map would decode it once more.
    let search = use_location().search.get_untracked();
    let mut pairs = form_urlencoded::parse(search.trim_start_matches('?').as_bytes());
    pairs
        .find(|(key, _)| key == "next")
        .map(|(_, next)| next.into_owned())
        .unwrap_or_default()
}

/// What goes along unseen: where to go on to, and a form whose sender had to sign in first.
fn along(posted: &Posted) -> impl IntoView + use<> {
    let next = next_of(posted);
    let kept = posted.value("kept");
    view! {
        <input type="hidden" name="next" value=next/>
        {(!kept.is_empty()).then(|| view! { <input type="hidden" name="kept" value=kept/> })}
    }
}

/// The page.
#[component]
pub fn SignInPage() -> impl IntoView {
    let posted = Returned::to_page();
    let demo = Resource::new_blocking(|| (), |()| demo_offered());
    let shown = posted.clone();
    let offers = move || {
        let offered = demo.get().and_then(Result::ok).unwrap_or_default();
        offered.then(|| view! { <Demo posted=shown.clone()/> })
    };
    let kept = !posted.value("kept").is_empty();
    view! {
        <PageTitle text="Sign in"/>
        <div class="door">
            <h1 id=HEADING tabindex="-1">"Sign in"</h1>
            {kept.then(|| view! { <p class="hint">"What you typed is kept: you see it again once you are signed in."</p> })}
            <PostForm
                action=Some(place::SIGN_IN.to_owned()) posted=posted.clone()
                footer=|| view! { <button class="button primary">"Sign in"</button> }
            >
                {along(&posted)}
                <TextInput
                    name="email" label="Email" kind="email" posted=posted.clone() autocomplete="username" autofocus=true
                />
                <TextInput name="password" label="Password" kind="password" posted=posted.clone() autocomplete="current-password"/>
            </PostForm>
            <Suspense>{offers}</Suspense>
            <p class="sub">"Forgotten your password, locked out, or lost your phone? An Admin can make you a link that lets you in."</p>
        </div>
    }
}

/// One button for each of the demo's people.
#[component]
fn Demo(posted: Posted) -> impl IntoView {
    let buttons = [
        (Role::Admin, "an Admin", "does everything"),
        (Role::Sales, "Sales", "browses, works leads"),
        (Role::Staff, "a Staff visitor", "browses"),
    ]
    .map(|(role, who, what)| {
        view! {
            <form method="post" action=place::DEMO>
                {along(&posted)}
                <input type="hidden" name="role" value=role.word()/>
                <button class="button">"Come in as " {who}</button>
                <span class="sub">{what}</span>
            </form>
        }
    });
    view! {
        <section class="demo" aria-labelledby="demo">
            <h2 id="demo">"This is a demo"</h2>
            <p class="sub">"Its customers are invented, and it can be reached from this machine alone."</p>
            {buttons.into_iter().collect_view()}
        </section>
    }
}

/// The page of the second step.
#[component]
pub fn CodePage() -> impl IntoView {
    let posted = Returned::to_page();
    let name = Person::of_page().filter(|me| me.stage == Stage::Code).map(|me| me.name);
    view! {
        <PageTitle text="Second step"/>
        <div class="door">
            <h1 id=HEADING tabindex="-1">"Second step"</h1>
            {name.map(|name| view! { <p class="sub">"Signing in as " {name}</p> })}
            <PostForm
                action=Some(place::CODE.to_owned()) posted=posted.clone()
                footer=|| view! { <button class="button primary">"Go on"</button> }
            >
                {along(&posted)}
                <TextInput
                    name="code" label="Code" posted=posted.clone() autocomplete="one-time-code" autofocus=true
                    help=Some("The six digits that your authenticator app shows, or one of your recovery codes.")
                />
            </PostForm>
            <form method="post" action=place::SIGN_OUT>
                <button class="button quiet">"Sign in as somebody else"</button>
            </form>
        </div>
    }
}
