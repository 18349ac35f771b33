//! The services of customers: which plan each has, at what price and since when, and what happens to it on which day.

mod api;
pub mod cards;
pub mod model;
mod pages;
pub mod responses;
pub mod routes;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub use pages::ServicesPage;
