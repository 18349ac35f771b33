//! The statements about customers who have not paid, and their services.

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::error::AppError;

/// A service, and its customer.
pub type ServiceOf = (Uuid, Uuid);

/// Customers behind one of them who have a bill that was due by a day and is not paid, in the order of their ids.
pub async fn customers_owing(
    db: &mut PgConnection,
    due_by: NaiveDate,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, AppError> {
    let customers = sqlx::query_scalar!(
        "SELECT id FROM customer_summary WHERE oldest_unpaid_due_on <= $1 AND id > $2 ORDER BY id LIMIT $3",
        due_by,
        after,
        limit
    );
    Ok(customers.fetch_all(db).await?)
}

/// The active services of those customers, unless they have promised to pay by a day that is not over.
pub async fn services_to_suspend(
    db: &mut PgConnection,
    customers: &[Uuid],
    due_by: NaiveDate,
    today: NaiveDate,
) -> Result<Vec<ServiceOf>, AppError> {
    let services = sqlx::query!(
        "SELECT s.id, s.customer_id
         FROM services s JOIN customers c ON c.id = s.customer_id JOIN customer_summary y ON y.id = s.customer_id
         WHERE s.customer_id = ANY ($1) AND s.status = 'Active' AND y.oldest_unpaid_due_on <= $2
             AND (c.promised_on IS NULL OR c.promised_on < $3)
         ORDER BY s.customer_id, s.id",
        customers,
        due_by,
        today
    );
    let services = services.fetch_all(db).await?.into_iter();
    Ok(services.map(|row| (row.id, row.customer_id)).collect())
}

/// The services of a customer that were suspended for dues; none where a bill is due.
pub async fn services_to_resume(
    db: &mut PgConnection,
    customer: Uuid,
    today: NaiveDate,
) -> Result<Vec<ServiceOf>, AppError> {
    let services = sqlx::query!(
        "SELECT s.id, s.customer_id
         FROM services s JOIN customer_summary y ON y.id = s.customer_id
         WHERE s.customer_id = $1 AND s.status = 'Suspended' AND coalesce(y.oldest_unpaid_due_on >= $2, true)
             AND (SELECT e.cause FROM service_events e
                  WHERE e.service_id = s.id AND e.kind = 'Suspended' AND e.applied_at IS NOT NULL
                  ORDER BY e.applied_at DESC, e.effective_on DESC, e.seq DESC LIMIT 1) = 'Dues'
         ORDER BY s.id",
        customer,
        today
    );
    let services = services.fetch_all(db).await?.into_iter();
    Ok(services.map(|row| (row.id, row.customer_id)).collect())
}
