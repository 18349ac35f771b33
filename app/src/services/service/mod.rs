//! What people and jobs do with services.

pub mod actions;
pub mod effects;
pub mod inputs;
pub mod read;
