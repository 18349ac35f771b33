//! Values and types that every other module may use. They know no subject and no framework.

pub mod account_number;
pub mod audit;
pub mod cell;
pub mod contact;
pub mod error;
pub mod facet;
#[cfg(feature = "ssr")]
pub mod field_value;
pub mod input;
pub mod keyset;
#[cfg(feature = "ssr")]
pub mod qr;
pub mod record_number;
pub mod roles;
pub mod search;
pub mod spec;
pub mod text;
pub mod time;
pub mod units;
pub mod word_enum;
