//! Bills are what their previews show, for each period once, with numbers without a gap.

use app::base::units::Paise;
use app::billing::responses::IssueOutcome;
use sqlx::PgPool;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::common::wide;
use crate::fixture::{Ledger, day};

#[sqlx::test(migrations = "../migrations")]
async fn a_bill_is_what_its_preview_shows(pool: PgPool) {
    let ledger = Ledger::new(&pool).await;
    let (customer, service) = ledger.with_service("Asha Rao", 69_900, "2026-11-09").await;
    let shown = ledger.preview(service).await.expect("a bill");
    // 22 of 30 days of 699.00 are 512.60; 46.13 and a half paisa up is each half of the tax.
    assert_eq!(
        (shown.period.from, shown.period.to),
        (day("2026-11-09"), day("2026-11-30"))
    );
    assert_eq!((shown.amount.taxable, shown.amount.cgst), (Paise(51_260), Paise(4_613)));
    assert_eq!((shown.round_off, shown.total), (Paise(14), Paise(60_500)));
    let first = ledger.bill(service).await;
    assert_eq!((&*first.number, first.total), ("LM/26-27/0000001", Paise(60_500)));
    let second = ledger.bill(service).await;
    assert_eq!((&*second.number, second.total), ("LM/26-27/0000002", Paise(82_500)));
    let summary = ledger.summary(customer).await;
    assert_eq!(summary.outstanding, Paise(143_000));
    assert_eq!(summary.monthly, Paise(69_900));
    assert_eq!(summary.next_bill_on, Some(day("2027-01-01")));
    // Issued on 23 November, due in 10 days.
    assert_eq!(summary.oldest_unpaid_due_on, Some(day("2026-12-03")));
    ledger.is_right().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn another_state_pays_igst_and_a_year_begins_in_april(pool: PgPool) {
    let ledger = Ledger::new(&pool).await.on("2027-04-01");
    let customer = ledger.customer("Ravi Iyer", "Tamil Nadu").await;
    let service = ledger.service(customer, 99_950, "Quarterly", "2027-04-01").await;
    let shown = ledger.preview(service).await.expect("a bill");
    assert_eq!(
        (shown.amount.taxable, shown.amount.cgst, shown.amount.igst),
        (Paise(299_850), Paise(0), Paise(53_973))
    );
    let bill = ledger.bill(service).await;
    assert_eq!((&*bill.number, bill.total), ("LM/27-28/0000001", Paise(353_800)));
    ledger.is_right().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_period_is_billed_once_by_whoever_is_first(pool: PgPool) {
    let ledger = Ledger::new(&wide(&pool)).await;
    let (customer, service) = ledger.with_service("Asha Rao", 69_900, "2026-11-01").await;
    let shown = ledger.preview(service).await.expect("a bill");
    let mut clerks = JoinSet::new();
    let same = Uuid::now_v7();
    for clerk in 0..8 {
        let (ledger, shown) = (ledger.on("2026-11-23"), shown.clone());
        // Half of them press the button of one form twice.
        let id = if clerk % 2 == 0 { same } else { Uuid::now_v7() };
        clerks.spawn(async move { ledger.issue(id, service, &shown).await });
    }
    let mut issued = Vec::new();
    while let Some(outcome) = clerks.join_next().await {
        match outcome.expect("it ends") {
            IssueOutcome::Issued(bill) => issued.push(bill.number),
            IssueOutcome::Changed(changed) => {
                assert!(changed.is_changed && changed.draft.is_ok_and(|draft| draft.period != shown.period))
            }
        }
    }
    assert!(
        !issued.is_empty() && issued.iter().all(|number| *number == "LM/26-27/0000001"),
        "{issued:?}"
    );
    assert_eq!(ledger.owed(customer).await, 82_500);
    assert_eq!(ledger.bill(service).await.number, "LM/26-27/0000002");
    ledger.is_right().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_cannot_be_billed_says_why(pool: PgPool) {
    let ledger = Ledger::new(&pool).await;
    let (_, service) = ledger.with_service("Asha Rao", 69_900, "2026-11-01").await;
    let set = async |sql: &'static str| {
        sqlx::query(sql).bind(service).execute(&pool).await.expect(sql);
        ledger.preview(service).await.expect_err(sql)
    };
    assert!(
        set("UPDATE services SET status = 'Paused' WHERE id = $1")
            .await
            .contains("paused")
    );
    let ended = "UPDATE services SET status = 'Ended', ends_on = '2026-11-10', end_reason = 'Moved', paid_through = '2026-11-10' WHERE id = $1";
    assert!(set(ended).await.contains("ended"));
    // Ten days are not billed yet.
    sqlx::query("UPDATE services SET paid_through = NULL")
        .execute(&pool)
        .await
        .expect("unbilled");
    assert_eq!(
        ledger.preview(service).await.expect("a bill").amount.taxable,
        Paise(23_300)
    );
    sqlx::query("DELETE FROM providers")
        .execute(&pool)
        .await
        .expect("no provider");
    assert!(ledger.preview(service).await.expect_err("nobody").contains("provider"));
}
