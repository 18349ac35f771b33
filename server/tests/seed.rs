//! Seeding, on a real Postgres.

use app::billing::store::summary;
use app::customers::store::{Mismatches, mismatches};
use app::services::store::customers;
use chrono::{DateTime, Utc};
use server::seed::{SeedError, SeedOptions, Seeded, seed};
use sqlx::{Connection, PgConnection, PgPool};

/// What is derived from the customers is right.
const NONE: Mismatches = Mismatches { counts: 0, words: 0 };

fn now() -> DateTime<Utc> {
    "2026-11-23T06:00:00Z".parse().expect("an instant")
}

const SMALL: SeedOptions = SeedOptions {
    customers: 500,
    leads: 100,
    months: None,
    rng_seed: 1,
    replace: false,
};

async fn seed_it(connection: &mut PgConnection, options: &SeedOptions) -> Result<Seeded, SeedError> {
    seed(connection, options, now(), |_, _| ()).await
}

async fn one<T>(connection: &mut PgConnection, sql: &'static str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(sql).fetch_one(connection).await.expect(sql)
}

/// Everything that was seeded, as one number.
const FINGERPRINT: &str = "SELECT md5(string_agg(line, E'\\n')) FROM (
        SELECT customers::text AS line FROM customers UNION ALL SELECT customer_summary::text FROM customer_summary
        UNION ALL SELECT leads::text FROM leads UNION ALL SELECT users::text FROM users ORDER BY line) AS lines";

#[sqlx::test(migrations = "../migrations")]
async fn the_default_seed_is_complete(pool: PgPool) {
    let mut connection = pool.acquire().await.expect("a connection");
    let seeded = seed_it(&mut connection, &SMALL).await.expect("seeded");
    let expected = Seeded {
        customers: 500,
        services: seeded.services,
        leads: 100,
        users: 4,
        served_pin_codes: seeded.served_pin_codes,
        plans: 18,
        holidays: 8,
    };
    assert_eq!(
        (seeded, seeded.total()),
        (expected, 630 + seeded.served_pin_codes + seeded.services)
    );
    let counts: Vec<i64> = sqlx::query_scalar(
        "SELECT count(*) FROM customers UNION ALL SELECT count(*) FROM leads UNION ALL SELECT count(*) FROM users
         UNION ALL SELECT count(*) FROM history",
    )
    .fetch_all(&mut *connection)
    .await
    .expect("counts");
    assert_eq!(counts, [500, 100, 4, 0]);
    let owners = "SELECT string_agg(DISTINCT users.role, ',') FROM leads JOIN users ON users.id = leads.owner";
    assert_eq!(one::<String>(&mut connection, owners).await, "Admin,Sales");
    // Who was won became one of the customers, under the same name.
    let won = "SELECT count(*) FROM leads JOIN customers ON customers.id = leads.customer
         WHERE leads.email_key = customers.email_key AND leads.created_at < customers.created_at";
    assert!(one::<i64>(&mut connection, won).await > 5);
    let next = "SELECT nextval(pg_get_serial_sequence('leads', 'lead_number'))";
    assert_eq!(one::<i64>(&mut connection, next).await, 101);
    // Every customer has a plan that is offered at their PIN code, and so have most leads, but not all.
    let unserved = "SELECT count(*) FROM customers WHERE NOT EXISTS (SELECT FROM served_pin_codes s
         WHERE s.pin_code = customers.pin_code AND plan_type = ANY (s.plan_types) AND speed_kbps <= s.max_speed_kbps)";
    assert_eq!(one::<i64>(&mut connection, unserved).await, 0);
    let served = "SELECT avg(EXISTS (SELECT FROM served_pin_codes s WHERE s.pin_code = leads.pin_code
             AND plan_type = ANY (s.plan_types) AND speed_kbps <= s.max_speed_kbps)::int)::float8
         FROM leads WHERE pin_code IS NOT NULL";
    let served: f64 = one(&mut connection, served).await;
    assert!((0.6..0.95).contains(&served), "{served}");
    // COPY has carried dates and instants unchanged.
    let dates = "SELECT bool_and(created_at < '2026-11-23' AND created_at > '2018-01-01'
            AND customer_since = (created_at AT TIME ZONE 'Asia/Kolkata')::date) FROM customers";
    assert!(one::<bool>(&mut connection, dates).await);
    let keys = "SELECT bool_and(email_key = lower(email) AND name_key = lower(name) AND version = 1
            AND search_text LIKE '% lm-' || lpad(account_number::text, 7, '0') || ' %') FROM customers";
    assert!(one::<bool>(&mut connection, keys).await);
    let next = "SELECT nextval(pg_get_serial_sequence('customers', 'account_number'))";
    assert_eq!(one::<i64>(&mut connection, next).await, 501);
    // Each customer is what their services say, and each service has begun with an order.
    assert!(
        customers::mismatches(&mut connection, 1)
            .await
            .expect("compared")
            .is_empty()
    );
    let of_services = "SELECT count(DISTINCT customer_id) FROM services s
         WHERE EXISTS (SELECT FROM service_events e WHERE e.service_id = s.id AND kind = 'Ordered')";
    assert_eq!(one::<i64>(&mut connection, of_services).await, 500);
    assert!(seeded.services > 500);
    let told = "SELECT bool_and((told_at IS NULL) = (applied_at IS NULL)) FROM service_events";
    assert!(
        one::<bool>(&mut connection, told).await,
        "the network hears nothing of the past"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn seeded_rows_read_back_as_generated(pool: PgPool) {
    let mut connection = pool.acquire().await.expect("a connection");
    seed_it(&mut connection, &SMALL).await.expect("seeded");
    // Arrays and enums have passed the table's checks; their contents are looked at here.
    let apps =
        "SELECT bool_and(app IN ('Netflix', 'Prime Video', 'Disney+ Hotstar', 'SonyLIV', 'ZEE5', 'Apple TV+', 'aha',
            'Sun NXT', 'Hoichoi', 'Discovery+')) FROM customers, unnest(ott_apps) AS app";
    assert!(one::<bool>(&mut connection, apps).await);
    let evenings = "SELECT count(*) FROM customers WHERE 1260 = ANY (peak_hours)";
    assert!(one::<i64>(&mut connection, evenings).await > 100);
    let ids = "SELECT bool_and(substr(id::text, 15, 1) = '7'
            AND ('x' || translate(substr(id::text, 1, 13), '-', ''))::bit(48)::bigint
                = floor(extract(epoch FROM created_at) * 1000)) FROM customers";
    assert!(one::<bool>(&mut connection, ids).await);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_same_seed_number_gives_the_same_database(pool: PgPool) {
    let mut connection = pool.acquire().await.expect("a connection");
    let replace = |rng_seed| SeedOptions {
        replace: true,
        rng_seed,
        ..SMALL
    };
    let mut fingerprints = Vec::new();
    for rng_seed in [1, 1, 2] {
        seed_it(&mut connection, &replace(rng_seed)).await.expect("seeded");
        fingerprints.push(one::<String>(&mut connection, FINGERPRINT).await);
    }
    assert_eq!(fingerprints[0], fingerprints[1]);
    assert_ne!(fingerprints[1], fingerprints[2]);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_filled_database_is_refused_unless_told_to_replace(pool: PgPool) {
    let mut connection = pool.acquire().await.expect("a connection");
    seed_it(&mut connection, &SMALL).await.expect("seeded");
    sqlx::raw_sql("UPDATE customers SET deleted_at = now(); DELETE FROM leads")
        .execute(&mut *connection)
        .await
        .expect("deleted");
    let refused = seed_it(&mut connection, &SMALL)
        .await
        .expect_err("deleted customers count");
    assert!(matches!(refused, SeedError::AlreadyFilled));
    assert!(refused.to_string().contains("--replace"), "{refused}");
    assert_eq!(one::<i64>(&mut connection, "SELECT count(*) FROM leads").await, 0);
    let few = SeedOptions {
        customers: 7,
        replace: true,
        ..SMALL
    };
    seed_it(&mut connection, &few).await.expect("replaced");
    assert_eq!(
        one::<i64>(&mut connection, "SELECT max(account_number) FROM customers").await,
        7
    );
    let next = "SELECT nextval(pg_get_serial_sequence('customers', 'account_number'))";
    assert_eq!(one::<i64>(&mut connection, next).await, 8);
}

#[sqlx::test(migrations = "../migrations")]
async fn served_pin_codes_that_somebody_has_entered_stay_as_they_are(pool: PgPool) {
    let mut connection = pool.acquire().await.expect("a connection");
    let replace = SeedOptions { replace: true, ..SMALL };
    let seeded = seed_it(&mut connection, &replace).await.expect("seeded");
    assert!(seeded.served_pin_codes > 150, "{seeded:?}");
    // An empty list is filled; one with a single entry, even a deleted one, is not.
    sqlx::raw_sql(
        "DELETE FROM served_pin_codes WHERE pin_code <> '560066';
         UPDATE served_pin_codes SET deleted_at = now(), area = 'Ours', version = 2",
    )
    .execute(&mut *connection)
    .await
    .expect("changed");
    let seeded = seed_it(&mut connection, &replace).await.expect("seeded");
    assert_eq!(seeded.served_pin_codes, 0);
    let left = "SELECT string_agg(pin_code || ' ' || area || ' ' || version, ',') FROM served_pin_codes";
    assert_eq!(one::<String>(&mut connection, left).await, "560066 Ours 2");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_catalogue_has_what_customers_have_and_stays_as_it_is(pool: PgPool) {
    let mut connection = pool.acquire().await.expect("a connection");
    let replace = SeedOptions { replace: true, ..SMALL };
    seed_it(&mut connection, &replace).await.expect("seeded");
    let unknown = "SELECT count(*) FROM customers c WHERE NOT EXISTS (SELECT FROM plans
         WHERE (plan_type, download_kbps) = (c.plan_type, c.speed_kbps))";
    assert_eq!(one::<i64>(&mut connection, unknown).await, 0);
    sqlx::raw_sql("UPDATE plans SET price_paise = 100, version = 2")
        .execute(&mut *connection)
        .await
        .expect("changed");
    assert_eq!(seed_it(&mut connection, &replace).await.expect("seeded").plans, 0);
    let left = "SELECT count(*) FROM plans WHERE price_paise = 100 AND version = 2";
    assert_eq!(one::<i64>(&mut connection, left).await, 18);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_seed_of_no_customers_succeeds(pool: PgPool) {
    let mut connection = pool.acquire().await.expect("a connection");
    let none = SeedOptions {
        customers: 0,
        leads: 0,
        ..SMALL
    };
    assert_eq!(seed_it(&mut connection, &none).await.expect("seeded").users, 4);
    let next = "SELECT nextval(pg_get_serial_sequence('customers', 'account_number'))";
    assert_eq!(one::<i64>(&mut connection, next).await, 1);
}

async fn indexes(connection: &mut PgConnection) -> Vec<(String, String)> {
    sqlx::query_as(
        "SELECT indexname::text, indexdef FROM pg_indexes
         WHERE tablename IN ('customers', 'customer_summary', 'customer_words', 'search_words', 'leads') ORDER BY 1",
    )
    .fetch_all(connection)
    .await
    .expect("the indexes")
}

#[sqlx::test(migrations = "../migrations")]
async fn a_large_seed_recreates_every_index(pool: PgPool) {
    let mut connection = pool.acquire().await.expect("a connection");
    let before = indexes(&mut connection).await;
    let large = SeedOptions {
        customers: 50_001,
        leads: 50_000,
        months: Some(0),
        ..SMALL
    };
    let mut reported = Vec::new();
    seed(&mut connection, &large, now(), |done, total| {
        reported.push((done, total))
    })
    .await
    .expect("seeded");
    assert_eq!(indexes(&mut connection).await, before);
    assert_eq!(reported.last(), Some(&(50_001, 50_001)));
    assert!(reported.is_sorted() && reported.len() > 5, "{reported:?}");
    let valid = "SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid IN ('customers'::regclass, 'customer_summary'::regclass)";
    assert!(one::<bool>(&mut connection, valid).await);
    assert_eq!(mismatches(&mut connection).await.expect("compared"), NONE);
    // A second seed also replaces what was derived from customers that SQL has deleted.
    sqlx::raw_sql("DELETE FROM leads; DELETE FROM service_events; DELETE FROM services; DELETE FROM customers")
        .execute(&mut *connection)
        .await
        .expect("deleted");
    seed_it(&mut connection, &SMALL).await.expect("seeded");
    assert_eq!(mismatches(&mut connection).await.expect("compared"), NONE);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_seed_disables_the_triggers_and_enables_them_again(pool: PgPool) {
    let mut connection = pool.acquire().await.expect("a connection");
    sqlx::raw_sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
         CREATE TRIGGER refuse AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON customers
             FOR EACH STATEMENT EXECUTE FUNCTION refuse()",
    )
    .execute(&mut *connection)
    .await
    .expect("a trigger");
    for rng_seed in [1, 2] {
        let replace = SeedOptions {
            replace: true,
            rng_seed,
            ..SMALL
        };
        seed_it(&mut connection, &replace).await.expect("seeded");
        assert_eq!(mismatches(&mut connection).await.expect("compared"), NONE);
    }
    let refused = sqlx::raw_sql("UPDATE customers SET nps = 0")
        .execute(&mut *connection)
        .await
        .expect_err("the trigger is on again");
    assert!(refused.to_string().contains("refused"), "{refused}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_failed_seed_leaves_no_rows_and_all_indexes(pool: PgPool) {
    let mut connection = pool.acquire().await.expect("a connection");
    let before = indexes(&mut connection).await;
    // A rule that the last row breaks.
    sqlx::raw_sql("ALTER TABLE customers ADD CHECK (account_number < 50001)")
        .execute(&mut *connection)
        .await
        .expect("a rule");
    let large = SeedOptions {
        customers: 50_001,
        months: Some(0),
        ..SMALL
    };
    let failed = seed_it(&mut connection, &large)
        .await
        .expect_err("the last row is refused");
    assert!(matches!(failed, SeedError::Database(_)), "{failed}");
    connection.ping().await.expect("the connection is still good");
    let left = "SELECT (SELECT count(*) FROM customers) + (SELECT count(*) FROM users)";
    assert_eq!(one::<i64>(&mut connection, left).await, 0);
    assert_eq!(indexes(&mut connection).await, before);
}

#[sqlx::test(migrations = "../migrations")]
async fn twelve_months_of_bills_and_payments_add_up(pool: PgPool) {
    let mut connection = pool.acquire().await.expect("a connection");
    seed_it(&mut connection, &SMALL).await.expect("seeded");
    let wrong = summary::mismatches(&mut connection).await.expect("compared");
    assert_eq!(wrong, summary::Mismatches::default());
    assert_eq!(mismatches(&mut connection).await.expect("compared"), NONE);
    // There is some of all that happens, and no credit beside an open bill.
    for (what, least) in [
        ("SELECT count(*) FROM bills WHERE kind = 'Invoice'", 2_500),
        ("SELECT count(*) FROM bills WHERE kind = 'Credit note'", 3),
        ("SELECT count(*) FROM payments WHERE state = 'Bounced'", 3),
        ("SELECT count(*) FROM customer_summary WHERE outstanding_paise > 0", 30),
        ("SELECT count(*) FROM customer_summary WHERE outstanding_paise < 0", 5),
        (
            "SELECT count(*) FROM bills b WHERE EXISTS (SELECT FROM allocations a WHERE a.bill_id = b.id OFFSET 1)",
            50,
        ),
        ("SELECT count(DISTINCT date_trunc('month', issued_on)) FROM bills", 12),
    ] {
        let found: i64 = one(&mut connection, what).await;
        assert!(found >= least, "{what}: {found}");
    }
    for nothing in [
        "SELECT count(*) FROM bills b JOIN payments p USING (customer_id)
         WHERE b.open_paise > 0 AND b.kind <> 'Credit note' AND p.open_paise > 0",
        // Numbers follow the days, without a gap.
        "SELECT count(*) FROM (
             SELECT right(number, 7)::bigint AS number, row_number() OVER (PARTITION BY left(number, 8) ORDER BY issued_on, number) AS place
             FROM bills) n WHERE number <> place",
        "SELECT count(*) FROM (SELECT receipt, row_number() OVER (ORDER BY received_on, receipt) AS place FROM payments) n
         WHERE receipt <> place",
        // The next bill of a service begins where the last one ends.
        "SELECT count(*) FROM (SELECT service_id, max(to_on) AS to_on FROM bill_lines WHERE of_bill IS NULL GROUP BY 1) l
         JOIN services s ON s.id = l.service_id WHERE s.paid_through <> l.to_on",
        "SELECT count(*) FROM (
             SELECT from_on, lag(to_on) OVER (PARTITION BY service_id ORDER BY from_on) AS before FROM bill_lines WHERE of_bill IS NULL) l
         WHERE from_on <> before + 1",
    ] {
        assert_eq!(one::<i64>(&mut connection, nothing).await, 0, "{nothing}");
    }
    // The next numbers follow those of the seed.
    let next = "SELECT (SELECT max(next) FROM bill_series WHERE series = 'LM' AND financial_year = 2026)
        - (SELECT count(*) FROM bills WHERE number LIKE 'LM/26-27/%')";
    assert_eq!(one::<i64>(&mut connection, next).await, 1);
    let receipt = "SELECT nextval('payments_receipt_seq') - (SELECT count(*) FROM payments)";
    assert_eq!(one::<i64>(&mut connection, receipt).await, 1);
}
