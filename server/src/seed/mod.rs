//! `lastmile seed`: fills a database with customers, their services, bills and payments, leads, users, served PIN codes and plans that are invented and look real.
//!
//! The same number gives the same rows on the same day, ids included. One thread generates rows while Postgres loads those before them,
//! and there are never more than a few chunks of them in memory.
//! The seed writes no history: nobody has changed a seeded row, so every row is at its first version.

mod catalogue;
mod cities;
mod copy;
mod customers;
mod leads;
mod ledger;
mod ledger_copy;
mod ledger_load;
mod lifecycle;
mod load;
mod names;
mod options;
mod people;
mod plans;
pub mod progress;
mod rng;
mod served_pin_codes;
mod services;
mod users;

#[cfg(test)]
mod tests;

use app::users::service::sign_in::DemoAccounts;
use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection};

use load::BulkLoad;

pub use options::{SeedError, SeedOptions, Seeded};

/// The users as whom anybody may sign in to a demo.
pub fn demo() -> DemoAccounts {
    DemoAccounts {
        admin: users::ADMIN.to_owned(),
        sales: users::SALES.to_owned(),
    }
}

/// Fills the database: all of it or, where this fails, nothing. `connection` is the owner's.
/// Calls `progress` with the number of customers sent so far and of all, about every two thousand.
///
/// # Errors
/// [`SeedError::AlreadyFilled`] where there are customers (deleted ones too) and `replace` is not set;
/// otherwise the database's.
pub async fn seed(
    connection: &mut PgConnection,
    options: &SeedOptions,
    now: DateTime<Utc>,
    mut progress: impl FnMut(u64, u64),
) -> Result<Seeded, SeedError> {
    if i64::try_from(options.customers).is_err() {
        return Err(SeedError::TooMany(options.customers));
    }
    let mut transaction = connection.begin().await?;
    load::lock(&mut transaction).await?;
    if !options.replace {
        load::refuse_if_filled(&mut transaction).await?;
    }
    let bulk_load = BulkLoad::begin(&mut transaction, options.customers).await?;
    if options.replace {
        load::truncate(&mut transaction).await?;
    }
    let (users, owners) = load::users(&mut transaction, options, now).await?;
    let plans = load::plans(&mut transaction, options, now).await?;
    let choice = load::plan_choice(&mut transaction).await?;
    let customers = load::customers(&mut transaction, options, &choice, now, &mut progress).await?;
    let services = load::services(&mut transaction, options, &choice, now).await?;
    ledger_load::ledger(&mut transaction, options, &choice, now, owners.clone()).await?;
    bulk_load.finish(&mut transaction).await?;
    let leads = load::leads(&mut transaction, options, now, owners, choice).await?;
    let served_pin_codes = load::served_pin_codes(&mut transaction, options, now).await?;
    let holidays = load::holidays(&mut transaction, options, now).await?;
    transaction.commit().await?;
    load::vacuum(connection).await?;
    Ok(Seeded {
        customers,
        services,
        leads,
        users,
        served_pin_codes,
        plans,
        holidays,
    })
}
