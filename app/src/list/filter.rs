//! What the facets and the search of a list leave, as SQL over the table of any subject. No text of a user becomes SQL.

use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::query::ListQuery;
use super::responses::COUNT_LIMIT;
use crate::base::error::AppError;
use crate::base::search::SearchTerms;
use crate::base::spec::{FacetSpec, FacetValues, SubjectSpec, ValueOption};
use crate::base::text::compared;
use crate::db::options::LoadedOptions;
use crate::db::predicates::{SearchBy, push_search};

/// With fewer rows than this every search is looked up: that is quick then.
pub const WORTH_SAMPLING: u64 = 20_000;

/// What a search finds.
pub enum Found {
    /// There is no search.
    All,
    /// So few: these.
    Few(Vec<Uuid>),
    /// More than are counted.
    Many,
}

impl Found {
    /// Looks a search up in the live rows of a subject, whose table has the column `search_text`.
    pub async fn look_up(db: &mut PgConnection, spec: &SubjectSpec, terms: &SearchTerms) -> Result<Self, AppError> {
        if terms.is_empty() {
            return Ok(Self::All);
        }
        let rows: f32 = sqlx::query_scalar("SELECT reltuples FROM pg_class WHERE oid = $1::regclass")
            .bind(spec.table)
            .fetch_one(&mut *db)
            .await?;
        if is_common(db, spec, terms, rows.max(0.0) as u64).await? {
            return Ok(Self::Many);
        }
        let mut sql = QueryBuilder::new(format!("SELECT id FROM {} WHERE {}", spec.table, spec.live_rows()));
        push_search(&mut sql, terms, SearchBy::Index);
        sql.push(format_args!(" LIMIT {}", COUNT_LIMIT + 1));
        let ids: Vec<Uuid> = sql.build_query_scalar().fetch_all(db).await?;
        Ok(match ids.len() as u64 {
            ..=COUNT_LIMIT => Self::Few(ids),
            _ => Self::Many,
        })
    }
}

/// Whether a search certainly finds more than are counted among so many rows, as a sample of the table says: an index would first collect
/// all of them.
pub async fn is_common(
    db: &mut PgConnection,
    spec: &SubjectSpec,
    terms: &SearchTerms,
    rows: u64,
) -> Result<bool, AppError> {
    /// How many rows are looked at.
    const SAMPLE: u64 = 4_000;
    if rows < WORTH_SAMPLING {
        return Ok(false);
    }
    let percent = 100.0 * SAMPLE as f64 / rows as f64;
    let mut sql = QueryBuilder::<Postgres>::new("SELECT count(*) FILTER (WHERE ");
    sql.push(spec.live_rows());
    push_search(&mut sql, terms, SearchBy::Row);
    sql.push(format_args!("), count(*) FROM {} TABLESAMPLE SYSTEM (", spec.table));
    sql.push_bind(percent as f32).push(")");
    let (found, sampled): (i64, i64) = sql.build_query_as().fetch_one(db).await?;
    // A sample of rows is not off by more than three times its spread; one of whole blocks may be, since rows that match can stand together.
    // Of blocks not always as many are drawn.
    let share = (found as f64 - 3.0 * (found as f64).sqrt()) / sampled.max(1) as f64;
    let at_least = share * rows as f64;
    Ok(at_least > 2.0 * COUNT_LIMIT as f64)
}

/// ` AND …`: that a row has a chosen value of each facet but those at the places `except`.
pub fn push_facets(sql: &mut QueryBuilder<Postgres>, query: &ListQuery, except: &[usize]) {
    for (place, facet) in query.spec.facets.iter().enumerate() {
        let chosen = query.chosen(place);
        if !chosen.is_empty() && !except.contains(&place) {
            let operator = if facet.is_array { "&&" } else { "= ANY" };
            sql.push(format_args!(" AND {} {operator} (", facet.column))
                .push_bind(chosen.to_vec());
            // Cast, so that the comparison is the index's own.
            sql.push(format_args!("::text[]::{}[])", facet.sql_type));
        }
    }
}

/// That a row has the value of a facet which another column, `value`, holds.
pub fn has_value(facet: &FacetSpec) -> String {
    if facet.is_array {
        format!("value = ANY ({})", facet.column)
    } else {
        format!("{} = value", facet.column)
    }
}

/// The options of a loaded facet; none of one whose values are fixed.
///
/// # Errors
/// The database's.
pub async fn facet_options<S: LoadedOptions>(
    db: &mut PgConnection,
    facet: &FacetSpec,
) -> Result<Vec<ValueOption>, AppError> {
    if let FacetValues::Fixed(_) = facet.values {
        return Ok(Vec::new());
    }
    let mut options = S::options(db, facet.name).await?;
    options.extend(facet.none.map(|none| ValueOption {
        value: FacetSpec::NONE.into(),
        label: none.into(),
    }));
    Ok(options)
}

/// The distinct values of a text column of the live rows: at most `limit`, in order. One step down an index for each, however many rows
/// there are.
pub async fn distinct_values(
    db: &mut PgConnection,
    spec: &SubjectSpec,
    column: &'static str,
    limit: usize,
) -> Result<Vec<ValueOption>, AppError> {
    let (table, live) = (spec.table, spec.live_rows());
    let next =
        |after: &str| format!("SELECT {column} AS value FROM {table} WHERE {live}{after} ORDER BY {column} LIMIT 1");
    let (first, following) = (
        next(&format!(" AND {column} IS NOT NULL")),
        next(&format!(" AND {column} > met.value")),
    );
    let mut sql = QueryBuilder::<Postgres>::new(format!(
        "WITH RECURSIVE met AS (({first}) UNION ALL SELECT next.value FROM met CROSS JOIN LATERAL ({following}) next)
         SELECT value FROM met LIMIT {limit}"
    ));
    let values: Vec<String> = sql.build_query_scalar().fetch_all(db).await?;
    let options = values.into_iter().map(|value| ValueOption {
        label: value.clone(),
        value,
    });
    let mut options: Vec<ValueOption> = options.collect();
    options.sort_by_cached_key(|option| compared(&option.label));
    Ok(options)
}
