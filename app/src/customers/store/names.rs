//! The names of customers, for the subjects that refer to them.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::customers::model::AccountNumber;
use crate::record::record_ref::RecordRef;

/// A customer's name, and whether the customer is deleted.
pub struct NamedCustomer {
    /// The customer.
    pub customer: RecordRef,
    /// Whether it is deleted.
    pub is_deleted: bool,
}

/// The names of customers, deleted customers included.
pub async fn names_of(db: impl PgExecutor<'_>, ids: &[Uuid]) -> Result<Vec<NamedCustomer>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT id, account_number, name, deleted_at IS NOT NULL AS "is_deleted!" FROM customers WHERE id = ANY($1)"#,
        ids
    );
    let named = rows.fetch_all(db).await?.into_iter().map(|row| NamedCustomer {
        customer: RecordRef {
            id: row.id,
            reference: AccountNumber(row.account_number).to_string(),
            name: row.name,
        },
        is_deleted: row.is_deleted,
    });
    Ok(named.collect())
}
