//! Work in the background: a queue in the database, and its page for Admins. The crate `server` does the work.

mod api;
pub mod model;
mod pages;
pub mod responses;
pub mod routes;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub use pages::JobsPage;
