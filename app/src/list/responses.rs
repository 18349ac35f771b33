//! What the server answers about a list.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::query::{IgnoredParams, ListQuery};
use crate::base::cell::Cell;
use crate::base::spec::{FieldSpec, SubjectSpec};
use crate::base::units::Paise;
use crate::ui::latest_resource::PageData;

/// The most rows of a search that are counted while somebody waits.
pub const COUNT_LIMIT: u64 = 10_000;

/// A row of the list: what the chosen columns show, and no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The record's id.
    pub id: Uuid,
    /// What it is called.
    pub title: String,
    /// What stands below the name.
    pub subtitle: String,
    /// One for each of the list's columns.
    pub cells: Vec<Cell>,
}

/// A sum over the rows in view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metric {
    /// What it is called.
    pub label: String,
    /// The sum.
    pub amount: Paise,
    /// What stands beside it.
    pub note: Option<String>,
}

/// What a list says in numbers, each exact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// How many rows search and facets leave.
    pub total: u64,
    /// For every value of each facet, how many rows it would show under the other facets.
    pub facets: Vec<Vec<u64>>,
    /// Sums over the rows in view.
    pub metrics: Vec<Metric>,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPage {
    /// The list's address (its part behind the path), as it was understood.
    pub url: String,
    /// The parts of the address that made no sense.
    pub ignored: IgnoredParams,
    /// The names of the fields that each row's cells show.
    pub columns: Vec<String>,
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// How many rows stand before the first.
    pub before: u64,
    /// The numbers; none where the search finds more than [`COUNT_LIMIT`] rows.
    pub totals: Option<Totals>,
    /// The address (its part behind the path) of the page before.
    pub previous: Option<String>,
    /// The address of the page behind.
    pub next: Option<String>,
    /// The address of the last page; none where this is it, or where nobody knows how many there are.
    pub last: Option<String>,
    /// The date in India, from which the distances of dates are counted.
    pub today: NaiveDate,
}

/// The page shows all of it.
impl PageData for ListPage {
    const RENDERED_IN_HTML: bool = true;
}

impl ListPage {
    /// What was asked for, as it was understood.
    pub fn query(&self, spec: &'static SubjectSpec) -> ListQuery {
        ListQuery::parse(spec, &self.url).0
    }

    /// The fields that each row's cells show.
    pub fn fields(&self, spec: &'static SubjectSpec) -> Vec<&'static FieldSpec> {
        self.columns.iter().filter_map(|name| spec.field(name)).collect()
    }
}
