//! What a request carries, and what its answer sets.

pub mod client;
#[cfg(feature = "ssr")]
pub mod context;
#[cfg(feature = "ssr")]
pub mod cookie;
pub mod current_user;
mod error_response;
pub mod flash;
#[cfg(feature = "ssr")]
pub mod identity;
pub mod next_url;
#[cfg(feature = "ssr")]
pub mod shared;
#[cfg(feature = "ssr")]
pub mod token;
pub mod user_summary;
