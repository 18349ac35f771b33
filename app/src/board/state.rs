//! What the board shows: the latest answer of the server, and what was moved since.

use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;
use web_sys::{Element, HtmlDetailsElement, HtmlElement};

use super::{Board, BoardColumn, BoardPages, CardMove, ColumnNumbers, MORE_CARDS, MoveOutcome};
use crate::base::text::isolated;
use crate::http::flash::FlashMessage;
use crate::list::page_context::PageContext;
use crate::list::pages::CountsResource;
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
    pages: &'static BoardPages,
    /// The page.
    pub context: PageContext,
    /// The columns.
    pub board: RwSignal<Board>,
    /// Their numbers, where they are known.
    pub numbers: RwSignal<Option<Vec<ColumnNumbers>>>,
    /// The numbers behind the values of the filters.
    pub counts: CountsResource,
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
        pages: &'static BoardPages,
        board: LatestResource<Board>,
        numbers: LatestResource<Vec<ColumnNumbers>>,
        shown: StoredValue<usize>,
    ) -> Self {
        let navigate = use_navigate_in_place();
        let context = PageContext::of_page();
        let state = Self {
            pages,
            context,
            counts: CountsResource::new(context.spec, pages.counts),
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

    /// The words of all columns, in order.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        self.pages.board.facet().words().iter().copied()
    }

    /// Whether a card reaches a column by the form alone.
    pub fn asks(self, word: &str) -> bool {
        self.pages.board.asks == Some(word)
    }

    /// What the address asks for.
    pub fn query(self) -> ListQuery {
        self.context
            .query
            .with(|query| ListQuery::parse(self.context.spec, query).0)
    }

    /// The part of an address that leaves one column of it.
    pub fn query_of(self, word: &str) -> String {
        let facet = self.pages.board.facet;
        let query = self
            .query()
            .with_filter(|query| query.facets[facet] = vec![word.into()]);
        query.to_url()
    }

    /// Reads a column.
    pub fn column<R>(self, word: &str, read: impl Fn(&BoardColumn) -> R) -> Option<R> {
        let find = |board: &Board| board.columns.iter().find(|column| column.word == word).map(&read);
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

    /// The form of an edit that moves a card to a column.
    pub fn form_url(self, id: Uuid, word: &str) -> String {
        let edit = edit_url(self.context.spec, id, &self.context.query.get_untracked());
        with_value(&from_board(&edit), self.pages.board.facet().name, word)
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
        let word = |board: &Board| find(board, id).map(|(column, _)| board.columns[column].word.clone());
        let here = self.board.with_untracked(word).unwrap_or_default();
        match button.get_attribute("name").as_deref() {
            Some("to") => {
                let to = button.get_attribute("value").unwrap_or_default();
                self.move_card(id, &to, None, None, "edit");
            }
            Some("below") if above.is_some() => self.move_card(id, &here, None, above, "edit"),
            Some("above") if below.is_some() => self.move_card(id, &here, below, None, "edit"),
            _ => {}
        }
        let stands = |board: &Board| {
            let (column, at) = find(board, id)?;
            let BoardColumn { word, cards, .. } = &board.columns[column];
            Some(format!(
                "{}: {word}, position {}.",
                isolated(&cards[at].row.title),
                at + 1
            ))
        };
        if let Some(text) = self.board.with_untracked(stands) {
            self.said.set(text);
        }
    }

    /// Moves a card, here at once. `focus_on` begins the id of the element in it that takes the focus.
    pub fn move_card(self, id: Uuid, to: &str, above: Option<Uuid>, below: Option<Uuid>, focus_on: &'static str) {
        let found = self.board.with_untracked(|board| {
            let (column, at) = find(board, id)?;
            let column = &board.columns[column];
            let card = &column.cards[at];
            Some((
                column.word.clone(),
                isolated(&card.row.title).into_owned(),
                card.stays.clone(),
            ))
        });
        let Some((from, name, stays)) = found else { return };
        let is_other = from != to;
        if let Some(reason) = stays.filter(|_| is_other) {
            // In place of "Dropped": the message says it.
            self.said.set(String::new());
            return self
                .toasts
                .show(FlashMessage::failure(format!("{name} was not moved. {reason}")));
        }
        if is_other && self.asks(to) {
            // In place of "Dropped": it goes there with the form.
            self.said
                .set(format!("{name} stays in {from} until you save the form."));
            return self.navigate.run(self.form_url(id, to));
        }
        let to = to.to_owned();
        let card = CardMove {
            from,
            to: to.clone(),
            above,
            below,
        };
        self.board.update(|board| put(board, id, &card));
        request_animation_frame(move || focus(&format!("{focus_on}-{id}")));
        self.moving.update(|moving| *moving += 1);
        let answer = (self.pages.move_card)(id, card);
        spawn_local(async move {
            let answer = answer.await;
            // The page may have been left meanwhile.
            self.moving.try_update(|moving| *moving -= 1);
            let failure = match answer {
                Ok(MoveOutcome::Done { position, next, .. }) => {
                    self.board.try_update(|board| note_position(board, id, position));
                    if is_other {
                        self.answers.1.refetch();
                        self.counts.refetch();
                    }
                    if next.is_some() {
                        let text = format!("{name} moved to {to}");
                        self.toasts.show(FlashMessage::success(text).with_next(next));
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
    pub fn load_more(self, word: &'static str) {
        let last = |column: &BoardColumn| {
            let last = column.cards.last().filter(|_| column.has_more);
            last.map(|card| (card.position, card.row.id))
        };
        // The last card's position is known again when all moves are done.
        let is_busy = self.loading.get_value() || self.moving.get_untracked() > 0;
        let last = untrack(|| self.column(word, last)).flatten().filter(|_| !is_busy);
        if last.is_none() {
            return;
        }
        let query = self.context.query.get_untracked();
        let answer = (self.pages.fetch)(untrack(|| self.query_of(word)), MORE_CARDS, last);
        self.loading.set_value(true);
        spawn_local(async move {
            let answer = answer.await;
            self.loading.try_set_value(false);
            match answer {
                Ok(more) if self.context.query.try_get_untracked() == Some(query) => {
                    self.board.try_update(|board| append(board, more));
                    let shown = untrack(|| self.column(word, |column| column.cards.len()));
                    self.shown.try_set_value(shown.unwrap_or_default());
                }
                Ok(_) => {}
                Err(error) => {
                    let message = format!("More {} could not be loaded. {error}", self.context.spec.plural);
                    self.toasts.show(FlashMessage::failure(message));
                }
            }
        });
    }
}

/// Where a card is: its column and its place there.
fn find(board: &Board, id: Uuid) -> Option<(usize, usize)> {
    let place = |column: &BoardColumn| column.cards.iter().position(|card| card.row.id == id);
    let mut columns = board.columns.iter().enumerate();
    columns.find_map(|(column, of)| Some((column, place(of)?)))
}

/// Puts a card where a move says. One that goes to a column that is not shown is not shown either.
fn put(board: &mut Board, id: Uuid, to: &CardMove) {
    let Some((column, at)) = find(board, id) else { return };
    let card = board.columns[column].cards.remove(at);
    let Some(column) = board.columns.iter_mut().find(|column| column.word == to.to) else {
        return;
    };
    let place = |neighbour: Option<Uuid>| column.cards.iter().position(|card| Some(card.row.id) == neighbour);
    let at = place(to.above).map(|above| above + 1).or_else(|| place(to.below));
    column.cards.insert(at.unwrap_or_default(), card);
}

fn note_position(board: &mut Board, id: Uuid, position: i64) {
    if let Some((column, at)) = find(board, id) {
        board.columns[column].cards[at].position = position;
    }
}

/// Adds more cards of a column. One that somebody has moved there meanwhile may be shown already.
fn append(board: &mut Board, more: Board) {
    for BoardColumn {
        word,
        mut cards,
        has_more,
    } in more.columns
    {
        cards.retain(|card| find(board, card.row.id).is_none());
        if let Some(column) = board.columns.iter_mut().find(|column| column.word == word) {
            column.cards.append(&mut cards);
            column.has_more = has_more;
        }
    }
}
