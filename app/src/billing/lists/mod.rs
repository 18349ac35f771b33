//! The lists of bills and payments. Their rows are made on other pages, and none is edited or deleted.

mod bills;
mod payments;

pub use bills::BILL_LIST;
pub use payments::PAYMENT_LIST;

#[cfg(feature = "ssr")]
use {
    crate::base::error::AppError,
    crate::base::spec::{SubjectSpec, ValueOption},
    crate::base::time::format_month,
    crate::list::filter::distinct_values,
    sqlx::PgConnection,
};

/// The months of a list as options, the latest first.
#[cfg(feature = "ssr")]
async fn months(db: &mut PgConnection, spec: &SubjectSpec, column: &'static str) -> Result<Vec<ValueOption>, AppError> {
    /// Ten years.
    const MOST: usize = 120;
    let mut months = distinct_values(db, spec, column, MOST).await?;
    for month in &mut months {
        month.label = format_month(&month.value);
    }
    months.sort_by(|a, b| b.value.cmp(&a.value));
    Ok(months)
}
