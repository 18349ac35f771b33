//! Every statement about the table of customers.

mod counts;
mod derived;
mod list;
pub mod names;
mod records;
mod word_index;

pub use counts::{CountsCache, Metrics, SegmentCounts, compact};
pub use derived::{Mismatches, mismatches, rebuild_derived};
pub use list::{find, list};
pub use records::{Customer, CustomerStore, by_account_number, customers, referral_count};
