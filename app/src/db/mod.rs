//! The database: its replica, its errors, and what statements of all subjects share. The server's half.

pub mod audit_log;
pub mod contact_matches;
pub mod error;
pub mod options;
pub mod predicates;
pub mod records;
pub mod replica;
