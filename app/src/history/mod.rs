//! Who changed what.

#[cfg(feature = "ssr")]
pub mod store;
