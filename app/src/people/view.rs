//! What the pages are made of: the answers of the server functions.

use serde::{Deserialize, Serialize};

use super::model::roles::Role;
use super::model::{Purpose, SessionRules, SessionView, User};

/// A person's own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Who.
    pub user: User,
    /// Where they are signed in, this place first.
    pub sessions: Vec<SessionView>,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
    /// Whether the role needs the second step.
    pub two_step_demanded: bool,
}

/// What is scanned or typed into an authenticator app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwoStepSetUp {
    /// SVG, made here.
    pub picture: String,
    /// In base 32.
    pub secret: String,
}

/// A user in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    /// Who.
    pub user: User,
    /// In how many places they are signed in.
    pub sessions: i64,
}

/// All users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersPage {
    /// By name.
    pub users: Vec<UserRow>,
    /// The roles that need the second step.
    pub two_step_roles: Vec<Role>,
}

/// The roles and rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolesPage {
    /// The roles that need the second step.
    pub two_step_roles: Vec<Role>,
    /// How long sessions last.
    pub session_rules: SessionRules,
}

/// What a one-time link's page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkPage {
    /// What it is for.
    pub purpose: Purpose,
    /// For whom, by name and email; none for the first Admin. Whoever has the link is told no more of them.
    pub person: Option<(String, String)>,
}
