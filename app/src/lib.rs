//! All that people see and do in Lastmile: one folder per subject.
#![recursion_limit = "512"]

pub mod contact;
#[cfg(feature = "ssr")]
pub mod context;
#[cfg(feature = "ssr")]
pub mod cookie;
pub mod customers;
pub mod error;
mod frame;
pub mod history;
#[cfg(feature = "ssr")]
mod shell;
pub mod ui;
pub mod units;
mod words;

pub use frame::App;
#[cfg(feature = "ssr")]
pub use shell::shell;
