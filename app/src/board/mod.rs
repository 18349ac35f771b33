//! A board: a column for each value of a facet, a card for each record, in an order that people make. What a move means to the record is
//! its subject's own.

mod card;
#[cfg(feature = "ssr")]
pub mod columns;
#[cfg(feature = "ssr")]
pub mod order;
mod page;
mod state;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::spec::{FacetSpec, FieldSpec, SubjectSpec, ValueOption};
use crate::base::units::Paise;
use crate::list::pages::FetchCounts;
use crate::list::query::ListQuery;
use crate::list::responses::Row;
use crate::ui::latest_resource::{Answer, PageData};
pub use page::BoardView;

/// The board of a subject, whose table has a column `position`.
#[derive(Debug)]
pub struct BoardSpec {
    /// The subject.
    pub spec: &'static SubjectSpec,
    /// The place of the facet whose words are the columns; a field has its name.
    pub facet: usize,
    /// The names of the fields that a card shows.
    pub fields: &'static [&'static str],
    /// The column that a card reaches by the form alone, which asks for something there.
    pub asks: Option<&'static str>,
    /// A text of the table that says why a card cannot leave its column; empty where it can.
    pub stays: Option<FieldSpec>,
}

impl BoardSpec {
    /// The facet.
    pub fn facet(&self) -> &'static FacetSpec {
        &self.spec.facets[self.facet]
    }

    /// The columns that a query leaves.
    pub fn columns(&self, query: &ListQuery) -> Vec<&'static str> {
        let words = self.facet().words().iter().copied();
        words.filter(|word| query.leaves(self.facet, word)).collect()
    }

    /// The fields that a card shows.
    pub fn fields(&self) -> impl Iterator<Item = &'static FieldSpec> {
        self.fields.iter().filter_map(|name| self.spec.field(name))
    }
}

/// The server functions of a board.
pub struct BoardPages {
    /// The board.
    pub board: &'static BoardSpec,
    /// The board that an address asks for, with so many cards in each column; or more cards, behind one.
    pub fetch: fn(String, usize, Option<CardKey>) -> Answer<Board>,
    /// The numbers of its columns.
    pub numbers: fn(String) -> Answer<Vec<ColumnNumbers>>,
    /// The numbers behind the values of its filters.
    pub counts: FetchCounts,
    /// Moves a card.
    pub move_card: fn(Uuid, CardMove) -> Answer<MoveOutcome>,
}

/// A card's place in its column: its position and its id.
pub type CardKey = (i64, Uuid);

/// The fewest cards that the first page of a column has.
pub const CARDS: usize = 30;
/// How many cards follow at once.
pub const MORE_CARDS: usize = 50;
/// The most cards of a column that are loaded once more after a change.
pub const MOST_CARDS: usize = 1_000;

/// The board, or more of the cards of one of its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// The columns, in order.
    pub columns: Vec<BoardColumn>,
    /// The date in India.
    pub today: NaiveDate,
    /// What people call the chosen values of loaded facets.
    pub labels: Vec<ValueOption>,
}

impl PageData for Board {}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardColumn {
    /// The word of the facet.
    pub word: String,
    /// The first cards, in order.
    pub cards: Vec<Card>,
    /// Whether there are more.
    pub has_more: bool,
}

/// A record on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The record, with [`BoardSpec::fields`].
    pub row: Row,
    /// Its place in the column: the highest stands on top, and of two that are the same the one with the higher id.
    pub position: i64,
    /// Why it cannot leave its column; none where it can.
    pub stays: Option<String>,
}

/// The numbers of a column. Above [`crate::list::responses::COUNT_LIMIT`] they only say that there are more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnNumbers {
    /// The word of the facet.
    pub word: String,
    /// How many cards it has.
    pub count: u64,
    /// What they add up to.
    pub sum: Paise,
}

impl PageData for Vec<ColumnNumbers> {}

/// Where a card is moved to. Neighbours are named, not counted: others move cards, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardMove {
    /// The column in which it stood.
    pub from: String,
    /// The column that it goes to.
    pub to: String,
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
        /// The record's name.
        name: String,
        /// The card's position.
        position: i64,
        /// What to do next: a link's text and its address.
        next: Option<(String, String)>,
    },
    /// Not done, and why.
    Refused(String),
}
