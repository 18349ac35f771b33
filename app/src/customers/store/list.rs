//! A page of the customers' list.
//!
//! Whatever is asked for, a page reads about as many rows as it shows, never as many as there are:
//! - without a search, from the index of the sort, or from that of each selected segment, and merged;
//! - a search that finds few: all that it finds is looked up first, and counted;
//! - a search for letters that finds many, sorted by name: merged from those who have a word with them, as they stand by name with each word;
//! - any other search that finds many: the list is walked in its order, passing over what the search does not find, until the page is full.

use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::counts::{COUNTS_EPOCH, CountsCache, SEGMENTS, SegmentCounts, SegmentTotal, selected_segments};
use super::word_index::{push_word_matches, push_words_with};
use crate::base::error::AppError;
use crate::base::keyset::SortValue;
use crate::base::search::SearchTerms;
use crate::customers::spec::SPEC;
use crate::db::predicates::{SearchBy, push_search};
use crate::list::fetch::{Columns, FetchedRows, Scan, fetch_rows, list_sql};
use crate::list::filter::is_common;
use crate::list::page::{PageRows, RowSource};
use crate::list::query::ListQuery;
use crate::list::responses::{COUNT_LIMIT, Row};

/// So few customers are walked through whole. Counts that are a little old may have missed some: a walk goes much further.
const FEW_IN_VIEW: u64 = 20_000;

/// A page, and the counts of what the search finds whatever the facets; none where that is too many to count.
pub async fn list(
    db: &mut PgConnection,
    cache: &CountsCache,
    query: &ListQuery,
    columns: &Columns,
) -> Result<(PageRows, Option<SegmentCounts>), AppError> {
    let rows = CustomerRows::plan(db, cache, query, columns).await?;
    let page = PageRows::read(db, query, &rows).await?;
    let counts = match rows.plan {
        Plan::Browse => Some(cache.at(db, page.extra).await?),
        Plan::Found { counts, .. } => Some(counts),
        Plan::Words(_) | Plan::Walk { .. } => None,
    };
    Ok((page, counts))
}

/// The first live customers that a search finds, by name.
pub async fn find(
    db: &mut PgConnection,
    cache: &CountsCache,
    search: &str,
    columns: &Columns,
    limit: usize,
) -> Result<Vec<Row>, AppError> {
    let query = ListQuery::new(&SPEC).with_filter(|query| query.search = search.to_owned());
    let rows = CustomerRows::plan(db, cache, &query, columns).await?;
    let scan = Scan {
        query: &query,
        key: None,
        backward: false,
        limit,
    };
    let found = rows.rows(db, scan).await?;
    Ok(found.rows.into_iter().map(|fetched| fetched.row).collect())
}

/// How the rows of a list are found.
enum Plan {
    /// There is no search.
    Browse,
    /// The search finds so few: these, of which the facets leave some, by name.
    Found {
        /// What the facets leave: the id and the folded name, in the order of names.
        rows: Vec<(String, Uuid)>,
        /// Of all that is found.
        counts: SegmentCounts,
    },
    /// The search finds many, by name: those who have a word with these letters, and everything else that is looked for.
    Words(String),
    /// The search finds many.
    Walk {
        /// Whether the facets leave so few customers that the walk meets all of them.
        is_whole: bool,
    },
}

/// The rows of a list.
struct CustomerRows<'a> {
    columns: &'a Columns,
    terms: SearchTerms,
    /// The segments that the facets leave; none where they leave all.
    segments: Option<Vec<i16>>,
    plan: Plan,
}

impl<'a> CustomerRows<'a> {
    async fn plan(
        db: &mut PgConnection,
        cache: &CountsCache,
        query: &ListQuery,
        columns: &'a Columns,
    ) -> Result<Self, AppError> {
        let mut rows = Self {
            columns,
            terms: SearchTerms::parse(&query.search),
            segments: selected_segments(query),
            plan: Plan::Browse,
        };
        if !rows.terms.is_empty() {
            rows.plan = rows.plan_search(db, cache, query).await?;
        }
        Ok(rows)
    }

    async fn plan_search(
        &self,
        db: &mut PgConnection,
        cache: &CountsCache,
        query: &ListQuery,
    ) -> Result<Plan, AppError> {
        let customers = cache.recent(db).await?;
        let word = self.terms.longest_word();
        let is_common = word.is_none() && is_common(db, SPEC.table, &self.terms, customers.all()).await?;
        if !is_common && let Some(found) = find_few(db, &self.terms).await? {
            return Ok(self.found(found));
        }
        Ok(match word {
            Some(word) if query.sort_spec().column == "name_key" => Plan::Words(word.to_owned()),
            _ => Plan::Walk {
                is_whole: customers.total(query) <= FEW_IN_VIEW,
            },
        })
    }

    fn found(&self, found: Vec<FoundRow>) -> Plan {
        let counts = SegmentCounts::sum_of(found.iter().map(|row| (row.segment, row.total())));
        let is_left = |row: &FoundRow| self.segments.as_ref().is_none_or(|left| left.contains(&row.segment));
        let left = found.into_iter().filter(is_left).map(|row| (row.name_key, row.id));
        let mut rows: Vec<(String, Uuid)> = left.collect();
        rows.sort_unstable();
        Plan::Found { rows, counts }
    }

    fn statement(&self, scan: &Scan<'_>) -> QueryBuilder<Postgres> {
        let column = scan.column();
        let is_browsing = matches!(self.plan, Plan::Browse);
        let mut sql = list_sql(scan.query, self.columns, is_browsing.then_some(COUNTS_EPOCH));
        match &self.plan {
            Plan::Browse if self.segments.is_none() && scan.query.sort_spec().indexed => {
                sql.push("customers WHERE deleted_at IS NULL");
                scan.push_key(&mut sql, column);
                scan.push_order(&mut sql, &scan.table_column(), Some(scan.limit));
                return sql;
            }
            Plan::Found { rows, .. } => {
                sql.push("customers WHERE deleted_at IS NULL AND id = ANY (")
                    .push_bind(page_of(rows, scan))
                    .push(")");
                scan.push_key(&mut sql, column);
                scan.push_order(&mut sql, &scan.table_column(), Some(scan.limit));
                return sql;
            }
            Plan::Browse => self.push_segments(&mut sql, scan),
            Plan::Words(word) => self.push_words(&mut sql, word, scan),
            Plan::Walk { is_whole } => self.push_walk(&mut sql, scan, *is_whole),
        }
        sql.push(" JOIN customers USING (id)");
        scan.push_order(&mut sql, &scan.table_column(), None);
        sql
    }

    /// The ids of a page's rows, from a page of each segment. They are few enough to be read whole, and for any facets it is the same
    /// statement, which is planned once.
    fn push_segments(&self, sql: &mut QueryBuilder<Postgres>, scan: &Scan<'_>) {
        let segments = self.segments.clone().unwrap_or_else(|| (0..SEGMENTS).collect());
        sql.push("(SELECT part.id FROM unnest(")
            .push_bind(segments)
            .push("::smallint[]) AS selected (segment) CROSS JOIN LATERAL (");
        push_keys(sql, scan, "", scan.limit, |sql| {
            sql.push(" AND segment = selected.segment");
        });
        sql.push(") part");
        scan.push_order(sql, "key", Some(scan.limit));
        sql.push(") page");
    }

    /// The ids of the first by name who are found in a word: a page of each word that may have one of them, merged. Those are at most as
    /// many as a page has rows: the words whose own first customers are the first.
    fn push_words(&self, sql: &mut QueryBuilder<Postgres>, word: &str, scan: &Scan<'_>) {
        sql.push("(WITH words AS MATERIALIZED (");
        push_words_with(sql, word);
        sql.push(") SELECT part.id FROM (SELECT words.word FROM words CROSS JOIN LATERAL (");
        self.push_of_word(sql, word, scan, 1);
        sql.push(") part");
        scan.push_order(sql, "name_key", Some(scan.limit));
        sql.push(") AS words CROSS JOIN LATERAL (");
        self.push_of_word(sql, word, scan, scan.limit);
        sql.push(") part");
        scan.push_order(sql, "name_key", Some(scan.limit));
        sql.push(") page");
    }

    /// The first by name who are found in a word of `words`.
    fn push_of_word(&self, sql: &mut QueryBuilder<Postgres>, word: &str, scan: &Scan<'_>, limit: usize) {
        sql.push("SELECT id, name_key FROM customer_words WHERE word = words.word");
        push_word_matches(sql, word, &self.terms);
        self.push_facets(sql);
        scan.push_key(sql, "name_key");
        scan.push_order(sql, "name_key", Some(limit));
    }

    fn push_facets(&self, sql: &mut QueryBuilder<Postgres>) {
        if let Some(segments) = &self.segments {
            sql.push(" AND segment = ANY (").push_bind(segments.clone()).push(")");
        }
    }

    /// The ids that the search finds in the first rows of the list, which may be fewer than a page.
    fn push_walk(&self, sql: &mut QueryBuilder<Postgres>, scan: &Scan<'_>, is_whole: bool) {
        const TEXT: &str = ", search_text";
        // By name the index has the texts that are looked in; in all other orders each customer's row is fetched for its text.
        let limit = if is_whole || scan.column() == "name_key" {
            400_000
        } else {
            20_000
        };
        sql.push("(SELECT id FROM (");
        if self.segments.is_none() && scan.query.sort_spec().indexed {
            push_keys(sql, scan, TEXT, limit, |_| {});
        } else {
            // Merged from the segments: each is read in order, and only as far as it is needed.
            let segments = self.segments.clone().unwrap_or_else(|| (0..SEGMENTS).collect());
            sql.push("SELECT * FROM (");
            for (at, segment) in segments.into_iter().enumerate() {
                sql.push(if at == 0 { "(" } else { ") UNION ALL (" });
                push_keys(sql, scan, TEXT, limit, |sql| {
                    sql.push(" AND segment = ").push_bind(segment);
                });
            }
            sql.push(")) part");
            scan.push_order(sql, "key", Some(limit));
        }
        // In the order that the rows have anyway: Postgres sees that nothing needs sorting, and stops when a page is full.
        sql.push(") walked WHERE TRUE");
        push_search(sql, &self.terms, SearchBy::Row);
        scan.push_order(sql, "key", Some(scan.limit));
        sql.push(") page");
    }

    /// All that the search finds, looked up first, whatever Postgres thinks of it: it cannot know how many they are.
    fn look_up(&self, scan: &Scan<'_>) -> QueryBuilder<Postgres> {
        let mut sql = list_sql(scan.query, self.columns, None);
        sql.push(format_args!(
            "(WITH found AS MATERIALIZED (SELECT id, {} AS key, segment FROM customers WHERE deleted_at IS NULL",
            scan.column()
        ));
        push_search(&mut sql, &self.terms, SearchBy::Index);
        sql.push(") SELECT id FROM found WHERE TRUE");
        self.push_facets(&mut sql);
        scan.push_key(&mut sql, "key");
        scan.push_order(&mut sql, "key", Some(scan.limit));
        sql.push(") page JOIN customers USING (id)");
        scan.push_order(&mut sql, &scan.table_column(), None);
        sql
    }
}

impl RowSource for CustomerRows<'_> {
    async fn rows(&self, db: &mut PgConnection, scan: Scan<'_>) -> Result<FetchedRows, AppError> {
        let is_browsing = matches!(self.plan, Plan::Browse);
        let fetched = fetch_rows(db, self.statement(&scan), scan.query, self.columns, is_browsing).await?;
        // Where the search and the order have to do with each other, all that is found may stand at the far end.
        if matches!(self.plan, Plan::Walk { is_whole: false }) && fetched.rows.len() < scan.limit {
            return fetch_rows(db, self.look_up(&scan), scan.query, self.columns, false).await;
        }
        Ok(fetched)
    }

    fn is_uncounted(&self) -> bool {
        matches!(self.plan, Plan::Words(_) | Plan::Walk { .. })
    }
}

/// `SELECT` of the ids of the first rows of a part of the table, with the sort's value as `key`.
fn push_keys(
    sql: &mut QueryBuilder<Postgres>,
    scan: &Scan<'_>,
    more: &str,
    limit: usize,
    push_condition: impl FnOnce(&mut QueryBuilder<Postgres>),
) {
    let column = scan.column();
    sql.push(format_args!(
        "SELECT id, {column} AS key{more} FROM customers WHERE deleted_at IS NULL"
    ));
    push_condition(sql);
    scan.push_key(sql, column);
    scan.push_order(sql, column, Some(limit));
}

/// The ids among which a page is: by name, the page's own; in other orders, all.
fn page_of(rows: &[(String, Uuid)], scan: &Scan<'_>) -> Vec<Uuid> {
    if scan.column() != "name_key" {
        return rows.iter().map(|(_, id)| *id).collect();
    }
    let is_rising = scan.query.descending == scan.backward;
    let (mut first, mut end) = (0, rows.len());
    if let Some(key) = scan.key
        && let SortValue::Text(name) = &key.value
    {
        let at = (name.clone(), key.id);
        if is_rising {
            first = rows.partition_point(|row| *row <= at);
        } else {
            end = rows.partition_point(|row| *row < at);
        }
    }
    if is_rising {
        end = end.min(first + scan.limit);
    } else {
        first = first.max(end.saturating_sub(scan.limit));
    }
    rows[first..end.max(first)].iter().map(|(_, id)| *id).collect()
}

/// What is known of a customer that a search finds.
struct FoundRow {
    id: Uuid,
    name_key: String,
    segment: i16,
    price_paise: i64,
    outstanding_paise: i64,
}

impl FoundRow {
    fn total(&self) -> SegmentTotal {
        SegmentTotal {
            customers: 1,
            debtors: i64::from(self.outstanding_paise > 0),
            price_paise: self.price_paise,
            outstanding_paise: self.outstanding_paise,
        }
    }
}

/// All that a search finds; none where that is more than are counted.
async fn find_few(db: &mut PgConnection, terms: &SearchTerms) -> Result<Option<Vec<FoundRow>>, AppError> {
    const FOUND: &str = "SELECT id, name_key, segment, price_paise, outstanding_paise FROM";
    let mut sql = QueryBuilder::<Postgres>::new(FOUND);
    match terms.longest_word() {
        Some(word) => {
            sql.push(" customer_words WHERE word = ANY (ARRAY(");
            push_words_with(&mut sql, word);
            sql.push("))");
            push_word_matches(&mut sql, word, terms);
        }
        None => {
            sql.push(" customers WHERE deleted_at IS NULL");
            push_search(&mut sql, terms, SearchBy::Index);
        }
    }
    sql.push(format_args!(" LIMIT {}", COUNT_LIMIT + 1));
    let rows: Vec<(Uuid, String, i16, i64, i64)> = sql.build_query_as().fetch_all(db).await?;
    let found = rows
        .into_iter()
        .map(|(id, name_key, segment, price_paise, outstanding_paise)| FoundRow {
            id,
            name_key,
            segment,
            price_paise,
            outstanding_paise,
        });
    let found: Vec<FoundRow> = found.collect();
    Ok((found.len() as u64 <= COUNT_LIMIT).then_some(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::keyset::KeysetKey;

    #[test]
    fn a_page_is_a_slice_of_the_matches_by_name() {
        let rows: Vec<(String, Uuid)> = (0..6).map(|at| (format!("n{}", at / 2), Uuid::from_u128(at))).collect();
        let query = ListQuery::new(&SPEC);
        let key = |at: usize| KeysetKey {
            value: SortValue::Text(rows[at].0.clone()),
            id: rows[at].1,
        };
        let page = |key: Option<&KeysetKey>, backward, limit| {
            let scan = Scan {
                query: &query,
                key,
                backward,
                limit,
            };
            page_of(&rows, &scan)
                .into_iter()
                .map(|id| id.as_u128())
                .collect::<Vec<_>>()
        };
        assert_eq!(page(None, false, 2), [0, 1]);
        assert_eq!(page(Some(&key(1)), false, 3), [2, 3, 4]);
        assert_eq!(page(Some(&key(5)), false, 3), Vec::<u128>::new());
        assert_eq!(page(Some(&key(3)), true, 2), [1, 2]);
        assert_eq!(page(None, true, 2), [4, 5]);
    }
}
