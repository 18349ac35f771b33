//! What customers of the tests owe and have paid.

use app::base::units::Paise;
use sqlx::PgPool;
use uuid::Uuid;

use super::plan::remove_services;

/// Adds to what a customer owes (less than nothing is credit) and to what the customer has paid.
pub async fn add_money(pool: &PgPool, customer: Uuid, outstanding: Paise, paid: Paise) {
    sqlx::query(
        "WITH bill AS (
             INSERT INTO bills (id, customer_id, kind, issued_on, due_on, billed_name, billed_address, supplied_from, supplied_to,
                 taxable_paise, cgst_paise, sgst_paise, igst_paise, round_off_paise, total_paise, open_paise, search_text, created_at)
             SELECT gen_random_uuid(), id, 'Brought forward', '2026-11-01', '2026-11-01', name, address_line, '27', '27',
                 $2 + $4, 0, 0, 0, 0, $2 + $4, $2, '', now()
             FROM customers WHERE id = $1 AND $2 + $4 > 0
             RETURNING id
         ), payment AS (
             INSERT INTO payments (id, customer_id, received_on, amount_paise, method, open_paise, payer_name, search_text, created_at)
             SELECT gen_random_uuid(), c.id, '2026-11-01', p.amount_paise, p.method::payment_method, p.open_paise, c.name, '', now()
             FROM customers c CROSS JOIN (VALUES ($3, 'Brought forward', $3), ($4, 'Cash', 0)) AS p (amount_paise, method, open_paise)
             WHERE c.id = $1 AND p.amount_paise > 0
             RETURNING id, method
         )
         INSERT INTO allocations (id, bill_id, payment_id, amount_paise, created_at)
         SELECT gen_random_uuid(), bill.id, payment.id, $4, now() FROM bill CROSS JOIN payment WHERE method = 'Cash'",
    )
    .bind(customer)
    .bind(outstanding.0.max(0))
    .bind((-outstanding.0).max(0))
    .bind(paid.0)
    .execute(pool)
    .await
    .expect("a bill and payments");
}

/// Takes a customer's services, bills and payments away, so that the customer can be deleted.
pub async fn clear_account(pool: &PgPool, customer: Uuid) {
    remove_services(pool, customer).await;
    sqlx::query(
        "WITH allocated AS (DELETE FROM allocations a USING bills b WHERE b.id = a.bill_id AND b.customer_id = $1),
             billed AS (DELETE FROM bills WHERE customer_id = $1)
         DELETE FROM payments WHERE customer_id = $1",
    )
    .bind(customer)
    .execute(pool)
    .await
    .expect("no bills and payments");
}
