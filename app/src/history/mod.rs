//! Who changed what.

pub mod api;
pub mod cursor;
mod filters;
pub mod model;
mod page;
mod parts;
pub mod query;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
pub mod subjects;
mod timeline;
pub mod view;

pub use page::HistoryPage;
pub use timeline::Timeline;
