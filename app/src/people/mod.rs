//! People who sign in: users, roles, sessions, from the browser to the database.

mod account;
pub mod api;
#[cfg(feature = "ssr")]
pub mod asker;
#[cfg(feature = "ssr")]
pub mod flash;
mod link;
pub mod me;
pub mod model;
mod pages;
#[cfg(feature = "ssr")]
pub mod password;
pub mod place;
pub mod roles;
mod roles_page;
#[cfg(feature = "ssr")]
pub mod service;
mod sign_in;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
pub mod token;
#[cfg(feature = "ssr")]
pub mod two_step;
mod users;
pub mod view;

pub use pages::Page;
