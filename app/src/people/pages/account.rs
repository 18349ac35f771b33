//! One's own account: where one is signed in, password, second step.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::people::api::{open_account, open_two_step};
use crate::people::me::Person;
use crate::people::model::{SessionView, Stage};
use crate::people::place;
use crate::people::view::{Account, TwoStepSetUp};
use crate::ui::dates;
use crate::ui::dom::HEADING;
use crate::ui::fault::{Fault, NotFound};
use crate::ui::panel::{Cancel, Panel};
use crate::ui::post_form::{PostForm, TextInput};
use crate::ui::posted::{Posted, Returned};
use crate::ui::title::PageTitle;

/// The page, and the dialog over it.
#[component]
pub fn AccountPage() -> impl IntoView {
    let path = use_location().pathname;
    let over = move || match path.get().trim_end_matches('/') {
        place::ACCOUNT => ().into_any(),
        place::PASSWORD => view! { <PasswordDialog/> }.into_any(),
        place::TWO_STEP => view! { <TwoStepDialog/> }.into_any(),
        place::TWO_STEP_OFF => view! { <TwoStepOffDialog/> }.into_any(),
        place::RECOVERY_CODES => view! { <RecoveryCodesDialog/> }.into_any(),
        _ => view! { <NotFound/> }.into_any(),
    };
    // Who has to set the second step up first has nothing else here yet.
    let inside = Person::of_page().is_none_or(|me| me.stage == Stage::In);
    view! {
        <PageTitle text="Your account"/>
        {inside.then(|| view! { <Behind/> })}
        {over}
    }
}

#[component]
fn Behind() -> impl IntoView {
    let account = Resource::new_blocking(|| (), |()| open_account());
    let retry = Callback::new(move |()| account.refetch());
    let content = move || {
        account.get().map(|answer| match answer {
            Ok(account) => view! { <Shown account/> }.into_any(),
            Err(error) => view! {
                <div class="head"><h1 id=HEADING tabindex="-1">"Your account"</h1></div>
                <Fault error retry/>
            }
            .into_any(),
        })
    };
    view! { <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Transition> }
}

#[component]
fn Shown(account: Account) -> impl IntoView {
    let Account {
        user,
        sessions,
        recovery_codes,
        two_step_demanded,
    } = account;
    let others = sessions.len() > 1;
    let two_step = if user.two_step {
        view! {
            <p>"On. Signing in asks for a code of your authenticator app. " {recovery_codes} " recovery codes are left."</p>
            <p class="ways">
                <a class="button" data-noscroll href=place::RECOVERY_CODES>"New recovery codes"</a>
                {(!two_step_demanded).then(|| view! { <a class="button" data-noscroll href=place::TWO_STEP_OFF>"Turn off"</a> })}
            </p>
        }
        .into_any()
    } else {
        view! {
            <p>"Off. With it, signing in also asks for a code of an app on your phone: a password that somebody found out is not enough."</p>
            <p class="ways"><a class="button" data-noscroll href=place::TWO_STEP>"Turn on"</a></p>
        }
        .into_any()
    };
    view! {
        <div class="head">
            <h1 id=HEADING tabindex="-1">{user.name.clone()}</h1>
            <span class="sub">{user.email.clone()}</span>
            <span class="tag">{user.role.word()}</span>
        </div>
        <div class="record">
            <section class="card">
                <h2>"Password"</h2>
                <p>"Changing it signs you out everywhere else."</p>
                <p class="ways"><a class="button" data-noscroll href=place::PASSWORD>"Change password"</a></p>
            </section>
            <section class="card">
                <h2>"Two-step sign-in"</h2>
                {two_step}
            </section>
        </div>
        <div class="sheet">
            <table>
                <caption>"Where you are signed in"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Browser"</th>
                        <th scope="col">"Address"</th>
                        <th scope="col">"Signed in"</th>
                        <th scope="col">"Last seen"</th>
                        <th scope="col"><span class="unseen">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{sessions.into_iter().map(session_row).collect_view()}</tbody>
            </table>
            {others.then(|| view! {
                <div class="foot">
                    <form method="post" action=place::END_SESSIONS><button class="button">"Sign out everywhere else"</button></form>
                </div>
            })}
        </div>
    }
}

fn session_row(session: SessionView) -> impl IntoView {
    let label = format!("End the session in {} at {}", session.browser, session.address);
    let end = if session.current {
        view! { <form method="post" action=place::SIGN_OUT><button class="button">"Sign out"</button></form> }
            .into_any()
    } else {
        view! {
            <form method="post" action=place::END_SESSIONS>
                <input type="hidden" name="session" value=session.id.to_string()/>
                <button class="button" aria-label=label>"End"</button>
            </form>
        }
        .into_any()
    };
    view! {
        <tr>
            <th scope="row">
                <span class="name">{session.browser}</span>
                {session.current.then(|| view! { <span class="sub">"This one"</span> })}
            </th>
            <td data-l="Address">{session.address}</td>
            <td data-l="Signed in">{dates::moment(session.signed_in_at)}</td>
            <td data-l="Last seen">{dates::moment(session.last_seen_at)}</td>
            <td class="actions">{end}</td>
        </tr>
    }
}

fn current_password(posted: &Posted) -> impl IntoView + use<> {
    view! {
        <TextInput name="password" label="Your password now" kind="password" posted=posted.clone() autocomplete="current-password"/>
    }
}

#[component]
fn PasswordDialog() -> impl IntoView {
    let posted = Returned::to_page();
    let buttons = || view! { <Cancel/> <button class="button primary">"Change password"</button> };
    view! {
        <Panel title="Change password" close_to=place::ACCOUNT>
            <PostForm posted=posted.clone() footer=buttons>
                {current_password(&posted)}
                <TextInput
                    name="new_password" label="New password" kind="password" posted=posted.clone() autocomplete="new-password"
                    help=Some("At least 12 characters, any that you like. Everywhere else you are signed out.")
                />
            </PostForm>
        </Panel>
    }
}

#[component]
fn TwoStepDialog() -> impl IntoView {
    let posted = Returned::to_page();
    if !posted.once.is_empty() {
        return view! { <Codes codes=posted.once/> }.into_any();
    }
    let set_up = Resource::new_blocking(|| (), |()| open_two_step());
    let retry = Callback::new(move |()| set_up.refetch());
    let demanded = Person::of_page().is_some_and(|me| me.stage == Stage::SetUp);
    let content = move || {
        let posted = Returned::to_page();
        set_up.get().map(|answer| match answer {
            Ok(set_up) => view! { <SetUp set_up posted demanded/> }.into_any(),
            Err(error) => view! { <Fault error retry/> }.into_any(),
        })
    };
    view! {
        // Where the role needs it there is nothing behind the dialog yet.
        <Panel title="Turn two-step sign-in on" close_to=if demanded { place::TWO_STEP } else { place::ACCOUNT }>
            <Suspense fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Suspense>
        </Panel>
    }
    .into_any()
}

#[component]
fn SetUp(set_up: TwoStepSetUp, posted: Posted, demanded: bool) -> impl IntoView {
    let TwoStepSetUp { picture, secret } = set_up;
    let spaced = secret
        .as_bytes()
        .chunks(4)
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect::<Vec<_>>()
        .join(" ");
    let buttons = move || {
        view! {
            {(!demanded).then(|| view! { <Cancel/> })}
            <button class="button primary">"Turn on"</button>
        }
    };
    view! {
        <PostForm posted=posted.clone() footer=buttons>
            {demanded.then(|| view! { <p class="hint">"Your role needs a second step: set it up to go on."</p> })}
            <p>"Scan this with an authenticator app on your phone, then type the six digits that it shows."</p>
            <div class="qr" inner_html=picture></div>
            <p class="sub">"Cannot scan it? Type this into the app instead: " <code class="secret">{spaced}</code></p>
            <input type="hidden" name="secret" value=secret/>
            <TextInput name="code" label="Code" posted=posted.clone() autocomplete="one-time-code" inputmode=Some("numeric")/>
            {current_password(&posted)}
        </PostForm>
    }
}

#[component]
fn TwoStepOffDialog() -> impl IntoView {
    let posted = Returned::to_page();
    let buttons = || view! { <Cancel/> <button class="button danger">"Turn off"</button> };
    view! {
        <Panel title="Turn two-step sign-in off?" close_to=place::ACCOUNT>
            <PostForm posted=posted.clone() footer=buttons>
                <p>"Your password alone lets anybody in who knows it. Your recovery codes are thrown away."</p>
                {current_password(&posted)}
            </PostForm>
        </Panel>
    }
}

#[component]
fn RecoveryCodesDialog() -> impl IntoView {
    let posted = Returned::to_page();
    if !posted.once.is_empty() {
        return view! { <Codes codes=posted.once/> }.into_any();
    }
    let buttons = || view! { <Cancel/> <button class="button primary">"Make new codes"</button> };
    view! {
        <Panel title="New recovery codes" close_to=place::ACCOUNT>
            <PostForm posted=posted.clone() footer=buttons>
                <p>"The codes that you have now stop working."</p>
                {current_password(&posted)}
            </PostForm>
        </Panel>
    }
    .into_any()
}

/// Recovery codes, shown this once.
#[component]
fn Codes(codes: Vec<String>) -> impl IntoView {
    let rows = codes
        .into_iter()
        .map(|code| view! { <li><code>{code}</code></li> })
        .collect_view();
    view! {
        <Panel title="Your recovery codes" close_to=place::ACCOUNT>
            <div class="fields">
                <p>"Keep these where you find them without your phone: each lets you in once in place of a code. "
                    <strong>"They are not shown again."</strong></p>
                <ol class="codes">{rows}</ol>
                // A page load: from here on the second step is known to be passed.
                <p class="ways"><a class="button primary" rel="external" href=place::ACCOUNT>"I have kept them"</a></p>
            </div>
        </Panel>
    }
}
