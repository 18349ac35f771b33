//! Customers, from the browser to the database.

pub mod cursor;
pub mod draft;
pub mod field;
pub mod merge;
pub mod model;
pub mod query;
pub mod search;
