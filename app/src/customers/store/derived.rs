//! What triggers derive from the customers and their summaries: counts and words. Compared with them, and rebuilt.

use sqlx::PgConnection;

/// How much of what is derived is not what the customers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatches {
    /// Segments whose counts are wrong.
    pub counts: i64,
    /// Words of customers that are missing, too many, or stand with something else than the customer says.
    pub words: i64,
}

/// Compares all of it. Reads all customers and all words.
pub async fn mismatches(db: &mut PgConnection) -> Result<Mismatches, sqlx::Error> {
    let found = sqlx::query_as!(
        Mismatches,
        r#"WITH entries AS (
               SELECT word, name_key, id, segment, all_words
               FROM customers CROSS JOIN LATERAL customer_search_words(search_text) WHERE deleted_at IS NULL
           ), maintained AS (
               SELECT segment, sum(customers) AS customers, sum(debtors) AS debtors, sum(monthly_paise) AS monthly_paise,
                   sum(outstanding_paise) AS outstanding_paise
               FROM (SELECT segment, customers, debtors, monthly_paise, outstanding_paise FROM customer_counts
                     UNION ALL
                     SELECT segment, customers, debtors, monthly_paise, outstanding_paise FROM customer_count_changes) parts
               GROUP BY segment
           ), counted AS (
               SELECT segment, count(*) AS customers, count(*) FILTER (WHERE outstanding_paise > 0) AS debtors,
                   sum(monthly_paise) AS monthly_paise, sum(greatest(outstanding_paise, 0)) AS outstanding_paise
               FROM customer_summary WHERE segment IS NOT NULL GROUP BY segment
           )
           SELECT (SELECT count(*) FROM maintained m FULL JOIN counted c USING (segment)
                   WHERE (coalesce(m.customers, 0), coalesce(m.debtors, 0), coalesce(m.monthly_paise, 0), coalesce(m.outstanding_paise, 0))
                       IS DISTINCT FROM (coalesce(c.customers, 0), coalesce(c.debtors, 0), coalesce(c.monthly_paise, 0),
                           coalesce(c.outstanding_paise, 0))) AS "counts!",
               (SELECT count(*) FROM entries e FULL JOIN customer_words w USING (word, name_key, id)
                WHERE (e.segment, e.all_words) IS DISTINCT FROM (w.segment, w.all_words))
               + (SELECT count(*) FROM (SELECT word FROM entries EXCEPT SELECT word FROM search_words) unknown) AS "words!""#
    );
    found.fetch_one(db).await
}

/// Rebuilds all of it, and the summaries. Whoever writes customers waits until the transaction of `db` ends.
pub async fn rebuild_derived(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT customers_rebuild_derived()").execute(db).await?;
    Ok(())
}
