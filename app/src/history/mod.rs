//! The history of everything: who changed what, when and from where. It asks the other subjects for names and labels; none of them knows it.

mod api;
#[cfg(feature = "ssr")]
mod names;
mod pages;
pub mod query;
pub mod registry;
pub mod responses;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub use pages::HistoryPage;
