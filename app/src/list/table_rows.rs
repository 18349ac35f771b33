//! The rows of a list that is read from its table: of every subject that has facets and a search, and nothing of its own beside them.
//!
//! Whatever is asked for, a page reads about as many rows as it shows:
//! - without a search, from the index of the sort, or from that of each combination of values of indexed facets, and merged;
//! - a search that finds few: from these;
//! - a search that finds many, and facets that no index has in order: the list is walked in its order, passing over what they do not leave,
//!   until the page is full.

use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::cursor::Position;
use super::fetch::{Columns, FetchedRows, Scan, fetch_rows, list_sql};
use super::filter::{Found, facet_options, push_facets};
use super::page::{PageRows, RowSource};
use super::query::ListQuery;
use super::responses::{COUNT_LIMIT, ListPage, Totals};
use crate::base::error::AppError;
use crate::base::search::SearchTerms;
use crate::base::spec::{SubjectSpec, ValueOption};
use crate::db::options::LoadedOptions;
use crate::db::predicates::{SearchBy, push_search};
use crate::http::context::AppContext;

/// A walk passes over so many rows before all that search and facets leave is looked up instead.
const WALK: usize = 20_000;

/// A page of the list with some columns, which nobody has counted. `address` is the part of the list's address behind the path.
///
/// # Errors
/// The database's.
pub async fn list<S: LoadedOptions>(
    context: &AppContext,
    spec: &'static SubjectSpec,
    address: &str,
    columns: &Columns,
) -> Result<ListPage, AppError> {
    let (query, ignored) = ListQuery::parse(spec, address);
    let query = &query;
    let read = context.read_db(|mut db| async move {
        let rows = TableRows::plan(&mut db, query, columns).await?;
        let page = PageRows::read(&mut db, query, &rows).await?;
        let labels = labels_of_chosen::<S>(&mut db, query).await?;
        Ok((page, rows.total, labels))
    });
    let (page, total, labels) = read.await?;
    let totals = total.map(|total| Totals {
        total,
        ..Totals::default()
    });
    let page = page.answer(query, ignored, columns, totals, context.clock.today());
    Ok(ListPage {
        labels,
        totals: None,
        ..page
    })
}

/// What people call the chosen values of loaded facets, where it is not the value itself.
///
/// # Errors
/// The database's.
pub async fn labels_of_chosen<S: LoadedOptions>(
    db: &mut PgConnection,
    query: &ListQuery,
) -> Result<Vec<ValueOption>, AppError> {
    let mut labels = Vec::new();
    for (place, facet) in query.spec.facets.iter().enumerate() {
        if query.chosen(place).is_empty() {
            continue;
        }
        let mut options = facet_options::<S>(db, facet).await?;
        options.retain(|option| query.has(place, &option.value) && option.label != option.value);
        labels.append(&mut options);
    }
    Ok(labels)
}

/// The rows of a list.
pub struct TableRows<'a> {
    columns: &'a Columns,
    terms: SearchTerms,
    found: Found,
    /// How many there are, where the last page is asked for and they are few enough to be counted.
    total: Option<u64>,
    is_uncounted: bool,
}

impl<'a> TableRows<'a> {
    /// Chooses how the rows of a list are read.
    ///
    /// # Errors
    /// The database's.
    pub async fn plan(db: &mut PgConnection, query: &ListQuery, columns: &'a Columns) -> Result<Self, AppError> {
        let terms = SearchTerms::parse(&query.search);
        let found = Found::look_up(db, query.spec, &terms).await?;
        let mut rows = Self {
            columns,
            terms,
            is_uncounted: matches!(found, Found::Many),
            found,
            total: None,
        };
        let is_last = query
            .page
            .as_ref()
            .is_some_and(|cursor| cursor.position == Position::Last);
        if is_last && !rows.is_uncounted {
            rows.total = rows.count(db, query).await?;
            rows.is_uncounted = rows.total.is_none();
        }
        Ok(rows)
    }

    /// How many rows there are; none where they are more than are counted.
    async fn count(&self, db: &mut PgConnection, query: &ListQuery) -> Result<Option<u64>, AppError> {
        let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM ");
        self.push_live(&mut sql, query);
        sql.push(format_args!(" LIMIT {}) counted", COUNT_LIMIT + 1));
        let count: i64 = sql.build_query_scalar().fetch_one(db).await?;
        Ok(Some(count.unsigned_abs()).filter(|count| *count <= COUNT_LIMIT))
    }

    /// The table, and what search and facets leave of it.
    fn push_live(&self, sql: &mut QueryBuilder<Postgres>, query: &ListQuery) {
        sql.push(query.spec.table).push(" WHERE ").push(query.spec.live_rows());
        if let Found::Few(ids) = &self.found {
            sql.push(" AND id = ANY (").push_bind(ids.clone()).push(")");
        }
        push_facets(sql, query, &[]);
    }

    /// Whether rows are passed over on the way to a page: the search finds many, or facets other than those that the list is merged by.
    fn is_walk(&self, query: &ListQuery) -> bool {
        let merged = merged_facets(query);
        let mut places = 0..query.spec.facets.len();
        let has_others = places.any(|place| !merged.contains(&place) && !query.chosen(place).is_empty());
        match self.found {
            Found::Few(_) => false,
            Found::Many => true,
            Found::All => has_others,
        }
    }

    fn statement(&self, scan: &Scan<'_>) -> QueryBuilder<Postgres> {
        let query = scan.query;
        let mut sql = list_sql(query, self.columns, None);
        let is_few = matches!(self.found, Found::Few(_));
        let merged = merged_facets(query);
        if !is_few && !merged.is_empty() {
            sql.push("(SELECT part.id FROM ");
            for place in merged {
                sql.push("unnest(").push_bind(values_in_view(query, *place));
                sql.push(format_args!(
                    "::text[]::{}[]) AS {} (value) CROSS JOIN ",
                    query.spec.facets[*place].sql_type,
                    values_alias(*place)
                ));
            }
            sql.push("LATERAL (");
            self.push_part(&mut sql, scan, merged);
            sql.push(") part");
            scan.push_order(&mut sql, "key", Some(scan.limit));
            sql.push(") page");
        } else if self.is_walk(query) {
            sql.push("(");
            self.push_part(&mut sql, scan, &[]);
            sql.push(") page");
        } else {
            self.push_live(&mut sql, query);
            scan.push_key(&mut sql, scan.column());
            scan.push_order(&mut sql, &scan.table_column(), Some(scan.limit));
            return sql;
        }
        self.push_joined(&mut sql, scan);
        sql
    }

    fn push_joined(&self, sql: &mut QueryBuilder<Postgres>, scan: &Scan<'_>) {
        sql.push(format_args!(" JOIN {} USING (id)", scan.query.spec.table));
        scan.push_order(sql, &scan.table_column(), None);
    }

    /// The ids of a page's rows, with the sort's value as `key`: those of one combination of the values of facets, read in order from its
    /// index, or of all. In a walk they are those that search and other facets leave of the first rows, which may be fewer than a page.
    fn push_part(&self, sql: &mut QueryBuilder<Postgres>, scan: &Scan<'_>, merged: &[usize]) {
        let (column, spec) = (scan.column(), scan.query.spec);
        let is_walk = self.is_walk(scan.query);
        if is_walk {
            sql.push("SELECT id, key FROM (");
        }
        sql.push(format_args!("SELECT id, {column} AS key"));
        if is_walk {
            sql.push(", search_text");
            for facet in spec.facets {
                sql.push(", ").push(facet.column);
            }
        }
        sql.push(format_args!(" FROM {} WHERE {}", spec.table, spec.live_rows()));
        for place in merged {
            let column = spec.facets[*place].column;
            sql.push(format_args!(" AND {column} = {}.value", values_alias(*place)));
        }
        scan.push_key(sql, column);
        scan.push_order(sql, column, Some(if is_walk { WALK } else { scan.limit }));
        if is_walk {
            // In the order that the rows have anyway: Postgres stops when a page is full.
            sql.push(") walked WHERE TRUE");
            push_facets(sql, scan.query, merged);
            push_search(sql, &self.terms, SearchBy::Row);
            // Within one value of the sort's own facet the order is that of the ids: Postgres does not see that by the key.
            let is_constant = merged.iter().any(|place| spec.facets[*place].column == column);
            scan.push_order(sql, if is_constant { "id" } else { "key" }, Some(scan.limit));
        }
    }

    /// All that search and facets leave, looked up first, whatever Postgres thinks of it: it cannot know how many they are.
    fn look_up(&self, scan: &Scan<'_>) -> QueryBuilder<Postgres> {
        let mut sql = list_sql(scan.query, self.columns, None);
        sql.push(format_args!(
            "(WITH found AS MATERIALIZED (SELECT id, {} AS key FROM ",
            scan.column()
        ));
        self.push_live(&mut sql, scan.query);
        push_search(&mut sql, &self.terms, SearchBy::Index);
        sql.push(") SELECT id FROM found WHERE TRUE");
        scan.push_key(&mut sql, "key");
        scan.push_order(&mut sql, "key", Some(scan.limit));
        sql.push(") page");
        self.push_joined(&mut sql, scan);
        sql
    }
}

/// The indexed facets whose values in view have the fewest combinations: a list is merged from theirs. None where none of them is chosen.
fn merged_facets(query: &ListQuery) -> &'static [usize] {
    let is_chosen = |set: &&&[usize]| set.iter().any(|place| !query.chosen(*place).is_empty());
    let combinations = |set: &&&[usize]| {
        set.iter()
            .map(|place| values_in_view(query, *place).len())
            .product::<usize>()
    };
    let sets = query.spec.indexed_facets.iter().filter(is_chosen);
    sets.min_by_key(combinations).copied().unwrap_or_default()
}

/// The values of a facet whose rows are in view: the chosen, or all.
fn values_in_view(query: &ListQuery, place: usize) -> Vec<String> {
    match query.chosen(place) {
        [] => query.spec.facets[place]
            .words()
            .iter()
            .map(ToString::to_string)
            .collect(),
        chosen => chosen.to_vec(),
    }
}

/// What a statement calls the values in view of a facet.
fn values_alias(place: usize) -> String {
    format!("in_facet_{place}")
}

impl RowSource for TableRows<'_> {
    async fn rows(&self, db: &mut PgConnection, scan: Scan<'_>) -> Result<FetchedRows, AppError> {
        let fetched = fetch_rows(db, self.statement(&scan), scan.query, self.columns, false).await?;
        // Where what is asked for and the order have to do with each other, all of it may stand at the far end.
        if self.is_walk(scan.query) && fetched.rows.len() < scan.limit {
            return fetch_rows(db, self.look_up(&scan), scan.query, self.columns, false).await;
        }
        Ok(fetched)
    }

    fn is_uncounted(&self) -> bool {
        self.is_uncounted
    }
}
