//! The statements about leads who became customers.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit::AuditContext;
use crate::base::error::AppError;

/// Locks a lead until the transaction ends.
pub async fn lock(transaction: &mut PgConnection, id: Uuid) -> Result<(), AppError> {
    let locked = sqlx::query_scalar!("SELECT id FROM leads WHERE id = $1 FOR NO KEY UPDATE", id);
    locked.fetch_one(transaction).await?;
    Ok(())
}

/// Marks a locked lead as the one who became a customer; false where another one has become the same, and the transaction has failed.
pub async fn mark_won(
    transaction: &mut PgConnection,
    audit: &AuditContext,
    id: Uuid,
    customer: Uuid,
) -> Result<bool, AppError> {
    let marked = sqlx::query!(
        "UPDATE leads SET version = version + 1, updated_at = $3, stage = 'Won', lost_reason = NULL, customer = $2 WHERE id = $1",
        id,
        customer,
        audit.at
    );
    match marked.execute(transaction).await {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("leads_customer_key") => Ok(false),
        Err(error) => Err(error.into()),
    }
}
