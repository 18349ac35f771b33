//! What the list's page asks for: the steps between a request and the store.

use super::spec::{SPEC, field};
use super::store::{self, CountsCache, Metrics, SegmentCounts};
use crate::base::error::AppError;
use crate::base::text::tidy_search;
use crate::base::units::Grouped;
use crate::http::context::AppContext;
use crate::list::fetch::Columns;
use crate::list::query::ListQuery;
use crate::list::responses::{ListPage, Metric, Row, Totals};

/// A page of the list with some columns. `address` is the part of the list's address behind the path.
pub async fn list(context: &AppContext, address: &str, columns: &Columns) -> Result<ListPage, AppError> {
    let (query, ignored) = ListQuery::parse(&SPEC, address);
    let (cache, query) = (&context.shared::<CountsCache>(), &query);
    let (page, counts) = context
        .read_db(|mut db| async move { store::list(&mut db, cache, query, columns).await })
        .await?;
    let totals = counts.map(|counts| totals(&counts, query));
    Ok(page.answer(query, ignored, columns, totals, context.clock.today()))
}

fn totals(counts: &SegmentCounts, query: &ListQuery) -> Totals {
    Totals {
        total: counts.total(query),
        facets: counts.facet_counts(query),
        metrics: counts.metrics(query).map(metrics).unwrap_or_default(),
        is_capped: false,
    }
}

fn metrics(metrics: Metrics) -> Vec<Metric> {
    let Metrics {
        monthly_revenue,
        revenue_at_risk,
        customers_at_risk,
        outstanding,
        debtors,
    } = metrics;
    let grouped = |count: i64| Grouped(count.unsigned_abs());
    let metric = |label: &str, amount, note| Metric {
        label: label.into(),
        amount,
        note,
    };
    let at_risk = format!("{} active at medium or high risk", grouped(customers_at_risk));
    vec![
        metric("Monthly revenue", monthly_revenue, None),
        metric("Revenue at risk", revenue_at_risk, Some(at_risk)),
        metric("Outstanding", outstanding, Some(owing(debtors))),
    ]
}

/// How many customers owe something.
fn owing(debtors: i64) -> String {
    match debtors {
        1 => "1 customer owes".to_owned(),
        _ => format!("{} customers owe", Grouped(debtors.unsigned_abs())),
    }
}

/// The first customers that a search finds, by name, each with its city: for choosing one.
pub async fn find(context: &AppContext, search: &str, limit: usize) -> Result<Vec<Row>, AppError> {
    let (search, cache) = (&tidy_search(search), &context.shared::<CountsCache>());
    let columns = &[SPEC.field(field::CITY).ok_or_else(|| AppError::internal("no city"))?][..];
    let read = context.read_db(|mut db| async move { store::find(&mut db, cache, search, columns, limit).await });
    read.await
}
