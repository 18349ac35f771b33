//! The steps between a request and the store, with and without script.

pub mod account;
pub mod asking;
pub mod entry;
pub mod flash;
pub mod invitations;
pub mod settings;
