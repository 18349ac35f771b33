//! What is derived from the ledger: the summary beside each customer, and what is open of each bill and payment. Read, compared, and made anew.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::units::Paise;
use crate::billing::model::statement::Summary;
use crate::services::store::customers::lock_customers;

/// The summary of a customer.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: &mut PgConnection, customer: Uuid) -> Result<Summary, AppError> {
    let row = sqlx::query!(
        "SELECT outstanding_paise, paid_paise, monthly_paise, next_bill_on, oldest_unpaid_due_on FROM customer_summary WHERE id = $1",
        customer
    );
    let row = row.fetch_one(db).await?;
    Ok(Summary {
        outstanding: Paise(row.outstanding_paise),
        paid: Paise(row.paid_paise),
        monthly: Paise(row.monthly_paise),
        next_bill_on: row.next_bill_on,
        oldest_unpaid_due_on: row.oldest_unpaid_due_on,
    })
}

/// How much of what is derived is not what the rows say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mismatches {
    /// Customers whose summary is wrong.
    pub summaries: i64,
    /// Bills and payments of which something else is open than is not allocated.
    pub open: i64,
}

/// Compares all of it. Reads the whole ledger.
pub async fn mismatches(db: &mut PgConnection) -> Result<Mismatches, sqlx::Error> {
    let found = sqlx::query_as!(
        Mismatches,
        r#"SELECT
               (SELECT count(*) FROM customer_summary s FULL JOIN customer_summary_counted c USING (id)
                WHERE s.id IS NULL
                    OR (s.segment, s.outstanding_paise, s.paid_paise, s.monthly_paise, s.next_bill_on, s.oldest_unpaid_due_on)
                    IS DISTINCT FROM
                    (c.segment, c.outstanding_paise, c.paid_paise, c.monthly_paise, c.next_bill_on, c.oldest_unpaid_due_on))
                   AS "summaries!",
               (SELECT count(*) FROM ledger_open_counted WHERE open_paise <> counted_paise) AS "open!""#
    );
    found.fetch_one(db).await
}

/// The customers of whom something derived is wrong.
const WRONG: &str =
    "SELECT id FROM customer_summary s FULL JOIN customer_summary_counted c USING (id)
    WHERE s.id IS NULL OR (s.segment, s.outstanding_paise, s.paid_paise, s.monthly_paise, s.next_bill_on, s.oldest_unpaid_due_on)
        IS DISTINCT FROM (c.segment, c.outstanding_paise, c.paid_paise, c.monthly_paise, c.next_bill_on, c.oldest_unpaid_due_on)
    UNION SELECT customer_id FROM ledger_open_counted WHERE open_paise <> counted_paise";

/// Makes what is wrong anew, once those customers are locked: nobody changes their money meanwhile.
pub async fn repair(transaction: &mut PgConnection) -> Result<(), AppError> {
    let wrong: Vec<Uuid> = sqlx::query_scalar(WRONG).fetch_all(&mut *transaction).await?;
    lock_customers(transaction, &wrong).await?;
    for statement in [
        "UPDATE bills b SET open_paise = o.counted_paise FROM ledger_open_counted o
         WHERE o.id = b.id AND o.open_paise <> o.counted_paise AND o.customer_id = ANY ($1)",
        "UPDATE payments p SET open_paise = o.counted_paise FROM ledger_open_counted o
         WHERE o.id = p.id AND o.open_paise <> o.counted_paise AND o.customer_id = ANY ($1)",
        "DELETE FROM customer_summary WHERE id = ANY ($1)",
        "INSERT INTO customer_summary (id, segment, outstanding_paise, paid_paise, monthly_paise, next_bill_on, oldest_unpaid_due_on)
         SELECT id, segment, outstanding_paise, paid_paise, monthly_paise, next_bill_on, oldest_unpaid_due_on
         FROM customer_summary_counted WHERE id = ANY ($1)",
    ] {
        sqlx::query(statement).bind(&wrong).execute(&mut *transaction).await?;
    }
    Ok(())
}
