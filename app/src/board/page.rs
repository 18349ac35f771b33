//! The board's page.

use leptos::prelude::*;
use web_sys::{Event, HtmlElement, SubmitEvent};

use super::card::card_view;
use super::state::BoardState;
use super::{Board, BoardPages, ColumnNumbers};
use crate::base::text::capitalize;
use crate::base::units::Grouped;
use crate::list::page_context::PageContext;
use crate::list::pages::{CountsResource, ListHead, board_filters, use_filter_form};
use crate::list::responses::{COUNT_LIMIT, Counts};
use crate::list::routes::list_url;
use crate::ui::dom::target;
use crate::ui::error_view::ErrorAlert;
use crate::ui::html_block::HtmlBlock;
use crate::ui::latest_resource::LatestResource;
use crate::ui::live_text::LiveText;
use crate::ui::menu::watch_menus;
use crate::ui::sortable::{Moved, Sortable};

/// The page.
#[component]
pub fn BoardView(
    /// The board.
    pages: &'static BoardPages,
) -> impl IntoView {
    let context = PageContext::of_page();
    let shown = StoredValue::new(0);
    let question = move || (context.query.get(), context.refresh.count());
    let board = LatestResource::new(question, move |(address, _)| {
        (pages.fetch)(address, shown.get_value(), None)
    });
    let numbers = LatestResource::new(question, move |(address, _)| (pages.numbers)(address));
    let state = BoardState::new(pages, board, numbers, shown);
    context.return_focus(move || board.has_update());
    watch_menus();
    let retry = Callback::new(move |()| {
        board.refetch();
        numbers.refetch();
    });
    let changed = use_filter_form(None, retry);
    let is_busy = move || board.is_loading() || state.moving.get() > 0;
    view! {
        <ListHead views=&[] has_board=true/>
        <div class="region" id="board" aria-busy=move || is_busy().to_string() on:change=changed>
            <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>
                <Answers state board numbers retry/>
            </Transition>
        </div>
    }
}

/// The latest answer; a fault stands above the answer before it. To stand under the `Transition` itself, so that what reads the answers
/// belongs to it.
#[component]
fn Answers(
    state: BoardState,
    board: LatestResource<Board>,
    numbers: LatestResource<Vec<ColumnNumbers>>,
    retry: Callback<()>,
) -> impl IntoView {
    let fault = Memo::new(move |_| board.with(|answer| answer.and_then(|answer| answer.as_ref().err().cloned())));
    // Both are read each time on the server, which waits for what was read at first.
    let is_ready = move || {
        let numbers = is_browser() || numbers.is_ready();
        [board.is_ready(), numbers, CountsResource::is_ready(Some(state.counts))] == [true; 3]
    };
    let content = move || {
        is_ready().then(|| {
            state.begin();
            view! { <Columns state/> }
        })
    };
    view! {
        {move || fault.get().map(|error| view! { <ErrorAlert error retry/> })}
        {content}
    }
}

#[component]
fn Columns(state: BoardState) -> impl IntoView {
    let filters = move |_: Option<&Option<String>>| {
        let query = state.query();
        let draw = |counts: Counts<'_>| {
            state
                .board
                .try_with(|board| board_filters(&board.labels, counts, &query))
        };
        state.counts.with_query(&query, draw)
    };
    // Moves with every answer: one that is as before puts back what was ticked meanwhile.
    let filters = Memo::new_with_compare(filters, |_, _| true);
    let words = move |board: &Board| {
        let is_shown = |word: &&str| board.columns.iter().any(|column| column.word == **word);
        state.words().filter(is_shown).collect::<Vec<_>>()
    };
    let words = Memo::new(move |_| state.board.with(words));
    let moved = move |moved: Moved| {
        let id = |text: Option<String>| text.and_then(|text| text.parse().ok());
        if let Some(item) = id(Some(moved.item)) {
            state.move_card(item, &moved.list, id(moved.above), id(moved.below), "grip");
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(button) = event.submitter() {
            state.press(&button);
        }
    };
    view! {
        <HtmlBlock id="board-filters" html=filters stale=Signal::stored(false)/>
        <Sortable moved said=state.said label=format!("{}, scrolls sideways", capitalize(state.context.spec.plural))>
            <div class="board" on:submit=on_submit>
                <For each=move || words.get() key=|word| *word let(word)>{column_view(state, word)}</For>
            </div>
        </Sortable>
    }
}

fn column_view(state: BoardState, word: &'static str) -> impl IntoView {
    let spec = state.context.spec;
    let cards = Memo::new(move |_| state.column(word, |column| column.cards.clone()).unwrap_or_default());
    let has_more = Memo::new(move |_| state.column(word, |column| column.has_more).unwrap_or_default());
    let numbers = Memo::new(move |_| {
        let numbers = state.numbers.get().into_iter().flatten();
        match numbers.into_iter().find(|numbers| numbers.word == word) {
            None => Default::default(),
            Some(numbers) if numbers.count > COUNT_LIMIT => (format!("{}+", Grouped(COUNT_LIMIT)), String::new()),
            Some(numbers) => (Grouped(numbers.count).to_string(), numbers.sum.compact().to_string()),
        }
    });
    let scrolled = move |event: Event| {
        let is_near_end = |cards: &HtmlElement| cards.scroll_top() + 3 * cards.client_height() > cards.scroll_height();
        if target(&event).is_some_and(|cards| is_near_end(&cards)) {
            state.load_more(word);
        }
    };
    let heading = format!("column-{}", word.to_lowercase().replace(' ', "-"));
    view! {
        <section class="column" data-drop aria-labelledby=heading.clone()>
            <header>
                <h2 id=heading.clone()>{word}</h2>
                <span class="count"><LiveText text=Signal::derive(move || numbers.get().0)/></span>
                <span class="muted"><LiveText text=Signal::derive(move || numbers.get().1)/></span>
            </header>
            <div class="cards" data-scroll on:scroll=scrolled>
                <ol data-list=word aria-labelledby=heading.clone()>
                    <For each=move || cards.get() key=|card| (card.row.clone(), card.stays.clone()) let(card)>{card_view(state, word, card)}</For>
                </ol>
                <p class="muted">{format!("No {}", spec.plural)}</p>
                {move || has_more.get().then(|| view! {
                    <a class="button quiet" href=list_url(spec, &state.query_of(word))>"All in the list"</a>
                })}
            </div>
        </section>
    }
}
