//! The text of existing rows is made by the rules of today, on a real Postgres.
#![allow(clippy::unwrap_used)]

use app::base::contact::Email;
use app::base::text::compared;
use app::customers::store::{Mismatches, mismatches};
use server::database::text_rules::{clashes, is_renewed, renew, renew_batch};
use server::seed::{SeedOptions, seed};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// Everything whose text is compared, as one number.
const FINGERPRINT: &str = "SELECT md5(string_agg(line, E'\\n')) FROM (
        SELECT customers::text AS line FROM customers UNION ALL SELECT leads::text FROM leads UNION ALL SELECT users::text FROM users
        UNION ALL SELECT served_pin_codes::text FROM served_pin_codes UNION ALL SELECT plans::text FROM plans
        UNION ALL SELECT holidays::text FROM holidays UNION ALL SELECT bills::text FROM bills UNION ALL SELECT payments::text FROM payments
        ORDER BY line) AS lines";

async fn one<T>(db: &mut PgConnection, sql: &'static str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(sql).fetch_one(db).await.expect(sql)
}

/// Some rows of each table.
async fn seeded(pool: &PgPool) -> sqlx::pool::PoolConnection<sqlx::Postgres> {
    let mut db = pool.acquire().await.unwrap();
    let options = SeedOptions {
        customers: 60,
        leads: 40,
        months: None,
        rng_seed: 7,
        replace: false,
    };
    let now = "2026-11-23T06:00:00Z".parse().unwrap();
    seed(&mut db, &options, now, |_, _| ()).await.unwrap();
    db
}

/// The ids of a table, the oldest first.
async fn ids(db: &mut PgConnection, sql: &'static str) -> Vec<Uuid> {
    sqlx::query_scalar(sql).fetch_all(db).await.unwrap()
}

/// Gives a customer a name and an email as programs before these rules have stored them: keys of NFC in lower case.
async fn age_customer(db: &mut PgConnection, id: Uuid, name: &str, email: &str) {
    sqlx::query(
        "UPDATE customers SET name = $2, name_key = lower($2), email = $3, email_key = lower($3),
             search_text = ' ' || lower($2) || ' ' || lower(city) || ' ' || lower($3) || ' lm-' || account_number WHERE id = $1",
    )
    .bind(id)
    .bind(name)
    .bind(email)
    .execute(db)
    .await
    .unwrap();
}

async fn keys(db: &mut PgConnection, id: Uuid) -> (String, String, String, String) {
    sqlx::query_as("SELECT name, name_key, email, email_key FROM customers WHERE id = $1")
        .bind(id)
        .fetch_one(db)
        .await
        .unwrap()
}

fn four(name: &str, name_key: &str, email: &str, email_key: &str) -> (String, String, String, String) {
    (name.into(), name_key.into(), email.into(), email_key.into())
}

#[sqlx::test(migrations = "../migrations")]
async fn rows_that_the_program_writes_are_by_its_rules(pool: PgPool) {
    let mut db = seeded(&pool).await;
    assert!(!is_renewed(&mut db).await.unwrap());
    let before: String = one(&mut db, FINGERPRINT).await;
    renew(&mut db).await.unwrap();
    assert_eq!(one::<String>(&mut db, FINGERPRINT).await, before);
    assert!(is_renewed(&mut db).await.unwrap());
    assert!(!renew_batch(&mut db, 10).await.unwrap(), "nothing is left");
    // A table with text that is compared and not renewed would be left behind by the next rules.
    let forgotten = "SELECT string_agg(DISTINCT table_name, ', ') FROM information_schema.columns
         WHERE table_schema = 'public' AND column_name IN ('search_text', 'name_key', 'email_key') AND table_name <> 'customer_words'
             AND table_name NOT IN (SELECT table_name FROM text_rules)";
    assert_eq!(one::<Option<String>>(&mut db, forgotten).await, None);
    assert_eq!(clashes(&mut db).await.unwrap(), Vec::<String>::new());
}

#[sqlx::test(migrations = "../migrations")]
async fn old_rows_are_renewed_across_a_restart_and_those_that_clash_are_kept(pool: PgPool) {
    let mut db = seeded(&pool).await;
    let customers = ids(&mut db, "SELECT id FROM customers WHERE deleted_at IS NULL ORDER BY id").await;
    let [plain, taken, holder, older, younger, deleted, domain, blank, ..] = customers[..] else {
        panic!("too few");
    };
    age_customer(&mut db, plain, "José\u{200b} D’Souza", "José@Example.in").await;
    // One has had the plain key all along.
    age_customer(&mut db, taken, "Asha Twin", "asha\u{200b}.twin@example.in").await;
    age_customer(&mut db, holder, "Asha Rao", "asha.twin@example.in").await;
    // Neither has it yet.
    age_customer(&mut db, older, "Ravi Iyer", "ravi\u{200b}@example.in").await;
    age_customer(&mut db, younger, "Ravi Younger", "\u{feff}ravi@example.in").await;
    age_customer(&mut db, deleted, "Ravi Deleted", "ravi\u{ad}@example.in").await;
    sqlx::query("UPDATE customers SET deleted_at = now() WHERE id = $1")
        .bind(deleted)
        .execute(&mut *db)
        .await
        .unwrap();
    age_customer(&mut db, domain, "Priya Rao", "x@xn--j2bd4cyah0f.xn--h2brj9c").await;
    // Nothing of a name is taken where nothing would be left.
    age_customer(&mut db, blank, "\u{3164}", "blank@example.in").await;
    let users = ids(&mut db, "SELECT id FROM users ORDER BY id").await;
    let leads = ids(&mut db, "SELECT id FROM leads ORDER BY id").await;
    for (sql, id) in [
        (
            "UPDATE users SET name = E'Zoë\\u200b', email = E'zoe\\u200b@example.in', email_key = E'zoe\\u200b@example.in' WHERE id = $1",
            users[0],
        ),
        (
            "UPDATE leads SET name = 'Éclair', name_key = 'éclair', email = 'x@y.in', email_key = 'X', search_text = '' WHERE id = $1",
            leads[0],
        ),
    ] {
        sqlx::query(sql).bind(id).execute(&mut *db).await.unwrap();
    }
    sqlx::raw_sql(
        "UPDATE customers SET city = E'\\ufffc' WHERE name = E'\\u3164';
         UPDATE leads SET city = E'Mysuru\\u200b';
         INSERT INTO holidays (id, day, name, name_key, search_text, created_at, updated_at)
             VALUES (gen_random_uuid(), '2027-02-03', 'Deepāvali', 'x', 'x', now(), now());
         UPDATE bills SET search_text = 'x'; UPDATE payments SET search_text = 'x'",
    )
    .execute(&mut *db)
    .await
    .unwrap();
    let counts = "SELECT (SELECT count(*) FROM customers) + (SELECT count(*) FROM leads) * 1000 + (SELECT count(*) FROM users) * 1000000";
    let before: i64 = one(&mut db, counts).await;

    // It is stopped: between two batches, and in the middle of one.
    for _ in 0..12 {
        assert!(renew_batch(&mut db, 2).await.unwrap());
    }
    sqlx::raw_sql("BEGIN").execute(&mut *db).await.unwrap();
    drop(db.detach());
    let mut db = pool.acquire().await.unwrap();
    assert!(!is_renewed(&mut db).await.unwrap());
    renew(&mut db).await.unwrap();
    assert!(is_renewed(&mut db).await.unwrap());

    for (id, expected) in [
        (
            plain,
            four("José D’Souza", "jose d'souza", "José@example.in", "jose@example.in"),
        ),
        (
            taken,
            four(
                "Asha Twin",
                "asha twin",
                "asha\u{200b}.twin@example.in",
                "asha\u{200b}.twin@example.in",
            ),
        ),
        (
            holder,
            four("Asha Rao", "asha rao", "asha.twin@example.in", "asha.twin@example.in"),
        ),
        (
            older,
            four("Ravi Iyer", "ravi iyer", "ravi@example.in", "ravi@example.in"),
        ),
        (
            younger,
            four(
                "Ravi Younger",
                "ravi younger",
                "\u{feff}ravi@example.in",
                "\u{feff}ravi@example.in",
            ),
        ),
        (
            deleted,
            four("Ravi Deleted", "ravi deleted", "ravi@example.in", "ravi@example.in"),
        ),
        (
            domain,
            four(
                "Priya Rao",
                "priya rao",
                "x@हिन्दी.भारत",
                "x@xn--j2bd4cyah0f.xn--h2brj9c",
            ),
        ),
        (blank, four("\u{3164}", "", "blank@example.in", "blank@example.in")),
    ] {
        assert_eq!(keys(&mut db, id).await, expected);
    }
    assert_eq!(
        clashes(&mut db).await.unwrap(),
        [
            "customers: Asha Twin (asha\u{200b}.twin@example.in)",
            "customers: Ravi Younger (\u{feff}ravi@example.in)"
        ]
    );
    // All others have the keys of today, and are found by them.
    let all: Vec<(Uuid, String, String, String, String, String)> =
        sqlx::query_as("SELECT id, name, name_key, email, email_key, search_text FROM customers")
            .fetch_all(&mut *db)
            .await
            .unwrap();
    for (id, name, name_key, email, email_key, search_text) in
        all.into_iter().filter(|row| ![taken, younger].contains(&row.0))
    {
        assert_eq!(
            (name_key, email_key),
            (compared(&name), Email::parse(&email).unwrap().key()),
            "{id}"
        );
        assert!(search_text.contains(&compared(&email)), "{search_text}");
    }
    let user: (String, String, String) = sqlx::query_as("SELECT name, email, email_key FROM users WHERE id = $1")
        .bind(users[0])
        .fetch_one(&mut *db)
        .await
        .unwrap();
    assert_eq!(user, ("Zoë".into(), "zoe@example.in".into(), "zoe@example.in".into()));
    let lead: (String, String, String) =
        sqlx::query_as("SELECT name_key, email_key, search_text FROM leads WHERE id = $1")
            .bind(leads[0])
            .fetch_one(&mut *db)
            .await
            .unwrap();
    assert_eq!((&*lead.0, &*lead.1), ("eclair", "x@y.in"));
    assert!(lead.2.starts_with(" eclair "), "{}", lead.2);
    let others = "SELECT concat_ws(' ', (SELECT search_text FROM holidays WHERE day = '2027-02-03'),
             (SELECT city = E'\\ufffc' FROM customers WHERE name = E'\\u3164'), (SELECT bool_and(city = 'Mysuru') FROM leads),
             (SELECT bool_and(b.search_text LIKE lower('% ' || coalesce(b.number, b.kind::text) || '%lm-' || c.account_number || ' %'))
              FROM bills b JOIN customers c ON c.id = b.customer_id),
             (SELECT bool_and(p.search_text LIKE ' receipt ' || p.receipt || ' %lm-' || c.account_number || ' %')
              FROM payments p JOIN customers c ON c.id = p.customer_id))";
    assert_eq!(
        one::<String>(&mut db, others).await,
        " deepavali 2027-02-03 2027 02 03 t t t t"
    );
    // Nothing is lost, and what is derived from the customers follows.
    assert_eq!(one::<i64>(&mut db, counts).await, before);
    assert_eq!(mismatches(&mut db).await.unwrap(), Mismatches { counts: 0, words: 0 });
    let words = "SELECT count(*) FROM customer_words WHERE word IN ('jose', 'souza')";
    assert_eq!(one::<i64>(&mut db, words).await, 2);

    // Once done it is not done again, until the rules are newer.
    let done: String = one(&mut db, FINGERPRINT).await;
    renew(&mut db).await.unwrap();
    assert_eq!(one::<String>(&mut db, FINGERPRINT).await, done);
    sqlx::raw_sql("UPDATE text_rules SET version = 0")
        .execute(&mut *db)
        .await
        .unwrap();
    assert!(!is_renewed(&mut db).await.unwrap());
    // Who had the key has given it up: the other gets it.
    age_customer(&mut db, holder, "Asha Rao", "asha.rao.2@example.in").await;
    renew(&mut db).await.unwrap();
    assert_eq!(keys(&mut db, taken).await.3, "asha.twin@example.in");
    assert_eq!(clashes(&mut db).await.unwrap().len(), 1);
}
