//! Which rows a search finds never depends on the sort: paging to the end of a list gives the same rows in every order.

use app::customers::spec::SPEC;
use app::http::context::AppContext;
use app::list::responses::COUNT_LIMIT;
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::{change, context, fill, page, plain_ids, total, walk};

/// Every sort, upwards and downwards.
fn every_order() -> Vec<String> {
    let names = SPEC.sorts.iter().map(|sort| sort.name);
    names.flat_map(|name| [name.to_owned(), format!("-{name}")]).collect()
}

/// All whom a plain statement finds, by id.
async fn plainly_found(pool: &PgPool, condition: &str) -> Vec<Uuid> {
    plain_ids(pool, condition, "id", i64::MAX as u64).await
}

/// The same rows stand in the list in each of the orders, each once.
async fn assert_same_rows(context: &AppContext, url: &str, orders: &[String], expected: &[Uuid]) {
    for order in orders {
        let url = format!("{url}&size=100&sort={order}");
        let mut found = walk(context, &url).await;
        found.sort_unstable();
        assert!(found == expected, "{url}: {} and not {}", found.len(), expected.len());
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn every_sort_order_has_the_same_rows(pool: PgPool) {
    fill(&pool, 25_000).await;
    // As many as are counted, and one more.
    change(
        &pool,
        "UPDATE customers SET search_text = search_text || ' quokka' || CASE account_number WHEN 2 THEN '' ELSE ' numbat' END
         WHERE account_number % 5 < 2 OR account_number = 2",
    )
    .await;
    let context = context(&pool);
    few_are_the_same(&pool, &context).await;
    many_are_the_same(&pool, &context).await;
}

async fn few_are_the_same(pool: &PgPool, context: &AppContext) {
    for (search, found) in [
        // Looked up among the words.
        ("kumar", "search_text LIKE '%kumar%'"),
        ("rao+m", "search_text LIKE '%rao%' AND search_text LIKE '% m%'"),
        ("venkat+mur", "search_text LIKE '%venkat%' AND search_text LIKE '%mur%'"),
        ("प्रिया", "search_text LIKE '%प्रिया%'"),
        // And in the texts.
        ("as+r", "search_text LIKE '% as%' AND search_text LIKE '% r%'"),
        ("lm-00012", "search_text LIKE '%lm-00012%'"),
        ("9876", "search_text LIKE '%9876%'"),
    ] {
        for (filter, left) in [("", "TRUE"), ("&churn=High", "churn_risk = 'High'")] {
            let expected = plainly_found(pool, &format!("{found} AND {left}")).await;
            let url = format!("?q={search}{filter}");
            assert!((1..2_000).contains(&expected.len()), "{url}: {}", expected.len());
            assert_same_rows(context, &url, &every_order(), &expected).await;
        }
    }
}

/// Where nobody counts them, nobody does in any order.
async fn many_are_the_same(pool: &PgPool, context: &AppContext) {
    let some_orders = ["name", "-name", "outstanding", "-nps"].map(str::to_owned);
    let limit = COUNT_LIMIT as usize;
    for (search, found, filter, left) in [
        (
            "numbat",
            "search_text LIKE '%numbat%'",
            "&churn=High",
            "churn_risk = 'High'",
        ),
        (
            "quokka",
            "search_text LIKE '%quokka%'",
            "&churn=High",
            "churn_risk = 'High'",
        ),
        // Here a sample is asked. Those who are found stand beside each other in the table.
        (
            "lm-001",
            "search_text LIKE '%lm-001%'",
            "&churn=High",
            "churn_risk = 'High'",
        ),
        ("example.in", "search_text LIKE '%example.in%'", "", "TRUE"),
        ("e", "search_text LIKE '% e%'", "&churn=High", "churn_risk = 'High'"),
    ] {
        let all = plainly_found(pool, found).await.len();
        match search {
            "numbat" | "lm-001" => assert_eq!(all, limit, "{search}"),
            "quokka" => assert_eq!(all, limit + 1, "{search}"),
            _ => assert!(all > limit, "{search}: {all}"),
        }
        let expected = plainly_found(pool, &format!("{found} AND {left}")).await;
        let counted = (all <= limit).then_some(expected.len() as u64);
        for order in every_order() {
            let url = format!("?q={search}{filter}&sort={order}");
            assert_eq!(total(&page(context, &url).await), counted, "{url}");
        }
        assert_same_rows(context, &format!("?q={search}{filter}"), &some_orders, &expected).await;
    }
}
