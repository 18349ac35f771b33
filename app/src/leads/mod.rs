//! Leads, from the first call to the customer. What each file holds is said in `docs/architecture.md`, for every subject.

mod api;
#[cfg(feature = "ssr")]
pub mod board;
#[cfg(feature = "ssr")]
pub mod codec;
#[cfg(feature = "ssr")]
pub mod convert;
#[cfg(feature = "ssr")]
pub mod duplicates;
pub mod model;
#[cfg(feature = "ssr")]
pub mod my_day;
mod pages;
#[cfg(feature = "ssr")]
pub mod record;
pub mod responses;
pub mod spec;
#[cfg(feature = "ssr")]
pub mod store;

pub use pages::{DIALOGS, MY_DAY, MyDayPage, PAGES};
