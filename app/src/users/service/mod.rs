//! The steps between a request and the store, with and without script.

pub mod account;
pub mod admin;
pub mod authenticate;
pub mod invitations;
pub mod messages;
pub mod secret_keys;
pub mod sign_in;
