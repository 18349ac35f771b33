//! The board: a column for each stage, and a card for each lead.

mod card;
mod state;

use leptos::prelude::*;
use web_sys::{Event, HtmlElement, SubmitEvent};

use crate::base::units::Grouped;
use crate::leads::api::{count_board, get_board};
use crate::leads::model::Stage;
use crate::leads::responses;
use crate::leads::spec::SPEC;
use crate::list::page_context::PageContext;
use crate::list::pages::{ListHead, chips};
use crate::list::query::ListQuery;
use crate::list::responses::COUNT_LIMIT;
use crate::list::routes::{board_url, list_url};
use crate::ui::dom::target;
use crate::ui::error_view::ErrorAlert;
use crate::ui::latest_resource::LatestResource;
use crate::ui::menu::watch_menus;
use crate::ui::sortable::{Moved, Sortable};
use card::card_view;
use state::{BoardState, of_stage};

/// The page.
#[component]
pub fn Board() -> impl IntoView {
    let context = PageContext::of_page();
    let shown = StoredValue::new(0);
    let question = move || (context.query.get(), context.refresh.count());
    let board = LatestResource::new(question, move |(address, _)| {
        get_board(address, shown.get_value(), None, None)
    });
    let numbers = LatestResource::new(question, |(address, _)| count_board(address));
    let state = BoardState::new(board, numbers, shown);
    context.return_focus(move || board.has_update());
    watch_menus();
    let retry = Callback::new(move |()| {
        board.refetch();
        numbers.refetch();
    });
    let fault = Memo::new(move |_| board.with(|answer| answer.and_then(|answer| answer.as_ref().err().cloned())));
    // Both are read each time on the server, which waits for what was read at first.
    let is_ready = move || [board.is_ready(), is_browser() || numbers.is_ready()] == [true; 2];
    let content = move || {
        is_ready().then(|| {
            state.begin();
            view! { <Columns state/> }
        })
    };
    let is_busy = move || board.is_loading() || state.moving.get() > 0;
    view! {
        <ListHead has_board=true/>
        <div class="region" id="board" aria-busy=move || is_busy().to_string()>
            <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>
                {move || fault.get().map(|error| view! { <ErrorAlert error retry/> })}
                {content}
            </Transition>
        </div>
    }
}

#[component]
fn Columns(state: BoardState) -> impl IntoView {
    let context = PageContext::of_page();
    let chips = move || {
        let query = context.query.with(|query| ListQuery::parse(&SPEC, query).0);
        state
            .board
            .with(|board| chips(&board_url(&SPEC, ""), &query, &board.labels).into_string())
    };
    let stages = Memo::new(move |_| {
        let stages = |board: &responses::Board| board.columns.iter().map(|column| column.stage).collect::<Vec<_>>();
        state.board.with(stages)
    });
    let moved = move |moved: Moved| {
        let id = |text: Option<String>| text.and_then(|text| text.parse().ok());
        if let Some((lead, stage)) = id(Some(moved.item)).zip(Stage::parse(&moved.list)) {
            state.move_card(lead, stage, id(moved.above), id(moved.below), "grip");
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(button) = event.submitter() {
            state.press(&button);
        }
    };
    view! {
        <div inner_html=chips></div>
        <Sortable moved said=state.said>
            <div class="board" on:submit=on_submit>
                <For each=move || stages.get() key=|stage| *stage let(stage)>{column_view(state, stage)}</For>
            </div>
        </Sortable>
    }
}

fn column_view(state: BoardState, stage: Stage) -> impl IntoView {
    let cards = Memo::new(move |_| state.column(stage, |column| column.cards.clone()).unwrap_or_default());
    let has_more = Memo::new(move |_| state.column(stage, |column| column.has_more).unwrap_or_default());
    let numbers = move || {
        let numbers = state
            .numbers
            .get()?
            .into_iter()
            .find(|numbers| numbers.stage == stage)?;
        if numbers.count > COUNT_LIMIT {
            return Some((format!("{}+", Grouped(COUNT_LIMIT)), String::new()));
        }
        Some((Grouped(numbers.count).to_string(), numbers.sum.compact().to_string()))
    };
    let numbers = Memo::new(move |_| numbers().unwrap_or_default());
    let all = move || list_url(&SPEC, &of_stage(&state.context, stage));
    let scrolled = move |event: Event| {
        let is_near_end = |cards: &HtmlElement| cards.scroll_top() + 3 * cards.client_height() > cards.scroll_height();
        if target(&event).is_some_and(|cards| is_near_end(&cards)) {
            state.load_more(stage);
        }
    };
    let heading = format!("stage-{}", stage.as_str().to_lowercase());
    view! {
        <section class="column" data-drop aria-labelledby=heading.clone()>
            <header>
                <h2 id=heading.clone()>{stage.as_str()}</h2>
                <span class="count">{move || numbers.get().0}</span>
                <span class="muted">{move || numbers.get().1}</span>
            </header>
            <div class="cards" data-scroll on:scroll=scrolled>
                <ol data-list=stage.as_str() aria-labelledby=heading.clone()>
                    <For each=move || cards.get() key=|card| card.row.clone() let(card)>{card_view(state, stage, card)}</For>
                </ol>
                <p class="muted">"No leads"</p>
                {move || has_more.get().then(|| view! { <a class="button quiet" href=all>"All in the list"</a> })}
            </div>
        </section>
    }
}
