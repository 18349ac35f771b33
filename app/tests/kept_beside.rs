//! What is kept beside the customers, their counts and who has which word: right after any writes, by anybody, at once; found out and repaired where it is not.

mod common;

use app::customers::model::field::Field;
use app::customers::model::{Customer, Details, PlanType};
use app::customers::store::{self, mend_words, recount, wrong_counts, wrong_words};
use app::customers::{service, store::Refusal};
use common::{Random, connections, context, create, details, populate, stamp, varied, wide};
use sqlx::PgPool;
use uuid::Uuid;

async fn wrong(pool: &PgPool) -> i64 {
    let mut db = pool.acquire().await.expect("a connection");
    wrong_counts(&mut db).await.expect("counted")
}

async fn wrong_entries(pool: &PgPool) -> i64 {
    let mut db = pool.acquire().await.expect("a connection");
    wrong_words(&mut db).await.expect("compared")
}

async fn number(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.expect(sql)
}

const WAITING: &str = "SELECT count(*) FROM customer_count_changes";

async fn run(pool: &PgPool, sql: &'static str) {
    sqlx::raw_sql(sql).execute(pool).await.expect(sql);
}

#[sqlx::test(migrations = "../migrations")]
async fn any_writes_at_once_leave_the_counts_and_words_right(pool: PgPool) {
    let pool = wide(&pool);
    let customers = populate(&pool, 40, 31).await;
    let mut writers = tokio::task::JoinSet::new();
    for seed in 0..8 {
        let (pool, ids) = (
            pool.clone(),
            customers.iter().map(|customer| customer.id).collect::<Vec<_>>(),
        );
        writers.spawn(async move {
            let mut random = Random::new(seed);
            for number in 0..30 {
                let id = *random.pick(&ids);
                match random.below(4) {
                    0 => {
                        let details = varied(&mut random, 1_000 + seed as usize * 100 + number);
                        let made = store::create(&connections(&pool), &stamp(), random.id(), &details).await;
                        made.expect("no fault").expect("created");
                    }
                    1 => drop(
                        store::delete(&connections(&pool), &stamp(), id)
                            .await
                            .expect("no fault"),
                    ),
                    2 => drop(
                        store::restore(&connections(&pool), &stamp(), id)
                            .await
                            .expect("no fault"),
                    ),
                    _ => {
                        let other = varied(&mut random, 5_000 + seed as usize * 100 + number);
                        let edited =
                            store::update(&connections(&pool), &stamp(), id, |_| Ok::<_, Refusal>(other.clone())).await;
                        drop(edited.expect("no fault"));
                    }
                }
            }
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.expect("it ends");
    }
    assert_eq!((wrong(&pool).await, wrong_entries(&pool).await), (0, 0));
    let waiting = number(&pool, WAITING).await;
    let made = number(
        &pool,
        "SELECT pg_sequence_last_value(pg_get_serial_sequence('customer_count_changes', 'change'))",
    )
    .await;
    // Folding is what keeps them few.
    assert!(waiting < 150 && made > 150, "{waiting} of {made}");
    // Every version has its history.
    let untold = "SELECT count(*) FROM customers c
        WHERE version <> (SELECT count(DISTINCT h.version) FROM history h WHERE h.entity_id = c.id)";
    assert_eq!(number(&pool, untold).await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_write_adds_as_many_changes_as_segments_are_touched(pool: PgPool) {
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    type Edit = fn(&mut Details);
    let edits: [(Edit, i64); 5] = [
        (|details| details.contact.city = "Mysuru".into(), 0),
        (|details| details.plan.price.0 += 100, 1),
        (|details| details.billing.outstanding.0 = 5, 1),
        (|details| details.plan.plan_type = PlanType::Wireless, 2),
        (|details| details.relationship.nps = 7, 0),
    ];
    let mut expected = 1;
    for (edit, changes) in edits {
        let decide = |customer: &Customer| {
            let mut details = customer.details.clone();
            edit(&mut details);
            Ok::<_, Refusal>(details)
        };
        let saved = store::update(&connections(&pool), &stamp(), id, decide)
            .await
            .expect("no fault");
        saved.expect("saved");
        expected += changes;
        assert_eq!(number(&pool, WAITING).await, expected);
        assert_eq!(wrong(&pool).await, 0);
    }
    store::delete(&connections(&pool), &stamp(), id)
        .await
        .expect("no fault")
        .expect("deleted");
    assert_eq!(number(&pool, WAITING).await, expected + 1);
    assert_eq!(wrong(&pool).await, 0);
}

/// Words are written where something else stands with them than before, and where they are others.
#[sqlx::test(migrations = "../migrations")]
async fn a_write_writes_the_words_that_it_changes(pool: PgPool) {
    let customer = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in")).await;
    let id = customer.id;
    let rows = async || -> Vec<(String, String, String)> {
        let rows = sqlx::query_as("SELECT ctid::text, word, name_key FROM customer_words ORDER BY word");
        rows.fetch_all(&pool).await.expect("words")
    };
    let words = |rows: &[(String, String, String)]| {
        let words = rows.iter().map(|(_, word, name)| format!("{word} of {name}"));
        words.collect::<Vec<_>>().join(", ")
    };
    let first = rows().await;
    assert_eq!(
        words(&first),
        "asha of asha rao, bengaluru of asha rao, example of asha rao, rao of asha rao"
    );
    type Edit = fn(&mut Details);
    let edits: [(Edit, &str, bool); 5] = [
        (
            |details| details.relationship.nps = 7,
            "asha of asha rao, bengaluru of asha rao, example of asha rao, rao of asha rao",
            true,
        ),
        (
            |details| details.plan.price.0 += 100,
            "asha of asha rao, bengaluru of asha rao, example of asha rao, rao of asha rao",
            false,
        ),
        (
            |details| details.plan.plan_type = PlanType::Wireless,
            "asha of asha rao, bengaluru of asha rao, example of asha rao, rao of asha rao",
            false,
        ),
        (
            |details| details.contact.city = "Navi Mumbai".into(),
            "asha of asha rao, example of asha rao, mumbai of asha rao, navi of asha rao, rao of asha rao",
            false,
        ),
        (
            |details| details.contact.name = "Asha Iyer".into(),
            "asha of asha iyer, example of asha iyer, iyer of asha iyer, mumbai of asha iyer, navi of asha iyer",
            false,
        ),
    ];
    let mut before = first;
    for (edit, expected, untouched) in edits {
        let decide = |customer: &Customer| {
            let mut details = customer.details.clone();
            edit(&mut details);
            Ok::<_, Refusal>(details)
        };
        let saved = store::update(&connections(&pool), &stamp(), id, decide).await;
        saved.expect("no fault").expect("saved");
        let after = rows().await;
        assert_eq!(words(&after), expected);
        assert_eq!(after == before, untouched, "{expected}");
        assert_eq!(wrong_entries(&pool).await, 0);
        before = after;
    }
    let deleted = store::delete(&connections(&pool), &stamp(), id)
        .await
        .expect("no fault");
    deleted.expect("deleted");
    assert_eq!(rows().await, []);
    let restored = store::restore(&connections(&pool), &stamp(), id)
        .await
        .expect("no fault");
    restored.expect("restored");
    assert_eq!(words(&rows().await), words(&before));
    assert_eq!(wrong_entries(&pool).await, 0);
}

/// The write is done whether or not its changes are folded; they wait for the next who folds.
#[sqlx::test(migrations = "../migrations")]
async fn what_is_not_folded_now_is_folded_later(pool: PgPool) {
    const FOLDS: &str = "SELECT folds FROM customer_count_folds";
    let mut random = Random::new(37);
    let mut made = 0;
    let mut write_40 = async || {
        for _ in 0..40 {
            made += 1;
            create(&pool, random.id(), &varied(&mut random, made)).await;
        }
        assert_eq!(wrong(&pool).await, 0);
        (number(&pool, FOLDS).await, number(&pool, WAITING).await)
    };
    // Somebody else folds all the time: the lock is the one of counts.rs.
    let mut other = pool.begin().await.expect("a transaction");
    sqlx::query("SELECT pg_advisory_xact_lock(109330362692723)")
        .execute(&mut *other)
        .await
        .expect("the lock");
    assert_eq!(write_40().await, (0, 40));
    other.rollback().await.expect("the lock is free");
    // The 64th change folds all.
    assert_eq!(write_40().await, (1, 16));
    // Folding fails.
    run(
        &pool,
        "ALTER TABLE customer_count_folds ADD CONSTRAINT once CHECK (folds < 2)",
    )
    .await;
    assert_eq!(write_40().await, (1, 56));
    run(&pool, "ALTER TABLE customer_count_folds DROP CONSTRAINT once").await;
    assert_eq!(write_40().await, (3, 0));
}

#[sqlx::test(migrations = "../migrations")]
async fn counts_that_are_wrong_are_found_and_repaired(pool: PgPool) {
    populate(&pool, 50, 32).await;
    assert_eq!(wrong(&pool).await, 0);
    // Behind the program's back.
    run(&pool, "UPDATE customers SET deleted_at = now() WHERE status = 'Active' AND churn_risk = 'Low' AND plan_type = 'Fiber'").await;
    let gone = wrong(&pool).await;
    run(&pool, "UPDATE customer_counts SET price_paise = price_paise + 1 WHERE status = 'Pending' AND churn_risk = 'High' AND plan_type = 'Wireless'").await;
    run(&pool, "DELETE FROM customer_counts WHERE status = 'Cancelled'").await;
    assert!(wrong(&pool).await > gone);
    let mut db = pool.begin().await.expect("a transaction");
    recount(&mut db).await.expect("counted anew");
    db.commit().await.expect("kept");
    assert_eq!(wrong(&pool).await, 0);
}

/// Whoever brings a new word waits for another who does; nobody waits for each other.
#[sqlx::test(migrations = "../migrations")]
async fn the_same_new_words_are_learnt_at_once(pool: PgPool) {
    let pool = wide(&pool);
    for round in ["quokka", "numbat", "bilby", "dunnart"] {
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..8_usize {
            let pool = pool.clone();
            // Each of them says the same words in another order.
            let words = (0..12).map(|word| format!("{round}{}", char::from(b'a' + ((word * 5 + writer) % 12) as u8)));
            let name = words.collect::<Vec<_>>().join(" ");
            writers.spawn(async move {
                let details = details(&name, &format!("{round}.{writer}@example.in"));
                let made = store::create(&connections(&pool), &stamp(), Uuid::now_v7(), &details).await;
                made.expect("no fault").expect("created");
            });
        }
        while let Some(writer) = writers.join_next().await {
            writer.expect("it ends");
        }
    }
    assert_eq!(wrong_entries(&pool).await, 0);
}

/// The words of customers who are there before the table is.
#[sqlx::test(migrations = "../migrations")]
async fn the_migration_collects_the_words(pool: PgPool) {
    let customers = populate(&pool, 50, 38).await;
    let deleted = store::delete(&connections(&pool), &stamp(), customers[7].id).await;
    deleted.expect("no fault").expect("deleted");
    // As it was before.
    run(
        &pool,
        "DROP TABLE customer_words, search_words; DROP FUNCTION customer_search_words;
         CREATE FUNCTION customer_search_pieces(search_text text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$ SELECT ARRAY[search_text] $$;
         CREATE INDEX customers_by_pieces ON customers USING gin (customer_search_pieces(search_text))",
    )
    .await;
    run(&pool, include_str!("../../migrations/20261129150000_words.sql")).await;
    run(&pool, include_str!("../../migrations/20261129190000_all_words.sql")).await;
    assert_eq!(wrong_entries(&pool).await, 0);
    assert!(number(&pool, "SELECT count(*) FROM customer_words").await > 150);
}

#[sqlx::test(migrations = "../migrations")]
async fn words_that_are_wrong_are_found_and_repaired(pool: PgPool) {
    populate(&pool, 50, 32).await;
    assert_eq!(wrong_entries(&pool).await, 0);
    // Behind the program's back: one of a customer who is there, all of one who is gone, one of a name that nobody has, and a word itself.
    for change in [
        "UPDATE customer_words SET price_paise = price_paise + 1 WHERE id = (SELECT min(id::text)::uuid FROM customers)",
        "UPDATE customers SET deleted_at = now() WHERE id = (SELECT max(id::text)::uuid FROM customers)",
        "INSERT INTO customer_words SELECT word, 'nobody', id, segment, price_paise, outstanding_paise, all_words FROM customer_words LIMIT 1",
        "DELETE FROM search_words WHERE word = (SELECT min(word) FROM search_words)",
    ] {
        let wrong = wrong_entries(&pool).await;
        run(&pool, change).await;
        assert!(wrong_entries(&pool).await > wrong, "{change}");
    }
    let mut db = pool.begin().await.expect("a transaction");
    let wrong = wrong_entries(&pool).await;
    assert_eq!(mend_words(&mut db).await.expect("mended"), wrong);
    db.commit().await.expect("kept");
    assert_eq!(wrong_entries(&pool).await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_table_numbers_segments_in_the_order_of_their_words(pool: PgPool) {
    populate(&pool, 400, 33).await;
    let wrong: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM customers WHERE segment IS DISTINCT FROM
             (array_position(enum_range(NULL::customer_status), status) - 1) * 9
             + (array_position(enum_range(NULL::churn_risk), churn_risk) - 1) * 3
             + array_position(enum_range(NULL::plan_type), plan_type) - 1",
    )
    .fetch_one(&pool)
    .await
    .expect("a count");
    assert_eq!(wrong, 0);
}

/// The list reads its cells from the columns that they need, a record from the whole customer.
#[sqlx::test(migrations = "../migrations")]
async fn the_list_shows_what_the_record_shows(pool: PgPool) {
    populate(&pool, 90, 34).await;
    let context = context(&pool);
    for columns in [Field::ALL.to_vec(), Field::ALL.iter().rev().copied().collect(), vec![]] {
        let list = service::list(&context, "?size=100", columns.clone())
            .await
            .expect("a page");
        assert_eq!(list.rows.len(), 90);
        for row in list.rows {
            let customer = store::get(&pool, row.customer.id).await.expect("a customer");
            let cells: Vec<_> = columns.iter().map(|field| field.cell(&customer)).collect();
            assert_eq!(row.cells, cells);
        }
    }
}
