//! The answers of the server functions, of which the pages are made.

use serde::{Deserialize, Serialize};

use super::model::{Purpose, RolePolicy, SessionPolicy, SessionView, User};
use crate::base::roles::Role;

/// The caller's own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The user.
    pub user: User,
    /// Their sessions, the caller's first.
    pub sessions: Vec<SessionView>,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
    /// Whether the role requires the second step.
    pub two_step_required: bool,
}

/// What is scanned or typed into an authenticator app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwoStepSetup {
    /// What the user signs in with.
    pub email: String,
    /// A QR code, as SVG.
    pub qr_svg: String,
    /// In base 32.
    pub secret: String,
}

/// A user in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    /// The user.
    pub user: User,
    /// How many sessions they have.
    pub sessions: i64,
}

/// All users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersPage {
    /// By name.
    pub users: Vec<UserRow>,
    /// The roles that require the second step.
    pub two_step_roles: Vec<Role>,
}

/// The roles and policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolesPage {
    /// What is required of each role.
    pub roles: Vec<RolePolicy>,
    /// How long sessions last.
    pub session_policy: SessionPolicy,
}

/// What a one-time link's page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkPage {
    /// What it is for.
    pub purpose: Purpose,
    /// The user's name and email; none for the first Admin. Whoever has the link learns no more.
    pub user: Option<(String, String)>,
}
