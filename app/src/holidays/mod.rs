//! The days on which nobody is cut off for dues, in a list that Admins keep. What each file holds is said in `docs/architecture.md`.

mod api;
#[cfg(feature = "ssr")]
pub mod codec;
mod pages;
pub mod spec;
#[cfg(feature = "ssr")]
pub mod store;

pub use pages::{DIALOGS, PAGES};
