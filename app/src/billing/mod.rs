//! The ledger: bills, credit notes and payments, and the balance that follows from them. What each file holds is said in `docs/architecture.md`.

pub mod model;
pub mod responses;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
