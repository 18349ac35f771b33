//! What a page reads: about as much as it shows, or as a search finds where that is few, never as much as there is.

use std::collections::BTreeSet;

use app::customers::spec::SUM_LIMIT;
use app::customers::store::CountsCache;
use sqlx::PgPool;

use crate::support::{Measured, fill, measured, program_pool};

/// A page of 25 and one more.
const PAGE: i64 = 26;
/// The blocks for what stands in the other table about each row of a page: its summary or, in the order of a summary, its customer.
const JOINED: i64 = 4 * PAGE;
/// A sample is to have 4,000 rows. Postgres draws blocks, and sometimes more of them.
const SAMPLE: i64 = 5_500;
/// The rows whose texts have all that the index knows of a number, three characters each, and not the number: looked at, and left out.
const LOOK_ALIKES: i64 = 10_000;

/// The first page of a list and, where there is one, the page behind it.
async fn first_pages(program: &PgPool, url: &str) -> Vec<(String, Measured)> {
    let cache = CountsCache::default();
    let first = measured(program, &cache, url).await;
    let next = first.page.next.clone();
    let mut pages = vec![(url.to_owned(), first)];
    if let Some(next) = next {
        let second = measured(program, &cache, &next).await;
        pages.push((next, second));
    }
    pages
}

#[sqlx::test(migrations = "../migrations")]
async fn a_page_reads_few_more_rows_than_it_shows(pool: PgPool) {
    fill(&pool, 50_000).await;
    let program = program_pool(&pool);
    a_list_without_a_search(&program).await;
    a_search_that_finds_many(&program).await;
    a_search_that_finds_few(&program).await;
}

/// No row is read but the page's own, whatever the sort and the facets; and of each of up to 36 segments, a few blocks of its index.
async fn a_list_without_a_search(program: &PgPool) {
    for (url, most_blocks) in [
        ("", 60),
        ("?sort=-nps", 250),
        // Of summaries that have just changed, entries of the index are looked up in the table, too.
        ("?sort=-outstanding", 900),
        ("?sort=next_billing", 900),
        ("?sort=-lifetime_value", 900),
        ("?churn=High", 180),
        ("?churn=High&sort=-outstanding", 400),
        ("?churn=High&status=Active&sort=-price", 150),
        (
            "?status=Active&status=Pending&status=Suspended&status=Cancelled&sort=since",
            250,
        ),
    ] {
        for (url, Measured { page, reads, .. }) in first_pages(program, url).await {
            assert_eq!(page.rows.len(), 25, "{url}");
            assert_eq!(reads.rows, PAGE, "{url}: {reads:?}");
            assert!((1..=most_blocks + JOINED).contains(&reads.blocks), "{url}: {reads:?}");
        }
    }
}

async fn a_search_that_finds_many(program: &PgPool) {
    for (url, most_rows, most_blocks) in [
        // By name from the words: nobody is read to be found.
        ("?q=example", PAGE, 700),
        ("?q=example&sort=-name", PAGE, 700),
        ("?q=example&churn=High", PAGE, 700),
        // In other orders the list is walked, and the search finds every second or third.
        ("?q=example&sort=nps", 150, 900),
        ("?q=example&churn=High&sort=-price", 150, 900),
        // Whatever is no letter is looked for in the texts; by name, those stand in the index.
        ("?q=example.in", SAMPLE + PAGE, 1_100),
        ("?q=example.in&sort=nps", SAMPLE + 150, 1_200),
        ("?q=example.in&churn=High&sort=-price", SAMPLE + 150, 1_200),
        ("?q=example.in&status=Active", SAMPLE + PAGE, 1_100),
        ("?q=e", SAMPLE + PAGE, 1_100),
        // The texts are the customers', each looked up from its summary.
        ("?q=e&sort=-outstanding", SAMPLE + 150, 900 + 3 * 150),
    ] {
        for (url, Measured { page, found, reads, .. }) in first_pages(program, url).await {
            assert_eq!((page.rows.len(), found), (25, None), "{url}");
            assert!((PAGE..=most_rows).contains(&reads.rows), "{url}: {reads:?}");
            assert!(
                (PAGE..=most_blocks + JOINED).contains(&reads.blocks),
                "{url}: {reads:?}"
            );
        }
    }
}

/// All that is found is looked up, and for each what it owes, unless they are too many for that. Among the words, and by name or a value of
/// the summary, no row is read but the page's own; sorted otherwise, those that are found are read once for the value that they are sorted by,
/// too.
async fn a_search_that_finds_few(program: &PgPool) {
    let mut summed = BTreeSet::new();
    for (url, is_in_words, has_value) in [
        ("?q=zubin", true, true),
        ("?q=venkat+mur", true, true),
        ("?q=venkat+mur&sort=nps", true, false),
        ("?q=kumar", true, true),
        ("?q=kumar&churn=High", true, true),
        ("?q=kumar&sort=nps", true, false),
        ("?q=kumar&sort=-outstanding", true, true),
        ("?q=kumar&churn=High&sort=-price", true, false),
        ("?q=rahul+sharma&sort=-since", true, false),
        ("?q=प्रिया", true, true),
        ("?q=9876", false, true),
        ("?q=lm-0000042&sort=nps", false, false),
        ("?q=lm-00001&sort=-price", false, false),
        ("?q=as+r", false, true),
    ] {
        for (url, measured) in first_pages(program, url).await {
            let Measured {
                page,
                found,
                is_summed,
                reads,
            } = measured;
            let shown = page.rows.len() as i64;
            let found = found.expect("a count") as i64;
            assert_eq!(is_summed, found <= SUM_LIMIT as i64, "{url} finds {found}");
            summed.insert(is_summed);
            let to_find = if is_in_words { 0 } else { SAMPLE + LOOK_ALIKES + found };
            let most_rows = to_find + if has_value { PAGE } else { found + PAGE };
            assert!(
                (shown..=most_rows).contains(&reads.rows),
                "{url} finds {found}: {reads:?}"
            );
            // A word, a row or a summary that is looked up by its key takes a few blocks.
            let most_blocks = 800 + JOINED + 9 * found + if is_in_words { 0 } else { LOOK_ALIKES };
            assert!(
                (1..=most_blocks).contains(&reads.blocks),
                "{url} finds {found}: {reads:?}"
            );
        }
    }
    assert_eq!(summed.len(), 2, "some are added up, and some are too many");
}
