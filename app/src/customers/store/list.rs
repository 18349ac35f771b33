//! The list's statement, built from typed parts: no text of a user ever becomes SQL.

use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::clauses::{push_filter, push_search};
use super::counts::{Counts, cells};
use super::row::{COLUMNS, CustomerRow};
use crate::contact::fold;
use crate::customers::cursor::{Place, Position, SortValue};
use crate::customers::model::{AccountNumber, Customer, CustomerName};
use crate::customers::query::{CustomerQuery, Sort};
use crate::error::AppError;

/// A page of the list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The rows, in order.
    pub customers: Vec<Customer>,
    /// How many rows stand before the first.
    pub before: u64,
    /// Whether there is a page before.
    pub has_previous: bool,
    /// Whether there is a page behind.
    pub has_next: bool,
    /// The numbers behind the choices, for the search alone.
    pub counts: Counts,
}

/// The page that a query asks for, or the nearest one that is there.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn list(db: &mut PgConnection, query: &CustomerQuery) -> Result<Page, AppError> {
    let counts = cells(db, &query.filter.search).await?;
    let total = counts.total(&query.filter);
    let mut rows = match query.page.as_ref().map(|cursor| &cursor.position) {
        Some(Position::After { place, at }) => rows_after(db, query, Some(place), *at).await?,
        Some(Position::Before { place, at }) => rows_before(db, query, place, *at).await?,
        Some(Position::Last) => last_rows(db, query, total).await?,
        None => rows_after(db, query, None, 0).await?,
    };
    // The page is gone: all that stood behind the place was deleted or moved. The nearest one is the last.
    if rows.customers.is_empty() && query.page.is_some() {
        rows = last_rows(db, query, total).await?;
    }
    // A position counts what stood there when it was taken; it never reaches beyond what is there now.
    let most_before = total.saturating_sub(rows.customers.len() as u64);
    Ok(Page {
        before: rows.before.min(most_before),
        customers: rows.customers,
        has_previous: rows.has_previous,
        has_next: rows.has_next,
        counts,
    })
}

struct Rows {
    customers: Vec<Customer>,
    before: u64,
    has_previous: bool,
    has_next: bool,
}

async fn rows_after(
    db: &mut PgConnection,
    query: &CustomerQuery,
    place: Option<&Place>,
    at: u64,
) -> Result<Rows, AppError> {
    let size = query.size.rows();
    // One row more tells whether a page follows.
    let mut customers = fetch(db, query, place, Direction::Forward, size + 1).await?;
    let has_next = customers.len() > size;
    customers.truncate(size);
    Ok(Rows {
        customers,
        before: at,
        has_previous: place.is_some(),
        has_next,
    })
}

async fn rows_before(db: &mut PgConnection, query: &CustomerQuery, place: &Place, at: u64) -> Result<Rows, AppError> {
    let size = query.size.rows();
    let mut customers = fetch(db, query, Some(place), Direction::Backward, size + 1).await?;
    if customers.is_empty() {
        return rows_after(db, query, None, 0).await;
    }
    // Fewer than a page may stand before the place: filling it up would show rows twice to who walks back.
    let has_previous = customers.len() > size;
    customers.truncate(size);
    customers.reverse();
    Ok(Rows {
        before: if has_previous {
            at.saturating_sub(size as u64)
        } else {
            0
        },
        customers,
        has_previous,
        has_next: true,
    })
}

/// The last page, counted back from the end: as many rows as stand on it when all pages before are full.
async fn last_rows(db: &mut PgConnection, query: &CustomerQuery, total: u64) -> Result<Rows, AppError> {
    let size = query.size.rows() as u64;
    let on_last = match total % size {
        0 => total.min(size),
        rest => rest,
    };
    let mut customers = fetch(db, query, None, Direction::Backward, on_last as usize).await?;
    customers.reverse();
    Ok(Rows {
        customers,
        before: total - on_last,
        has_previous: total > on_last,
        has_next: false,
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Forward,
    Backward,
}

/// At most `limit` rows behind (or, backwards, before) a place, in the order in which they are met.
async fn fetch(
    db: &mut PgConnection,
    query: &CustomerQuery,
    place: Option<&Place>,
    direction: Direction,
    limit: usize,
) -> Result<Vec<Customer>, AppError> {
    let column = column(query.order.by);
    let (compare, order) = match query.order.descending == (direction == Direction::Backward) {
        true => (">", "ASC"),
        false => ("<", "DESC"),
    };
    let mut sql = QueryBuilder::<Postgres>::new("SELECT ");
    sql.push(COLUMNS).push(" FROM customers WHERE deleted_at IS NULL");
    push_filter(&mut sql, &query.filter);
    if let Some(place) = place {
        sql.push(format_args!(" AND ({column}, id) {compare} ("));
        push_value(&mut sql, query.order.by, &place.value);
        sql.push(", ").push_bind(place.id).push(")");
    }
    sql.push(format_args!(" ORDER BY {column} {order}, id {order} LIMIT "));
    sql.push_bind(limit as i64);
    let rows: Vec<CustomerRow> = sql.build_query_as().fetch_all(db).await?;
    Ok(rows.into_iter().map(Customer::from).collect())
}

const fn column(sort: Sort) -> &'static str {
    match sort {
        Sort::Name => "name_key",
        Sort::Account => "account_number",
        Sort::Plan => "plan_type",
        Sort::Speed => "speed_kbps",
        Sort::Price => "price_paise",
        Sort::Churn => "churn_risk",
        Sort::Nps => "nps",
        Sort::Outstanding => "outstanding_paise",
        Sort::NextBilling => "next_billing_on",
        Sort::Since => "customer_since",
        Sort::LifetimeValue => "lifetime_value_paise",
    }
}

/// Binds a value with the column's own type, so that the row comparison is the index's own. `Cursor` has checked that it fits.
fn push_value(sql: &mut QueryBuilder<Postgres>, sort: Sort, value: &SortValue) {
    match value {
        SortValue::Text(text) => sql.push_bind(text.clone()),
        SortValue::Date(date) => sql.push_bind(*date),
        SortValue::Plan(plan) => sql.push_bind(*plan),
        SortValue::Churn(risk) => sql.push_bind(*risk),
        SortValue::Number(number) => match sort {
            Sort::Nps => sql.push_bind(*number as i16),
            Sort::Speed => sql.push_bind(*number as i32),
            _ => sql.push_bind(*number),
        },
    };
}

/// The value of a customer in the column of a sort, as the database holds it.
pub fn sort_value(customer: &Customer, sort: Sort) -> SortValue {
    let details = &customer.details;
    match sort {
        Sort::Name => SortValue::Text(fold(&details.contact.name)),
        Sort::Account => SortValue::Number(customer.account_number.0),
        Sort::Plan => SortValue::Plan(details.plan.plan_type),
        Sort::Speed => SortValue::Number(details.plan.speed.0.into()),
        Sort::Price => SortValue::Number(details.plan.price.0),
        Sort::Churn => SortValue::Churn(details.relationship.churn_risk),
        Sort::Nps => SortValue::Number(details.relationship.nps.into()),
        Sort::Outstanding => SortValue::Number(details.billing.outstanding.0),
        Sort::NextBilling => SortValue::Date(details.billing.next_billing_on),
        Sort::Since => SortValue::Date(details.relationship.customer_since),
        Sort::LifetimeValue => SortValue::Number(details.relationship.lifetime_value.0),
    }
}

/// A customer's place in the order of a sort.
pub fn place(customer: &Customer, sort: Sort) -> Place {
    Place {
        value: sort_value(customer, sort),
        id: customer.id,
    }
}

/// The first live customers that a search finds, by name: for choosing one.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn find(db: &mut PgConnection, search: &str, limit: i64) -> Result<Vec<(CustomerName, String)>, AppError> {
    let mut sql =
        QueryBuilder::<Postgres>::new("SELECT id, account_number, name, city FROM customers WHERE deleted_at IS NULL");
    push_search(&mut sql, search);
    sql.push(" ORDER BY name_key, id LIMIT ").push_bind(limit);
    let rows: Vec<(uuid::Uuid, i64, String, String)> = sql.build_query_as().fetch_all(db).await?;
    let named = rows.into_iter().map(|(id, account, name, city)| {
        let customer = CustomerName {
            id,
            account_number: AccountNumber(account),
            name,
        };
        (customer, city)
    });
    Ok(named.collect())
}
