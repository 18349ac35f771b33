//! `lastmile seed`: fills a database with customers, leads and users that are made up, and look real.
//!
//! The same number gives the same rows on the same day, ids included. They are made on a thread of their own while Postgres
//! takes in those before them, and there are never more than a few chunks of them in memory.
//! No history is written: what is seeded was never changed by anybody, so every row is at its first version.

mod copy;
mod customers;
mod dice;
mod leads;
mod load;
mod names;
mod people;
mod places;
mod plans;
pub mod progress;
mod story;

#[cfg(test)]
mod tests;

use app::context::Demo;
use app::customers::store;
use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection};

/// What to make.
#[derive(Clone, Debug)]
pub struct SeedOptions {
    /// How many customers.
    pub customers: u64,
    /// How many leads.
    pub leads: u64,
    /// The same number gives the same rows on the same day.
    pub rng_seed: u64,
    /// Whether customers, leads, users and history that are there already are thrown away.
    pub replace: bool,
}

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeded {
    /// How many customers.
    pub customers: u64,
    /// How many leads.
    pub leads: u64,
    /// How many users: an admin and one who sells, unless they were there.
    pub users: u64,
}

impl Seeded {
    /// All rows.
    pub const fn total(self) -> u64 {
        self.customers + self.leads + self.users
    }
}

/// Why nothing was seeded.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// There are customers already, who would be mixed with made-up ones.
    #[error(
        "the database already holds customers (deleted ones count), and nothing was changed: \
         `lastmile seed --replace` throws away all customers, leads, users and history first"
    )]
    AlreadyFilled,
    /// More rows than account numbers can count.
    #[error("{0} customers are more than account numbers reach; ask for fewer")]
    TooMany(u64),
    /// The database refused, or went away; it is as it was before.
    #[error("the database did not take the rows")]
    Database(#[from] sqlx::Error),
    /// The thread that makes the rows ended early; the database is as it was before.
    #[error("making the rows failed")]
    Rows(#[from] tokio::task::JoinError),
}

/// The people as whom anybody may come into a demo.
pub fn demo() -> Demo {
    Demo {
        admin: leads::ADMIN.to_owned(),
        sales: leads::SALES.to_owned(),
    }
}

/// So many customers are loaded faster without the indexes, which are made afterwards.
const LARGE: u64 = 50_000;

/// Fills the database: all of it or, where this fails, nothing. `connection` is the owner's.
/// `progress` is told how many customers were sent, of how many, about every two thousand.
///
/// # Errors
/// [`SeedError::AlreadyFilled`] where there are customers (deleted ones too) and `replace` is not set;
/// otherwise what the database said.
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
    // One seed at a time, and no customer that is entered meanwhile.
    sqlx::raw_sql("LOCK TABLE customers, leads, users IN SHARE ROW EXCLUSIVE MODE")
        .execute(&mut *transaction)
        .await?;
    if options.replace {
        // What refers to them goes with them, sessions for one.
        sqlx::raw_sql(
            "TRUNCATE customers, customer_words, search_words, leads, users, history RESTART IDENTITY CASCADE",
        )
        .execute(&mut *transaction)
        .await?;
    } else {
        load::refuse_what_is_filled(&mut transaction).await?;
    }
    let (users, owner) = load::users(&mut transaction, options, now).await?;
    let set_aside = if options.customers >= LARGE {
        load::drop_indexes(&mut transaction).await?
    } else {
        Vec::new()
    };
    let customers = load::customers(&mut transaction, options, now, &mut progress).await?;
    tracing::info!("collecting the words of all customers");
    store::collect_words(&mut transaction).await?;
    load::make_indexes(&mut transaction, set_aside).await?;
    store::recount(&mut transaction).await?;
    let leads = load::leads(&mut transaction, options, now, owner).await?;
    transaction.commit().await?;
    // Lets Postgres plan for what is there now, and answer from indexes alone.
    sqlx::raw_sql("VACUUM (ANALYZE) customers, customer_words, search_words, leads, users")
        .execute(connection)
        .await?;
    Ok(Seeded {
        customers,
        leads,
        users,
    })
}
