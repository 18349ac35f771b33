//! Customers, from the browser to the database. What each file holds is said in `docs/architecture.md`, for every subject.

mod api;
#[cfg(feature = "ssr")]
pub mod codec;
#[cfg(feature = "ssr")]
pub mod list;
pub mod model;
mod pages;
#[cfg(feature = "ssr")]
pub mod record;
pub mod responses;
#[cfg(feature = "ssr")]
pub mod search;
pub mod spec;
#[cfg(feature = "ssr")]
pub mod store;

pub use pages::{DIALOGS, PAGES};
