//! The summary beside each customer follows the rows, whoever writes them.

use app::billing::model::PaymentMethod;
use app::billing::store::summary::{self, Mismatches};
use sqlx::PgPool;

use crate::fixture::Ledger;

async fn run(pool: &PgPool, sql: &'static str) {
    sqlx::raw_sql(sql).execute(pool).await.expect(sql);
}

#[sqlx::test(migrations = "../migrations")]
async fn manual_sql_leaves_the_summary_right(pool: PgPool) {
    let ledger = Ledger::new(&pool).await;
    for number in 0..20_i64 {
        let (customer, service) = ledger
            .with_service(&format!("Customer {number}"), 30_000 + number, "2026-09-01")
            .await;
        for _ in 0..number % 4 {
            ledger.bill(service).await;
        }
        if number % 3 > 0 {
            ledger.pay(customer, 40_000 * (number % 3), PaymentMethod::Cheque).await;
        }
    }
    for statement in [
        "UPDATE services SET status = 'Suspended' WHERE price_paise % 2 = 0",
        "UPDATE services SET price_paise = price_paise + 1, paid_through = paid_through + 5",
        "UPDATE payments SET state = 'Bounced', reversed_on = received_on, reason = 'x', open_paise = 0 WHERE amount_paise = 40000;
         UPDATE bills SET open_paise = bills.open_paise + a.amount_paise FROM (
             SELECT bill_id, sum(l.amount_paise) AS amount_paise FROM allocations l JOIN payments p ON p.id = payment_id
             WHERE p.state = 'Bounced' GROUP BY bill_id) a WHERE a.bill_id = bills.id;
         UPDATE allocations SET undone_at = now() FROM payments p WHERE p.id = payment_id AND p.state = 'Bounced'",
        "UPDATE bills SET due_on = due_on + 3 WHERE kind = 'Invoice'",
        "UPDATE bills SET taxable_paise = taxable_paise + 100, total_paise = total_paise + 100, open_paise = open_paise + 100",
        "UPDATE bills SET created_at = now()",
        "UPDATE customers SET deleted_at = now() WHERE name LIKE 'Customer 1%'",
        "UPDATE services SET status = 'Active' WHERE price_paise % 3 = 0",
        "UPDATE customers SET deleted_at = NULL",
        "DELETE FROM allocations; DELETE FROM bill_lines; DELETE FROM bills; UPDATE payments SET open_paise = counted_paise",
        "DELETE FROM payments WHERE state = 'Received'",
        "DELETE FROM services",
    ] {
        run(&pool, statement).await;
        ledger.is_right().await;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_wrong_is_found_and_repaired(pool: PgPool) {
    let ledger = Ledger::new(&pool).await;
    let (customer, service) = ledger.with_service("Asha Rao", 69_900, "2026-11-01").await;
    ledger.bill(service).await;
    ledger.pay(customer, 10_000, PaymentMethod::Cash).await;
    run(
        &pool,
        "UPDATE customer_summary SET outstanding_paise = 1;
         SET session_replication_role = replica;
         UPDATE bills SET open_paise = 5;
         SET session_replication_role = DEFAULT",
    )
    .await;
    let mut transaction = pool.begin().await.expect("a transaction");
    let wrong = summary::mismatches(&mut transaction).await.expect("compared");
    assert_eq!(wrong, Mismatches { summaries: 1, open: 1 });
    summary::repair(&mut transaction).await.expect("repaired");
    transaction.commit().await.expect("committed");
    ledger.is_right().await;
    assert_eq!(ledger.owed(customer).await, 72_500);
}
