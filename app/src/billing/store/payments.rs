//! The statements about payments.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::customers::LedgerCustomer;
use crate::base::error::AppError;
use crate::base::search::search_text;
use crate::base::units::Paise;
use crate::billing::model::payment::{NewPayment, Payment};
use crate::billing::model::{PaymentMethod, PaymentState};
use crate::customers::model::AccountNumber;
use crate::record::record_ref::RecordRef;

/// A payment.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: &mut PgConnection, id: Uuid) -> Result<Payment, AppError> {
    find(db, id, None).await?.ok_or(AppError::NotFound)
}

/// The payment with an id, or else the one that has a reference by a method already.
pub async fn find(
    db: &mut PgConnection,
    id: Uuid,
    reference: Option<(PaymentMethod, &str)>,
) -> Result<Option<Payment>, AppError> {
    let row = sqlx::query!(
        r#"SELECT p.id, p.version, p.customer_id, p.receipt, p.received_on, p.amount_paise, p.method AS "method: PaymentMethod", p.reference,
               p.state AS "state: PaymentState", p.reversed_on, p.reason, p.taken_by, c.name, c.account_number
           FROM payments p JOIN customers c ON c.id = p.customer_id
           WHERE p.id = $1
               OR (p.method = $2 AND p.reference = $3 AND p.method IN ('UPI', 'Bank', 'Gateway') AND p.state <> 'Reversed')
           ORDER BY p.id <> $1 LIMIT 1"#,
        id,
        reference.map(|(method, _)| method) as Option<PaymentMethod>,
        reference.map(|(_, reference)| reference)
    );
    let row = row.fetch_optional(db).await?;
    Ok(row.map(|row| Payment {
        id: row.id,
        version: row.version,
        customer: RecordRef {
            id: row.customer_id,
            reference: AccountNumber(row.account_number).to_string(),
            name: row.name,
        },
        receipt: row.receipt,
        received_on: row.received_on,
        amount: Paise(row.amount_paise),
        method: row.method,
        reference: row.reference,
        state: row.state,
        reversal: row.reversed_on.zip(row.reason),
        taken_by: row.taken_by,
    }))
}

/// The text in which a search finds a payment.
pub fn payment_text(receipt: i64, reference: Option<&str>, customer: &str, account: &str) -> String {
    format!(
        " receipt {receipt}{}",
        text_behind_receipt(reference, customer, account)
    )
}

fn text_behind_receipt(reference: Option<&str>, customer: &str, account: &str) -> String {
    search_text(&[reference.unwrap_or_default(), customer], None, account)
}

/// Inserts a payment of which so much stays open, and gives its receipt number; none where another has its id or its reference: then nothing is
/// written, and a number is left out.
pub async fn insert(
    transaction: &mut PgConnection,
    payment: &NewPayment,
    customer: &LedgerCustomer,
    open: Paise,
    taken_by: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<Option<i64>, AppError> {
    let text = text_behind_receipt(
        payment.reference.as_deref(),
        &customer.customer.name,
        &customer.customer.reference,
    );
    let receipt = sqlx::query_scalar!(
        "WITH next AS MATERIALIZED (SELECT nextval('payments_receipt_seq') AS receipt)
         INSERT INTO payments (id, customer_id, receipt, received_on, amount_paise, method, reference, open_paise, payer_name, taken_by,
             search_text, created_at)
         SELECT $1, $2, receipt, $3, $4, $5, $6, $7, $8, $9, ' receipt ' || receipt || $10, $11 FROM next
         ON CONFLICT DO NOTHING RETURNING receipt",
        payment.id,
        payment.customer,
        payment.received_on,
        payment.amount.0,
        payment.method as PaymentMethod,
        payment.reference,
        open.0,
        customer.customer.name,
        taken_by,
        text,
        at
    );
    Ok(receipt.fetch_optional(transaction).await?)
}

/// Marks a payment as bounced or reversed; false, and nothing is written, where it is not `Received` any more.
pub async fn set_reversed(
    transaction: &mut PgConnection,
    payment: &Payment,
    state: PaymentState,
    day: NaiveDate,
    reason: &str,
) -> Result<bool, AppError> {
    let updated = sqlx::query!(
        "UPDATE payments SET state = $3, reversed_on = $4, reason = $5, open_paise = 0, version = version + 1
         WHERE id = $1 AND version = $2 AND state = 'Received'",
        payment.id,
        payment.version,
        state as PaymentState,
        day,
        reason
    );
    Ok(updated.execute(transaction).await?.rows_affected() == 1)
}
