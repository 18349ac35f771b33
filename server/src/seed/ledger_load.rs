//! Loads the ledger: after the services, whose bills it holds.

use std::collections::HashMap;
use std::sync::Arc;

use app::base::contact::{Gstin, PinCode};
use app::base::time::ist_date;
use app::base::units::BasisPoints;
use app::billing::model::number::{FinancialYear, document_number};
use app::billing::model::provider::Provider;
use app::billing::model::upi::UpiId;
use app::billing::store::providers;
use app::plans::codec::Plans;
use app::plans::store::Plan;
use app::record::store::RecordStore;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::customers::Customers;
use super::ledger::{self, Account, BilledPlan, Counted, DUE_DAYS, Numbers, Terms};
use super::load::copy_in;
use super::options::{SeedError, SeedOptions};
use super::plans::PlanChoice;
use super::{ledger_copy, services};

/// Adds the bills and payments of the customers. They are generated once more for each table, so that they need not be kept.
pub(super) async fn ledger(
    connection: &mut PgConnection,
    options: &SeedOptions,
    plans: &PlanChoice,
    now: DateTime<Utc>,
    takers: Vec<Uuid>,
) -> Result<(), SeedError> {
    // What refers to another row is loaded after it: it is checked at once, and no check is remembered until the commit.
    sqlx::raw_sql("SET CONSTRAINTS ALL IMMEDIATE")
        .execute(&mut *connection)
        .await?;
    let (version, provider) = provider(connection, now).await?;
    if options.months_of_bills() == 0 {
        return Ok(());
    }
    let Some(state) = provider.state_code() else {
        return Ok(());
    };
    let terms = Terms {
        rng_seed: options.rng_seed,
        today: ist_date(now),
        months: options.months_of_bills(),
        state,
        plans: Arc::new(billed_plans(connection, plans).await?),
        takers: Arc::new(takers),
    };
    let accounts = {
        let (terms, plans, customers) = (terms.clone(), plans.clone(), options.customers);
        move || {
            let (terms, plans) = (terms.clone(), plans.clone());
            let rows = Customers::new(terms.rng_seed, customers, plans.clone(), now);
            rows.filter_map(move |row| {
                let services = services::services(terms.rng_seed, &row, &plans, terms.today);
                ledger::account(&terms, row, &services)
            })
        }
    };
    let counted = accounts();
    let numbers = tokio::task::spawn_blocking(move || Numbers::count(counted)).await?;
    let series = (provider.bill_series, provider.note_series);
    let rows = numbered(accounts(), numbers.clone(), series.clone(), version);
    copy_in(connection, ledger_copy::BILLS, rows, ledger_copy::bill, &mut |_| ()).await?;
    let rows = accounts().flat_map(|account| account.bills);
    let billed = terms.plans.clone();
    let line = move |out: &mut String, bill: &ledger::Bill| {
        if let Some(plan) = billed.get(&bill.plan) {
            ledger_copy::line(out, bill, plan);
        }
    };
    copy_in(connection, ledger_copy::LINES, rows, line, &mut |_| ()).await?;
    let rows = receipts(accounts(), numbers.clone());
    copy_in(
        connection,
        ledger_copy::PAYMENTS,
        rows,
        ledger_copy::payment,
        &mut |_| (),
    )
    .await?;
    let rows = accounts().flat_map(|account| account.allocations);
    copy_in(
        connection,
        ledger_copy::ALLOCATIONS,
        rows,
        ledger_copy::allocation,
        &mut |_| (),
    )
    .await?;
    let counted = accounts();
    let next = tokio::task::spawn_blocking(move || next_numbers(counted, numbers)).await?;
    set_next_numbers(connection, next, &series).await
}

/// The accounts with the numbers of their bills.
fn numbered(
    accounts: impl Iterator<Item = Account> + Send + 'static,
    mut numbers: Numbers,
    (bills, notes): (String, String),
    version: i64,
) -> impl Iterator<Item = (Account, Vec<String>, i64)> + Send + 'static {
    accounts.map(move |account| {
        let number = |bill: &ledger::Bill| {
            let counted = Counted::of(bill);
            let series = if counted == Counted::Note { &notes } else { &bills };
            let count = numbers.take(counted, bill.day);
            document_number(series, FinancialYear::of(bill.day), count).unwrap_or_default()
        };
        let of_bills = account.bills.iter().map(number).collect();
        (account, of_bills, version)
    })
}

/// The accounts with the numbers of their receipts.
fn receipts(
    accounts: impl Iterator<Item = Account> + Send + 'static,
    mut numbers: Numbers,
) -> impl Iterator<Item = (Account, Vec<i64>)> + Send + 'static {
    accounts.map(move |account| {
        let receipt = |payment: &ledger::Payment| numbers.take(Counted::Receipt, payment.day);
        let receipts = account.payments.iter().map(receipt).collect();
        (account, receipts)
    })
}

type NextNumbers = std::collections::BTreeMap<(Counted, i16), i64>;

fn next_numbers(accounts: impl Iterator<Item = Account>, mut numbers: Numbers) -> NextNumbers {
    for account in accounts {
        for bill in &account.bills {
            numbers.take(Counted::of(bill), bill.day);
        }
        for payment in &account.payments {
            numbers.take(Counted::Receipt, payment.day);
        }
    }
    numbers.next()
}

async fn set_next_numbers(
    connection: &mut PgConnection,
    next: NextNumbers,
    (bills, notes): &(String, String),
) -> Result<(), SeedError> {
    for ((counted, year), next) in next {
        let series = match counted {
            Counted::Bill => bills,
            Counted::Note => notes,
            Counted::Receipt => {
                let set = sqlx::query("SELECT setval(pg_get_serial_sequence('payments', 'receipt'), $1, false)");
                set.bind(next).execute(&mut *connection).await?;
                continue;
            }
        };
        let insert = sqlx::query("INSERT INTO bill_series (series, financial_year, next) VALUES ($1, $2, $3)");
        insert
            .bind(series)
            .bind(year)
            .bind(next)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// The provider: an invented one where there is none.
async fn provider(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<(i64, Provider), SeedError> {
    let fault = |error: app::base::error::AppError| sqlx::Error::Protocol(error.to_string());
    if let Some(found) = providers::get(&mut *connection, None).await.map_err(fault)? {
        return Ok(found);
    }
    let provider = Provider {
        name: "Lastmile Networks Pvt Ltd".to_owned(),
        address_line: "14 Residency Road".to_owned(),
        city: "Bengaluru".to_owned(),
        state: "Karnataka".to_owned(),
        pin_code: PinCode::from_stored("560025".to_owned()),
        gstin: Gstin::from_stored("29AAGCB7383J1Z4".to_owned()),
        bank_details: Some("Account 50200012345678\nIFSC HDFC0000001".to_owned()),
        upi_id: UpiId::parse("lastmile@okbank").ok(),
        bill_series: "LM".to_owned(),
        note_series: "LC".to_owned(),
        due_days: DUE_DAYS as i16,
        grace_days: None,
    };
    providers::insert(connection, 1, &provider, now).await.map_err(fault)?;
    Ok((1, provider))
}

/// What bills say of the plans.
async fn billed_plans(
    connection: &mut PgConnection,
    choice: &PlanChoice,
) -> Result<HashMap<Uuid, BilledPlan>, SeedError> {
    let ids: Vec<Uuid> = choice.0.iter().map(|plan| plan.id).collect();
    let plans = Plans::by_ids(connection, &ids).await?.into_iter().map(|plan: Plan| {
        let billed = BilledPlan {
            name: plan.data.name,
            sac: plan.data.sac.as_str().to_owned(),
            rate: BasisPoints(plan.data.gst_rate.0),
            cycle: plan.data.billing_cycle,
        };
        (plan.id, billed)
    });
    Ok(plans.collect())
}
