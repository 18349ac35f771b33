//! The PIN codes that the provider serves: Admins keep the list, and a lead shows whether its address is among them. What each file holds
//! is said in `docs/architecture.md`, for every subject.

mod api;
#[cfg(feature = "ssr")]
pub mod codec;
pub mod model;
mod pages;
pub mod spec;
#[cfg(feature = "ssr")]
pub mod store;

pub use pages::PAGES;
