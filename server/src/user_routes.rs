//! The forms of one's own account, of users and of roles: each is sent to its page's own address, with and without script.

use app::base::error::AppError;
use app::base::roles::{Permission, Role};
use app::http::context::AppContext;
use app::http::flash::FlashMessage;
use app::http::identity::Session;
use app::http::token::Token;
use app::http::user_summary::AuthStage;
use app::ui::form_state::FormState;
use app::users::model::User;
use app::users::model::action::UserAction;
use app::users::routes;
use app::users::service::sign_in::TypedCode;
use app::users::service::{account, admin, invitations, messages};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use uuid::Uuid;

use crate::form_context::{FormBody, FormContext, FormRoutes, with_cookies};

/// The routes that these forms are sent to.
pub fn routes() -> FormRoutes {
    FormRoutes::default()
        .route(routes::PASSWORD, post(change_password))
        .route(routes::TWO_STEP, post(turn_two_step_on))
        .route(routes::TWO_STEP_OFF, post(turn_two_step_off))
        .route(routes::RECOVERY_CODES, post(replace_recovery_codes))
        .route(routes::END_SESSIONS, post(end_own_sessions))
        .resumable_route(routes::INVITE, post(invite))
        .resumable_route("/settings/users/{id}/{action}", post(change_user))
        .resumable_route(routes::SESSION_POLICY, post(set_session_policy))
        .resumable_route("/settings/roles/{role}/two-step", post(set_two_step_policy))
}

/// A change to one's own account, in a task of its own. Its form holds passwords: nothing of it is kept for later.
async fn change_own_account<T, F>(
    forms: &FormContext,
    parts: &Parts,
    work: impl FnOnce(AppContext, Session) -> F + Clone + Send + Sync + 'static,
) -> Result<T, AppError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let context = forms.for_request(parts);
    let session = context.caller.session()?.clone();
    // Before the last step of signing in, the second step may be set up where the role requires it, and nothing else.
    let is_set_up = session.stage == AuthStage::SetupRequired && parts.uri.path() == routes::TWO_STEP;
    if !is_set_up {
        context.caller.require_user()?;
    }
    context.run_write(move |context| work(context, session)).await
}

/// A change by an Admin, in a task of its own.
async fn administer<T, F>(
    forms: &FormContext,
    parts: &Parts,
    work: impl FnOnce(AppContext) -> F + Clone + Send + Sync + 'static,
) -> Result<T, AppError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let context = forms.for_request(parts);
    context.caller.require(Permission::Administer)?;
    context.run_write(work).await
}

/// The inputs of every form about the own password and second step.
#[derive(Default, Deserialize)]
#[serde(default)]
struct AccountForm {
    password: String,
    new_password: String,
    code: String,
    recovery_code: String,
}

impl AccountForm {
    /// The password, and the code of the second step.
    fn all_steps(self) -> (String, TypedCode) {
        (self.password, TypedCode::new(self.code, self.recovery_code))
    }
}

async fn change_password(State(forms): State<FormContext>, parts: Parts, sent: FormBody<AccountForm>) -> Response {
    let AccountForm {
        password, new_password, ..
    } = sent.form;
    let changed = change_own_account(&forms, &parts, |context, session| async move {
        account::change_password(&context, &session, &password, &new_password).await
    });
    match changed.await {
        Ok(Ok(token)) => forms.rotated(&token, messages::PASSWORD_CHANGED),
        Ok(Err(state)) => forms.invalid(parts, state).await,
        Err(error) => forms.error_or_sign_in(parts, None, error).await,
    }
}

async fn turn_two_step_on(State(forms): State<FormContext>, parts: Parts, sent: FormBody<AccountForm>) -> Response {
    let AccountForm { password, code, .. } = sent.form;
    let turned_on = change_own_account(&forms, &parts, |context, session| async move {
        account::turn_two_step_on(&context, &session, &code, &password).await
    });
    match turned_on.await {
        Ok(Ok(codes)) => forms.show_recovery_codes(parts, codes).await,
        Ok(Err(state)) => forms.invalid(parts, state).await,
        Err(error) => forms.error_or_sign_in(parts, None, error).await,
    }
}

async fn turn_two_step_off(State(forms): State<FormContext>, parts: Parts, sent: FormBody<AccountForm>) -> Response {
    let (password, code) = sent.form.all_steps();
    let turned_off = change_own_account(&forms, &parts, |context, session| async move {
        account::turn_two_step_off(&context, &session, &password, &code).await
    });
    match turned_off.await {
        Ok(Ok(token)) => forms.rotated(&token, messages::TWO_STEP_OFF),
        Ok(Err(state)) => forms.invalid(parts, state).await,
        Err(error) => forms.error_or_sign_in(parts, None, error).await,
    }
}

async fn replace_recovery_codes(
    State(forms): State<FormContext>,
    parts: Parts,
    sent: FormBody<AccountForm>,
) -> Response {
    let (password, code) = sent.form.all_steps();
    let replaced = change_own_account(&forms, &parts, |context, session| async move {
        account::replace_recovery_codes(&context, &session, &password, &code).await
    });
    match replaced.await {
        Ok(Ok(codes)) => forms.show_recovery_codes(parts, codes).await,
        Ok(Err(state)) => forms.invalid(parts, state).await,
        Err(error) => forms.error_or_sign_in(parts, None, error).await,
    }
}

/// Which session ends; all others where none is named.
#[derive(Default, Deserialize)]
#[serde(default)]
struct EndSessionsForm {
    session: String,
    password: String,
}

async fn end_own_sessions(State(forms): State<FormContext>, parts: Parts, sent: FormBody<EndSessionsForm>) -> Response {
    let EndSessionsForm {
        session: named,
        password,
    } = sent.form;
    let id = match &*named {
        "" => None,
        text => match Uuid::parse_str(text) {
            Ok(id) => Some(id),
            Err(_) => return forms.redirect(routes::ACCOUNT, &[]),
        },
    };
    let ended = change_own_account(&forms, &parts, move |context, session| async move {
        account::end_sessions(&context, &session, id, &password).await
    });
    match ended.await {
        Ok(Ok(())) => {
            let text = match id {
                Some(_) => messages::SESSION_ENDED,
                None => messages::OTHER_SESSIONS_ENDED,
            };
            forms.redirect_with_message(routes::ACCOUNT, &FlashMessage::success(text))
        }
        Ok(Err(state)) => forms.invalid(parts, state).await,
        Err(error) => forms.error_or_sign_in(parts, None, error).await,
    }
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct InviteForm {
    name: String,
    email: String,
    role: String,
}

async fn invite(State(forms): State<FormContext>, parts: Parts, sent: FormBody<InviteForm>) -> Response {
    let InviteForm { name, email, role } = sent.form;
    let state = FormState::new()
        .with("name", &name)
        .with("email", &email)
        .with("role", &role);
    if sent.is_resumed {
        return forms.render_with(parts, StatusCode::OK, state).await;
    }
    let invited = administer(&forms, &parts, |context| async move {
        invitations::invite(&context, &name, &email, &role).await
    });
    match invited.await {
        Ok(Ok(link)) => forms.show_link(parts, link).await,
        Ok(Err(state)) => forms.invalid(parts, state).await,
        Err(error) => forms.failed(parts, Some(&sent.body), state, error).await,
    }
}

/// The inputs of the dialogs that do something to a user.
#[derive(Default, Deserialize)]
#[serde(default)]
struct UserForm {
    /// The version of the user that the dialog showed; no user has an empty one.
    version: String,
    role: String,
    without_two_step: String,
}

async fn change_user(
    State(forms): State<FormContext>,
    Path((id, action)): Path<(Uuid, String)>,
    parts: Parts,
    sent: FormBody<UserForm>,
) -> Response {
    let role = sent.form.role;
    let user = (id, Some(sent.form.version.parse().unwrap_or_default()));
    let action = match UserAction::parse(&action) {
        None => {
            return forms.render_with(parts, StatusCode::NOT_FOUND, FormState::new()).await;
        }
        Some(UserAction::Reset) if !sent.is_resumed => {
            let without_two_step = !sent.form.without_two_step.is_empty();
            return make_link(forms, parts, user, without_two_step).await;
        }
        Some(action) => action,
    };
    if sent.is_resumed {
        let state = FormState::new()
            .with("role", &role)
            .with("without_two_step", &sent.form.without_two_step);
        return forms.render_with(parts, StatusCode::OK, state).await;
    }
    let changed = administer(&forms, &parts, move |context| async move {
        match action {
            UserAction::ChangeRole => admin::set_role(&context, user, &role).await,
            UserAction::Disable => admin::set_disabled(&context, user, true).await,
            UserAction::Enable => admin::set_disabled(&context, user, false).await,
            UserAction::EndSessions | UserAction::Reset => admin::end_sessions(&context, user).await,
        }
    });
    match changed.await {
        Ok(Ok(user)) => {
            let message = FlashMessage::success(action.message(&user.name));
            forms.redirect_with_message(routes::USERS, &message)
        }
        Ok(Err(state)) => forms.render_with(parts, StatusCode::CONFLICT, state).await,
        Err(error) => forms.error_or_sign_in(parts, Some(&sent.body), error).await,
    }
}

/// Makes a one-time link for a user. Where the sender has to sign in first, nothing is kept: a link is made when somebody asks for it.
async fn make_link(forms: FormContext, parts: Parts, user: (Uuid, Option<i64>), without_two_step: bool) -> Response {
    let made = administer(&forms, &parts, move |context| async move {
        invitations::reset(&context, user, without_two_step).await
    });
    match made.await {
        Ok(Ok(link)) => forms.show_link(parts, link).await,
        Ok(Err(state)) => forms.refused(parts, state).await,
        Err(error) => forms.error_or_sign_in(parts, None, error).await,
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SessionPolicyForm {
    /// The version of the policy that the dialog showed; no policy has an empty one.
    version: String,
    idle_minutes: String,
    absolute_minutes: String,
}

async fn set_session_policy(
    State(forms): State<FormContext>,
    parts: Parts,
    sent: FormBody<SessionPolicyForm>,
) -> Response {
    let SessionPolicyForm {
        version,
        idle_minutes,
        absolute_minutes,
    } = sent.form;
    if sent.is_resumed {
        let state = FormState::new()
            .with("idle_minutes", &idle_minutes)
            .with("absolute_minutes", &absolute_minutes);
        return forms.render_with(parts, StatusCode::OK, state).await;
    }
    let set = administer(&forms, &parts, |context| async move {
        let version = version.parse().unwrap_or_default();
        admin::set_session_policy(&context, &idle_minutes, &absolute_minutes, version).await
    });
    match set.await {
        Ok(Ok(())) => forms.policy_saved(),
        Ok(Err(state)) => forms.refused(parts, state).await,
        Err(error) => forms.error_or_sign_in(parts, Some(&sent.body), error).await,
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TwoStepPolicyForm {
    version: String,
    two_step: String,
}

async fn set_two_step_policy(
    State(forms): State<FormContext>,
    Path(role): Path<String>,
    parts: Parts,
    sent: FormBody<TwoStepPolicyForm>,
) -> Response {
    let Some(role) = Role::parse(&role) else {
        return forms.render_with(parts, StatusCode::NOT_FOUND, FormState::new()).await;
    };
    let TwoStepPolicyForm { version, two_step } = sent.form;
    if sent.is_resumed {
        let state = FormState::new().with("two_step", &two_step);
        return forms.render_with(parts, StatusCode::OK, state).await;
    }
    let required = match &*two_step {
        "required" => true,
        "optional" => false,
        _ => {
            let state = FormState::new().error("two_step", "Choose one of the two.");
            return forms.invalid(parts, state).await;
        }
    };
    let set = administer(&forms, &parts, move |context| async move {
        let version = version.parse().unwrap_or_default();
        admin::set_two_step_required(&context, (role, version), required).await
    });
    match set.await {
        Ok(Ok(())) => forms.policy_saved(),
        Ok(Err(state)) => forms.refused(parts, state).await,
        Err(error) => forms.error_or_sign_in(parts, Some(&sent.body), error).await,
    }
}

impl FormContext {
    /// Back to the account, with the session's new token.
    fn rotated(&self, token: &Token, text: &str) -> Response {
        let message = FlashMessage::success(text);
        let cookies = [self.session_cookie(token), self.message_cookie(&message)];
        self.redirect(routes::ACCOUNT, &cookies)
    }

    /// Back to the roles.
    fn policy_saved(&self) -> Response {
        self.redirect_with_message(routes::ROLES, &FlashMessage::success(messages::POLICY_SAVED))
    }

    /// The form again: with what is wrong with it, or with what somebody else has changed (409).
    async fn refused(self, parts: Parts, state: FormState) -> Response {
        match state.errors.is_empty() {
            true => self.render_with(parts, StatusCode::CONFLICT, state).await,
            false => self.invalid(parts, state).await,
        }
    }

    /// Recovery codes, this once.
    async fn show_recovery_codes(self, parts: Parts, (codes, token): (Vec<String>, Token)) -> Response {
        let cookies = [self.session_cookie(&token)];
        let state = FormState {
            shown_once: codes,
            ..FormState::new()
        };
        with_cookies(self.render_with(parts, StatusCode::OK, state).await, &cookies)
    }

    /// A one-time link, this once, to be passed on.
    async fn show_link(self, parts: Parts, (user, link): (User, String)) -> Response {
        let state = FormState {
            shown_once: vec![link],
            ..FormState::new().with("name", &user.name)
        };
        self.render_with(parts, StatusCode::OK, state).await
    }
}
