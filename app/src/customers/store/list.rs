//! A page of the customers' list.
//!
//! Whatever is asked for, a page reads about as many rows as it shows, never as many as there are:
//! - without a search, from the index of the sort, or from that of each selected segment, and merged;
//! - a search that finds few: all that it finds is looked up, counted, and sorted;
//! - a search for one word of letters (or for several, where it finds many), sorted by name: merged from those who have a word with them,
//!   as they stand by name with each word;
//! - any other search that finds many: the list is walked in its order, passing over what the search does not find, until the page is full.

use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::counts::{COUNTS_EPOCH, CountsCache, SEGMENTS, SegmentCounts, SegmentTotal, selected_segments};
use super::word_index::{push_word_matches, push_words_with, rarest_word};
use crate::base::error::AppError;
use crate::base::search::SearchTerms;
use crate::customers::spec::{SPEC, SUM_LIMIT, SUMMARY};
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
    let scan = Scan::of_page(query, query.page.as_ref().map(|cursor| &cursor.position), true);
    let rows = CustomerRows::plan(db, cache, scan, columns).await?;
    let page = PageRows::read(db, query, &rows).await?;
    let counts = match rows.plan {
        Plan::Browse => Some(cache.at(db, page.extra).await?),
        Plan::Found(found) => Some(found.counts),
        Plan::Words { counts } => counts,
        Plan::Walk { .. } => None,
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
    let scan = Scan {
        limit,
        ..Scan::of_page(&query, None, false)
    };
    let rows = CustomerRows::plan(db, cache, scan, columns).await?;
    let found = rows.rows(db, scan).await?;
    Ok(found.rows.into_iter().map(|fetched| fetched.row).collect())
}

/// How the rows of a list are found.
enum Plan {
    /// There is no search.
    Browse,
    /// The search finds so few that they are counted.
    Found(FoundFew),
    /// By name, from those who have a word with the letters that are looked up.
    Words {
        /// How many there are, whatever the facets; none where they are many.
        counts: Option<SegmentCounts>,
    },
    /// The search finds many.
    Walk {
        /// Whether the facets leave so few customers that the walk meets all of them.
        is_whole: bool,
    },
}

/// What a search finds, where that is few.
struct FoundFew {
    /// How many there are, whatever the facets.
    counts: SegmentCounts,
    /// The ids of the rows of a scan.
    ids: Vec<Uuid>,
}

/// The rows of a list.
struct CustomerRows<'a> {
    /// The scan that the plan was made for.
    planned: Scan<'a>,
    columns: &'a Columns,
    terms: SearchTerms,
    /// The word of the search that is looked up among the words of customers; none where the search looks for anything but letters.
    word: Option<String>,
    /// The segments that the facets leave; none where they leave all.
    segments: Option<Vec<i16>>,
    plan: Plan,
}

impl<'a> CustomerRows<'a> {
    async fn plan(
        db: &mut PgConnection,
        cache: &CountsCache,
        planned: Scan<'a>,
        columns: &'a Columns,
    ) -> Result<Self, AppError> {
        let query = planned.query;
        let terms = SearchTerms::parse(&query.search);
        let mut rows = Self {
            planned,
            columns,
            word: rarest_word(db, &terms).await?,
            terms,
            segments: selected_segments(query),
            plan: Plan::Browse,
        };
        if !rows.terms.is_empty() {
            rows.plan = rows.plan_search(db, cache).await?;
        }
        Ok(rows)
    }

    async fn plan_search(&self, db: &mut PgConnection, cache: &CountsCache) -> Result<Plan, AppError> {
        let query = self.planned.query;
        let customers = cache.recent(db).await?;
        let by_word = self.word.is_some() && query.sort_spec().column == "name_key";
        // Merging a page from the words costs less than sorting all that is found, unless other words leave few of it.
        let merges = by_word && self.terms.iter().count() == 1;
        let is_common = self.word.is_none() && is_common(db, &SPEC, &self.terms, customers.all()).await?;
        let found = match is_common {
            true => None,
            false => self.find_few(db, (!merges).then_some(&self.planned)).await?,
        };
        Ok(match found {
            Some(found) if !merges => Plan::Found(found),
            found if by_word => Plan::Words {
                counts: found.map(|found| found.counts),
            },
            _ => Plan::Walk {
                is_whole: customers.total(query) <= FEW_IN_VIEW,
            },
        })
    }

    fn statement(&self, scan: &Scan<'_>) -> QueryBuilder<Postgres> {
        let column = scan.column();
        let is_browsing = matches!(self.plan, Plan::Browse);
        let mut sql = list_sql(scan.query, self.columns, is_browsing.then_some(COUNTS_EPOCH));
        match &self.plan {
            Plan::Browse if self.segments.is_none() && scan.query.sort_spec().indexed => {
                let source = Source::of(scan);
                sql.push(format_args!(
                    "{} JOIN {} USING (id) WHERE {}",
                    source.table, source.other, source.live
                ));
                scan.push_key(&mut sql, column);
                scan.push_order(&mut sql, &scan.table_column(), Some(scan.limit));
                return sql;
            }
            Plan::Found(found) => return self.by_ids(scan, found.ids.clone()),
            Plan::Browse => self.push_segments(&mut sql, scan),
            Plan::Words { .. } => self.push_words(&mut sql, scan),
            Plan::Walk { is_whole } => self.push_walk(&mut sql, scan, *is_whole),
        }
        push_joined(&mut sql, scan);
        sql
    }

    fn by_ids(&self, scan: &Scan<'_>, ids: Vec<Uuid>) -> QueryBuilder<Postgres> {
        let mut sql = list_sql(scan.query, self.columns, None);
        sql.push(format_args!(
            "customers JOIN {SUMMARY} USING (id) WHERE deleted_at IS NULL AND id = ANY ("
        ))
        .push_bind(ids)
        .push(")");
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
        push_keys(sql, scan, false, scan.limit, |sql| {
            sql.push(" AND segment = selected.segment");
        });
        sql.push(") part");
        scan.push_order(sql, "key", Some(scan.limit));
        sql.push(") page");
    }

    /// The ids of the first by name who are found in a word: a page of each word that may have one of them, merged. Those are at most as
    /// many as a page has rows: the words whose own first customers are the first.
    fn push_words(&self, sql: &mut QueryBuilder<Postgres>, scan: &Scan<'_>) {
        let word = self.word.as_deref().unwrap_or_default();
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
        // By name the index has the texts that are looked in; in all other orders each customer's row is fetched for its text.
        let limit = if is_whole || scan.column() == "name_key" {
            400_000
        } else {
            20_000
        };
        sql.push("(SELECT id FROM (");
        if self.segments.is_none() && scan.query.sort_spec().indexed {
            push_keys(sql, scan, true, limit, |_| {});
        } else {
            // Merged from the segments: each is read in order, and only as far as it is needed.
            let segments = self.segments.clone().unwrap_or_else(|| (0..SEGMENTS).collect());
            sql.push("SELECT * FROM (");
            for (at, segment) in segments.into_iter().enumerate() {
                sql.push(if at == 0 { "(" } else { ") UNION ALL (" });
                push_keys(sql, scan, true, limit, |sql| {
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
            Source::of(scan).key_of("customers")
        ));
        push_search(&mut sql, &self.terms, SearchBy::Index);
        sql.push(") SELECT id FROM found WHERE TRUE");
        self.push_facets(&mut sql);
        scan.push_key(&mut sql, "key");
        scan.push_order(&mut sql, "key", Some(scan.limit));
        sql.push(") page");
        push_joined(&mut sql, scan);
        sql
    }

    /// What the search finds; none where that is more than are counted. One statement counts it and picks the rows of a scan, so that it
    /// is looked up once; without a scan it only counts.
    async fn find_few(&self, db: &mut PgConnection, scan: Option<&Scan<'_>>) -> Result<Option<FoundFew>, AppError> {
        let column = scan.map_or("name_key", Scan::column);
        let mut sql = QueryBuilder::<Postgres>::new("WITH found AS (SELECT id, segment, ");
        let mut source = "found".to_owned();
        if let Some(word) = &self.word {
            sql.push("name_key AS key FROM customer_words WHERE word = ANY (ARRAY(");
            push_words_with(&mut sql, word);
            sql.push("))");
            push_word_matches(&mut sql, word, &self.terms);
            if let Some(scan) = scan.filter(|_| column != "name_key") {
                // OFFSET keeps Postgres from looking each up again wherever the key is used.
                let key = Source::of(scan).key_of("found");
                source = format!("(SELECT id, segment, {key} AS key FROM found OFFSET 0) AS found");
            }
        } else {
            let key = scan.map_or_else(|| column.to_owned(), |scan| Source::of(scan).key_of("customers"));
            sql.push(format_args!("{key} AS key FROM customers WHERE deleted_at IS NULL"));
            push_search(&mut sql, &self.terms, SearchBy::Index);
        }
        // What they owe is looked up one by one, unless they are too many for that.
        sql.push(format_args!(
            " LIMIT {limit}) \
             SELECT NULL::uuid AS id, segment, count(*) AS customers, count(*) FILTER (WHERE outstanding_paise > 0) AS debtors, \
                 coalesce(sum(monthly_paise), 0)::bigint AS monthly_paise, \
                 coalesce(sum(outstanding_paise) FILTER (WHERE outstanding_paise > 0), 0)::bigint AS outstanding_paise \
             FROM found LEFT JOIN LATERAL (SELECT monthly_paise, outstanding_paise FROM {SUMMARY} s \
                 WHERE s.id = found.id AND (SELECT count(*) FROM found) <= {SUM_LIMIT} OFFSET 0) AS money ON TRUE \
             GROUP BY segment",
            limit = COUNT_LIMIT + 1
        ));
        if let Some(scan) = scan {
            sql.push(format_args!(
                " UNION ALL (SELECT id, 0::smallint, 0, 0, 0, 0 FROM {source} WHERE (SELECT count(*) FROM found) <= {COUNT_LIMIT}"
            ));
            self.push_facets(&mut sql);
            scan.push_key(&mut sql, "key");
            scan.push_order(&mut sql, "key", Some(scan.limit));
            sql.push(")");
        }
        let rows: Vec<FoundRow> = sql.build_query_as().fetch_all(db).await?;
        let counts = SegmentCounts::sum_of(rows.iter().filter(|row| row.id.is_none()).map(FoundRow::total));
        let counts = match counts.all() {
            ..=SUM_LIMIT => counts,
            _ => counts.without_amounts(),
        };
        let ids = rows.iter().filter_map(|row| row.id).collect();
        Ok((counts.all() <= COUNT_LIMIT).then_some(FoundFew { counts, ids }))
    }
}

impl RowSource for CustomerRows<'_> {
    async fn rows(&self, db: &mut PgConnection, scan: Scan<'_>) -> Result<FetchedRows, AppError> {
        let is_browsing = matches!(self.plan, Plan::Browse);
        let sql = match &self.plan {
            // The page that was asked for is gone: this is the nearest one.
            Plan::Found(_) if scan != self.planned => {
                let found = self.find_few(db, Some(&scan)).await?;
                self.by_ids(&scan, found.map(|found| found.ids).unwrap_or_default())
            }
            _ => self.statement(&scan),
        };
        let fetched = fetch_rows(db, sql, scan.query, self.columns, is_browsing).await?;
        // Where the search and the order have to do with each other, all that is found may stand at the far end.
        if matches!(self.plan, Plan::Walk { is_whole: false }) && fetched.rows.len() < scan.limit {
            return fetch_rows(db, self.look_up(&scan), scan.query, self.columns, false).await;
        }
        Ok(fetched)
    }

    fn is_uncounted(&self) -> bool {
        matches!(self.plan, Plan::Words { counts: None } | Plan::Walk { .. })
    }
}

/// The rows of a page whose ids are known, in its order.
fn push_joined(sql: &mut QueryBuilder<Postgres>, scan: &Scan<'_>) {
    sql.push(format_args!(" JOIN customers USING (id) JOIN {SUMMARY} USING (id)"));
    scan.push_order(sql, &scan.table_column(), None);
}

/// The table that has the column of a sort. An index has it in order only there.
struct Source {
    table: &'static str,
    column: &'static str,
    /// The other one of the two tables.
    other: &'static str,
    /// The condition that leaves the rows of live customers.
    live: &'static str,
    /// A row's search text, with its name.
    text: &'static str,
}

impl Source {
    fn of(scan: &Scan<'_>) -> Self {
        let column = scan.column();
        match scan.query.sort_spec().table {
            None => Self {
                table: "customers",
                column,
                other: SUMMARY,
                live: "deleted_at IS NULL",
                text: "search_text",
            },
            Some(table) => Self {
                table,
                column,
                other: "customers",
                live: "customer_summary.segment IS NOT NULL",
                text: "(SELECT search_text FROM customers WHERE customers.id = customer_summary.id) AS search_text",
            },
        }
    }

    /// The sort's value for a row of a table with the customer's id. Each is looked up by itself: Postgres cannot know how few they are, and
    /// would read the whole table.
    fn key_of(&self, rows: &str) -> String {
        let Self { table, column, .. } = self;
        match *table == rows {
            true => (*column).to_owned(),
            false => format!("(SELECT k.{column} FROM {table} k WHERE k.id = {rows}.id)"),
        }
    }
}

/// `SELECT` of the ids of the first rows of a part of the table, with the sort's value as `key`; on demand with the search text.
fn push_keys(
    sql: &mut QueryBuilder<Postgres>,
    scan: &Scan<'_>,
    with_text: bool,
    limit: usize,
    push_condition: impl FnOnce(&mut QueryBuilder<Postgres>),
) {
    let (column, source) = (scan.column(), Source::of(scan));
    sql.push(format_args!("SELECT id, {column} AS key"));
    if with_text {
        sql.push(", ").push(source.text);
    }
    sql.push(format_args!(" FROM {} WHERE {}", source.table, source.live));
    push_condition(sql);
    scan.push_key(sql, column);
    scan.push_order(sql, column, Some(limit));
}

/// A row of the statement that finds few: of the scan (the id alone), or what there is of a segment (no id).
#[derive(FromRow)]
struct FoundRow {
    id: Option<Uuid>,
    segment: i16,
    customers: i64,
    debtors: i64,
    monthly_paise: i64,
    outstanding_paise: i64,
}

impl FoundRow {
    fn total(&self) -> (i16, SegmentTotal) {
        let total = SegmentTotal {
            customers: self.customers,
            debtors: self.debtors,
            monthly_paise: self.monthly_paise,
            outstanding_paise: self.outstanding_paise,
        };
        (self.segment, total)
    }
}
