//! The ledger: bills, credit notes and payments, and the balance that follows from them. What each file holds is said in `docs/architecture.md`.

mod api;
pub mod lists;
pub mod model;
mod pages;
pub mod responses;
pub mod routes;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub use pages::{CUSTOMER_MONEY, Page};
