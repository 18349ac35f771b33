//! Customers, from the browser to the database.

pub mod api;
pub mod cell;
#[cfg(feature = "ssr")]
pub mod columns;
pub mod cursor;
mod deleted;
pub(crate) mod deletion;
mod desk;
pub mod draft;
pub mod field;
#[cfg(feature = "ssr")]
pub mod flash;
mod form;
mod form_dialog;
mod list;
mod listed;
pub mod merge;
pub mod model;
mod page;
mod pager;
pub mod place;
mod pointed;
pub mod query;
mod reader;
mod record;
pub mod search;
mod search_box;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
pub mod submission;
mod table;
mod ticks;
mod toolbar;
pub mod view;

pub use desk::{HEADING, focus};
pub use form_dialog::Unsaved;
pub use list::EARLY;
pub use page::{CustomersPage, parts_of};
