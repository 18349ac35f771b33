//! People who sign in: users, roles, sessions, from the browser to the database.

mod api;
pub mod me;
pub mod model;
mod pages;
pub mod place;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod store;
mod view;

pub use pages::Page;
