//! What the server answers about a list.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::query::{IgnoredParams, ListQuery};
use crate::base::cell::Cell;
use crate::base::spec::{FieldSpec, SubjectSpec, ValueOption};
use crate::base::units::Paise;
use crate::ui::latest_resource::PageData;

/// The most rows of a search that are counted while somebody waits.
pub const COUNT_LIMIT: u64 = 10_000;

/// A row of the list: what the chosen columns show, and no more.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// The records of a subject that belong to one of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedRows {
    /// The records, each with the cells that are shown of it.
    pub rows: Vec<Row>,
    /// The date in India, from which the distances of dates are counted.
    pub today: NaiveDate,
}

impl PageData for RelatedRows {}

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

/// What a list says in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// How many rows search and facets leave.
    pub total: u64,
    /// For every value of each facet, how many rows it would show under the other facets.
    pub facets: Vec<Vec<u64>>,
    /// Sums over the rows in view.
    pub metrics: Vec<Metric>,
    /// Whether counting stopped at [`COUNT_LIMIT`]: a count above it only says that there are more. Otherwise each is exact.
    #[serde(default)]
    pub is_capped: bool,
}

/// The numbers of a list whose rows come without them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCounts {
    /// The list's address, without a page.
    pub url: String,
    /// The options of each loaded facet, by the facet's place; none for the others.
    pub options: Vec<Vec<ValueOption>>,
    /// The numbers; none where the search finds more than [`COUNT_LIMIT`] rows.
    pub totals: Option<Totals>,
}

impl PageData for ListCounts {}

/// What is known of a list's numbers.
#[derive(Clone, Copy, Debug)]
pub struct Counts<'a> {
    /// The numbers, where they are known.
    pub totals: Option<&'a Totals>,
    /// The options of each loaded facet, by the facet's place.
    pub options: &'a [Vec<ValueOption>],
    /// Whether they are on their way.
    pub is_loading: bool,
}

impl<'a> Counts<'a> {
    /// Nothing is known.
    pub const NONE: Self = Self {
        totals: None,
        options: &[],
        is_loading: false,
    };

    /// Those of a list which came with its rows.
    pub fn of_page(list: &'a ListPage) -> Self {
        Self {
            totals: list.totals.as_ref(),
            options: &[],
            is_loading: false,
        }
    }

    /// Those of a list that were asked for apart. The answer to another question has options, and no numbers.
    pub fn apart(counts: Option<&'a ListCounts>, query: &ListQuery) -> Self {
        let is_same = |counts: &&ListCounts| ListQuery::parse(query.spec, &counts.url).0.has_filter_of(query);
        Self {
            totals: counts.filter(is_same).and_then(|counts| counts.totals.as_ref()),
            options: counts.map_or(&[], |counts| &counts.options),
            is_loading: counts.filter(is_same).is_none(),
        }
    }
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
    /// What people call the chosen values of loaded facets, where that is not the value itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<ValueOption>,
    /// Whether the search finds nothing but a deleted record.
    #[serde(default)]
    pub finds_deleted: bool,
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
