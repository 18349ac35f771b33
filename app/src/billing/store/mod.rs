//! Every statement about the ledger. Writes run in a transaction of the caller, who locks the customers first ([`customers::lock`]).

pub mod bills;
pub mod customers;
pub mod dues;
pub mod pages;
pub mod payments;
pub mod providers;
pub mod services;
pub mod settle;
pub mod statement;
pub mod summary;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::error::AppError;

/// What bills and payments are called in the history: their numbers.
pub async fn names_of(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id!", coalesce(number, kind::text) AS "name!" FROM bills WHERE id = ANY($1)
           UNION ALL
           SELECT id, 'Receipt ' || receipt FROM payments WHERE id = ANY($1)"#,
        ids
    );
    let rows = rows.fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
