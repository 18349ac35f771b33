//! Credit notes take a bill back, whole or in part, and never more than is left of it.

use app::base::units::Paise;
use app::billing::model::PaymentMethod;
use sqlx::PgPool;

use crate::fixture::{Ledger, day};

#[sqlx::test(migrations = "../migrations")]
async fn a_bill_that_is_wholly_credited_may_be_billed_again(pool: PgPool) {
    let ledger = Ledger::new(&pool).await;
    let (customer, service) = ledger.with_service("Asha Rao", 69_900, "2026-11-01").await;
    let november = ledger.bill(service).await;
    let note = ledger.credit(november.id, &[]).await.expect("a note");
    assert_eq!((&*note.number, note.total), ("LC/26-27/0000001", november.total));
    assert_eq!(
        (
            ledger.owed(customer).await,
            ledger.open(november.id).await,
            ledger.open(note.id).await
        ),
        (0, 0, 0)
    );
    assert!(
        ledger
            .credit(november.id, &[])
            .await
            .expect_err("twice")
            .contains("already")
    );
    assert!(ledger.credit(note.id, &[]).await.is_err());
    let again = ledger.bill(service).await;
    assert_eq!((&*again.number, again.total), ("LM/26-27/0000002", november.total));
    assert_eq!(ledger.owed(customer).await, 82_500);
    ledger.is_right().await;
}

/// Between two bills a gap is billed again, and not the bill behind it.
#[sqlx::test(migrations = "../migrations")]
async fn a_gap_is_billed_again_and_nothing_twice(pool: PgPool) {
    let ledger = Ledger::new(&pool).await;
    let (customer, service) = ledger.with_service("Asha Rao", 69_900, "2026-10-01").await;
    let [october, ..] = [
        ledger.bill(service).await,
        ledger.bill(service).await,
        ledger.bill(service).await,
    ];
    ledger.credit(october.id, &[]).await.expect("a note");
    assert_eq!(ledger.summary(customer).await.next_bill_on, Some(day("2026-10-01")));
    assert_eq!(ledger.bill(service).await.total, october.total);
    let next = ledger.preview(service).await.expect("a bill");
    assert_eq!(next.period.from, day("2027-01-01"));
    assert_eq!(ledger.owed(customer).await, 3 * 82_500);
    ledger.is_right().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn credits_by_lines_add_up_to_the_bill(pool: PgPool) {
    let ledger = Ledger::new(&pool).await;
    let (customer, service) = ledger.with_service("Asha Rao", 33_333, "2026-11-01").await;
    // 333.33 with 30.00 twice, rounded down by 33 paise.
    let bill = ledger.bill(service).await;
    assert_eq!(bill.total, Paise(39_300));
    for wrong in [(1, 33_334), (1, 0), (1, -1), (2, 1)] {
        assert!(ledger.credit(bill.id, &[wrong]).await.is_err(), "{wrong:?}");
    }
    let first = ledger.credit(bill.id, &[(1, 11_111)]).await.expect("a part");
    assert_eq!(first.total, Paise(13_111));
    assert_eq!(
        (ledger.owed(customer).await, ledger.open(bill.id).await),
        (39_300 - 13_111, 39_300 - 13_111)
    );
    // Days that are credited in part stay billed.
    assert_eq!(
        ledger.preview(service).await.expect("a bill").period.from,
        day("2026-12-01")
    );
    assert!(ledger.credit(bill.id, &[(1, 22_223)]).await.is_err());
    // So little would be left that the rounding of the bill takes it away.
    assert!(
        ledger
            .credit(bill.id, &[(1, 22_221)])
            .await
            .expect_err("too little left")
            .contains("all of the bill")
    );
    let rest = ledger.credit(bill.id, &[(1, 22_222)]).await.expect("the rest");
    assert_eq!(first.total.0 + rest.total.0, bill.total.0);
    assert_eq!((ledger.owed(customer).await, ledger.open(bill.id).await), (0, 0));
    assert_eq!(
        ledger.preview(service).await.expect("a bill").period.from,
        day("2026-11-01")
    );
    ledger.is_right().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_note_of_a_paid_bill_pays_others(pool: PgPool) {
    let ledger = Ledger::new(&pool).await;
    let (customer, service) = ledger.with_service("Asha Rao", 69_900, "2026-10-01").await;
    let october = ledger.bill(service).await;
    ledger.pay(customer, 82_500, PaymentMethod::Cash).await;
    let november = ledger.bill(service).await;
    let note = ledger.credit(october.id, &[]).await.expect("a note");
    assert_eq!((ledger.open(november.id).await, ledger.open(note.id).await), (0, 0));
    let december = ledger.bill(service).await;
    // What is open is the newest bill, and its own note closes it.
    ledger.credit(december.id, &[]).await.expect("a note");
    assert_eq!((ledger.owed(customer).await, ledger.open(december.id).await), (0, 0));
    ledger.is_right().await;
}
