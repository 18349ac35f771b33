//! The messages about what users have done to their own accounts, or to the policies.

/// The password was changed.
pub const PASSWORD_CHANGED: &str = "Password changed. You are signed out everywhere else";
/// A password was chosen by a one-time link.
pub const PASSWORD_CHOSEN: &str = "Password set. Sign in with it";
/// Two-step sign-in was turned off.
pub const TWO_STEP_OFF: &str = "Two-step sign-in is off";
/// One of the user's sessions was ended.
pub const SESSION_ENDED: &str = "Session signed out";
/// All other sessions of the user were ended.
pub const OTHER_SESSIONS_ENDED: &str = "You are signed out everywhere else";
/// The session policy, or what a role requires, was changed.
pub const POLICY_SAVED: &str = "Settings saved";
/// The user has signed out.
pub const SIGNED_OUT: &str = "You are signed out";
