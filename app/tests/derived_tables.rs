//! What triggers derive from the customers, their counts and words: correct after any concurrent writes; mismatches are found and rebuilt
//! where it is not.

mod common;

use app::customers::codec::CustomerData;
use app::customers::list;
use app::customers::model::ChurnRisk;
use app::customers::spec::SPEC;
use app::customers::store::{Mismatches, mismatches, rebuild_derived};
use app::record::store::RecordStore as _;
use common::{
    Random, audit, context, create, create_varied, details, get, populate, set_deleted, update, varied, wide,
};
use sqlx::PgPool;
use uuid::Uuid;

async fn compared(pool: &PgPool) -> Mismatches {
    let mut db = pool.acquire().await.expect("a connection");
    mismatches(&mut db).await.expect("compared")
}

async fn mismatch_count(pool: &PgPool) -> i64 {
    let Mismatches { counts, words } = compared(pool).await;
    counts + words
}

async fn number(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.expect(sql)
}

const CHANGES: &str = "SELECT count(*) FROM customer_count_changes";

async fn run(pool: &PgPool, sql: &'static str) {
    sqlx::raw_sql(sql).execute(pool).await.expect(sql);
}

#[sqlx::test(migrations = "../migrations")]
async fn concurrent_writes_leave_counts_and_words_correct(pool: PgPool) {
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
                        let data = varied(&mut random, 1_000 + seed as usize * 100 + number);
                        create_varied(&pool, &audit(), random.id(), &data).await;
                    }
                    1 => drop(set_deleted(&pool, id, true).await),
                    2 => drop(set_deleted(&pool, id, false).await),
                    _ => {
                        // A deleted customer is not edited.
                        if get(&pool, id).await.expect("a customer").deleted_at.is_none() {
                            let (other, _) = varied(&mut random, 5_000 + seed as usize * 100 + number);
                            common::try_update(&pool, id, |_| other.clone()).await;
                        }
                    }
                }
            }
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.expect("it ends");
    }
    assert_eq!(mismatch_count(&pool).await, 0);
    // Every version has its history.
    let without_history = "SELECT count(*) FROM customers c
        WHERE version <> (SELECT count(DISTINCT h.version) FROM history h WHERE h.entity_id = c.id)";
    assert_eq!(number(&pool, without_history).await, 0);
}

/// Manual SQL and statements of many rows leave them correct as well: the triggers maintain them, whatever writes.
#[sqlx::test(migrations = "../migrations")]
async fn manual_sql_leaves_counts_and_words_correct(pool: PgPool) {
    populate(&pool, 200, 35).await;
    for statement in [
        "UPDATE customers SET deleted_at = now() WHERE nps < 0",
        "UPDATE customers SET price_paise = price_paise + 100, plan_type = 'Wireless' WHERE churn_risk = 'High'",
        "UPDATE customers SET outstanding_paise = 0 WHERE outstanding_paise > 0",
        "UPDATE customers SET search_text = search_text || ' quokka' WHERE nps > 50",
        "UPDATE customers SET name_key = 'zz ' || name_key WHERE status = 'Active'",
        "UPDATE customers SET deleted_at = NULL WHERE nps < -50",
        "UPDATE customers SET updated_at = now()",
        "DELETE FROM customers WHERE status = 'Cancelled'",
        "DELETE FROM customers WHERE false",
    ] {
        run(&pool, statement).await;
        assert_eq!(mismatch_count(&pool).await, 0, "{statement}");
    }
    assert!(number(&pool, "SELECT count(*) FROM customer_words").await > 100);
    run(&pool, "TRUNCATE customers CASCADE").await;
    assert_eq!(mismatch_count(&pool).await, 0);
    assert_eq!(number(&pool, "SELECT count(*) FROM customer_words").await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_write_adds_one_count_change_for_each_segment_that_it_touches(pool: PgPool) {
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    let edits = [
        ("UPDATE customers SET city = 'Mysuru'", 0),
        ("UPDATE customers SET price_paise = price_paise + 100", 1),
        ("UPDATE customers SET outstanding_paise = 5", 1),
        ("UPDATE customers SET plan_type = 'Wireless'", 2),
        ("UPDATE customers SET nps = 7", 0),
    ];
    let highest =
        "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('customer_count_changes', 'change')), 0)";
    let mut expected = 1;
    for (edit, changes) in edits {
        run(&pool, edit).await;
        expected += changes;
        assert_eq!(number(&pool, highest).await, expected);
        assert_eq!(mismatch_count(&pool).await, 0);
    }
    set_deleted(&pool, id, true).await.expect("deleted");
    assert_eq!(number(&pool, highest).await, expected + 1);
    assert_eq!(mismatch_count(&pool).await, 0);
}

/// Words are written where something else stands with them than before, and where they are others.
#[sqlx::test(migrations = "../migrations")]
async fn a_write_updates_only_the_words_that_it_changes(pool: PgPool) {
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    let rows = async || -> Vec<(String, String, String)> {
        let rows = sqlx::query_as("SELECT ctid::text, word, name_key FROM customer_words ORDER BY word");
        rows.fetch_all(&pool).await.expect("words")
    };
    let words = |rows: &[(String, String, String)]| {
        let words = rows.iter().map(|(_, word, name)| format!("{word} of {name}"));
        words.collect::<Vec<_>>().join(", ")
    };
    const FIRST: &str = "asha of asha rao, bengaluru of asha rao, example of asha rao, rao of asha rao";
    let mut before = rows().await;
    assert_eq!(words(&before), FIRST);
    type Edit = fn(&mut CustomerData);
    let edits: [(Edit, &str, bool); 5] = [
        (|data| data.nps = 7, FIRST, true),
        (|data| data.outstanding.0 += 100, FIRST, false),
        (|data| data.churn_risk = ChurnRisk::High, FIRST, false),
        (
            |data| data.city = "Navi Mumbai".into(),
            "asha of asha rao, example of asha rao, mumbai of asha rao, navi of asha rao, rao of asha rao",
            false,
        ),
        (
            |data| data.name = "Asha Iyer".into(),
            "asha of asha iyer, example of asha iyer, iyer of asha iyer, mumbai of asha iyer, navi of asha iyer",
            false,
        ),
    ];
    for (edit, expected, is_untouched) in edits {
        update(&pool, id, |customer| {
            let mut data = customer.data.clone();
            edit(&mut data);
            data
        })
        .await;
        let after = rows().await;
        assert_eq!(words(&after), expected);
        assert_eq!(after == before, is_untouched, "{expected}");
        assert_eq!(mismatch_count(&pool).await, 0);
        before = after;
    }
    set_deleted(&pool, id, true).await.expect("deleted");
    assert_eq!(rows().await, []);
    set_deleted(&pool, id, false).await.expect("restored");
    assert_eq!(words(&rows().await), words(&before));
    assert_eq!(mismatch_count(&pool).await, 0);
}

/// The changes of the counts stay few, and a write is done whether or not they are compacted.
#[sqlx::test(migrations = "../migrations")]
async fn count_changes_are_compacted(pool: PgPool) {
    const EPOCH: &str = "SELECT epoch FROM customer_counts_epoch";
    let mut random = Random::new(37);
    let mut made = 0;
    let mut write_100 = async || {
        for _ in 0..100 {
            made += 1;
            create(&pool, random.id(), &varied(&mut random, made).0).await;
        }
        assert_eq!(mismatch_count(&pool).await, 0);
        (number(&pool, EPOCH).await, number(&pool, CHANGES).await)
    };
    // Somebody else compacts all the time: the lock is the one of counts.rs.
    let mut other = pool.begin().await.expect("a transaction");
    sqlx::query("SELECT pg_advisory_xact_lock(109330362692723)")
        .execute(&mut *other)
        .await
        .expect("the lock");
    assert_eq!(write_100().await, (0, 100));
    other.rollback().await.expect("the lock is free");
    let (epoch, changes) = write_100().await;
    assert!(epoch > 0 && changes < 100, "{epoch} {changes}");
    // Compacting fails.
    run(
        &pool,
        "ALTER TABLE customer_counts_epoch ADD CONSTRAINT never CHECK (epoch < 0) NOT VALID",
    )
    .await;
    assert_eq!(write_100().await, (epoch, changes + 100));
    run(&pool, "ALTER TABLE customer_counts_epoch DROP CONSTRAINT never").await;
    assert!(write_100().await.1 < 100);
}

#[sqlx::test(migrations = "../migrations")]
async fn mismatches_are_found_and_rebuilt(pool: PgPool) {
    populate(&pool, 50, 32).await;
    // All counts are in customer_counts then. When writes compact the changes depends on the other tests of this process.
    let mut db = pool.acquire().await.expect("a connection");
    rebuild_derived(&mut db).await.expect("rebuilt");
    drop(db);
    assert_eq!(mismatch_count(&pool).await, 0);
    // Behind the triggers' back: a count, the words of a customer, of one who is gone, of a name that nobody has, and a word itself.
    for change in [
        "UPDATE customer_counts SET price_paise = price_paise + 1 WHERE segment = 2",
        "DELETE FROM customer_counts WHERE segment >= 27",
        "UPDATE customer_words SET price_paise = price_paise + 1 WHERE id = (SELECT min(id::text)::uuid FROM customers)",
        "ALTER TABLE customers DISABLE TRIGGER USER;
         UPDATE customers SET deleted_at = now() WHERE id = (SELECT max(id::text)::uuid FROM customers);
         ALTER TABLE customers ENABLE TRIGGER USER",
        "INSERT INTO customer_words SELECT word, 'nobody', id, segment, price_paise, outstanding_paise, all_words FROM customer_words LIMIT 1",
        "DELETE FROM search_words WHERE word = (SELECT min(word) FROM search_words)",
    ] {
        let before = mismatch_count(&pool).await;
        run(&pool, change).await;
        assert!(mismatch_count(&pool).await > before, "{change}");
    }
    let mut db = pool.begin().await.expect("a transaction");
    rebuild_derived(&mut db).await.expect("rebuilt");
    db.commit().await.expect("committed");
    assert_eq!(mismatch_count(&pool).await, 0);
}

/// A writer of a new word waits for another writer of the same word, and they never deadlock.
#[sqlx::test(migrations = "../migrations")]
async fn concurrent_writes_can_add_the_same_new_words(pool: PgPool) {
    let pool = wide(&pool);
    for round in ["quokka", "numbat", "bilby", "dunnart"] {
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..8_usize {
            let pool = pool.clone();
            // Each of them says the same words in another order.
            let words = (0..12).map(|word| format!("{round}{}", char::from(b'a' + ((word * 5 + writer) % 12) as u8)));
            let name = words.collect::<Vec<_>>().join(" ");
            writers.spawn(async move {
                let data = details(&name, &format!("{round}.{writer}@example.in"));
                create(&pool, Uuid::now_v7(), &data).await;
            });
        }
        while let Some(writer) = writers.join_next().await {
            writer.expect("it ends");
        }
    }
    assert_eq!(mismatch_count(&pool).await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn segment_numbers_follow_the_order_of_the_enums(pool: PgPool) {
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

/// The list reads its cells from the columns that they need, a record's are made of what its form would hold.
#[sqlx::test(migrations = "../migrations")]
async fn the_list_shows_what_the_record_shows(pool: PgPool) {
    populate(&pool, 90, 34).await;
    let context = context(&pool);
    let all: Vec<_> = SPEC.fields.iter().filter(|field| field.is_stored()).collect();
    let reversed: Vec<_> = all.iter().rev().copied().collect();
    for columns in [all, reversed, vec![]] {
        let list = list::list(&context, "?size=100", &columns).await.expect("a page");
        assert_eq!(list.rows.len(), 90);
        for row in list.rows {
            let customer = get(&pool, row.id).await.expect("a customer");
            let view = app::customers::codec::Customers::snapshot(&customer);
            // Who has cancelled gets no bill: the list says so itself.
            let is_cancelled = view.draft.value("status") == "Cancelled";
            for (field, cell) in columns.iter().zip(&row.cells) {
                let expected = match field.name {
                    "next_billing" if is_cancelled => app::base::cell::Cell::Empty,
                    _ => view.draft.cell(&SPEC, field),
                };
                assert_eq!(*cell, expected, "{} of {}", field.name, row.title);
            }
        }
    }
}
