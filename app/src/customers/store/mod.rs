//! Every statement about the table of customers.

mod cells;
mod clauses;
mod counts;
mod list;
mod numbers;
mod row;
mod sample;
mod segments;
mod statement;
mod words;
mod write;

pub use counts::{Counts, recount, wrong_counts};
pub use list::{Asked, Known, Page, find, list, list_as_foreseen};
pub use sample::{Foreseen, Narrowed};
pub use words::{collect_words, mend_words, wrong_words};
pub use write::{Refusal, create, delete, restore, update};

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::customers::model::{AccountNumber, Customer, CustomerName};
use crate::error::AppError;
use row::{CustomerRow, customer_query};

/// A customer, deleted or not.
///
/// # Errors
/// `NotFound`; `Unavailable` and `Internal` as everywhere.
pub async fn get(db: impl PgExecutor<'_>, id: Uuid) -> Result<Customer, AppError> {
    let row = customer_query!("WHERE id = $1", id).fetch_optional(db).await?;
    row.map(Customer::from).ok_or(AppError::NotFound)
}

/// The live customer with an account number.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn by_account_number(
    db: impl PgExecutor<'_>,
    account: AccountNumber,
) -> Result<Option<CustomerName>, AppError> {
    let row = sqlx::query!(
        "SELECT id, name FROM customers WHERE account_number = $1 AND deleted_at IS NULL",
        account.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| CustomerName {
        id: row.id,
        account_number: account,
        name: row.name,
    }))
}

/// How many live customers one has referred.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn referral_count(db: impl PgExecutor<'_>, account: AccountNumber) -> Result<i64, AppError> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM customers WHERE referred_by = $1 AND deleted_at IS NULL"#,
        account.0
    );
    Ok(count.fetch_one(db).await?)
}

/// Deleted customers, the last deleted first: at most `limit`, those deleted before the customer
/// `older_than` where that is a deleted one.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn deleted(db: impl PgExecutor<'_>, older_than: Option<Uuid>, limit: i64) -> Result<Vec<Customer>, AppError> {
    let rows = customer_query!(
        "WHERE deleted_at IS NOT NULL AND (
             NOT EXISTS (SELECT FROM customers c WHERE c.id = $1 AND c.deleted_at IS NOT NULL)
             OR (deleted_at, id) < (SELECT c.deleted_at, c.id FROM customers c WHERE c.id = $1))
         ORDER BY deleted_at DESC, id DESC LIMIT $2",
        older_than,
        limit
    );
    let rows = rows.fetch_all(db).await?;
    Ok(rows.into_iter().map(Customer::from).collect())
}
