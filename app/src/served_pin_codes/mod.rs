//! The PIN codes that the provider serves, in a list that Admins keep. What each file holds is said in `docs/architecture.md`.

mod api;
#[cfg(feature = "ssr")]
pub mod codec;
pub mod model;
mod pages;
pub mod spec;
#[cfg(feature = "ssr")]
pub mod store;

pub use pages::{DIALOGS, PAGES};
