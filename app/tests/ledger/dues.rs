//! Services are suspended for dues when the days of grace are over, and go on when everything due is paid.

use std::cmp::Reverse;

use app::base::units::Paise;
use app::billing::model::PaymentMethod;
use app::billing::model::age::Age;
use app::billing::model::provider::Provider;
use app::billing::service::dues::suspend_overdue;
use app::billing::service::read;
use app::billing::store::providers;
use app::services::service::read::services_of;
use sqlx::PgPool;
use uuid::Uuid;

use crate::common::{add_money, clear_account, context, now, populate};
use crate::fixture::{Ledger, provider};

/// Bills of 23 November are due on 3 December; the fifth day of grace is Tuesday, the 8th.
async fn with_grace(pool: &PgPool) -> Ledger {
    let ledger = Ledger::new(pool).await;
    let provider = Provider {
        grace_days: Some(5),
        ..provider()
    };
    let mut db = ledger.context.acquire().await.expect("a connection");
    assert!(providers::insert(&mut db, 2, &provider, now()).await.expect("written"));
    ledger
}

impl Ledger {
    /// Does what the job does on a day; gives how many services were suspended.
    async fn suspend_on(&self, day: &str) -> u64 {
        let context = self.on(day).context;
        let (mut after, mut services) = (Uuid::nil(), 0);
        loop {
            let mut transaction = context.pool().begin().await.expect("a transaction");
            let batch = suspend_overdue(&mut transaction, &context.audit(), after, 2).await;
            let batch = batch.expect("no fault");
            transaction.commit().await.expect("committed");
            services += batch.services;
            match batch.last {
                Some(last) => after = last,
                None => return services,
            }
        }
    }

    /// How the service of a customer stands, and what happened to it last, with the cause.
    async fn service_of(&self, customer: Uuid) -> String {
        let mut db = self.context.acquire().await.expect("a connection");
        let services = services_of(&mut db, customer).await.expect("services");
        let last = services[0].events.first();
        let last = last.map_or(String::new(), |event| format!(": {} ({})", event.kind, event.cause));
        format!("{}{last}", services[0].state.status)
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn services_are_suspended_when_the_grace_is_over_and_never_on_spared_days(pool: PgPool) {
    let ledger = with_grace(&pool).await;
    let (customer, service) = ledger.with_service("Asha Rao", 69_900, "2026-11-01").await;
    ledger.bill(service).await;
    for (i, name) in ["Ravi", "Meera", "Lakshmi"].into_iter().enumerate() {
        let (_, service) = ledger.with_service(name, 69_900, "2026-11-01").await;
        if i < 2 {
            ledger.bill(service).await;
        }
    }
    // The last day of grace; a holiday; from Friday to Sunday.
    sqlx::query(
        "INSERT INTO holidays (id, day, name, name_key, search_text, created_at, updated_at)
         VALUES (gen_random_uuid(), '2026-12-09', 'Local election', 'local election', ' local election', now(), now())",
    )
    .execute(&pool)
    .await
    .expect("a holiday");
    for day in ["2026-12-08", "2026-12-09", "2026-12-11", "2026-12-12", "2026-12-13"] {
        assert_eq!(ledger.suspend_on(day).await, 0, "{day}");
    }
    assert_eq!(ledger.suspend_on("2026-12-10").await, 3, "Lakshmi owes nothing");
    assert_eq!(ledger.suspend_on("2026-12-10").await, 0, "once");
    assert_eq!(ledger.service_of(customer).await, "Suspended: Suspended (Dues)");
    let told: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM jobs JOIN service_events e ON e.id::text = payload->>'event'
         WHERE jobs.kind = 'Tell the network' AND e.kind = 'Suspended'",
    )
    .fetch_one(&pool)
    .await
    .expect("a count");
    assert_eq!(told, 3);
}

#[sqlx::test(migrations = "../migrations")]
async fn without_days_of_grace_nobody_is_suspended(pool: PgPool) {
    let ledger = Ledger::new(&pool).await;
    let (_, service) = ledger.with_service("Asha Rao", 69_900, "2026-11-01").await;
    ledger.bill(service).await;
    assert_eq!(ledger.suspend_on("2027-06-01").await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_promise_holds_the_suspension_off_until_its_day_is_over(pool: PgPool) {
    let ledger = with_grace(&pool).await;
    let (customer, service) = ledger.with_service("Asha Rao", 69_900, "2026-11-01").await;
    ledger.bill(service).await;
    sqlx::query("UPDATE customers SET promised_on = '2026-12-15' WHERE id = $1")
        .bind(customer)
        .execute(&pool)
        .await
        .expect("a promise");
    for (day, suspended) in [("2026-12-10", 0), ("2026-12-15", 0), ("2026-12-16", 1)] {
        assert_eq!(ledger.suspend_on(day).await, suspended, "{day}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn paying_everything_due_resumes_what_dues_had_suspended(pool: PgPool) {
    let ledger = with_grace(&pool).await;
    let (customer, service) = ledger.with_service("Asha Rao", 69_900, "2026-11-01").await;
    ledger.bill(service).await;
    assert_eq!(ledger.suspend_on("2026-12-10").await, 1);
    let later = ledger.on("2026-12-14");
    later.pay(customer, 40_000, PaymentMethod::Cash).await;
    assert_eq!(ledger.service_of(customer).await, "Suspended: Suspended (Dues)");
    later.pay(customer, 42_500, PaymentMethod::Cash).await;
    assert_eq!(ledger.service_of(customer).await, "Active: Resumed (Payment)");
    ledger.is_right().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_credit_note_resumes_too_and_other_causes_stay(pool: PgPool) {
    let ledger = with_grace(&pool).await;
    let (customer, service) = ledger.with_service("Asha Rao", 69_900, "2026-11-01").await;
    let bill = ledger.bill(service).await;
    assert_eq!(ledger.suspend_on("2026-12-10").await, 1);
    ledger.on("2026-12-14").credit(bill.id, &[]).await.expect("credited");
    assert_eq!(ledger.service_of(customer).await, "Active: Resumed (Payment)");

    // Cut off for a fault: money does not mend it.
    let (faulty, service) = ledger.with_service("Ravi Iyer", 69_900, "2026-11-01").await;
    ledger.bill(service).await;
    sqlx::query(
        "WITH event AS (
             INSERT INTO service_events (id, service_id, kind, cause, effective_on, created_at, applied_at)
             VALUES (gen_random_uuid(), $1, 'Suspended', 'Fault', '2026-11-24', now(), now()))
         UPDATE services SET status = 'Suspended' WHERE id = $1",
    )
    .bind(service)
    .execute(&pool)
    .await
    .expect("suspended");
    assert_eq!(ledger.suspend_on("2026-12-14").await, 0, "it is not active");
    ledger.on("2026-12-14").pay(faulty, 82_500, PaymentMethod::Cash).await;
    assert_eq!(ledger.service_of(faulty).await, "Suspended: Suspended (Fault)");
}

/// Many owe the same amount, and each stands on one page.
#[sqlx::test(migrations = "../migrations")]
async fn everybody_who_owes_stands_on_one_page_of_the_dues(pool: PgPool) {
    let mut expected = Vec::new();
    for (number, customer) in populate(&pool, 130, 31).await.into_iter().enumerate() {
        clear_account(&pool, customer.id).await;
        let owed = Paise(10_000 * (number as i64 % 5));
        add_money(&pool, customer.id, owed, Paise(0)).await;
        if owed.0 > 0 {
            expected.push((customer.id, owed));
        }
    }
    expected.sort_by_key(|(id, owed)| (Reverse(*owed), *id));
    let context = context(&pool);
    let (mut found, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let page = read::dues(&context, Age::Days30, after).await.expect("a page");
        assert_eq!(page.has_previous, pages > 0);
        found.extend(page.customers.into_iter().map(|(customer, open)| (customer.id, open)));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((found, pages), (expected, 3));
    let others = read::dues(&context, Age::Days60, None).await.expect("a page");
    assert!(others.customers.is_empty() && others.next.is_none());
}
