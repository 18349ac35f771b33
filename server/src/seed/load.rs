//! Loads rows into the database: by COPY, from a thread that generates them; and what goes with a bulk load of customers.

use app::base::audit::{AuditContext, Source};
use app::base::time::ist_date;
use app::base::units::{Kbps, Paise};
use app::customers::spec::field;
use app::customers::store::{self, Customer};
use app::holidays::codec::{HolidayData, Holidays};
use app::leads::codec::LeadData;
use app::leads::model::{LeadSource, Stage};
use app::plans::codec::{PlanData, Plans};
use app::plans::model::PlanType;
use app::record::store::{Record, RecordStore};
use app::served_pin_codes::codec::ServedPinCodes;
use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use sqlx::{AssertSqlSafe, PgConnection, QueryBuilder};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::catalogue;
use super::copy;
use super::customers::{Customers, midnight};
use super::leads::{DAYS, Leads, NewCustomer, Surroundings};
use super::options::{SeedError, SeedOptions};
use super::plans::{Plan, PlanChoice};
use super::rng::{RngStream, SeededRng};
use super::served_pin_codes;
use super::services;
use super::users::users as generated_users;

/// So many rows load faster without the indexes, which are made again afterwards.
const LARGE: u64 = 50_000;

/// A chunk is sent when it has so many bytes.
const CHUNK: usize = 1 << 20;

/// Rows that are ready to be sent.
struct Chunk {
    text: String,
    rows: u64,
}

/// Keeps a second seed out, and everybody who would write a customer, until the end of the transaction.
pub(super) async fn lock(connection: &mut PgConnection) -> Result<(), SeedError> {
    sqlx::raw_sql("LOCK TABLE customers, services, bills, payments, leads, users, served_pin_codes, plans IN SHARE ROW EXCLUSIVE MODE")
        .execute(connection)
        .await?;
    Ok(())
}

/// # Errors
/// [`SeedError::AlreadyFilled`] where there are customers.
pub(super) async fn refuse_if_filled(connection: &mut PgConnection) -> Result<(), SeedError> {
    let is_filled: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM customers)")
        .fetch_one(connection)
        .await?;
    if is_filled {
        Err(SeedError::AlreadyFilled)
    } else {
        Ok(())
    }
}

/// Deletes all rows, and those that refer to them: sessions, for example.
pub(super) async fn truncate(connection: &mut PgConnection) -> Result<(), SeedError> {
    sqlx::raw_sql("TRUNCATE customers, services, service_events, bills, bill_series, payments, leads, users, history RESTART IDENTITY CASCADE")
        .execute(connection)
        .await?;
    Ok(())
}

/// Lets Postgres plan for the new rows, and answer from indexes alone.
pub(super) async fn vacuum(connection: &mut PgConnection) -> Result<(), SeedError> {
    sqlx::raw_sql(
        "VACUUM (ANALYZE) customers, customer_words, search_words, customer_summary, services, service_events, bills, bill_lines, payments,
             allocations, leads, users, served_pin_codes, plans",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Customers in bulk: between `begin` and `finish` their triggers are off and, for many rows, their indexes dropped.
/// Both are parts of the seed's transaction: where it fails, triggers and indexes are as they were.
pub(super) struct BulkLoad {
    /// The name of each dropped index, and the statement that makes it.
    dropped: Vec<(String, String)>,
}

impl BulkLoad {
    /// Prepares the tables for so many customers. Only their owner can.
    pub(super) async fn begin(connection: &mut PgConnection, customers: u64) -> Result<Self, SeedError> {
        set_triggers(connection, "DISABLE").await?;
        let dropped = if customers >= LARGE {
            drop_indexes(
                connection,
                &[
                    "customers",
                    "customer_summary",
                    "customer_words",
                    "search_words",
                    "services",
                    "service_events",
                    "bills",
                    "bill_lines",
                    "payments",
                    "allocations",
                ],
            )
            .await?
        } else {
            Vec::new()
        };
        Ok(Self { dropped })
    }

    /// Rebuilds once what is derived from the customers, makes the indexes and turns the triggers on again.
    pub(super) async fn finish(self, connection: &mut PgConnection) -> Result<(), SeedError> {
        tracing::info!("rebuilding the summaries, words and counts of all customers");
        store::rebuild_derived(connection).await?;
        make_indexes(connection, self.dropped).await?;
        set_triggers(connection, "ENABLE").await
    }
}

/// Turns the triggers of what is loaded on or off.
async fn set_triggers(connection: &mut PgConnection, word: &'static str) -> Result<(), SeedError> {
    for table in ["customers", "customer_summary", "services", "bills", "payments"] {
        // Safe: both are the program's own words.
        let statement = AssertSqlSafe(format!("ALTER TABLE {table} {word} TRIGGER USER"));
        sqlx::raw_sql(statement).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Adds those of the users who do not exist yet. Returns how many, and who may own leads: the salespeople first.
pub(super) async fn users(
    connection: &mut PgConnection,
    options: &SeedOptions,
    now: DateTime<Utc>,
) -> Result<(u64, Vec<Uuid>), SeedError> {
    let users = generated_users(options.rng_seed, now);
    let (mut added, mut owners) = (0, Vec::new());
    for user in &users {
        let insert = sqlx::query(
            "INSERT INTO users (id, name, email, email_key, role, created_at, updated_at)
             VALUES ($1, $2, $3, $3, $4, $5, $5) ON CONFLICT DO NOTHING",
        );
        added += insert
            .bind(user.id)
            .bind(user.name)
            .bind(user.email)
            .bind(user.role)
            .bind(user.created_at)
            .execute(&mut *connection)
            .await?
            .rows_affected();
        let owner =
            sqlx::query_scalar("SELECT id FROM users WHERE id = $1 OR email_key = $2 ORDER BY deleted_at DESC LIMIT 1");
        owners.push(owner.bind(user.id).bind(user.email).fetch_one(&mut *connection).await?);
    }
    owners.rotate_left(1);
    Ok((added, owners))
}

/// Adds the customers, and lets the next account number follow theirs.
pub(super) async fn customers(
    connection: &mut PgConnection,
    options: &SeedOptions,
    plans: &PlanChoice,
    now: DateTime<Utc>,
    progress: &mut impl FnMut(u64, u64),
) -> Result<u64, SeedError> {
    let total = options.customers;
    let rows = Customers::new(options.rng_seed, total, plans.clone(), now);
    let mut report = |sent| progress(sent, total);
    let added = copy_in(connection, copy::CUSTOMERS, rows, copy::customer, &mut report).await?;
    if added > 0 {
        // Without customers the sequence begins at 1 anyway.
        sqlx::query("SELECT setval(pg_get_serial_sequence('customers', 'account_number'), $1)")
            .bind(added as i64)
            .execute(connection)
            .await?;
    }
    Ok(added)
}

/// Adds the services of the customers, with their events. The customers are generated once more for each, so that they need not be kept.
pub(super) async fn services(
    connection: &mut PgConnection,
    options: &SeedOptions,
    plans: &PlanChoice,
    now: DateTime<Utc>,
) -> Result<u64, SeedError> {
    let (rng_seed, today) = (options.rng_seed, ist_date(now));
    let rows = || {
        let (customers, plans) = (
            Customers::new(rng_seed, options.customers, plans.clone(), now),
            plans.clone(),
        );
        customers.flat_map(move |row| services::services(rng_seed, &row, &plans, today))
    };
    let added = copy_in(connection, copy::SERVICES, rows(), copy::service, &mut |_| ()).await?;
    let events = rows().flat_map(|service| service.events);
    copy_in(connection, copy::EVENTS, events, copy::event, &mut |_| ()).await?;
    Ok(added)
}

/// Adds the holidays of this year and the next to an empty list: those whose day is the same each year.
pub(super) async fn holidays(
    connection: &mut PgConnection,
    options: &SeedOptions,
    now: DateTime<Utc>,
) -> Result<u64, SeedError> {
    const HOLIDAYS: &[(u32, u32, &str)] = &[
        (1, 26, "Republic Day"),
        (8, 15, "Independence Day"),
        (10, 2, "Gandhi Jayanti"),
        (12, 25, "Christmas Day"),
    ];
    let year = ist_date(now).year();
    let rows = [year, year + 1].into_iter().flat_map(|year| {
        HOLIDAYS.iter().filter_map(move |(month, day, name)| {
            Some(HolidayData {
                name: (*name).to_owned(),
                day: NaiveDate::from_ymd_opt(year, *month, *day)?,
            })
        })
    });
    insert_if_empty::<Holidays>(connection, options, RngStream::Holidays, now, rows).await
}

/// The plans that customers can have.
///
/// # Errors
/// [`SeedError::NoPlans`] where there is none.
pub(super) async fn plan_choice(connection: &mut PgConnection) -> Result<PlanChoice, SeedError> {
    let ids: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM plans WHERE deleted_at IS NULL ORDER BY code")
        .fetch_all(&mut *connection)
        .await?;
    let mut plans: Vec<Plan> = Plans::by_ids(connection, &ids).await?.into_iter().map(plan).collect();
    plans.sort_by_key(|plan| ids.iter().position(|id| *id == plan.id));
    match plans.is_empty() {
        true => Err(SeedError::NoPlans),
        false => Ok(PlanChoice(plans)),
    }
}

fn plan(record: Record<PlanData>) -> Plan {
    let Record { id, data, .. } = record;
    Plan {
        id,
        plan_type: data.plan_type,
        speed: data.download,
        price: data.price,
        billing_cycle: data.billing_cycle,
        ott_apps: data.ott_apps,
        live_channels: data.live_channels,
        weight: catalogue::weight(data.code.as_str()),
    }
}

/// Adds the leads, and lets the next lead number follow theirs.
pub(super) async fn leads(
    connection: &mut PgConnection,
    options: &SeedOptions,
    now: DateTime<Utc>,
    owners: Vec<Uuid>,
    plans: PlanChoice,
) -> Result<u64, SeedError> {
    let surroundings = Surroundings {
        owners,
        customers: options.customers,
        new_customers: new_customers(connection, options, now).await?,
        plans,
    };
    let rows = Leads::new(options.rng_seed, options.leads, surroundings, now);
    let dropped = if options.leads >= LARGE {
        drop_indexes(connection, &["leads"]).await?
    } else {
        Vec::new()
    };
    let first: i64 = sqlx::query_scalar("SELECT coalesce(max(lead_number), 0) FROM leads")
        .fetch_one(&mut *connection)
        .await?;
    let rows = rows.map(move |row| row.after(first));
    let added = copy_in(connection, copy::LEADS, rows, copy::lead, &mut |_| ()).await?;
    make_indexes(connection, dropped).await?;
    if added > 0 {
        sqlx::query("SELECT setval(pg_get_serial_sequence('leads', 'lead_number'), $1)")
            .bind(first + added as i64)
            .execute(connection)
            .await?;
    }
    Ok(added)
}

/// Adds the served PIN codes to an empty list.
pub(super) async fn served_pin_codes(
    connection: &mut PgConnection,
    options: &SeedOptions,
    now: DateTime<Utc>,
) -> Result<u64, SeedError> {
    let rows = served_pin_codes::served_pin_codes().into_iter();
    insert_if_empty::<ServedPinCodes>(connection, options, RngStream::ServedPinCodes, now, rows).await
}

/// Adds the plans to an empty catalogue.
pub(super) async fn plans(
    connection: &mut PgConnection,
    options: &SeedOptions,
    now: DateTime<Utc>,
) -> Result<u64, SeedError> {
    insert_if_empty::<Plans>(connection, options, RngStream::Plans, now, catalogue::catalogue()).await
}

/// Adds records to a subject that has none: a list that somebody has made, with live entries or deleted ones, is theirs.
async fn insert_if_empty<S: RecordStore>(
    connection: &mut PgConnection,
    options: &SeedOptions,
    stream: RngStream,
    now: DateTime<Utc>,
    rows: impl Iterator<Item = S::Data>,
) -> Result<u64, SeedError> {
    let mut is_made = QueryBuilder::new("SELECT EXISTS (SELECT FROM ");
    is_made.push(S::SPEC.table).push(")");
    if is_made.build_query_scalar().fetch_one(&mut *connection).await? {
        return Ok(0);
    }
    let audit = AuditContext {
        at: midnight(ist_date(now)) - Duration::days(DAYS),
        actor: None,
        source: Source::CommandLine,
    };
    let mut added = 0;
    for data in rows {
        let mut rng = SeededRng::new(options.rng_seed, stream, added);
        S::insert(connection, &audit, rng.uuid(audit.at), &data).await?;
        added += 1;
    }
    Ok(added)
}

/// About as many customers as there are leads, of those who signed up while the leads came.
async fn new_customers(
    connection: &mut PgConnection,
    options: &SeedOptions,
    now: DateTime<Utc>,
) -> Result<Vec<NewCustomer>, SeedError> {
    let since = now - Duration::days(DAYS);
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM customers WHERE created_at > $1")
        .bind(since)
        .fetch_one(&mut *connection)
        .await?;
    let every = (count.unsigned_abs() / options.leads.max(1)).max(1) as i64;
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM customers WHERE created_at > $1 AND account_number % $2 = 0 ORDER BY account_number",
    )
    .bind(since)
    .bind(every)
    .fetch_all(&mut *connection)
    .await?;
    let mut customers = Vec::with_capacity(ids.len());
    for ids in ids.chunks(10_000) {
        for customer in store::customers(connection, ids).await? {
            customers.push(new_customer(customer));
        }
    }
    customers.sort_by_key(|customer| (customer.signed_up_at, customer.id));
    Ok(customers)
}

/// What a customer's lead says of them.
fn new_customer(customer: Customer) -> NewCustomer {
    let Customer { id, data, derived, .. } = customer;
    let price = Paise::parse(derived.value(field::PRICE));
    let lead = LeadData {
        name: data.name,
        phone: Some(data.phone),
        email: Some(data.email),
        address_line: Some(data.address_line),
        city: Some(data.city),
        state: Some(data.state),
        pin_code: Some(data.pin_code),
        source: LeadSource::Website,
        referred_by: data.referred_by,
        plan_type: PlanType::parse(derived.value(field::PLAN_TYPE)),
        speed: Kbps::parse(derived.value(field::SPEED)),
        expected_value: price.filter(|price| price.0 > 0),
        stage: Stage::Won,
        lost_reason: None,
        owner: None,
        next_step: None,
        next_step_on: None,
        notes: None,
    };
    NewCustomer {
        id,
        data: lead,
        signed_up_at: midnight(data.customer_since) + Duration::hours(12),
    }
}

/// Sends rows while another thread generates the next ones. Calls `report` with the number of rows sent so far.
pub(super) async fn copy_in<T: 'static>(
    connection: &mut PgConnection,
    statement: &str,
    rows: impl Iterator<Item = T> + Send + 'static,
    write: impl Fn(&mut String, &T) + Send + 'static,
    report: &mut impl FnMut(u64),
) -> Result<u64, SeedError> {
    // Bounded, so that the generator waits for Postgres and memory does not grow.
    let (sender, mut receiver) = mpsc::channel(4);
    let generator = tokio::task::spawn_blocking(move || generate_chunks(rows, write, &sender));
    let mut copy = connection.copy_in_raw(statement).await?;
    let mut sent = 0;
    while let Some(Chunk { text, rows }) = receiver.recv().await {
        copy.send(text.into_bytes()).await?;
        sent += rows;
        report(sent);
    }
    // A generator that panicked has sent too few rows: none of them is kept.
    if let Err(failed) = generator.await {
        copy.abort("the rows could not be generated").await?;
        return Err(failed.into());
    }
    Ok(copy.finish().await?)
}

fn generate_chunks<T>(rows: impl Iterator<Item = T>, write: impl Fn(&mut String, &T), sender: &mpsc::Sender<Chunk>) {
    let empty = || Chunk {
        text: String::with_capacity(CHUNK + CHUNK / 16),
        rows: 0,
    };
    let mut chunk = empty();
    for row in rows {
        write(&mut chunk.text, &row);
        chunk.rows += 1;
        if chunk.text.len() >= CHUNK && sender.blocking_send(std::mem::replace(&mut chunk, empty())).is_err() {
            // The receiver is gone: the load has failed and returns its own error.
            return;
        }
    }
    if chunk.rows > 0 {
        // As above.
        let _ = sender.blocking_send(chunk);
    }
}

/// Drops the indexes of tables, except those that constraints need. Returns their names with the statements that make them.
async fn drop_indexes(connection: &mut PgConnection, tables: &[&str]) -> Result<Vec<(String, String)>, SeedError> {
    let indexes: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT indexrelid::regclass::text, format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
         FROM pg_index
         WHERE indrelid = ANY ($1::text[]::regclass[])
             AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
         UNION ALL
         SELECT conname::text, format('ALTER TABLE customer_words DROP CONSTRAINT %I', conname),
             format('ALTER TABLE customer_words ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid))
         FROM pg_constraint
         WHERE conrelid = 'customer_words'::regclass AND contype = 'p' AND 'customer_words' = ANY ($1::text[])",
    )
    .bind(tables)
    .fetch_all(&mut *connection)
    .await?;
    let mut dropped = Vec::new();
    for (name, drop, make) in indexes {
        // Safe: Postgres's catalogue has quoted the name.
        sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut *connection).await?;
        dropped.push((name, make));
    }
    Ok(dropped)
}

/// Makes the indexes that were dropped.
async fn make_indexes(connection: &mut PgConnection, indexes: Vec<(String, String)>) -> Result<(), SeedError> {
    if indexes.is_empty() {
        return Ok(());
    }
    // For this transaction only: an index that is sorted in memory takes half the time.
    sqlx::raw_sql("SET LOCAL maintenance_work_mem = '256MB'")
        .execute(&mut *connection)
        .await?;
    for (name, statement) in indexes {
        tracing::info!(index = name, "making an index");
        // Safe: the statement is Postgres's own text for an index that existed.
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
