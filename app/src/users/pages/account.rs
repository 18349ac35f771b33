//! The user's own account: sessions, password, two-step sign-in.

use leptos::{html, prelude::*};
use leptos_router::hooks::{use_location, use_query_map};

use super::sign_in::code_inputs;
use crate::base::error::AppError;
use crate::base::time;
use crate::http::current_user::{CurrentUser, ExpectedUser};
use crate::http::user_summary::AuthStage;
use crate::ui::dom::{HEADING, copy_selection};
use crate::ui::error_view::{ErrorAlert, NotFound};
use crate::ui::form_dialog::{Cancel, FormDialog};
use crate::ui::form_state::{FormState, ReturnedForm};
use crate::ui::post_form::{PostForm, TextInput, UserName};
use crate::ui::region::when_loaded;
use crate::ui::title::PageTitle;
use crate::users::api::{get_account, get_two_step_setup};
use crate::users::model::SessionView;
use crate::users::responses::{Account, TwoStepSetup};
use crate::users::routes;

/// The page, and the dialog over it.
#[component]
pub fn AccountPage() -> impl IntoView {
    let path = use_location().pathname;
    let query = use_query_map();
    // The path may change before the query.
    let named_session = move || query.with(|query| query.get("session")).unwrap_or_default();
    let dialog = move || match path.get().trim_end_matches('/') {
        routes::ACCOUNT => ().into_any(),
        routes::PASSWORD => view! { <PasswordDialog/> }.into_any(),
        routes::TWO_STEP => view! { <TwoStepDialog/> }.into_any(),
        routes::TWO_STEP_OFF => view! { <TwoStepOffDialog/> }.into_any(),
        routes::RECOVERY_CODES => view! { <RecoveryCodesDialog/> }.into_any(),
        routes::END_SESSIONS => view! { <EndSessionsDialog session=named_session()/> }.into_any(),
        _ => view! { <NotFound/> }.into_any(),
    };
    // Whoever has to set the second step up first sees nothing else.
    let shows_account = CurrentUser::get().is_none_or(|user| user.stage == AuthStage::Authenticated);
    let account = shows_account.then(|| LoadedAccount(Resource::new_blocking(|| (), |()| get_account())));
    if let Some(account) = account {
        provide_context(account);
    }
    view! {
        <PageTitle text="Your account"/>
        {account.map(account_view)}
        {dialog}
    }
}

/// The account, as the page and the dialogs over it share it.
#[derive(Clone, Copy)]
struct LoadedAccount(Resource<Result<Account, AppError>>);

fn account_view(LoadedAccount(account): LoadedAccount) -> impl IntoView {
    let retry = Callback::new(move |()| account.refetch());
    let content = move || {
        account.get().map(|answer| match answer {
            Ok(account) => view! { <AccountDetails account/> }.into_any(),
            Err(error) => view! {
                <div class="page-header"><h1 id=HEADING tabindex="-1">"Your account"</h1></div>
                <ErrorAlert error retry/>
            }
            .into_any(),
        })
    };
    when_loaded(content)
}

#[component]
fn AccountDetails(account: Account) -> impl IntoView {
    let Account {
        user,
        sessions,
        recovery_codes,
        two_step_required,
    } = account;
    let others = sessions.len() > 1;
    let two_step = if user.two_step {
        view! {
            <p>"On. Signing in asks for a code from your authenticator app. " {recovery_codes} " recovery codes are left."</p>
            <p class="actions">
                <a class="button" data-noscroll href=routes::RECOVERY_CODES>"New recovery codes"</a>
                {(!two_step_required).then(|| view! { <a class="button" data-noscroll href=routes::TWO_STEP_OFF>"Turn off"</a> })}
            </p>
        }
        .into_any()
    } else {
        view! {
            <p>"Off. Adds a code from your phone, so a stolen password isn't enough."</p>
            <p class="actions"><a class="button" data-noscroll href=routes::TWO_STEP>"Turn on"</a></p>
        }
        .into_any()
    };
    view! {
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">{user.name.clone()}</h1>
            <span class="muted">{user.email.clone()}</span>
            <span class="tag">{user.role.as_str()}</span>
        </div>
        <div class="record">
            <section class="card">
                <h2>"Password"</h2>
                <p>"Changing it signs you out everywhere else."</p>
                <p class="actions"><a class="button" data-noscroll href=routes::PASSWORD>"Change password"</a></p>
            </section>
            <section class="card">
                <h2>"Two-step sign-in"</h2>
                {two_step}
            </section>
        </div>
        <div class="table-card">
            <table>
                <caption>"Where you are signed in"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Browser"</th>
                        <th scope="col">"Address"</th>
                        <th scope="col">"Signed in"</th>
                        <th scope="col">"Last seen"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{sessions.into_iter().map(session_row).collect_view()}</tbody>
            </table>
            {others.then(|| view! {
                <div class="table-footer">
                    <a class="button" data-noscroll href=routes::END_SESSIONS>"Sign out everywhere else"</a>
                </div>
            })}
        </div>
    }
}

fn session_row(session: SessionView) -> impl IntoView {
    let label = format!("Sign out {} at {}", session.browser, session.address);
    let end = if session.current {
        view! { <form method="post" action=routes::SIGN_OUT><ExpectedUser/><button class="button">"Sign out"</button></form> }
            .into_any()
    } else {
        let href = routes::end_session_url(session.id);
        view! { <a class="button" data-noscroll href=href aria-label=label>"Sign out"</a> }.into_any()
    };
    view! {
        <tr>
            <th scope="row">
                <span class="name">{session.browser}</span>
                {session.current.then(|| view! { <span class="muted">"This device"</span> })}
            </th>
            <td data-label="Address">{session.address}</td>
            <td data-label="Signed in">{time::format_datetime(session.signed_in_at)}</td>
            <td data-label="Last seen">{time::format_datetime(session.last_seen_at)}</td>
            <td class="row-actions">{end}</td>
        </tr>
    }
}

/// The password, and for password managers whose it is.
fn current_password(posted: &FormState) -> impl IntoView + use<> {
    let user_name = use_context::<LoadedAccount>().map(|LoadedAccount(account)| {
        let account = move || account.get().and_then(Result::ok);
        view! { <Suspense>{move || account().map(|account| view! { <UserName email=account.user.email/> })}</Suspense> }
    });
    view! {
        {user_name}
        <TextInput name="password" label="Current password" kind="password" posted=posted.clone() autocomplete="current-password"/>
    }
}

#[component]
fn PasswordDialog() -> impl IntoView {
    let posted = ReturnedForm::of_page();
    let buttons = || view! { <Cancel/> <button class="button primary">"Change password"</button> };
    view! {
        <FormDialog title="Change password" close_to=routes::ACCOUNT>
            <PostForm posted=posted.clone() footer=buttons>
                {current_password(&posted)}
                <TextInput
                    name="new_password" label="New password" kind="password" posted=posted.clone() autocomplete="new-password"
                    help=Some("At least 12 characters; a few unrelated words work well. You are signed out everywhere else.")
                />
            </PostForm>
        </FormDialog>
    }
}

#[component]
fn TwoStepDialog() -> impl IntoView {
    let posted = ReturnedForm::of_page();
    if !posted.shown_once.is_empty() {
        return view! { <RecoveryCodes codes=posted.shown_once/> }.into_any();
    }
    let setup = Resource::new_blocking(|| (), |()| get_two_step_setup());
    let retry = Callback::new(move |()| setup.refetch());
    let required = CurrentUser::get().is_some_and(|user| user.stage == AuthStage::SetupRequired);
    let content = move || {
        let posted = ReturnedForm::of_page();
        setup.get().map(|answer| match answer {
            Ok(setup) => view! { <TwoStepForm setup posted required/> }.into_any(),
            Err(error) => view! { <ErrorAlert error retry/> }.into_any(),
        })
    };
    view! {
        // Where the role requires it, there is no page behind the dialog yet.
        <FormDialog title="Turn on two-step sign-in" close_to=if required { routes::TWO_STEP } else { routes::ACCOUNT }>
            {when_loaded(content)}
        </FormDialog>
    }
    .into_any()
}

#[component]
fn TwoStepForm(setup: TwoStepSetup, posted: FormState, required: bool) -> impl IntoView {
    let TwoStepSetup { email, qr_svg, secret } = setup;
    let spaced = secret
        .as_bytes()
        .chunks(4)
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect::<Vec<_>>()
        .join(" ");
    let buttons = move || {
        view! {
            {(!required).then(|| view! { <Cancel/> })}
            <button class="button primary">"Turn on"</button>
            // Enter presses the first button.
            {required.then(|| view! { <button class="button quiet leave" formaction=routes::SIGN_OUT>"Sign out"</button> })}
        }
    };
    view! {
        <PostForm posted=posted.clone() footer=buttons>
            {required.then(|| view! { <p class="hint">"Your role requires two-step sign-in."</p> })}
            <p>"Scan this with an authenticator app on your phone, then enter the six digits it shows."</p>
            <div class="qr" inner_html=qr_svg></div>
            <p class="muted">"Can't scan it? Enter this in the app instead: " <code class="secret">{spaced}</code></p>
            <TextInput name="code" label="Code" posted=posted.clone() autocomplete="one-time-code" inputmode=Some("numeric")/>
            // Where the role requires it, there is no account to load yet.
            {required.then(|| view! { <UserName email/> })}
            {current_password(&posted)}
        </PostForm>
    }
}

#[component]
fn EndSessionsDialog(
    /// The session that ends; all others where it is empty.
    session: String,
) -> impl IntoView {
    let posted = ReturnedForm::of_page();
    let (title, button) = match &*session {
        "" => ("Sign out everywhere else?", "Sign out everywhere else"),
        _ => ("Sign out this session?", "Sign out session"),
    };
    let buttons = move || view! { <Cancel/> <button class="button danger">{button}</button> };
    view! {
        <FormDialog title close_to=routes::ACCOUNT>
            <PostForm posted=posted.clone() footer=buttons>
                <input type="hidden" name="session" value=session autocomplete="off"/>
                <p>"They must sign in again."</p>
                {current_password(&posted)}
            </PostForm>
        </FormDialog>
    }
}

#[component]
fn TwoStepOffDialog() -> impl IntoView {
    let posted = ReturnedForm::of_page();
    let buttons = || view! { <Cancel/> <button class="button danger">"Turn off"</button> };
    view! {
        <FormDialog title="Turn off two-step sign-in?" close_to=routes::ACCOUNT>
            <PostForm posted=posted.clone() footer=buttons>
                <p>"Anyone who knows your password can then sign in. Your recovery codes stop working."</p>
                {current_password(&posted)}
                {code_inputs(&posted, false)}
            </PostForm>
        </FormDialog>
    }
}

#[component]
fn RecoveryCodesDialog() -> impl IntoView {
    let posted = ReturnedForm::of_page();
    if !posted.shown_once.is_empty() {
        return view! { <RecoveryCodes codes=posted.shown_once/> }.into_any();
    }
    let buttons = || view! { <Cancel/> <button class="button primary">"Create new codes"</button> };
    view! {
        <FormDialog title="New recovery codes" close_to=routes::ACCOUNT>
            <PostForm posted=posted.clone() footer=buttons>
                <p>"Your current codes stop working."</p>
                {current_password(&posted)}
                {code_inputs(&posted, false)}
            </PostForm>
        </FormDialog>
    }
    .into_any()
}

/// Recovery codes, shown this once.
#[component]
fn RecoveryCodes(codes: Vec<String>) -> impl IntoView {
    let list = NodeRef::<html::Ol>::new();
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let selection = window().get_selection().ok().flatten();
        if let Some((selection, list)) = selection.zip(list.get_untracked()) {
            let _ = selection.select_all_children(&list);
            copied.set(copy_selection());
        }
    };
    let print = move |_| {
        let _ = window().print();
    };
    let file: String = form_urlencoded::byte_serialize(codes.join("\n").as_bytes()).collect();
    let file = format!("data:text/plain;charset=utf-8,{file}");
    let rows = codes
        .into_iter()
        .map(|code| view! { <li><code>{code}</code></li> })
        .collect_view();
    view! {
        <FormDialog title="Your recovery codes" close_to=routes::ACCOUNT>
            <div class="fields">
                <p>"Store these safely. Each one signs you in once in place of a code from your phone. "
                    <strong>"They are shown only once."</strong></p>
                <ol class="codes" node_ref=list>{rows}</ol>
                <p class="actions">
                    <button type="button" class="button script-only" on:click=copy>{move || if copied.get() { "Copied" } else { "Copy" }}</button>
                    <button type="button" class="button script-only" on:click=print>"Print"</button>
                    <a class="button" rel="external" download="lastmile-recovery-codes.txt" href=file>"Download"</a>
                    // A page load: the session has another stage now.
                    <a class="button primary" rel="external" href=routes::ACCOUNT>"I've saved these"</a>
                </p>
            </div>
        </FormDialog>
    }
}
