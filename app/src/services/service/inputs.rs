//! What a form about a service holds, and what is wrong with it.

use chrono::{Days, NaiveDate};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::text::is_blank;
use crate::base::time::parse_date;
use crate::base::units::Paise;
use crate::plans::store as plans;
use crate::services::model::parse_login;
use crate::ui::form_state::FormState;

/// How far ahead an event can be planned.
const LATEST_DAYS: u64 = 731;

/// What a form about a service holds, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ServiceInputs {
    /// Of an order: its id.
    pub id: String,
    /// The version of the service that the page showed.
    pub version: String,
    /// The id of a plan.
    pub plan: String,
    /// The day.
    pub day: String,
    /// The cause.
    pub cause: String,
    /// Why, in words.
    pub reason: String,
    /// What the router signs in with.
    pub login: String,
}

/// The names of the inputs.
pub(super) mod input {
    pub const PLAN: &str = "plan";
    pub const DAY: &str = "day";
    pub const CAUSE: &str = "cause";
    pub const REASON: &str = "reason";
    pub const LOGIN: &str = "login";
}

impl ServiceInputs {
    /// The form as it was sent.
    pub fn form_state(&self) -> FormState {
        let values = [
            (input::PLAN, &self.plan),
            (input::DAY, &self.day),
            (input::CAUSE, &self.cause),
            (input::REASON, &self.reason),
            (input::LOGIN, &self.login),
            ("id", &self.id),
        ];
        let values = values.into_iter();
        values.fold(FormState::new(), |state, (name, value)| state.with(name, value))
    }

    pub(super) fn invalid(&self, name: &str, message: impl Into<String>) -> Refused {
        Refused(self.form_state().error(name, message).problem("Fix one field to save."))
    }

    pub(super) fn conflict(&self, message: impl Into<String>) -> Refused {
        Refused(self.form_state().problem(message))
    }

    pub(super) fn day(&self, today: NaiveDate) -> Result<NaiveDate, Refused> {
        let latest = today.checked_add_days(Days::new(LATEST_DAYS)).unwrap_or(today);
        match parse_date(self.day.trim()) {
            None => Err(self.invalid(input::DAY, "Enter a day, like 2026-11-23.")),
            Some(day) if day > latest => Err(self.invalid(input::DAY, "Choose a day within the next two years.")),
            Some(day) => Ok(day),
        }
    }

    pub(super) fn login(&self) -> Result<Option<String>, Refused> {
        parse_login(&self.login).map_err(|message| self.invalid(input::LOGIN, message))
    }

    pub(super) fn login_is_taken(&self) -> Refused {
        self.invalid(input::LOGIN, "Another service has this login. Choose another one.")
    }

    pub(super) async fn plan(&self, db: &mut PgConnection) -> Result<Result<(Uuid, Paise), Refused>, AppError> {
        if is_blank(&self.plan) {
            return Ok(Err(self.invalid(input::PLAN, "Choose a plan.")));
        }
        let plan = match Uuid::parse_str(&self.plan) {
            Ok(id) => plans::price_on_sale(db, id).await?.map(|price| (id, price)),
            Err(_) => None,
        };
        Ok(plan.ok_or_else(|| self.invalid(input::PLAN, "This plan is not on sale any more. Choose another.")))
    }
}

/// A form that was refused, with what is wrong.
#[derive(Clone, Debug)]
pub struct Refused(pub FormState);

/// A sentence that says what was done, or the form with what is wrong.
pub type Done = Result<String, Refused>;

/// Everything that is wrong with a form.
pub(super) fn merged<const N: usize>(refused: [Option<Refused>; N]) -> Refused {
    let mut all = refused.into_iter().flatten();
    let Some(Refused(mut first)) = all.next() else {
        return Refused(FormState::new());
    };
    for Refused(other) in all {
        first.errors.extend(other.errors);
    }
    let count = first.errors.len();
    if count > 1 {
        first.problem = Some(format!("Fix {count} fields to save."));
    }
    Refused(first)
}
