//! Every statement about services and their events. Whoever writes has locked the customers first ([`customers::lock_customers`]).

pub mod customers;
pub(super) mod events;
pub mod network;
pub(crate) mod services;
