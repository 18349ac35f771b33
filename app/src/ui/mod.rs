//! Elements with no subject.

pub mod dates;
