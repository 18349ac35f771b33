//! What pages know of a signed-in user.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::roles::{Permission, Role};
use crate::base::word_enum::word_enum;

word_enum! {
    /// How far a user has authenticated.
    pub enum AuthStage {
        /// Completely.
        Authenticated = "authenticated",
        /// The password was right; the code of the second step is required.
        CodeRequired = "code required",
        /// The role requires a second step, which is not set up yet.
        SetupRequired = "setup required",
    }
}

/// The signed-in user, as pages know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSummary {
    /// UUIDv7.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// How far the user has authenticated.
    pub stage: AuthStage,
}

impl UserSummary {
    /// Whether the user has a permission now. It decides what a page offers; the server decides again.
    pub fn may(&self, permission: Permission) -> bool {
        self.stage == AuthStage::Authenticated && self.role.may(permission)
    }
}
