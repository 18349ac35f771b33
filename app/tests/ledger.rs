//! The ledger: bills, credit notes, payments and what pays what, on a real Postgres.

mod common;
#[path = "ledger/fixture.rs"]
mod fixture;

#[path = "ledger/bills.rs"]
mod bills;
#[path = "ledger/credits.rs"]
mod credits;
#[path = "ledger/dues.rs"]
mod dues;
#[path = "ledger/payments.rs"]
mod payments;
#[path = "ledger/random.rs"]
mod random;
#[path = "ledger/summary.rs"]
mod summary;
