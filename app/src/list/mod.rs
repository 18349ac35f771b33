//! One list for all subjects: its address, its SQL, its answer, its page.

pub mod api;
#[cfg(feature = "ssr")]
pub mod columns;
#[cfg(feature = "ssr")]
pub mod counts;
pub mod cursor;
#[cfg(feature = "ssr")]
pub mod fetch;
#[cfg(feature = "ssr")]
pub mod filter;
#[cfg(feature = "ssr")]
pub mod names;
#[cfg(feature = "ssr")]
pub mod page;
pub mod page_context;
pub mod pages;
pub mod query;
pub mod read_only;
pub mod responses;
pub mod routes;
#[cfg(feature = "ssr")]
pub mod table_rows;
pub mod views;
