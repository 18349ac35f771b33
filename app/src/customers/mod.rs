//! Customers, from the browser to the database.

pub mod api;
pub mod model;
mod pages;
pub mod place;
pub mod query;
pub mod search;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
pub mod submission;
pub mod view;

pub use pages::{CustomersPage, EARLY, HEADING, Unsaved, focus, parts_of, restore_with_notice};
