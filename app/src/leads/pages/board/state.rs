//! What the board shows: the latest answer of the server, and what was moved since.

use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;
use web_sys::{Element, HtmlDetailsElement, HtmlElement};

use crate::http::flash::FlashMessage;
use crate::leads::api::{get_board, move_lead};
use crate::leads::model::Stage;
use crate::leads::responses::{Board, BoardColumn, CardMove, ColumnNumbers, MORE_CARDS, MoveOutcome};
use crate::leads::spec::{SPEC, facet, field};
use crate::list::page_context::PageContext;
use crate::list::query::ListQuery;
use crate::list::routes::{edit_url, from_board, with_value};
use crate::ui::dom::{closest, focus};
use crate::ui::latest_resource::LatestResource;
use crate::ui::navigate::use_navigate_in_place;
use crate::ui::sortable::cancel_move;
use crate::ui::toast::Toasts;

/// The board as it is shown.
#[derive(Clone, Copy)]
pub struct BoardState {
    /// The page.
    pub context: PageContext,
    /// The columns.
    pub board: RwSignal<Board>,
    /// Their numbers, where they are known.
    pub numbers: RwSignal<Option<Vec<ColumnNumbers>>>,
    /// How many moves are on their way.
    pub moving: RwSignal<usize>,
    /// What is said to who listens.
    pub said: RwSignal<String>,
    answers: (LatestResource<Board>, LatestResource<Vec<ColumnNumbers>>),
    /// The most cards that a column has: so many are asked for again.
    shown: StoredValue<usize>,
    /// Whether more cards are on their way.
    loading: StoredValue<bool>,
    toasts: Toasts,
    navigate: Callback<String>,
}

impl BoardState {
    /// Shows each answer as it comes.
    pub fn new(
        board: LatestResource<Board>,
        numbers: LatestResource<Vec<ColumnNumbers>>,
        shown: StoredValue<usize>,
    ) -> Self {
        let navigate = use_navigate_in_place();
        let state = Self {
            context: PageContext::of_page(),
            board: RwSignal::new(Board::default()),
            numbers: RwSignal::new(None),
            moving: RwSignal::new(0),
            said: RwSignal::new(String::new()),
            answers: (board, numbers),
            shown,
            loading: StoredValue::new(false),
            toasts: Toasts::of_app(),
            navigate: Callback::new(move |address: String| navigate(&address, false)),
        };
        Effect::new(move |_| state.take_board());
        Effect::new(move |_| state.take_numbers());
        state
    }

    /// The answers that came with the page.
    pub fn begin(self) {
        untrack(|| {
            self.take_board();
            self.take_numbers();
        });
    }

    fn take_board(self) {
        self.answers.0.with(|answer| {
            if let Some(Ok(board)) = answer {
                cancel_move();
                self.board.try_set(board.clone());
            }
        });
    }

    fn take_numbers(self) {
        self.answers.1.with(|answer| {
            if let Some(Ok(numbers)) = answer {
                self.numbers.try_set(Some(numbers.clone()));
            }
        });
    }

    /// Reads a column.
    pub fn column<R>(self, stage: Stage, read: impl Fn(&BoardColumn) -> R) -> Option<R> {
        let find = |board: &Board| board.columns.iter().find(|column| column.stage == stage).map(&read);
        self.board.try_with(find).flatten()
    }

    /// The cards above and below a card.
    pub fn neighbours(self, id: Uuid) -> (Option<Uuid>, Option<Uuid>) {
        let find = |board: &Board| {
            let (column, at) = find(board, id)?;
            let id = |at: usize| board.columns[column].cards.get(at).map(|card| card.row.id);
            Some((at.checked_sub(1).and_then(id), id(at + 1)))
        };
        self.board.with_untracked(find).unwrap_or_default()
    }

    /// The dialog that asks why a lead was lost.
    pub fn lost_url(self, id: Uuid) -> String {
        let edit = from_board(&edit_url(&SPEC, id, &self.context.query.get_untracked()));
        with_value(&edit, field::STAGE, Stage::Lost.as_str())
    }

    /// A button of a card's menu.
    pub fn press(self, button: &HtmlElement) {
        let id = closest(button, "[data-item]").and_then(|card: Element| card.get_attribute("data-item"));
        let Some(id) = id.and_then(|id| id.parse().ok()) else {
            return;
        };
        if let Some(menu) = closest::<HtmlDetailsElement>(button, "details") {
            menu.set_open(false);
        }
        let (above, below) = self.neighbours(id);
        let stage = self
            .board
            .with_untracked(|board| find(board, id).map(|(column, _)| board.columns[column].stage));
        let to = button.get_attribute("value").and_then(|word| Stage::parse(&word));
        match (button.get_attribute("name").as_deref(), stage, to) {
            (Some("to"), _, Some(stage)) => self.move_card(id, stage, None, None, "edit"),
            (Some("below"), Some(stage), _) if above.is_some() => self.move_card(id, stage, None, above, "edit"),
            (Some("above"), Some(stage), _) if below.is_some() => self.move_card(id, stage, below, None, "edit"),
            _ => {}
        }
        let stands = |board: &Board| {
            let (column, at) = find(board, id)?;
            let BoardColumn { stage, cards, .. } = &board.columns[column];
            Some(format!("{}: {stage}, position {}.", cards[at].row.title, at + 1))
        };
        if let Some(text) = self.board.with_untracked(stands) {
            self.said.set(text);
        }
    }

    /// Moves a card, here at once. `focus_on` begins the id of the element in it that takes the focus.
    pub fn move_card(self, id: Uuid, to: Stage, above: Option<Uuid>, below: Option<Uuid>, focus_on: &'static str) {
        let found = self.board.with_untracked(|board| {
            let (column, at) = find(board, id)?;
            let column = &board.columns[column];
            Some((column.stage, column.cards[at].row.title.clone()))
        });
        let Some((from, name)) = found else { return };
        if from != to && to == Stage::Lost {
            return self.navigate.run(self.lost_url(id));
        }
        let card = CardMove { from, to, above, below };
        self.board.update(|board| put(board, id, &card));
        request_animation_frame(move || focus(&format!("{focus_on}-{id}")));
        self.moving.update(|moving| *moving += 1);
        spawn_local(async move {
            let answer = move_lead(id, card).await;
            // The page may have been left meanwhile.
            self.moving.try_update(|moving| *moving -= 1);
            let failure = match answer {
                Ok(MoveOutcome::Done { position, .. }) => {
                    self.board.try_update(|board| {
                        if let Some((column, at)) = find(board, id) {
                            board.columns[column].cards[at].position = position;
                        }
                    });
                    if from != to {
                        self.answers.1.refetch();
                    }
                    return;
                }
                Ok(MoveOutcome::Refused(message)) => message,
                Err(error) => format!("{name} was not moved. {error}"),
            };
            self.toasts.show(FlashMessage::failure(failure));
            self.context.refresh.bump();
        });
    }

    /// Loads more cards of a column, those behind its last one.
    pub fn load_more(self, stage: Stage) {
        let last = |column: &BoardColumn| {
            column
                .cards
                .last()
                .filter(|_| column.has_more)
                .map(|card| (card.position, card.row.id))
        };
        // The last card's position is known again when all moves are done.
        let is_busy = self.loading.get_value() || self.moving.get_untracked() > 0;
        let Some((position, id)) = untrack(|| self.column(stage, last)).flatten().filter(|_| !is_busy) else {
            return;
        };
        let query = self.context.query.get_untracked();
        let address = of_stage(&self.context, stage);
        self.loading.set_value(true);
        spawn_local(async move {
            let answer = get_board(address, MORE_CARDS, Some(position), Some(id)).await;
            self.loading.try_set_value(false);
            match answer {
                Ok(more) if self.context.query.try_get_untracked() == Some(query) => {
                    self.board.try_update(|board| append(board, more));
                    self.shown
                        .try_set_value(self.column(stage, |column| column.cards.len()).unwrap_or_default());
                }
                Ok(_) => {}
                Err(error) => self.toasts.show(FlashMessage::failure(format!(
                    "More leads could not be loaded. {error}"
                ))),
            }
        });
    }
}

/// The part of an address that leaves one column of what is shown.
pub fn of_stage(context: &PageContext, stage: Stage) -> String {
    let query = context.query.with(|query| ListQuery::parse(&SPEC, query).0);
    let query = query.with_filter(|query| query.facets[facet::STAGE] = vec![stage.as_str().into()]);
    query.to_url()
}

/// Where a card is: its column and its place there.
fn find(board: &Board, id: Uuid) -> Option<(usize, usize)> {
    let columns = board.columns.iter().enumerate();
    let mut found =
        columns.filter_map(|(column, of)| Some((column, of.cards.iter().position(|card| card.row.id == id)?)));
    found.next()
}

/// Puts a card where a move says. One that goes to a column that is not shown is not shown either.
fn put(board: &mut Board, id: Uuid, to: &CardMove) {
    let Some((column, at)) = find(board, id) else { return };
    let card = board.columns[column].cards.remove(at);
    let Some(column) = board.columns.iter_mut().find(|column| column.stage == to.to) else {
        return;
    };
    let place = |neighbour: Option<Uuid>| column.cards.iter().position(|card| Some(card.row.id) == neighbour);
    let at = place(to.above).map(|above| above + 1).or_else(|| place(to.below));
    column.cards.insert(at.unwrap_or_default(), card);
}

/// Adds more cards of a column. One that somebody has moved there meanwhile may be shown already.
fn append(board: &mut Board, more: Board) {
    for BoardColumn {
        stage,
        mut cards,
        has_more,
    } in more.columns
    {
        cards.retain(|card| find(board, card.row.id).is_none());
        if let Some(column) = board.columns.iter_mut().find(|column| column.stage == stage) {
            column.cards.append(&mut cards);
            column.has_more = has_more;
        }
    }
}
