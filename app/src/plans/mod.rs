//! The plans that the provider sells, in a catalogue that Admins keep. What each file holds is said in `docs/architecture.md`.

mod api;
#[cfg(feature = "ssr")]
pub mod codec;
pub mod model;
mod pages;
pub mod responses;
pub mod spec;
#[cfg(feature = "ssr")]
pub mod store;

pub use pages::{DIALOGS, PAGES};
