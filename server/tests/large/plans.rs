//! Whatever plan a search is answered by, a page has the rows that one plain statement gives.

use app::customers::list;
use app::list::responses::COUNT_LIMIT;
use sqlx::PgPool;

use crate::support::{change, context, fill, ids, page, plain_ids, plain_total, total, two_pages, walk};

/// Searches, and what each means.
const SEARCHES: &[(&str, &str)] = &[
    // All, half, a few in a hundred, some, nobody.
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
    ("+91 9", "search_text LIKE '%919%'"),
    ("4 2", "search_text LIKE '% 42%'"),
    ("shv", "search_text LIKE '%shv%'"),
    ("venkat mur", "search_text LIKE '%venkat%' AND search_text LIKE '%mur%'"),
    ("rahul rahul", "search_text LIKE '%rahul%'"),
    ("rah rahul r", "search_text LIKE '%rahul%' AND search_text LIKE '% r%'"),
    (
        "rahul sharma",
        "search_text LIKE '%rahul%' AND search_text LIKE '%sharma%'",
    ),
    ("kumar mum", "search_text LIKE '%kumar%' AND search_text LIKE '%mum%'"),
    // One or two letters begin a word, wherever they stand among the others.
    ("e", "search_text LIKE '% e%'"),
    ("qu", "search_text LIKE '% qu%'"),
    ("s ra", "search_text LIKE '% s%' AND search_text LIKE '% ra%'"),
    ("s rao", "search_text LIKE '% s%' AND search_text LIKE '%rao%'"),
    ("rao s", "search_text LIKE '% s%' AND search_text LIKE '%rao%'"),
    (
        "kumar p ra",
        "search_text LIKE '%kumar%' AND search_text LIKE '% p%' AND search_text LIKE '% ra%'",
    ),
    // As they stand, whatever a pattern would make of them.
    ("100%", "search_text LIKE '%100\\%%'"),
    ("_rao", "search_text LIKE '%\\_rao%'"),
    ("lm-0000042", "search_text LIKE '%lm-0000042%'"),
    // Letters of which the trigram index may know nothing.
    ("प्रिया", "search_text LIKE '%प्रिया%'"),
    ("प्", "search_text LIKE '% प्%'"),
    (
        "प्रिया sharma",
        "search_text LIKE '%प्रिया%' AND search_text LIKE '%sharma%'",
    ),
    // Parts of long words that begin anywhere.
    ("thoshvasud", "search_text LIKE '%thoshvasud%'"),
    ("oshvasudev@mail", "search_text LIKE '%oshvasudev@mail%'"),
    (
        "vasudevan gopalakrishnan",
        "search_text LIKE '%vasudevan%' AND search_text LIKE '%gopalakrishnan%'",
    ),
    // Words that many have, each in a longer word of another.
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

#[sqlx::test(migrations = "../migrations")]
async fn every_plan_gives_the_same_pages(pool: PgPool) {
    fill(&pool, 25_000).await;
    change(
        &pool,
        "UPDATE customers
         SET search_text = search_text || ' ' || repeat('a', (account_number % 5)::int) || 'quincunxes'
         WHERE account_number % 199 = 7",
    )
    .await;
    let context = context(&pool);
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
        // Without an index of its own.
        ("-since", "customer_since DESC, id DESC"),
    ];
    let mut uncounted = 0;
    for (search, found) in SEARCHES {
        let is_counted = plain_total(&pool, found).await <= COUNT_LIMIT;
        uncounted += u32::from(!is_counted);
        for (filter, left) in filters {
            let condition = format!("{found} AND {left}");
            let expected = is_counted.then_some(plain_total(&pool, &condition).await);
            for (sort, order) in orders {
                let q: String = form_urlencoded::byte_serialize(search.as_bytes()).collect();
                let url = format!("?q={q}{filter}&sort={sort}");
                let (first, found) = two_pages(&context, &url).await;
                assert_eq!(found, plain_ids(&pool, &condition, order, 50).await, "{url}");
                assert_eq!(total(&first), expected, "{url}");
                assert!(is_counted || first.last.is_none(), "{url}");
            }
        }
    }
    assert!(uncounted >= 3, "{uncounted}");
    // Who chooses a customer gets the first by name.
    for (search, found) in SEARCHES {
        let chosen = list::find(&context, search, 8).await.expect("customers");
        let chosen: Vec<_> = chosen.into_iter().map(|row| row.id).collect();
        assert_eq!(chosen, plain_ids(&pool, found, "name_key, id", 8).await, "{search}");
    }
}

/// A scan has a limit. Matches beyond it are looked up after all.
#[sqlx::test(migrations = "../migrations")]
async fn rows_beyond_a_scans_limit_are_found(pool: PgPool) {
    fill(&pool, 35_000).await;
    let context = context(&pool);
    // All who are found stand at the far end. A filtered list is walked as far.
    change(
        &pool,
        "UPDATE customers SET status = 'Active', cancelled_on = NULL, cancel_reason = NULL,
             search_text = search_text || CASE WHEN account_number % 5 < 2 THEN ' quokka 7' ELSE '' END;
         UPDATE customer_summary s SET outstanding_paise = CASE WHEN account_number % 5 < 2 THEN 99999999 ELSE 0 END
         FROM customers c WHERE c.id = s.id",
    )
    .await;
    let expected = plain_ids(&pool, "search_text LIKE '%quokka%'", "outstanding_paise, id", 50).await;
    // Letters alone, and what is looked up in the texts.
    for search in ["quokka", "quokka+7"] {
        for filter in ["", "&status=Active"] {
            let url = format!("?q={search}&sort=outstanding{filter}");
            assert_eq!(two_pages(&context, &url).await.1, expected, "{url}");
        }
    }
    // The first 20,500 of a large segment are not found, those behind are; so are all of a small one, which stands behind them. The
    // rows of the small segment are not shown before what was not looked at of the large one.
    change(
        &pool,
        "UPDATE customers SET plan_type = 'Fiber', churn_risk = CASE WHEN account_number <= 33000 THEN 'Low' ELSE 'High' END::churn_risk,
             search_text = search_text || CASE WHEN account_number > 20500 THEN ' numbat' ELSE '' END;
         UPDATE customer_summary s SET outstanding_paise = account_number FROM customers c WHERE c.id = s.id",
    )
    .await;
    for (sort, order) in [
        ("outstanding", "outstanding_paise, id"),
        ("-outstanding", "outstanding_paise DESC, id DESC"),
    ] {
        let url = format!("?q=numbat&status=Active&sort={sort}");
        let expected = plain_ids(&pool, "search_text LIKE '%numbat%'", order, 50).await;
        assert_eq!(two_pages(&context, &url).await.1, expected, "{sort}");
    }
}

/// By name, those who are found are merged from all words that have the letters, each found once, however many of those words it has.
#[sqlx::test(migrations = "../migrations")]
async fn matches_by_name_are_merged_from_the_word_index(pool: PgPool) {
    fill(&pool, 25_000).await;
    change(
        &pool,
        // Several pages of them have the same name.
        "UPDATE customers SET name = coalesce(other, name), name_key = coalesce(lower(other), name_key),
             search_text = coalesce(' ' || lower(other), search_text) || more
         FROM (SELECT id AS changed,
                   CASE WHEN account_number % 10 < 5 THEN 'Quokka ' || account_number
                        WHEN account_number % 100 IN (6, 7) THEN 'Quokka' END AS other,
                   CASE account_number % 10 WHEN 4 THEN ' quokkahouse.quokka' WHEN 5 THEN ' myquokkas quokkahouse quokka'
                        WHEN 8 THEN ' myquokkas' WHEN 9 THEN '' ELSE ' house' END AS more
               FROM customers) changes
         WHERE id = changed",
    )
    .await;
    let context = context(&pool);
    let filters = [
        ("", "TRUE"),
        ("&churn=High", "churn_risk = 'High'"),
        (
            "&status=Active&status=Suspended&status=Cancelled",
            "status <> 'Pending'",
        ),
    ];
    let searches = [
        ("quokka", "search_text LIKE '%quokka%'"),
        ("okka", "search_text LIKE '%okka%'"),
        (
            "quokka house",
            "search_text LIKE '%quokka%' AND search_text LIKE '%house%'",
        ),
        ("quokka h", "search_text LIKE '%quokka%' AND search_text LIKE '% h%'"),
        ("qu", "search_text LIKE '% qu%'"),
    ];
    for (search, found) in searches {
        assert!(plain_total(&pool, found).await > COUNT_LIMIT, "{search}");
        let search = search.replace(' ', "+");
        for (filter, left) in filters {
            for (sort, order) in [
                ("name", "name_key, id"),
                ("-name", "name_key DESC, id DESC"),
                ("-nps", "nps DESC, id DESC"),
            ] {
                let url = format!("?q={search}{filter}&sort={sort}");
                let (first, ids) = two_pages(&context, &url).await;
                let expected = plain_ids(&pool, &format!("{found} AND {left}"), order, 50).await;
                assert_eq!(ids, expected, "{url}");
                assert!(first.totals.is_none() && first.last.is_none(), "{url}");
            }
        }
        // To the end of it, and no further.
        let few = format!("{found} AND churn_risk = 'High' AND status = 'Suspended' AND plan_type = 'Wireless'");
        let expected = plain_ids(&pool, &few, "name_key, id", 1_000).await;
        let url = format!("?q={search}&churn=High&status=Suspended&plan=Wireless");
        assert_eq!(walk(&context, &url).await, expected, "{url}");
        assert!(expected.len() > 25, "{}", expected.len());
    }
}

/// The counts by which the program plans may be old. However wrong they are, a page has what it has to have.
#[sqlx::test(migrations = "../migrations")]
async fn stale_counts_change_only_the_plan(pool: PgPool) {
    // A search reads the counts once and keeps them, a list without one would read them again.
    let of_none = context(&pool);
    page(&of_none, "?q=anybody").await;
    fill(&pool, 25_000).await;
    let of_all = context(&pool);
    page(&of_all, "?q=anybody").await;
    let searches = [
        ("example", "search_text LIKE '%example%'"),
        ("example.in", "search_text LIKE '%example.in%'"),
        ("e", "search_text LIKE '% e%'"),
        ("kumar", "search_text LIKE '%kumar%'"),
        ("lm-00001", "search_text LIKE '%lm-00001%'"),
    ];
    for left in [25_000, 15_000, 500] {
        let of_now = context(&pool);
        for (search, found) in searches {
            for (filter, chosen) in [("", "TRUE"), ("&churn=High", "churn_risk = 'High'")] {
                for (sort, order) in [("name", "name_key, id"), ("-nps", "nps DESC, id DESC")] {
                    let url = format!("?q={search}{filter}&sort={sort}");
                    let expected = plain_ids(&pool, &format!("{found} AND {chosen}"), order, 50).await;
                    for context in [&of_none, &of_all, &of_now] {
                        let (first, found) = two_pages(context, &url).await;
                        assert_eq!(found, expected, "{url} of {left}");
                        assert!(!ids(&first).is_empty(), "{url} of {left}");
                    }
                }
            }
        }
        let fewer = match left {
            25_000 => "UPDATE customers SET deleted_at = now() WHERE account_number > 15000",
            _ => "UPDATE customers SET deleted_at = now() WHERE account_number > 500",
        };
        change(&pool, fewer).await;
    }
}
