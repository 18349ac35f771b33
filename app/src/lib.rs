//! All that users see and do in Lastmile: one folder per subject.
#![recursion_limit = "512"]

pub mod base;
pub mod billing;
pub mod board;
pub mod customers;
#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod document;
pub mod history;
pub mod holidays;
pub mod http;
pub mod jobs;
mod layout;
pub mod leads;
pub mod list;
pub mod plans;
pub mod record;
pub mod served_pin_codes;
pub mod services;
pub mod timeline;
pub mod ui;
pub mod users;

pub use layout::{App, preload_chunks};
