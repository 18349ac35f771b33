//! Users: signing in, sessions, accounts, roles and policies, from the browser to the database.

mod api;
pub mod model;
mod pages;
mod responses;
pub mod routes;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;

pub use pages::Page;
