//! What the tests share: a filled database, pages of the list, and what plain statements say about the same customers.

use app::base::time::Clock;
use app::customers::list;
use app::customers::spec::SPEC;
use app::customers::store::{self, CountsCache};
use app::http::context::AppContext;
use app::list::query::ListQuery;
use app::list::responses::ListPage;
use chrono::{DateTime, Utc};
use server::database;
use server::seed::{SeedOptions, seed};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use uuid::Uuid;

pub fn now() -> DateTime<Utc> {
    "2026-11-23T06:00:00Z".parse().expect("an instant")
}

/// The program's pool: with the settings for which its statements are written.
pub fn program_pool(pool: &PgPool) -> PgPool {
    database::pool(&pool.connect_options())
}

pub fn context(pool: &PgPool) -> AppContext {
    AppContext::new(program_pool(pool), Clock::new(now))
}

/// Fills the database with so many customers, the same each time. The bills of months take longest: instead a third owe something, many of
/// them the same amount, and a few have credit.
pub async fn fill(pool: &PgPool, customers: u64) {
    let options = SeedOptions {
        customers,
        leads: 1,
        months: Some(0),
        rng_seed: 1,
        replace: false,
    };
    let mut db = pool.acquire().await.expect("a connection");
    seed(&mut db, &options, now(), |_, _| ()).await.expect("seeded");
    change(
        pool,
        "INSERT INTO bills (id, customer_id, kind, issued_on, due_on, billed_name, billed_address, supplied_from, supplied_to, taxable_paise,
             cgst_paise, sgst_paise, igst_paise, round_off_paise, total_paise, open_paise, search_text, created_at)
         SELECT gen_random_uuid(), id, 'Brought forward', '2026-11-01', '2026-11-01', name, address_line, '27', '27', paise, 0, 0, 0, 0, paise,
             paise, '', now()
         FROM customers CROSS JOIN LATERAL (SELECT (account_number % 40 + 1) * 10000 AS paise) AS bill WHERE account_number % 3 = 0;
         INSERT INTO payments (id, customer_id, received_on, amount_paise, method, open_paise, payer_name, search_text, created_at)
         SELECT gen_random_uuid(), id, '2026-11-01', paise, 'Brought forward', paise, name, '', now()
         FROM customers CROSS JOIN LATERAL (SELECT (account_number % 7 + 1) * 5000 AS paise) AS payment WHERE account_number % 30 = 1",
    )
    .await;
}

/// Changes customers by SQL, and lets Postgres tidy up, as it does by itself soon.
pub async fn change(pool: &PgPool, sql: &'static str) {
    sqlx::raw_sql(sql).execute(pool).await.expect("changed");
    sqlx::raw_sql("VACUUM (ANALYZE) customers, customer_summary, customer_words, search_words")
        .execute(pool)
        .await
        .expect("vacuumed");
}

pub async fn page(context: &AppContext, url: &str) -> ListPage {
    list::list(context, url, &[]).await.expect("a page")
}

pub fn ids(list: &ListPage) -> Vec<Uuid> {
    list.rows.iter().map(|row| row.id).collect()
}

pub fn total(list: &ListPage) -> Option<u64> {
    list.totals.as_ref().map(|totals| totals.total)
}

/// The first page and the one behind it, which leads back to the first.
pub async fn two_pages(context: &AppContext, url: &str) -> (ListPage, Vec<Uuid>) {
    let first = page(context, url).await;
    let mut found = ids(&first);
    if let Some(next) = &first.next {
        let second = page(context, next).await;
        found.extend(ids(&second));
        let back = page(context, &second.previous.expect("a page before")).await;
        assert_eq!(back.rows, first.rows, "{url}");
    }
    (first, found)
}

/// All rows of a list, page by page from the first to the last.
pub async fn walk(context: &AppContext, url: &str) -> Vec<Uuid> {
    let mut list = page(context, url).await;
    let mut found = ids(&list);
    while let Some(next) = &list.next {
        list = page(context, next).await;
        assert_eq!(list.before, found.len() as u64, "{url}");
        found.extend(ids(&list));
    }
    found
}

/// The ids that one plain statement gives.
pub async fn plain_ids(pool: &PgPool, condition: &str, order: &str, limit: u64) -> Vec<Uuid> {
    let sql = format!(
        "SELECT id FROM customers JOIN customer_summary USING (id) WHERE deleted_at IS NULL AND {condition} ORDER BY {order} LIMIT {limit}"
    );
    let ids = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(pool).await;
    ids.expect("ids")
}

pub async fn plain_total(pool: &PgPool, condition: &str) -> u64 {
    let sql = format!("SELECT count(*) FROM customers WHERE deleted_at IS NULL AND {condition}");
    let total: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(pool)
        .await
        .expect("a count");
    total.unsigned_abs()
}

/// What a page has read.
#[derive(Clone, Copy, Debug)]
pub struct Reads {
    /// Rows of customers, those of a sample included.
    pub rows: i64,
    /// Blocks of the customers, of their summaries and words, and of all their indexes, each as often as it was read.
    pub blocks: i64,
}

/// As far as this transaction knows.
async fn reads_so_far(db: &mut PgConnection) -> Reads {
    let (rows, blocks) = sqlx::query_as(
        "SELECT (SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'customers'),
             (SELECT sum(pg_stat_get_xact_blocks_fetched(c.oid))::bigint
              FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
              WHERE coalesce(i.indrelid, c.oid)
                  IN ('customers'::regclass, 'customer_summary'::regclass, 'customer_words'::regclass, 'search_words'::regclass))",
    )
    .fetch_one(db)
    .await
    .expect("counts");
    Reads { rows, blocks }
}

/// A page that was measured.
pub struct Measured {
    pub page: ListPage,
    /// How many the search finds, whatever the facets; without a search all. None where that is too many to count.
    pub found: Option<u64>,
    /// Whether what they owe and pay is added up.
    pub is_summed: bool,
    pub reads: Reads,
}

/// A page, and what it reads once its statements are planned: planning looks at the ends of indexes, but only once for a connection.
pub async fn measured(program: &PgPool, cache: &CountsCache, url: &str) -> Measured {
    let mut transaction = program.begin().await.expect("a transaction");
    // What a parallel worker reads would not be counted here.
    sqlx::raw_sql("SET LOCAL max_parallel_workers_per_gather = 0")
        .execute(&mut *transaction)
        .await
        .expect("set");
    let (query, ignored) = ListQuery::parse(&SPEC, url);
    let read = async |db: &mut PgConnection| store::list(db, cache, &query, &[]).await.expect("a page");
    read(&mut transaction).await;
    let before = reads_so_far(&mut transaction).await;
    let (rows, counts) = read(&mut transaction).await;
    let after = reads_so_far(&mut transaction).await;
    let reads = Reads {
        rows: after.rows - before.rows,
        blocks: after.blocks - before.blocks,
    };
    Measured {
        page: rows.answer(&query, ignored, &[], None, now().date_naive()),
        found: counts.as_ref().map(|counts| counts.all()),
        is_summed: counts.is_some_and(|counts| counts.metrics(&query).is_some()),
        reads,
    }
}
