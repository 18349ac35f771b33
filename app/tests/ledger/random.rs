//! Random operations on several connections, and a recount of every customer that shares no SQL with the program.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use app::base::units::Paise;
use app::billing::model::age::Age;
use app::billing::model::{PaymentMethod, PaymentState};
use chrono::{Days, NaiveDate};
use sqlx::PgPool;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::common::{Random, wide};
use crate::fixture::{Ledger, day};

const CUSTOMERS: usize = 50;
const CONNECTIONS: u64 = 8;
/// How many operations there are between two recounts.
const ROUND: usize = 100;

#[sqlx::test(migrations = "../migrations")]
async fn after_random_operations_everything_equals_a_recount(pool: PgPool) {
    run(&pool, 1_000).await;
}

/// `make soak` runs it.
#[sqlx::test(migrations = "../migrations")]
#[ignore = "takes minutes"]
async fn after_10000_random_operations_everything_equals_a_recount(pool: PgPool) {
    run(&pool, 10_000).await;
}

/// A customer, with its services.
type Account = (Uuid, Vec<Uuid>);

async fn run(pool: &PgPool, operations: usize) {
    let ledger = Ledger::new(&wide(pool)).await;
    let mut accounts: Vec<Account> = Vec::new();
    for number in 0..CUSTOMERS {
        let state = if number % 4 == 0 { "Kerala" } else { "Karnataka" };
        let customer = ledger.customer(&format!("Customer {number}"), state).await;
        let cycle = ["Monthly", "Quarterly", "Annual"][number % 3];
        let mut services = Vec::new();
        for extra in 0..=number % 2 {
            let price = 19_900 + 1_111 * (number + extra) as i64;
            services.push(ledger.service(customer, price, cycle, "2026-08-09").await);
        }
        accounts.push((customer, services));
    }
    let accounts = Arc::new(accounts);
    for round in 0..operations / ROUND {
        let today = day("2026-08-10") + Days::new(3 * round as u64);
        let mut clerks = JoinSet::new();
        for clerk in 0..CONNECTIONS {
            let (ledger, accounts) = (ledger.on(&today.to_string()), accounts.clone());
            let mut random = Random::new(round as u64 * CONNECTIONS + clerk);
            clerks.spawn(async move {
                for _ in 0..ROUND.div_ceil(CONNECTIONS as usize) {
                    operate(&ledger, &mut random, &accounts).await;
                }
            });
        }
        clerks.join_all().await;
        recount(&ledger, today).await;
    }
}

/// One operation of a clerk; what the program refuses with a sentence is fine, a fault is not.
async fn operate(ledger: &Ledger, random: &mut Random, accounts: &[Account]) {
    let (customer, services) = random.pick(accounts);
    let service = *random.pick(services);
    match random.below(12) {
        0..=3 => {
            if let Ok(shown) = ledger.preview(service).await {
                ledger.issue(Uuid::now_v7(), service, &shown).await;
            }
        }
        4..=6 => {
            let amount = [ledger.owed(*customer).await.max(100), 50_000, 12_345][random.below(3)];
            let method = *random.pick(PaymentMethod::TAKEN);
            let reference = random.below(500).to_string();
            let payment = ledger.payment(*customer, amount, method, Some(&reference));
            ledger.take(&payment).await;
            if random.chance(20) {
                ledger.take(&payment).await;
            }
        }
        7 | 8 => {
            let pick =
                "SELECT id FROM payments WHERE customer_id = $1 AND state = 'Received' ORDER BY random() LIMIT 1";
            if let Some(payment) = one(ledger, pick, *customer).await {
                let state = if random.chance(50) {
                    PaymentState::Bounced
                } else {
                    PaymentState::Reversed
                };
                let _ = ledger.reverse(payment, state).await;
            }
        }
        9 | 10 => {
            let pick = "SELECT id FROM bills WHERE customer_id = $1 AND kind = 'Invoice' ORDER BY random() LIMIT 1";
            if let Some(bill) = one(ledger, pick, *customer).await {
                let part = [(1, 1 + random.below(20_000) as i64)];
                let lines = if random.chance(50) { &part[..] } else { &[] };
                let _ = ledger.credit(bill, lines).await;
            }
        }
        _ => {
            let sql = *random.pick(&[
                "UPDATE services SET status = 'Suspended' WHERE id = $1",
                "UPDATE services SET status = 'Active' WHERE id = $1",
                "UPDATE services SET price_paise = price_paise + 777 WHERE id = $1",
                "UPDATE services SET anchor_day = anchor_day % 31 + 1 WHERE id = $1",
            ]);
            let mut transaction = ledger.context.pool().begin().await.expect("a transaction");
            let lock = sqlx::query("SELECT FROM customers WHERE id = $1 FOR NO KEY UPDATE").bind(customer);
            lock.execute(&mut *transaction).await.expect("a lock");
            sqlx::query(sql)
                .bind(service)
                .execute(&mut *transaction)
                .await
                .expect(sql);
            transaction.commit().await.expect("committed");
        }
    }
}

async fn one(ledger: &Ledger, sql: &'static str, customer: Uuid) -> Option<Uuid> {
    let found = sqlx::query_scalar(sql).bind(customer);
    found.fetch_optional(ledger.context.pool()).await.expect(sql)
}

/// A bill or a payment, as the recount sees it.
struct Document {
    customer: Uuid,
    amount: i64,
    open: i64,
    due_on: Option<NaiveDate>,
    is_bill: bool,
}

/// Counts everything again, from plain rows.
async fn recount(ledger: &Ledger, today: NaiveDate) {
    let pool = ledger.context.pool();
    let documents = documents(pool).await;
    let mut left: HashMap<Uuid, i64> = documents.iter().map(|(id, document)| (*id, document.amount)).collect();
    let allocations: Vec<(Uuid, Uuid, i64)> = sqlx::query_as(
        "SELECT bill_id, coalesce(payment_id, note_id), amount_paise FROM allocations WHERE undone_at IS NULL",
    )
    .fetch_all(pool)
    .await
    .expect("allocations");
    for (bill, source, amount) in allocations {
        assert_eq!(documents[&bill].customer, documents[&source].customer);
        for id in [bill, source] {
            *left.get_mut(&id).expect("a document") -= amount;
        }
    }
    let mut owed: HashMap<Uuid, (i64, i64, Option<NaiveDate>)> = HashMap::new();
    let mut ages: BTreeMap<Age, i64> = BTreeMap::new();
    for (id, document) in &documents {
        assert_eq!(document.open, left[id], "what is open of {id}");
        let (bills, credits, oldest) = owed.entry(document.customer).or_default();
        if document.is_bill {
            *bills += document.open;
            let is_open = document.open > 0;
            *oldest = [*oldest, document.due_on.filter(|_| is_open)]
                .into_iter()
                .flatten()
                .min();
            *ages
                .entry(Age::of(document.due_on.expect("a due day"), today))
                .or_default() += document.open;
        } else {
            *credits += document.open;
        }
    }
    let summaries: Vec<(Uuid, i64, Option<NaiveDate>)> =
        sqlx::query_as("SELECT id, outstanding_paise, oldest_unpaid_due_on FROM customer_summary")
            .fetch_all(pool)
            .await
            .expect("summaries");
    for (customer, outstanding, oldest) in summaries {
        let (bills, credits, counted_oldest) = owed.remove(&customer).unwrap_or_default();
        assert!(
            bills == 0 || credits == 0,
            "{customer} owes {bills} and has credit of {credits}"
        );
        assert_eq!((outstanding, oldest), (bills - credits, counted_oldest), "{customer}");
        assert_eq!(
            ledger.statement(customer, None).await.closing(),
            Paise(outstanding),
            "{customer}"
        );
    }
    for age in Age::ALL {
        assert_eq!(
            due_of(pool, *age, today).await,
            ages.get(age).copied().unwrap_or_default(),
            "{age}"
        );
    }
    numbers_have_no_gap(pool).await;
    no_day_is_billed_twice(pool).await;
    ledger.is_right().await;
}

async fn documents(pool: &PgPool) -> HashMap<Uuid, Document> {
    let rows: Vec<(Uuid, Uuid, i64, i64, Option<NaiveDate>, bool)> = sqlx::query_as(
        "SELECT id, customer_id, total_paise, open_paise, due_on, kind = 'Invoice' FROM bills
         UNION ALL
         SELECT id, customer_id, CASE state WHEN 'Received' THEN amount_paise ELSE 0 END, open_paise, NULL, false FROM payments",
    )
    .fetch_all(pool)
    .await
    .expect("documents");
    let documents = rows.into_iter().map(|(id, customer, amount, open, due_on, is_bill)| {
        let document = Document {
            customer,
            amount,
            open,
            due_on,
            is_bill,
        };
        (id, document)
    });
    documents.collect()
}

async fn due_of(pool: &PgPool, age: Age, today: NaiveDate) -> i64 {
    let (first, last) = age.due_days(today);
    let due = sqlx::query_scalar(
        "SELECT coalesce(sum(open_paise), 0)::bigint FROM bills
         WHERE kind <> 'Credit note' AND due_on >= coalesce($1, '-infinity') AND due_on <= coalesce($2, 'infinity')",
    );
    due.bind(first).bind(last).fetch_one(pool).await.expect("dues")
}

async fn numbers_have_no_gap(pool: &PgPool) {
    let numbers: Vec<String> = sqlx::query_scalar("SELECT number FROM bills ORDER BY number")
        .fetch_all(pool)
        .await
        .expect("numbers");
    let mut next: HashMap<String, i64> = HashMap::new();
    for number in numbers {
        let (series, count) = number.rsplit_once('/').expect("a number");
        let next = next.entry(series.to_owned()).or_insert(1);
        assert_eq!(count.parse(), Ok(*next), "{number}");
        *next += 1;
    }
}

async fn no_day_is_billed_twice(pool: &PgPool) {
    let lines: Vec<(Uuid, NaiveDate, NaiveDate)> = sqlx::query_as(
        "SELECT service_id, from_on, to_on FROM bill_lines WHERE of_bill IS NULL AND NOT reversed ORDER BY service_id, from_on",
    )
    .fetch_all(pool)
    .await
    .expect("lines");
    for pair in lines.windows(2) {
        let ((service, _, to), (other, from, _)) = (pair[0], pair[1]);
        assert!(service != other || to < from, "{service} is billed twice on {from}");
    }
}
