//! What a seed generates, and what became of it.

/// What to generate.
#[derive(Clone, Debug)]
pub struct SeedOptions {
    /// How many customers.
    pub customers: u64,
    /// How many leads.
    pub leads: u64,
    /// For how many months there are bills and payments; none is what [`Self::months_of_bills`] says.
    pub months: Option<u32>,
    /// The same number gives the same rows on the same day.
    pub rng_seed: u64,
    /// Whether existing customers, leads, users and history are deleted first. Plans and served PIN codes stay.
    pub replace: bool,
}

impl SeedOptions {
    /// For how many months there are bills and payments: a year's, and with more than 100,000 customers a month's, unless the options say it.
    pub fn months_of_bills(&self) -> u32 {
        const MANY: u64 = 100_000;
        self.months.unwrap_or(if self.customers > MANY { 1 } else { 12 })
    }
}

/// How many rows were loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeded {
    /// How many customers.
    pub customers: u64,
    /// How many services.
    pub services: u64,
    /// How many leads.
    pub leads: u64,
    /// How many users: an admin and three salespeople, unless they existed.
    pub users: u64,
    /// How many served PIN codes: none where there were some.
    pub served_pin_codes: u64,
    /// How many plans: none where there were some.
    pub plans: u64,
    /// How many holidays: none where there were some.
    pub holidays: u64,
}

impl Seeded {
    /// All rows.
    pub const fn total(self) -> u64 {
        self.customers + self.services + self.leads + self.users + self.served_pin_codes + self.plans + self.holidays
    }
}

/// Why the database was not filled.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// There are customers already, who would be mixed with invented ones.
    #[error(
        "the database already holds customers (deleted ones count), and nothing was changed: \
         `lastmile seed --replace` deletes all customers, leads, users and history first"
    )]
    AlreadyFilled,
    /// There is no plan that a customer could have.
    #[error("the catalogue has no plan for the customers: restore one under Deleted plans, or create one")]
    NoPlans,
    /// More rows than account numbers can count.
    #[error("{0} customers are more than account numbers reach; ask for fewer")]
    TooMany(u64),
    /// The database refused, or went away. It is as it was before.
    #[error("the database did not take the rows")]
    Database(#[from] sqlx::Error),
    /// The thread that generates the rows panicked. The database is as it was before.
    #[error("the rows could not be generated")]
    Rows(#[from] tokio::task::JoinError),
}
