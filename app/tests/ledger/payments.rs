//! Payments: the oldest bill first, once for each form and each reference, and never deleted.

use app::base::units::Paise;
use app::billing::model::{PaymentMethod, PaymentState};
use app::billing::responses::PaymentOutcome;
use sqlx::PgPool;
use tokio::task::JoinSet;

use crate::common::wide;
use crate::fixture::Ledger;

fn taken(outcome: PaymentOutcome) -> i64 {
    match outcome {
        PaymentOutcome::Taken(receipt) => receipt.receipt,
        PaymentOutcome::Refused { message, .. } => panic!("{message}"),
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_payment_pays_the_oldest_bill_and_the_rest_pays_the_next(pool: PgPool) {
    let ledger = Ledger::new(&pool).await;
    let (customer, service) = ledger.with_service("Asha Rao", 69_900, "2026-10-01").await;
    let (october, november) = (ledger.bill(service).await, ledger.bill(service).await);
    let first = ledger.pay(customer, 100_000, PaymentMethod::Cash).await;
    assert_eq!(
        (ledger.open(october.id).await, ledger.open(november.id).await),
        (0, 65_000)
    );
    let second = ledger.pay(customer, 100_000, PaymentMethod::Card).await;
    assert_eq!(
        (ledger.owed(customer).await, ledger.open(second.id).await),
        (-35_000, 35_000)
    );
    assert_eq!(second.receipt, first.receipt + 1);
    let december = ledger.bill(service).await;
    assert_eq!(
        (ledger.open(december.id).await, ledger.open(second.id).await),
        (47_500, 0)
    );
    let summary = ledger.summary(customer).await;
    assert_eq!((summary.outstanding, summary.paid), (Paise(47_500), Paise(200_000)));
    ledger.is_right().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_form_that_is_sent_twice_is_one_payment(pool: PgPool) {
    let ledger = Ledger::new(&wide(&pool)).await;
    let (customer, service) = ledger.with_service("Asha Rao", 69_900, "2026-11-01").await;
    ledger.bill(service).await;
    let payment = ledger.payment(customer, 82_500, PaymentMethod::Upi, Some("412356789012"));
    let mut presses = JoinSet::new();
    for _ in 0..8 {
        let (ledger, payment) = (ledger.on("2026-11-23"), payment.clone());
        presses.spawn(async move { taken(ledger.take(&payment).await) });
    }
    let receipts = presses.join_all().await;
    assert!(receipts.iter().all(|receipt| *receipt == receipts[0]), "{receipts:?}");
    assert_eq!(ledger.owed(customer).await, 0);
    let recorded = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM history WHERE entity_id = $1").bind(payment.id);
    assert_eq!(recorded.fetch_one(&pool).await.expect("a count"), 1);
    // With another amount it is not the same payment.
    let mut other = payment;
    other.amount = Paise(500);
    let PaymentOutcome::Refused { message, payment } = ledger.take(&other).await else {
        panic!("taken")
    };
    assert!(
        message.contains("already") && payment.receipt == receipts[0],
        "{message}"
    );
    ledger.is_right().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_reference_is_one_payments(pool: PgPool) {
    let ledger = Ledger::new(&wide(&pool)).await;
    let (asha, ravi) = (
        ledger.customer("Asha Rao", "Karnataka").await,
        ledger.customer("Ravi Iyer", "Karnataka").await,
    );
    let upi = |customer| ledger.payment(customer, 50_000, PaymentMethod::Upi, Some("412356789012"));
    let first = upi(asha);
    let receipt = taken(ledger.take(&first).await);
    let PaymentOutcome::Refused { message, payment } = ledger.take(&upi(ravi)).await else {
        panic!("twice")
    };
    assert!(
        message.contains("23 Nov 2026") && message.contains("Asha Rao"),
        "{message}"
    );
    assert_eq!((payment.id, payment.receipt), (first.id, receipt));
    // Two customers' cheques may have one number, and a transfer the number of a UPI payment.
    for method in [PaymentMethod::Cheque, PaymentMethod::Cheque, PaymentMethod::Bank] {
        taken(
            ledger
                .take(&ledger.payment(ravi, 100, method, Some("412356789012")))
                .await,
        );
    }
    // A payment that was reversed leaves its reference.
    ledger
        .reverse(first.id, PaymentState::Reversed)
        .await
        .expect("reversed");
    taken(ledger.take(&upi(ravi)).await);
    // Eight at once, of eight customers.
    let mut clerks = JoinSet::new();
    for number in 0..8 {
        let ledger = ledger.on("2026-11-23");
        clerks.spawn(async move {
            let customer = ledger.customer(&format!("Customer {number}"), "Karnataka").await;
            let payment = ledger.payment(customer, 100, PaymentMethod::Upi, Some("999"));
            matches!(ledger.take(&payment).await, PaymentOutcome::Taken(_))
        });
    }
    let outcomes = clerks.join_all().await;
    assert_eq!(outcomes.iter().filter(|taken| **taken).count(), 1);
    ledger.is_right().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_cheque_that_bounces_stands_in_the_statement_twice(pool: PgPool) {
    let ledger = Ledger::new(&pool).await;
    let (customer, service) = ledger.with_service("Asha Rao", 69_900, "2026-11-01").await;
    let bill = ledger.bill(service).await;
    let cheque = ledger.pay(customer, 82_500, PaymentMethod::Cheque).await;
    let later = ledger.on("2026-11-28");
    assert_eq!(ledger.owed(customer).await, 0);
    later.reverse(cheque.id, PaymentState::Bounced).await.expect("bounced");
    assert!(later.reverse(cheque.id, PaymentState::Bounced).await.is_err());
    let cash = later.pay(customer, 20_000, PaymentMethod::Cash).await;
    assert!(
        later
            .reverse(cash.id, PaymentState::Bounced)
            .await
            .expect_err("cash")
            .contains("cheque")
    );
    assert_eq!(
        (later.open(bill.id).await, later.summary(customer).await.paid),
        (62_500, Paise(20_000))
    );
    let lines = |statement: app::billing::model::statement::Statement| -> Vec<String> {
        let entries = statement.entries.iter();
        let lines =
            entries.map(|entry| format!("{} {} {} {}", entry.day, entry.kind.label(), entry.owed, entry.balance));
        lines.collect()
    };
    let all = ledger.statement(customer, None).await;
    let expected = [
        "2026-11-23 Invoice ₹825 ₹825",
        "2026-11-23 Payment, Cheque −₹825 ₹0",
        "2026-11-28 Payment, Cash −₹200 −₹200",
        "2026-11-28 Cheque bounced ₹825 ₹625",
    ];
    assert_eq!(lines(all), expected);
    let since = ledger.statement(customer, Some("2026-11-24")).await;
    assert_eq!((since.opening, since.closing()), (Paise(0), Paise(62_500)));
    assert_eq!(lines(since), expected[2..]);
    ledger.is_right().await;
}
