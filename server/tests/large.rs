//! Searches in a database that is large enough for the program to take its sample: each way to a page gives what one plain
//! statement gives, and too much to count is said to be so.

use app::context::{AppContext, Clock};
use app::customers::query::cursor::{Cursor, Position};
use app::customers::query::{CustomerQuery, Filter};
use app::customers::search;
use app::customers::service;
use app::customers::store::{self, Asked, Foreseen, Known, Narrowed};
use app::customers::view::{COUNTED, CustomerList};
use chrono::{DateTime, Utc};
use server::seed::{SeedOptions, seed};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use uuid::Uuid;

fn now() -> DateTime<Utc> {
    "2026-11-23T06:00:00Z".parse().expect("an instant")
}

async fn fill(pool: &PgPool) {
    fill_with(pool, 25_000).await;
}

async fn fill_with(pool: &PgPool, customers: u64) {
    let options = SeedOptions {
        customers,
        leads: 1,
        rng_seed: 1,
        replace: false,
    };
    let mut db = pool.acquire().await.expect("a connection");
    seed(&mut db, &options, now(), |_, _| ()).await.expect("seeded");
}

/// Changes customers behind the program's back, and what it keeps of their words.
async fn change(pool: &PgPool, sql: &'static str) {
    let mut transaction = pool.begin().await.expect("a transaction");
    sqlx::raw_sql(sql).execute(&mut *transaction).await.expect("changed");
    store::mend_words(&mut transaction).await.expect("collected");
    transaction.commit().await.expect("kept");
}

async fn page(context: &AppContext, address: &str) -> CustomerList {
    service::list(context, address, vec![]).await.expect("a page")
}

/// The ids that one plain statement gives for the first and second page.
async fn plainly(pool: &PgPool, condition: &str, order: &str) -> Vec<Uuid> {
    let sql = format!("SELECT id FROM customers WHERE deleted_at IS NULL AND {condition} ORDER BY {order} LIMIT 50");
    sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_all(pool)
        .await
        .expect("ids")
}

async fn total(pool: &PgPool, condition: &str) -> u64 {
    let sql = format!("SELECT count(*) FROM customers WHERE deleted_at IS NULL AND {condition}");
    let total: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(pool)
        .await
        .expect("a count");
    total.unsigned_abs()
}

#[sqlx::test(migrations = "../migrations")]
async fn every_way_to_a_page_of_a_search_gives_the_same(pool: PgPool) {
    fill(&pool).await;
    let context = AppContext::new(pool.clone(), Clock::new(now));
    // With the first search the sample is taken. It does not have this word, which stands in longer ones.
    page(&context, "?q=kumar").await;
    change(
        &pool,
        "UPDATE customers
         SET search_text = search_text || ' ' || repeat('a', (account_number % 5)::int) || 'quincunxes'
         WHERE account_number % 199 = 7",
    )
    .await;
    let searches = [
        // All, half, a few in a hundred, some, hardly anybody, nobody.
        ("91", "search_text LIKE '% 91%'"),
        ("example.in", "search_text LIKE '%example.in%'"),
        ("kumar", "search_text LIKE '%kumar%'"),
        (
            "example.in kumar",
            "search_text LIKE '%example.in%' AND search_text LIKE '%kumar%'",
        ),
        ("zubin", "search_text LIKE '%zubin%'"),
        // Parts of telephone numbers, of words, and of several words.
        ("5432", "search_text LIKE '%5432%'"),
        ("987 65", "search_text LIKE '%98765%'"),
        ("shv", "search_text LIKE '%shv%'"),
        ("venkat mur", "search_text LIKE '%venkat%' AND search_text LIKE '%mur%'"),
        ("rahul rahul", "search_text LIKE '%rahul%'"),
        ("rah rahul r", "search_text LIKE '%rahul%' AND search_text LIKE '% r%'"),
        (
            "rahul sharma",
            "search_text LIKE '%rahul%' AND search_text LIKE '%sharma%'",
        ),
        ("kumar mum", "search_text LIKE '%kumar%' AND search_text LIKE '%mum%'"),
        (
            "s rao",
            "(search_text LIKE '% s%' AND search_text LIKE '%rao%' OR search_text LIKE '%s rao%')",
        ),
        (
            "kumar p ra",
            "search_text LIKE '%kumar%' AND search_text LIKE '% p%' AND search_text LIKE '% ra%'",
        ),
        // As they stand, whatever a pattern would make of them.
        ("100%", "search_text LIKE '%100\\%%'"),
        ("_rao", "search_text LIKE '%\\_rao%'"),
        ("rao s", "search_text LIKE '%rao%' AND search_text LIKE '% s%'"),
        // Letters of which the index may know nothing.
        ("प्रिया", "search_text LIKE '%प्रिया%'"),
        (
            "प्रिया sharma",
            "search_text LIKE '%प्रिया%' AND search_text LIKE '%sharma%'",
        ),
        ("lm-0000042", "search_text LIKE '%lm-0000042%'"),
        // Long words, and parts of them that begin anywhere; the sample has some, and of others nothing.
        ("thoshvasud", "search_text LIKE '%thoshvasud%'"),
        ("hoshvasude", "search_text LIKE '%hoshvasude%'"),
        ("oshvasudev@mail", "search_text LIKE '%oshvasudev@mail%'"),
        (
            "vasudevan gopalakrishnan",
            "search_text LIKE '%vasudevan%' AND search_text LIKE '%gopalakrishnan%'",
        ),
        ("quincunxes", "search_text LIKE '%quincunxes%'"),
        ("incunxes", "search_text LIKE '%incunxes%'"),
        (
            "quincunxe mumbai",
            "search_text LIKE '%quincunxe%' AND search_text LIKE '%mumbai%'",
        ),
        (
            "nobody at all",
            "search_text LIKE '%nobody%' AND search_text LIKE '% at%' AND search_text LIKE '%all%'",
        ),
    ];
    let filters = [
        ("", "TRUE"),
        ("&churn=High", "churn_risk = 'High'"),
        (
            "&status=Suspended&plan=Wireless",
            "status = 'Suspended' AND plan_type = 'Wireless'",
        ),
    ];
    let orders = [
        ("name", "name_key, id"),
        ("-outstanding", "outstanding_paise DESC, id DESC"),
        // Here the order has to do with the search for a number.
        ("account", "account_number, id"),
        ("-since", "customer_since DESC, id DESC"),
    ];
    let mut uncounted = 0;
    for (search, found) in searches {
        for (filter, chosen) in filters {
            let condition = format!("({found}) AND {chosen}");
            let total = total(&pool, &condition).await;
            for (sort, order) in orders {
                let q: String = form_urlencoded::byte_serialize(search.as_bytes()).collect();
                let address = format!("?q={q}{filter}&sort={sort}");
                let first = page(&context, &address).await;
                let mut ids: Vec<Uuid> = first.rows.iter().map(|row| row.customer.id).collect();
                if let Some(next) = &first.next {
                    let second = page(&context, next).await;
                    ids.extend(second.rows.iter().map(|row| row.customer.id));
                    let back = page(&context, &second.previous.expect("a page before")).await;
                    assert_eq!(back.rows, first.rows, "{address}");
                }
                assert_eq!(ids, plainly(&pool, &condition, order).await, "{address}");
                match &first.numbers {
                    Some(numbers) => assert_eq!(numbers.total, total, "{address}"),
                    None => {
                        uncounted += 1;
                        assert!(self::total(&pool, found).await > COUNTED, "{address}");
                        assert!(first.last.is_none(), "{address}");
                    }
                }
            }
        }
    }
    // The search that finds everybody.
    assert!(uncounted >= 12, "{uncounted}");
}

/// A list is passed over only so far: rows of a small segment that stand behind are not shown before what was not looked at of a large one.
#[sqlx::test(migrations = "../migrations")]
async fn no_row_of_a_large_segment_is_left_out(pool: PgPool) {
    fill_with(&pool, 40_000).await;
    // The first 20,500 of the large segment are not found, those behind are; and all of the small segment, which stands behind them.
    change(
        &pool,
        "UPDATE customers SET status = 'Active', cancelled_on = NULL, cancel_reason = NULL, plan_type = 'Fiber',
             churn_risk = CASE WHEN account_number <= 37000 THEN 'Low' ELSE 'High' END::churn_risk,
             search_text = search_text || CASE WHEN account_number > 20500 THEN ' quokka' ELSE '' END,
             outstanding_paise = account_number",
    )
    .await;
    let context = AppContext::new(pool.clone(), Clock::new(now));
    let found = "search_text LIKE '%quokka%'";
    for (order, sql) in [
        ("outstanding", "outstanding_paise, id"),
        ("-outstanding", "outstanding_paise DESC, id DESC"),
    ] {
        let first = page(&context, &format!("?q=quokka&status=Active&sort={order}")).await;
        let second = page(&context, first.next.as_deref().expect("a page behind")).await;
        let ids: Vec<Uuid> = first
            .rows
            .iter()
            .chain(&second.rows)
            .map(|row| row.customer.id)
            .collect();
        assert_eq!(ids, plainly(&pool, found, sql).await, "{order}");
    }
}

/// What is found may stand at the far end of the order, beyond what is passed over: then it is looked up after all.
#[sqlx::test(migrations = "../migrations")]
async fn a_common_search_at_the_far_end_of_the_order_is_found(pool: PgPool) {
    fill_with(&pool, 40_000).await;
    change(
        &pool,
        // A list under a filter is passed over as far.
        "UPDATE customers SET status = 'Active', cancelled_on = NULL, cancel_reason = NULL;
         UPDATE customers SET search_text = search_text || ' quokka', outstanding_paise = 99999999
         WHERE account_number % 20 < 9;
         UPDATE customers SET outstanding_paise = 0 WHERE account_number % 20 >= 9",
    )
    .await;
    let context = AppContext::new(pool.clone(), Clock::new(now));
    for filter in ["", "&status=Active"] {
        let list = page(&context, &format!("?q=quokka&sort=outstanding{filter}")).await;
        assert_eq!(list.rows.len(), 25);
    }
    let everywhere = page(&context, "?q=quokka&sort=outstanding").await;
    let expected = plainly(&pool, "search_text LIKE '%quokka%'", "outstanding_paise, id").await;
    let ids: Vec<Uuid> = everywhere.rows.iter().map(|row| row.customer.id).collect();
    assert_eq!(ids, expected[..25]);
}

/// Names that begin with what is searched stand together; those of others stand anywhere. By name all who have a word are found among the words; of what
/// is shorter the list has the names alone that begin with it, and says so. Sorted otherwise it has all.
#[sqlx::test(migrations = "../migrations")]
async fn by_name_a_search_for_very_many_names_begins_where_they_do(pool: PgPool) {
    fill(&pool).await;
    change(
        &pool,
        // Several pages of them have no more of a name than that.
        "UPDATE customers SET name = 'Quokka ' || account_number, name_key = 'quokka ' || account_number,
             search_text = ' quokka ' || account_number
         WHERE account_number % 10 < 7;
         UPDATE customers SET name = 'Quokka', name_key = 'quokka', search_text = ' quokka'
         WHERE account_number % 100 = 3;
         UPDATE customers SET search_text = search_text || ' quokka' WHERE account_number % 10 = 8",
    )
    .await;
    let context = AppContext::new(pool.clone(), Clock::new(now));
    // Of which one leaves few, and is walked through where very many are found, and one more than that.
    let filters = [
        ("", "TRUE"),
        ("&churn=High", "churn_risk = 'High'"),
        (
            "&status=Active&status=Suspended&status=Cancelled",
            "status <> 'Pending'",
        ),
    ];
    assert!(total(&pool, filters[2].1).await > 20_000);
    for (filter, chosen) in filters {
        for (search, sort, found, order, beginning) in [
            ("quokka", "name", "search_text LIKE '%quokka%'", "name_key, id", None),
            (
                "quokka",
                "-name",
                "search_text LIKE '%quokka%'",
                "name_key DESC, id DESC",
                None,
            ),
            (
                "quokka",
                "-nps",
                "search_text LIKE '%quokka%'",
                "nps DESC, id DESC",
                None,
            ),
            ("qu", "name", "name_key LIKE 'qu%'", "name_key, id", Some("qu")),
            (
                "qu",
                "-name",
                "name_key LIKE 'qu%'",
                "name_key DESC, id DESC",
                Some("qu"),
            ),
            ("qu", "-nps", "search_text LIKE '% qu%'", "nps DESC, id DESC", None),
        ] {
            let address = format!("?q={search}{filter}&sort={sort}");
            let first = page(&context, &address).await;
            let second = page(&context, first.next.as_deref().expect("a page behind")).await;
            let back = page(&context, second.previous.as_deref().expect("a page before")).await;
            assert_eq!(back.rows, first.rows, "{address}");
            let rows = first.rows.iter().chain(&second.rows);
            let ids: Vec<Uuid> = rows.map(|row| row.customer.id).collect();
            let condition = format!("{found} AND {chosen}");
            assert_eq!(ids, plainly(&pool, &condition, order).await, "{address}");
            assert_eq!(first.beginning.as_deref(), beginning, "{address}");
            assert!(first.numbers.is_none() && first.last.is_none(), "{address}");
        }
    }
    // A page of 25 and one more is found and then read, wherever it begins; with a filter some are met in each of twelve segments. Among the
    // words nobody is read to be found.
    for (address, most) in [
        ("?q=quokka", 26),
        ("?q=quokka&status=Active&status=Suspended&status=Cancelled", 26),
        ("?q=quokka&churn=High", 200),
        ("?q=qu", 60),
        ("?q=qu&churn=High", 60 + 12),
    ] {
        let first = page(&context, address).await;
        for address in [address, first.next.as_deref().expect("a page behind")] {
            let mut transaction = pool.begin().await.expect("a transaction");
            sqlx::raw_sql("SET LOCAL plan_cache_mode = force_generic_plan")
                .execute(&mut *transaction)
                .await
                .expect("set");
            let (query, _) = CustomerQuery::from_url(address);
            let asked = Asked {
                query: &query,
                columns: &[],
                known: &context.known,
                now: now(),
            };
            // Where it is planned, the ends of an index are read.
            store::list(&mut transaction, &asked).await.expect("a page");
            let before = read(&mut transaction).await;
            store::list(&mut transaction, &asked).await.expect("a page");
            let read = read(&mut transaction).await - before;
            assert!((26..=most).contains(&read), "{address} reads {read}");
        }
    }
    // To the end of it, and no further.
    let few = "churn_risk = 'High' AND status = 'Suspended' AND plan_type = 'Wireless'";
    for (search, found) in [("quokka", "search_text LIKE '%quokka%'"), ("qu", "name_key LIKE 'qu%'")] {
        let all = total(&pool, &format!("{found} AND {few}")).await;
        let mut list = page(
            &context,
            &format!("?q={search}&churn=High&status=Suspended&plan=Wireless"),
        )
        .await;
        let mut rows = list.rows.len() as u64;
        while let Some(next) = &list.next {
            list = page(&context, next).await;
            rows += list.rows.len() as u64;
        }
        assert_eq!(rows, all);
        assert!(rows > 25, "{rows}");
    }
    // Others are found by another word.
    let other: (String, i64) =
        sqlx::query_as("SELECT email_key, account_number FROM customers WHERE account_number % 10 = 8 LIMIT 1")
            .fetch_one(&pool)
            .await
            .expect("a customer");
    let found = page(&context, &format!("?q=qu+{}", other.0)).await;
    assert!(found.rows.iter().any(|row| row.customer.account_number.0 == other.1));
    assert_eq!(found.beginning, None);
}

/// Whatever is expected of a search, and however wrongly, the list has what it has to have.
#[sqlx::test(migrations = "../migrations")]
async fn what_is_expected_of_a_search_changes_only_the_way_to_it(pool: PgPool) {
    fill(&pool).await;
    change(
        &pool,
        "UPDATE customers SET name = 'Numbat ' || account_number, name_key = 'numbat ' || account_number,
             search_text = ' numbat wallaby ' || account_number
         WHERE account_number <= 60;
         UPDATE customers SET search_text = search_text || ' numbat' WHERE account_number BETWEEN 61 AND 70;
         UPDATE customers SET name = 'Quokka ' || account_number, name_key = 'quokka ' || account_number,
             search_text = ' quokka wombat ' || account_number
         WHERE account_number BETWEEN 1000 AND 12000;
         UPDATE customers SET search_text = search_text || ' quokka' WHERE account_number BETWEEN 12001 AND 12070",
    )
    .await;
    let known = Known::default();
    let mut db = pool.acquire().await.expect("a connection");
    for (search, in_text, found, count) in [
        ("numbat", "%numbat%", 70, Some(70)),
        ("quokka", "%quokka%", 11_071, None),
        ("qu", "% qu%", 11_071, None),
        ("numbat w", "%numbat w%", 60, Some(60)),
        ("wom quokka", "%quokka wom%", 11_001, None),
    ] {
        for (many, walk, begins_names, few_in_view, rare) in [
            (true, true, true, false, false),
            (true, true, false, false, false),
            (true, true, true, true, false),
            (true, false, true, false, false),
            (true, false, false, false, false),
            (false, false, true, false, false),
            (false, false, false, false, true),
        ] {
            for (sort, order) in [("name", "name_key, id"), ("-nps", "nps DESC, id DESC")] {
                let told = format!(
                    "{search} many {many} walk {walk} begins {begins_names} few {few_in_view} rare {rare} by {sort}"
                );
                let (query, _) = CustomerQuery::from_url(&format!("?q={search}&sort={sort}&size=50"));
                let asked = Asked {
                    query: &query,
                    columns: &[],
                    known: &known,
                    now: now(),
                };
                let foreseen = Foreseen {
                    many,
                    walk,
                    begins_names,
                    few_in_view,
                    needles: search::needles(search),
                    rarest: search.contains("wom").then(|| "wom".to_owned()),
                    narrowed: match search.split(' ').next().filter(|word| rare && word.len() >= 3) {
                        Some(word) => Narrowed::Word(word.to_owned()),
                        None => Narrowed::default(),
                    },
                    ..Foreseen::default()
                };
                let page = store::list_as_foreseen(&mut db, &asked, foreseen).await.expect(&told);
                let of_names = many && begins_names && sort == "name" && count.is_none() && search.len() < 3;
                let condition = match of_names {
                    true => format!("name_key LIKE '{search}%'"),
                    false => format!("search_text LIKE '{in_text}'"),
                };
                let ids: Vec<Uuid> = page.rows.iter().map(|row| row.customer.id).collect();
                assert_eq!(ids, plainly(&pool, &condition, order).await, "{told}");
                assert_eq!(page.beginning.is_some(), of_names, "{told}");
                let total = page.counts.map(|counts| counts.total(&Filter::default()));
                assert_eq!(total, count, "{told}");
                assert_eq!(total.unwrap_or(found), found, "{told}");
            }
        }
    }
}

/// What is written with a customer is what is looked for, for every text: the program and the database cut the same words.
#[sqlx::test(migrations = "../migrations")]
async fn the_words_of_a_text_are_the_same_in_the_database(pool: PgPool) {
    fill(&pool).await;
    let texts: Vec<(String, Vec<String>)> = sqlx::query_as(
        "SELECT text, array(SELECT word || ' of' || all_words FROM customer_search_words(text) ORDER BY length(word) DESC, word DESC)
         FROM (SELECT search_text FROM customers UNION ALL SELECT * FROM unnest($1::text[])) AS given (text)",
    )
    .bind(vec![
        "",
        "abcdefghi",
        "\nabc\u{1}def\u{7f}ghi\n",
        " ab1abcdefghij2xyz abcdefghijklmno ab",
        " kuppuswamyiyer7KUPPUSWAMY",
        " éa éab éclairs\u{131}iii \u{80}\u{9f}\u{a0}",
        " प्रिया देश द \u{20000}\u{10ffff}x \u{20000}\u{10ffff}",
        "`abc{def",
        " neil7rao rao@neil o'rao oé",
    ])
    .fetch_all(&pool)
    .await
    .expect("texts");
    assert_eq!(texts.len(), 25_009);
    for (text, cut) in texts {
        let words = search::words(&text);
        let marked = words
            .iter()
            .map(|word| format!("{}{}", if word.begins { ' ' } else { '-' }, word.letters));
        let marked: Vec<String> = marked.collect();
        let found = words.iter().enumerate().filter(|(_, word)| word.is_found_anywhere());
        let expected = found.map(|(place, word)| {
            let (longer, others) = marked.split_at(place);
            format!("{} of{}|{}", word.letters, longer.concat(), others.concat())
        });
        assert_eq!(expected.collect::<Vec<_>>(), cut, "{text}");
    }
}

/// Nobody is looked at but those whom a word finds: by name not even they.
#[sqlx::test(migrations = "../migrations")]
async fn a_word_is_looked_up_among_the_words(pool: PgPool) {
    fill(&pool).await;
    let known = Known::default();
    let found = async |db: &mut PgConnection, address: &str| {
        let (query, _) = CustomerQuery::from_url(address);
        let asked = Asked {
            query: &query,
            columns: &[],
            known: &known,
            now: now(),
        };
        store::list(db, &asked).await.expect("a page").rows.len()
    };
    // With the first page the sample is taken, which does not have the word.
    assert_eq!(
        found(&mut *pool.acquire().await.expect("a connection"), "?q=incunxe").await,
        0
    );
    change(
        &pool,
        "UPDATE customers SET search_text = search_text || ' quincunxes' WHERE account_number > 24990",
    )
    .await;
    // Ten have it. Where something else is sorted by or looked for, each of them is looked at; and then those that are shown are read.
    for (address, shown, reads) in [
        ("?q=incunxe", 10, 10),
        ("?q=incunxe&sort=nps", 10, 20),
        ("?q=incunxe+lm-0025000", 1, 11),
    ] {
        let mut transaction = pool.begin().await.expect("a transaction");
        sqlx::raw_sql("SET LOCAL plan_cache_mode = force_generic_plan")
            .execute(&mut *transaction)
            .await
            .expect("set");
        // Where it is planned, the ends of an index are read.
        found(&mut transaction, address).await;
        let before = read(&mut transaction).await;
        assert_eq!(found(&mut transaction, address).await, shown, "{address}");
        assert_eq!(read(&mut transaction).await - before, reads, "{address}");
    }
}

/// How many customers a connection has read, as far as its transaction knows.
async fn read(db: &mut PgConnection) -> i64 {
    sqlx::query_scalar("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'customers'")
        .fetch_one(db)
        .await
        .expect("a count")
}

/// Whatever filters, sorts or searches: a page reads about as many customers as it shows, with one plan for all that can be bound.
#[sqlx::test(migrations = "../migrations")]
async fn a_page_reads_about_a_page(pool: PgPool) {
    fill(&pool).await;
    let known = Known::default();
    // A page of 25 and one more; with filters the keys of a page of each segment, and a few that are met by the way. The search finds half of the customers that it meets, and meets them in
    // the order of the page, whatever the segment.
    for (address, most) in [
        ("", 26),
        ("?sort=-nps", 26),
        ("?churn=High", 26 + 12 * 30),
        ("?churn=High&status=Active&sort=-price", 26 + 3 * 30),
        (
            "?status=Active&status=Pending&status=Suspended&status=Cancelled&sort=since",
            26,
        ),
        ("?q=example.in", 100),
        ("?q=example.in&sort=nps", 100),
        ("?q=example.in&churn=High&sort=-price", 100 + 12),
        ("?q=example.in&status=Active", 100 + 9),
    ] {
        let (first, _) = CustomerQuery::from_url(address);
        let asked = |query| Asked {
            query,
            columns: &[],
            known: &known,
            now: now(),
        };
        // What is known of the customers beforehand is read now and then, not for each page.
        let mut db = pool.acquire().await.expect("a connection");
        let page = store::list(&mut db, &asked(&first)).await.expect("a page");
        let behind = Position::After {
            spot: page.last.expect("rows"),
            at: 25,
        };
        let second = CustomerQuery {
            page: Some(Cursor::new(behind, &first)),
            ..first.clone()
        };
        for query in [&first, &second] {
            let mut transaction = pool.begin().await.expect("a transaction");
            sqlx::raw_sql("SET LOCAL plan_cache_mode = force_generic_plan")
                .execute(&mut *transaction)
                .await
                .expect("set");
            let before = read(&mut transaction).await;
            let page = store::list(&mut transaction, &asked(query)).await.expect("a page");
            assert_eq!(page.rows.len(), 25, "{address}");
            let read = read(&mut transaction).await - before;
            assert!((26..=most).contains(&read), "{address} reads {read}");
        }
    }
}
