//! What the server answers about a lead, beyond what it answers about any record.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::Stage;
use super::spec::{SPEC, field};
use crate::base::spec::{FieldSpec, ValueOption};
use crate::base::units::Paise;
use crate::list::responses::Row;
use crate::record::record_ref::RecordRef;
use crate::record::responses::RecordSnapshot;
use crate::served_pin_codes::model::Availability;
use crate::ui::latest_resource::PageData;

/// A lead's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadPage {
    /// The lead.
    pub lead: RecordSnapshot,
    /// When the lead was changed last, UTC.
    pub updated_at: DateTime<Utc>,
    /// The name of the user who works the lead.
    pub owner: Option<String>,
    /// The live customer who referred the lead.
    pub referrer: Option<RecordRef>,
    /// The customer whom the lead became.
    pub customer: Option<RecordRef>,
    /// Whether that customer was deleted since.
    pub customer_is_deleted: bool,
    /// Whether the line that they want can be had at their address.
    pub availability: Availability,
    /// The date in India.
    pub today: NaiveDate,
}

impl PageData for LeadPage {}

/// The user's own open leads that have a next step on a day up to the end of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyDay {
    /// The date in India.
    pub today: NaiveDate,
    /// Those whose next step is on a day before.
    pub overdue: DueLeads,
    /// Those whose next step is today.
    pub due_today: DueLeads,
    /// Those whose next step is on one of the six days behind it.
    pub this_week: DueLeads,
}

impl PageData for MyDay {}

impl MyDay {
    /// The fields that each row's cells show.
    pub fn columns() -> impl Iterator<Item = &'static FieldSpec> {
        let names = [
            field::STAGE,
            field::PLAN_TYPE,
            field::EXPECTED_VALUE,
            field::NEXT_STEP,
            field::NEXT_STEP_ON,
            field::PHONE,
        ];
        names.into_iter().filter_map(|name| SPEC.field(name))
    }
}

/// Leads with a next step, by its date and their name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueLeads {
    /// The first of them.
    pub rows: Vec<Row>,
    /// Whether there are more.
    pub has_more: bool,
}

/// The fewest cards that the first page of a column has.
pub const CARDS: usize = 30;
/// How many cards follow at once.
pub const MORE_CARDS: usize = 50;
/// The most cards of a column that are loaded once more after a change.
pub const MOST_CARDS: usize = 1_000;

/// The board, or more of the cards of one of its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// The columns, in the order of the stages.
    pub columns: Vec<BoardColumn>,
    /// The date in India.
    pub today: NaiveDate,
    /// What people call the chosen values of loaded facets.
    pub labels: Vec<ValueOption>,
}

impl PageData for Board {}

/// The leads of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardColumn {
    /// The stage.
    pub stage: Stage,
    /// The first of them, in order.
    pub cards: Vec<Card>,
    /// Whether there are more.
    pub has_more: bool,
}

/// A lead on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The lead, with [`Card::fields`].
    pub row: Row,
    /// Its place in the column: the highest stands on top, and of two that are the same the one with the higher id.
    pub position: i64,
}

impl Card {
    /// The fields that the cells of its row show.
    pub fn fields() -> impl Iterator<Item = &'static FieldSpec> {
        let names = [
            field::PLAN_TYPE,
            field::EXPECTED_VALUE,
            field::NEXT_STEP,
            field::NEXT_STEP_ON,
            field::OWNER,
        ];
        names.into_iter().filter_map(|name| SPEC.field(name))
    }
}

/// The numbers of a column. Above [`crate::list::responses::COUNT_LIMIT`] they only say that there are more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnNumbers {
    /// The column.
    pub stage: Stage,
    /// How many leads it has.
    pub count: u64,
    /// What their expected values add up to.
    pub sum: Paise,
}

impl PageData for Vec<ColumnNumbers> {}

/// Where a card is moved to. Neighbours are named, not counted: others move cards, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardMove {
    /// The column in which it stood.
    pub from: Stage,
    /// The column that it goes to.
    pub to: Stage,
    /// The card that it goes directly below.
    pub above: Option<Uuid>,
    /// The card that it goes directly above, where the other one is not there.
    pub below: Option<Uuid>,
}

/// The outcome of a move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MoveOutcome {
    /// Done.
    Done {
        /// The lead.
        record: RecordRef,
        /// The card's position.
        position: i64,
    },
    /// Not done, and why.
    Refused(String),
}
