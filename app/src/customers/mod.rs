//! Customers, from the browser to the database. What each folder holds is said in `docs/architecture.md`, for every subject.

mod api;
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

#[cfg(feature = "ssr")]
pub use api::brings_mark;
/// The subject's pages, and what the frame and the document around them need of those.
pub use pages::{CustomersPage, EARLY, Unsaved, parts_of, restore_with_notice};
