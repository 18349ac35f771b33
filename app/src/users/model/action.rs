//! What an Admin does to a user's account.

use crate::base::text::isolated;
use crate::base::word_enum::word_enum;

word_enum! {
    /// What is done to a user, in a dialog over the list. The words are the last part of the dialog's address.
    pub enum UserAction {
        /// Gives another role.
        ChangeRole = "role",
        /// Disables the account.
        Disable = "disable",
        /// Enables the account again.
        Enable = "enable",
        /// Signs the user out everywhere.
        EndSessions = "sessions",
        /// Makes a link to choose a new password by.
        Reset = "reset",
    }
}

impl UserAction {
    /// The sentence that tells that it was done to the user with a name.
    pub fn message(self, name: &str) -> String {
        let name = isolated(name);
        match self {
            Self::ChangeRole => format!("{name}'s role changed. It applies from the next sign-in"),
            Self::Disable => format!("{name} disabled and signed out everywhere"),
            Self::Enable => format!("{name} enabled"),
            Self::EndSessions => format!("{name} signed out everywhere"),
            Self::Reset => format!("Link for {name} created"),
        }
    }
}
