//! All that people see and do in Lastmile: one folder per subject.

#[cfg(feature = "ssr")]
pub mod context;
pub mod error;
pub mod ui;
