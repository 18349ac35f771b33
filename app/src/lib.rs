//! All that people see and do in Lastmile: one folder per subject.
#![recursion_limit = "512"]

#[cfg(feature = "ssr")]
pub mod connections;
pub mod contact;
#[cfg(feature = "ssr")]
pub mod context;
#[cfg(feature = "ssr")]
pub mod cookie;
pub mod customers;
pub mod error;
mod frame;
pub mod history;
pub mod people;
#[cfg(feature = "ssr")]
pub mod replica;
#[cfg(feature = "ssr")]
pub mod shell;
pub mod text;
pub mod told;
pub mod ui;
pub mod units;
mod words;

pub use frame::{App, announce_taking_over, fetch_parts};
