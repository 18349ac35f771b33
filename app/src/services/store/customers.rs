//! The customers whose services change, and their locks.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::account_number::AccountNumber;
use crate::base::error::AppError;
use crate::base::units::Paise;
use crate::record::record_ref::RecordRef;

/// A live customer, and what they owe.
pub async fn customer(db: &mut PgConnection, id: Uuid) -> Result<(RecordRef, Paise), AppError> {
    let row = sqlx::query!(
        "SELECT name, account_number, outstanding_paise FROM customers JOIN customer_summary USING (id) WHERE id = $1 AND deleted_at IS NULL",
        id
    );
    let row = row.fetch_optional(db).await?.ok_or(AppError::NotFound)?;
    let customer = RecordRef {
        id,
        reference: AccountNumber(row.account_number).to_string(),
        name: row.name,
    };
    Ok((customer, Paise(row.outstanding_paise)))
}

/// Whether there is such a customer, deleted or not.
pub async fn exists(db: &mut PgConnection, id: Uuid) -> Result<bool, AppError> {
    let exists = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM customers WHERE id = $1) AS "exists!""#,
        id
    );
    Ok(exists.fetch_one(db).await?)
}

/// Locks customers until the transaction ends, and gives those that are live. Every transaction on services begins with it.
pub async fn lock_customers(transaction: &mut PgConnection, customers: &[Uuid]) -> Result<Vec<Uuid>, AppError> {
    let locked = sqlx::query!(
        r#"SELECT id, deleted_at IS NULL AS "is_live!" FROM customers WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE"#,
        customers
    );
    let locked = locked.fetch_all(transaction).await?;
    Ok(locked.into_iter().filter(|row| row.is_live).map(|row| row.id).collect())
}

/// How many services a customer has that are not over.
pub async fn count_live(db: &mut PgConnection, customer: Uuid) -> Result<i64, AppError> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM services WHERE customer_id = $1 AND status <> 'Ended'"#,
        customer
    );
    Ok(count.fetch_one(db).await?)
}

/// Customers who are not what their services say, so many at most.
pub async fn mismatches(db: &mut PgConnection, limit: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    let customers = sqlx::query_scalar!(
        "SELECT c.id FROM customers c JOIN customers_by_services m ON m.customer_id = c.id
         WHERE (c.status, c.cancelled_on, c.cancel_reason, c.plan_type, c.speed_kbps, c.price_paise, c.billing_cycle, c.ott_apps, c.live_channels)
             IS DISTINCT FROM
             (m.status, m.cancelled_on, m.cancel_reason, m.plan_type, m.speed_kbps, m.price_paise, m.billing_cycle, m.ott_apps, m.live_channels)
         LIMIT $1",
        limit
    );
    customers.fetch_all(db).await
}

/// Gives customers the status and plan of their services.
pub async fn update_customers(transaction: &mut PgConnection, customers: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT customers_follow_services($1)", customers)
        .execute(transaction)
        .await?;
    Ok(())
}

/// The customers with a service of a plan behind one of them, in the order of their ids.
pub async fn customers_of_plan(
    db: &mut PgConnection,
    plan: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Uuid>, AppError> {
    let customers = sqlx::query_scalar!(
        "SELECT DISTINCT customer_id FROM services WHERE plan_id = $1 AND customer_id > $2 ORDER BY customer_id LIMIT $3",
        plan,
        after.unwrap_or_default(),
        limit
    );
    Ok(customers.fetch_all(db).await?)
}
