//! What is done with bills and payments. Each is one transaction, which locks its customer first.

pub mod credit;
pub mod dues;
pub mod issue;
pub mod payments;
pub mod provider;
pub mod read;
