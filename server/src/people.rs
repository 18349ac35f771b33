//! The forms of one's own account, of users and of rules: each is sent to its page's own address, with and without script.

use app::context::AppContext;
use app::error::AppError;
use app::people::model::asker::Session;
use app::people::model::roles::{Right, Role};
use app::people::model::token::Token;
use app::people::model::{Stage, User};
use app::people::place::{self, UserAction};
use app::people::service::flash::{self, Deed};
use app::people::service::{account, invitations, settings};
use app::ui::posted::Posted;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::post;
use uuid::Uuid;

use crate::desk::{Desk, Forms, Sent, elsewhere, to, with_cookies};

/// The addresses that these forms are sent to.
pub fn forms() -> Forms {
    Forms::default()
        .at(place::PASSWORD, post(change_password))
        .at(place::TWO_STEP, post(turn_two_step_on))
        .at(place::TWO_STEP_OFF, post(turn_two_step_off))
        .at(place::RECOVERY_CODES, post(renew_recovery_codes))
        .at(place::END_SESSIONS, post(end_own_sessions).get(to(place::ACCOUNT)))
        .at(place::INVITE, post(invite))
        .at("/settings/users/{id}/{action}", post(change_user))
        .at(place::SESSION_RULES, post(set_session_rules))
        .at("/settings/roles/{role}/two-step", post(demand_two_step))
}

/// A change to one's own account, in a task of its own. Passwords are among what is sent: nothing of it is kept for later.
async fn own<T, F>(desk: &Desk, parts: &Parts, work: impl FnOnce(AppContext, Session) -> F) -> Result<T, AppError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let context = desk.for_request(parts);
    let session = context.caller.session()?.clone();
    // Half-way in one may set the second step up, where the role demands it, and nothing else.
    let setting_up = session.stage == Stage::SetUp && parts.uri.path() == place::TWO_STEP;
    if !setting_up {
        context.caller.member()?;
    }
    context.write(work(context.clone(), session)).await
}

/// A change by an Admin, in a task of its own.
async fn by_admin<T, F>(desk: &Desk, parts: &Parts, work: impl FnOnce(AppContext) -> F) -> Result<T, AppError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let context = desk.for_request(parts);
    context.caller.with_right(Right::Administer)?;
    context.write(work(context.clone())).await
}

async fn change_password(State(desk): State<Desk>, parts: Parts, body: String) -> Response {
    let sent = Sent::read(&body);
    let (current, new) = (sent.value("password").to_owned(), sent.value("new_password").to_owned());
    let changed = own(&desk, &parts, |context, session| async move {
        account::change_password(&context, &session, &current, &new).await
    });
    match changed.await {
        Ok(Ok(token)) => desk.renewed(&token, Deed::Password),
        Ok(Err(posted)) => desk.again(parts, posted).await,
        Err(error) => desk.refused(parts, "", error).await,
    }
}

async fn turn_two_step_on(State(desk): State<Desk>, parts: Parts, body: String) -> Response {
    let sent = Sent::read(&body);
    let [secret, code, password] = ["secret", "code", "password"].map(|name| sent.value(name).to_owned());
    let turned = own(&desk, &parts, |context, session| async move {
        account::turn_two_step_on(&context, &session, &secret, &code, &password).await
    });
    match turned.await {
        Ok(Ok(shown)) => desk.show_codes(parts, shown).await,
        Ok(Err(posted)) => desk.again(parts, posted).await,
        Err(error) => desk.refused(parts, "", error).await,
    }
}

async fn turn_two_step_off(State(desk): State<Desk>, parts: Parts, body: String) -> Response {
    let password = Sent::read(&body).value("password").to_owned();
    let turned = own(&desk, &parts, |context, session| async move {
        account::turn_two_step_off(&context, &session, &password).await
    });
    match turned.await {
        Ok(Ok(token)) => desk.renewed(&token, Deed::TwoStepOff),
        Ok(Err(posted)) => desk.again(parts, posted).await,
        Err(error) => desk.refused(parts, "", error).await,
    }
}

async fn renew_recovery_codes(State(desk): State<Desk>, parts: Parts, body: String) -> Response {
    let password = Sent::read(&body).value("password").to_owned();
    let renewed = own(&desk, &parts, |context, session| async move {
        account::renew_recovery_codes(&context, &session, &password).await
    });
    match renewed.await {
        Ok(Ok(shown)) => desk.show_codes(parts, shown).await,
        Ok(Err(posted)) => desk.again(parts, posted).await,
        Err(error) => desk.refused(parts, "", error).await,
    }
}

/// Ends the session that is named, or all others.
async fn end_own_sessions(State(desk): State<Desk>, parts: Parts, body: String) -> Response {
    let sent = Sent::read(&body);
    let id = match sent.value("session") {
        "" => None,
        text => match Uuid::parse_str(text) {
            Ok(id) => Some(id),
            Err(_) => return desk.to(place::ACCOUNT, &[]),
        },
    };
    let ended = own(&desk, &parts, move |context, session| async move {
        match id {
            Some(id) => account::end_session(&context, &session, id).await,
            None => account::end_other_sessions(&context, &session).await,
        }
    });
    match ended.await {
        Ok(()) => {
            let deed = if id.is_some() {
                Deed::SessionEnded
            } else {
                Deed::OthersEnded
            };
            desk.to(place::ACCOUNT, &[flash::cookie_for(deed, None)])
        }
        Err(error) => desk.refused(elsewhere(parts, place::ACCOUNT), "", error).await,
    }
}

async fn invite(State(desk): State<Desk>, parts: Parts, body: String) -> Response {
    let sent = Sent::read(&body);
    let [name, email, role] = ["name", "email", "role"].map(|name| sent.value(name).to_owned());
    let typed = Posted::new()
        .with("name", &name)
        .with("email", &email)
        .with("role", &role);
    if sent.is_resumed() {
        return desk.page_with(parts, StatusCode::OK, typed).await;
    }
    let invited = by_admin(&desk, &parts, |context| async move {
        invitations::invite(&context, &name, &email, &role).await
    });
    match invited.await {
        Ok(Ok(made)) => desk.show_link(parts, made).await,
        Ok(Err(posted)) => desk.again(parts, posted).await,
        Err(AppError::SignedOut) => desk.sign_in_first(parts, &body).await,
        Err(error) => desk.failed(parts, typed, error).await,
    }
}

async fn change_user(
    State(desk): State<Desk>,
    Path((id, action)): Path<(Uuid, String)>,
    parts: Parts,
    body: String,
) -> Response {
    let Some(action) = UserAction::parse(&action) else {
        return desk.page_with(parts, StatusCode::NOT_FOUND, Posted::new()).await;
    };
    let sent = Sent::read(&body);
    if action == UserAction::Reset {
        let without_two_step = !sent.value("without_two_step").is_empty();
        let reset = by_admin(&desk, &parts, move |context| async move {
            invitations::reset(&context, id, without_two_step).await
        });
        return match reset.await {
            Ok(Ok(made)) => desk.show_link(parts, made).await,
            Ok(Err(posted)) => desk.again(parts, posted).await,
            Err(error) => desk.refused(parts, "", error).await,
        };
    }
    let role = sent.value("role").to_owned();
    if sent.is_resumed() {
        return desk
            .page_with(parts, StatusCode::OK, Posted::new().with("role", &role))
            .await;
    }
    let changed = by_admin(&desk, &parts, move |context| async move {
        match action {
            UserAction::Role => settings::set_role(&context, id, &role).await,
            UserAction::Disable => settings::set_disabled(&context, id, true).await,
            UserAction::Enable => settings::set_disabled(&context, id, false).await,
            UserAction::EndSessions | UserAction::Reset => settings::end_sessions(&context, id).await.map(Ok),
        }
    });
    match changed.await {
        Ok(Ok(user)) => desk.to(place::USERS, &[flash::cookie_for(deed(action), Some(user.id))]),
        Ok(Err(posted)) => desk.page_with(parts, StatusCode::CONFLICT, posted).await,
        Err(error) => desk.refused(parts, &body, error).await,
    }
}

const fn deed(action: UserAction) -> Deed {
    match action {
        UserAction::Role => Deed::Role,
        UserAction::Disable => Deed::Disabled,
        UserAction::Enable => Deed::Enabled,
        UserAction::EndSessions | UserAction::Reset => Deed::SessionsEnded,
    }
}

async fn set_session_rules(State(desk): State<Desk>, parts: Parts, body: String) -> Response {
    let sent = Sent::read(&body);
    let [idle, absolute] = ["idle_minutes", "absolute_minutes"].map(|name| sent.value(name).to_owned());
    if sent.is_resumed() {
        let typed = Posted::new()
            .with("idle_minutes", &idle)
            .with("absolute_minutes", &absolute);
        return desk.page_with(parts, StatusCode::OK, typed).await;
    }
    let set = by_admin(&desk, &parts, |context| async move {
        settings::set_session_rules(&context, &idle, &absolute).await
    });
    match set.await {
        Ok(Ok(())) => desk.to(place::ROLES, &[flash::cookie_for(Deed::Rules, None)]),
        Ok(Err(posted)) => desk.again(parts, posted).await,
        Err(error) => desk.refused(parts, &body, error).await,
    }
}

async fn demand_two_step(State(desk): State<Desk>, Path(role): Path<String>, parts: Parts, body: String) -> Response {
    let Some(role) = Role::parse(&role) else {
        return desk.page_with(parts, StatusCode::NOT_FOUND, Posted::new()).await;
    };
    let sent = Sent::read(&body);
    if sent.is_resumed() {
        return desk
            .page_with(
                parts,
                StatusCode::OK,
                Posted::new().with("two_step", sent.value("two_step")),
            )
            .await;
    }
    let demanded = match sent.value("two_step") {
        "required" => true,
        "optional" => false,
        _ => {
            return desk
                .again(parts, Posted::new().wrong("two_step", "Choose one of the two."))
                .await;
        }
    };
    let set = by_admin(&desk, &parts, move |context| async move {
        settings::demand_two_step(&context, role, demanded).await
    });
    match set.await {
        Ok(()) => desk.to(place::ROLES, &[flash::cookie_for(Deed::Rules, None)]),
        Err(error) => desk.refused(parts, &body, error).await,
    }
}

impl Desk {
    /// Back to the account, with the session's new token.
    fn renewed(&self, token: &Token, deed: Deed) -> Response {
        self.to(
            place::ACCOUNT,
            &[self.session_cookie(Some(token)), flash::cookie_for(deed, None)],
        )
    }

    /// Recovery codes, this once.
    async fn show_codes(self, parts: Parts, (codes, token): (Vec<String>, Token)) -> Response {
        let cookie = self.session_cookie(Some(&token));
        let posted = Posted {
            once: codes,
            ..Posted::new()
        };
        with_cookies(self.page_with(parts, StatusCode::OK, posted).await, &[cookie])
    }

    /// A one-time link, this once, to be passed on.
    async fn show_link(self, parts: Parts, (user, link): (User, String)) -> Response {
        let posted = Posted {
            once: vec![link],
            ..Posted::new().with("name", &user.name)
        };
        self.page_with(parts, StatusCode::OK, posted).await
    }
}
