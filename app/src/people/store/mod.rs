//! Every statement about people who sign in.

pub mod kept;
pub mod links;
pub mod rules;
pub mod secrets;
pub mod sessions;
pub mod tries;
pub mod users;
