//! Who changed what.

mod api;
pub mod model;
mod pages;
pub mod query;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
pub mod subjects;
pub mod view;

pub use pages::{HistoryPage, Timeline};
