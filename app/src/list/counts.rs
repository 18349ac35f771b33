//! The numbers of a list whose rows come without them: a second request. Each is exact up to [`COUNT_LIMIT`]; beyond, it is only known to
//! be more, so that the cost has a bound.

use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::filter::{Found, facet_options, has_value, push_facets};
use super::query::ListQuery;
use super::responses::{COUNT_LIMIT, ListCounts, Metric, Totals};
use crate::base::error::AppError;
use crate::base::search::SearchTerms;
use crate::base::spec::{FacetSpec, FacetValues, SubjectSpec, ValueOption};
use crate::base::units::Paise;
use crate::db::options::LoadedOptions;
use crate::http::context::AppContext;

/// The numbers of a list. `address` is the part of its address behind the path.
///
/// # Errors
/// The database's.
pub async fn counts<S: LoadedOptions>(
    context: &AppContext,
    spec: &'static SubjectSpec,
    address: &str,
) -> Result<ListCounts, AppError> {
    let query = &ListQuery::parse(spec, address).0.first_page();
    let read = context.read_db(|mut db| async move {
        let mut options = Vec::new();
        for facet in spec.facets {
            options.push(facet_options::<S>(&mut db, facet).await?);
        }
        let found = Found::look_up(&mut db, spec, &SearchTerms::parse(&query.search)).await?;
        let totals = match found {
            Found::Many => None,
            found => Some(totals(&mut db, query, &found, &options).await?),
        };
        Ok(ListCounts {
            url: query.to_url(),
            options,
            totals,
        })
    });
    read.await
}

/// The place under which the total stands among the facets' counts.
const TOTAL: i32 = -1;

async fn totals(
    db: &mut PgConnection,
    query: &ListQuery,
    found: &Found,
    options: &[Vec<ValueOption>],
) -> Result<Totals, AppError> {
    let facets = query.spec.facets.iter().zip(options);
    let values: Vec<Vec<String>> = facets.map(|(facet, options)| values_of(facet, options)).collect();
    let mut sql = statement(query, found, &values);
    let rows: Vec<(i32, i64, i64, Vec<i64>)> = sql.build_query_as().fetch_all(db).await?;
    let mut totals = Totals {
        is_capped: true,
        facets: values.iter().map(|values| vec![0; values.len()]).collect(),
        ..Totals::default()
    };
    for (place, at, count, sums) in rows {
        let (place, at, count) = (usize::try_from(place), at as usize, count.unsigned_abs());
        match place {
            Ok(place) => {
                let counted = totals.facets.get_mut(place).and_then(|counts| counts.get_mut(at - 1));
                if let Some(counted) = counted {
                    *counted = count;
                }
            }
            Err(_) => {
                totals.total = count;
                totals.metrics = metrics(query.spec, count, &sums);
            }
        }
    }
    Ok(totals)
}

fn values_of(facet: &FacetSpec, options: &[ValueOption]) -> Vec<String> {
    match facet.values {
        FacetValues::Fixed(words) => words.iter().map(ToString::to_string).collect(),
        FacetValues::Loaded => options.iter().map(|option| option.value.clone()).collect(),
    }
}

/// What the rows in view add up to, where they are few enough.
fn metrics(spec: &SubjectSpec, count: u64, sums: &[i64]) -> Vec<Metric> {
    let fields = spec.summed.iter().filter_map(|name| spec.field(name));
    let is_summed = spec.sums.is_some_and(|(_, limit)| count <= limit);
    let metrics = fields.zip(sums).filter(|_| is_summed);
    let metrics = metrics.map(|(field, sum)| Metric {
        label: field.label.into(),
        amount: Paise(*sum),
        note: None,
    });
    metrics.collect()
}

/// For every value of each facet, how many rows it would show under the other facets; and the total with its sum.
fn statement(query: &ListQuery, found: &Found, values: &[Vec<String>]) -> QueryBuilder<Postgres> {
    let (spec, live) = (query.spec, query.spec.live_rows());
    let mut sql = QueryBuilder::new("");
    // What a search has found is read once, and not once for each value.
    let source = match found {
        Found::Few(ids) => {
            sql.push(format_args!(
                "WITH found AS MATERIALIZED (SELECT * FROM {} WHERE {live} AND id = ANY (",
                spec.table
            ));
            sql.push_bind(ids.clone()).push(")) ");
            "found"
        }
        _ => spec.table,
    };
    sql.push(format_args!("SELECT {TOTAL}, 0::bigint, count(*), ARRAY["));
    let mut sums = sql.separated(", ");
    for place in 0..spec.summed.len() {
        sums.push(format_args!("coalesce(sum(amount_{place}), 0)::bigint"));
    }
    sql.push("]::bigint[] FROM (SELECT ");
    let mut amounts = sql.separated(", ");
    for (place, name) in spec.summed.iter().enumerate() {
        amounts.push(format_args!("{} AS amount_{place}", spec.column_of(name)));
    }
    sql.push(format_args!(" FROM {source} WHERE {live}"));
    push_facets(&mut sql, query, &[]);
    sql.push(format_args!(" LIMIT {}) counted", COUNT_LIMIT + 1));
    for (place, (facet, values)) in spec.facets.iter().zip(values).enumerate() {
        sql.push(format_args!(
            " UNION ALL SELECT {place}, at, (SELECT count(*) FROM (SELECT FROM {source} WHERE {live} AND {}",
            has_value(facet)
        ));
        push_facets(&mut sql, query, &[place]);
        sql.push(format_args!(
            " LIMIT {}) counted), '{{}}'::bigint[] FROM unnest(",
            COUNT_LIMIT + 1
        ));
        sql.push_bind(values.clone()).push(format_args!(
            "::text[]::{}[]) WITH ORDINALITY AS each (value, at)",
            facet.sql_type
        ));
    }
    sql
}
