//! What triggers derive from the customers, their bills, payments and services: summaries, counts and words. It is correct after any
//! concurrent writes; mismatches are found and rebuilt where it is not.

mod common;

use app::base::units::Paise;
use app::billing::store::summary;
use app::customers::codec::CustomerData;
use app::customers::list;
use app::customers::model::{ChurnRisk, Status};
use app::customers::spec::{SPEC, field};
use app::customers::store::{Mismatches, compact, mismatches, rebuild_derived};
use app::record::draft::Draft;
use app::record::store::RecordStore as _;
use common::{
    Random, add_money, audit, clear_account, context, create, create_varied, delete_if_live, details, get, populate,
    set_deleted, set_derived, update, varied, wide,
};
use sqlx::PgPool;
use uuid::Uuid;

async fn mismatch_count(pool: &PgPool) -> i64 {
    let mut db = pool.acquire().await.expect("a connection");
    let Mismatches { counts, words } = mismatches(&mut db).await.expect("compared");
    let ledger = summary::mismatches(&mut db).await.expect("compared");
    counts + words + ledger.summaries
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
                match random.below(5) {
                    0 => {
                        let data = varied(&mut random, 1_000 + seed as usize * 100 + number);
                        create_varied(&pool, &audit(), random.id(), &data).await;
                    }
                    1 => delete_if_live(&pool, id).await,
                    2 => drop(set_deleted(&pool, id, false).await),
                    3 => {
                        let outstanding = *random.pick(&[-50_000, 0, 50_000]);
                        add_money(&pool, id, Paise(outstanding), Paise(10_000)).await;
                    }
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
async fn manual_sql_leaves_derived_tables_correct(pool: PgPool) {
    populate(&pool, 200, 35).await;
    for statement in [
        "UPDATE customers SET deleted_at = now() WHERE nps < 0",
        "UPDATE customers SET price_paise = price_paise + 100, plan_type = 'Wireless' WHERE churn_risk = 'High'",
        // Of those who are deleted, too.
        "INSERT INTO bills (id, customer_id, kind, issued_on, due_on, billed_name, billed_address, supplied_from, supplied_to, taxable_paise,
             cgst_paise, sgst_paise, igst_paise, round_off_paise, total_paise, open_paise, search_text, created_at)
         SELECT gen_random_uuid(), id, 'Brought forward', '2026-10-01', '2026-10-15', name, address_line, '27', '27', 40000, 0, 0, 0, 0, 40000,
             40000, '', now() FROM customers WHERE nps % 2 = 0",
        "UPDATE bills SET open_paise = 0 WHERE total_paise = 40000",
        "UPDATE bills SET open_paise = total_paise WHERE total_paise = 40000",
        "UPDATE bills SET taxable_paise = taxable_paise + 100, total_paise = total_paise + 100, open_paise = open_paise + 100
         WHERE due_on > '2026-10-31'",
        // Debtors become creditors.
        "INSERT INTO payments (id, customer_id, received_on, amount_paise, method, open_paise, payer_name, search_text, created_at)
         SELECT gen_random_uuid(), id, '2026-11-02', 50000, 'Cheque', 50000, name, '', now() FROM customers WHERE nps >= 0",
        "UPDATE payments SET state = 'Bounced', reversed_on = received_on, reason = 'x', open_paise = 0
         FROM customers c WHERE c.id = customer_id AND method = 'Cheque' AND nps > 50",
        "UPDATE services SET price_paise = price_paise + 100",
        "UPDATE services SET status = 'Suspended' WHERE status = 'Active' AND price_paise > 100000",
        "UPDATE services SET paid_through = paid_through + 5",
        "UPDATE customers SET search_text = search_text || ' quokka' WHERE nps > 50",
        "UPDATE customers SET name_key = 'zz ' || name_key WHERE status = 'Active'",
        "UPDATE customers SET deleted_at = NULL WHERE nps < -50",
        "UPDATE customers SET updated_at = now()",
        "DELETE FROM allocations; DELETE FROM payments; DELETE FROM bills WHERE total_paise <> 40000",
        "DELETE FROM services WHERE status <> 'Active'",
        "DELETE FROM customers c WHERE NOT EXISTS (SELECT FROM services WHERE customer_id = c.id)
             AND NOT EXISTS (SELECT FROM bills WHERE customer_id = c.id)",
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
    assert_eq!(number(&pool, CHANGES).await, 1);
    set_derived(&pool, id, &active_and_owing()).await;
    let edits = [
        ("UPDATE customers SET city = 'Mysuru'", 0),
        ("UPDATE customers SET nps = 7", 0),
        ("UPDATE services SET price_paise = price_paise + 100", 1),
        ("UPDATE services SET login = 'asha'", 0),
        ("UPDATE services SET paid_through = '2026-12-31'", 0),
        ("UPDATE bills SET open_paise = 0", 0),
        ("UPDATE bills SET total_paise = 5, taxable_paise = 5", 1),
        ("UPDATE customers SET price_paise = price_paise + 100", 0),
        ("UPDATE customers SET plan_type = 'Wireless'", 2),
        ("DELETE FROM bills", 1),
        ("DELETE FROM services", 1),
    ];
    let mut expected = number(&pool, CHANGES).await;
    for (edit, changes) in edits {
        run(&pool, edit).await;
        expected += changes;
        assert_eq!(number(&pool, CHANGES).await, expected, "{edit}");
        assert_eq!(mismatch_count(&pool).await, 0, "{edit}");
    }
    set_deleted(&pool, id, true).await.expect("deleted");
    assert_eq!(number(&pool, CHANGES).await, expected + 1);
    assert_eq!(mismatch_count(&pool).await, 0);
}

/// A service and a bill, as [`set_derived`] makes them.
fn active_and_owing() -> Draft {
    let mut derived = Draft::default();
    for (field, value) in [
        (field::STATUS, Status::Active.as_str()),
        (field::PLAN_TYPE, "Fiber"),
        (field::SPEED, "100"),
        (field::PRICE, "699"),
        (field::BILLING_CYCLE, "Monthly"),
        (field::NEXT_BILLING_ON, "2026-12-15"),
        (field::OUTSTANDING, "500"),
        (field::LIFETIME_VALUE, "0"),
    ] {
        derived.put(field, value);
    }
    derived
}

/// Live customers, debtors, what is paid in a month, and what is owed.
async fn counted(pool: &PgPool) -> (i64, i64, i64, i64) {
    let counts = sqlx::query_as(
        "SELECT sum(customers)::bigint, sum(debtors)::bigint, sum(monthly_paise)::bigint, sum(outstanding_paise)::bigint
         FROM (SELECT customers, debtors, monthly_paise, outstanding_paise FROM customer_counts
               UNION ALL
               SELECT customers, debtors, monthly_paise, outstanding_paise FROM customer_count_changes) AS parts",
    );
    counts.fetch_one(pool).await.expect("counts")
}

/// The summary goes on while its customer is deleted. It is in no count then, and all of it is from the restoration on.
#[sqlx::test(migrations = "../migrations")]
async fn deletion_takes_a_summary_out_of_the_counts_and_restoration_puts_it_back(pool: PgPool) {
    let id = create(&pool, Uuid::now_v7(), &details("Asha Rao", "asha@example.in"))
        .await
        .id;
    set_derived(&pool, id, &active_and_owing()).await;
    let segment = async || -> (Option<i16>, i16, i64) {
        let row = sqlx::query_as(
            "SELECT s.segment, c.segment, outstanding_paise FROM customer_summary s JOIN customers c USING (id) WHERE id = $1",
        );
        row.bind(id).fetch_one(&pool).await.expect("a summary")
    };
    let (before, of_customer, _) = segment().await;
    assert_eq!(before, Some(of_customer));
    assert_eq!(counted(&pool).await, (1, 1, 69_900, 50_000));
    // Credit of one customer pays no other's bill.
    let creditor = create(&pool, Uuid::now_v7(), &details("Ravi Iyer", "ravi@example.in")).await;
    add_money(&pool, creditor.id, Paise(-20_000), Paise(0)).await;
    assert_eq!(counted(&pool).await, (2, 1, 69_900, 50_000));

    run(&pool, "UPDATE customers SET deleted_at = now() WHERE name = 'Asha Rao'").await;
    assert_eq!(segment().await, (None, of_customer, 50_000));
    assert_eq!(counted(&pool).await, (1, 0, 0, 0));
    assert_eq!(mismatch_count(&pool).await, 0);
    // What is written meanwhile.
    add_money(&pool, id, Paise(10_000), Paise(0)).await;
    run(
        &pool,
        "UPDATE customers SET churn_risk = 'High' WHERE name = 'Asha Rao'",
    )
    .await;
    let (deleted, now_of_customer, outstanding) = segment().await;
    assert_eq!((deleted, outstanding), (None, 60_000));
    assert_ne!(now_of_customer, of_customer);
    assert_eq!(counted(&pool).await, (1, 0, 0, 0));
    assert_eq!(mismatch_count(&pool).await, 0);

    run(&pool, "UPDATE customers SET deleted_at = NULL").await;
    assert_eq!(segment().await, (Some(now_of_customer), now_of_customer, 60_000));
    assert_eq!(counted(&pool).await, (2, 1, 69_900, 60_000));
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
    let edits: [(Edit, &str, bool); 4] = [
        (|data| data.nps = 7, FIRST, true),
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
    // A search looks up what its customers owe: money changes no word.
    add_money(&pool, id, Paise(50_000), Paise(10_000)).await;
    assert_eq!(rows().await, before);
    clear_account(&pool, id).await;
    set_deleted(&pool, id, true).await.expect("deleted");
    assert_eq!(rows().await, []);
    set_deleted(&pool, id, false).await.expect("restored");
    assert_eq!(words(&rows().await), words(&before));
    assert_eq!(mismatch_count(&pool).await, 0);
}

/// Compacting adds the changes to the counts, which stay as they are. A write is done whether or not they are compacted.
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
    };
    // Migrations have counted, too.
    let first = number(&pool, EPOCH).await;
    let state = async || {
        assert_eq!(mismatch_count(&pool).await, 0);
        (number(&pool, EPOCH).await - first, number(&pool, CHANGES).await)
    };
    let compacted = async || {
        let mut db = pool.acquire().await.expect("a connection");
        compact(&mut db).await
    };
    write_100().await;
    assert_eq!(state().await, (0, 100));
    // Somebody else compacts at the same time: the lock is the one of counts.rs.
    let mut other = pool.begin().await.expect("a transaction");
    sqlx::query("SELECT pg_advisory_xact_lock(109330362692723)")
        .execute(&mut *other)
        .await
        .expect("the lock");
    compacted().await.expect("nothing to do");
    assert_eq!(state().await, (0, 100));
    other.rollback().await.expect("the lock is free");
    // The second time there is nothing to compact, and the counts that are cached still hold.
    for _ in 0..2 {
        compacted().await.expect("compacted");
        assert_eq!(state().await, (1, 0));
    }
    // Compacting fails.
    run(
        &pool,
        "ALTER TABLE customer_counts_epoch ADD CONSTRAINT never CHECK (epoch < 0) NOT VALID",
    )
    .await;
    write_100().await;
    compacted().await.expect_err("the epoch cannot move");
    assert_eq!(state().await, (1, 100));
    run(&pool, "ALTER TABLE customer_counts_epoch DROP CONSTRAINT never").await;
    compacted().await.expect("compacted");
    assert_eq!(state().await, (2, 0));
}

#[sqlx::test(migrations = "../migrations")]
async fn mismatches_are_found_and_rebuilt(pool: PgPool) {
    populate(&pool, 50, 32).await;
    // All counts are in customer_counts then.
    let mut db = pool.acquire().await.expect("a connection");
    rebuild_derived(&mut db).await.expect("rebuilt");
    drop(db);
    assert_eq!(mismatch_count(&pool).await, 0);
    // Behind the triggers' back: a count, the words of a customer, of one who is gone, of a name that nobody has, a word itself, and what
    // two customers owe and count for.
    for change in [
        "UPDATE customer_counts SET monthly_paise = monthly_paise + 1 WHERE segment = 2",
        "DELETE FROM customer_counts WHERE segment >= 27",
        "UPDATE customer_words SET segment = (segment + 1) % 36 WHERE id = (SELECT min(id::text)::uuid FROM customers)",
        "ALTER TABLE customers DISABLE TRIGGER USER;
         UPDATE customers SET deleted_at = now() WHERE id = (SELECT max(id::text)::uuid FROM customers);
         ALTER TABLE customers ENABLE TRIGGER USER",
        "INSERT INTO customer_words (word, name_key, id, segment, all_words)
         SELECT word, 'nobody', id, segment, all_words FROM customer_words LIMIT 1",
        "DELETE FROM search_words WHERE word = (SELECT min(word) FROM search_words)",
        "UPDATE customer_summary SET outstanding_paise = outstanding_paise + 1 WHERE id = (SELECT min(id::text)::uuid FROM customers)",
        "UPDATE customer_summary SET segment = (segment + 1) % 36
         WHERE id = (SELECT id FROM customers WHERE deleted_at IS NULL ORDER BY id OFFSET 1 LIMIT 1)",
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
            for (field, cell) in columns.iter().zip(&row.cells) {
                let expected = view.draft.cell(&SPEC, field);
                assert_eq!(*cell, expected, "{} of {}", field.name, row.title);
            }
        }
    }
}
