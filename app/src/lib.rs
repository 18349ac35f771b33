//! All that people see and do in Lastmile: one folder per subject.

pub mod contact;
#[cfg(feature = "ssr")]
pub mod context;
pub mod customers;
pub mod error;
pub mod ui;
pub mod units;
mod words;
