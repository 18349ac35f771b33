//! What people and jobs do with services.

pub mod actions;
pub mod events;
pub mod inputs;
pub mod read;
