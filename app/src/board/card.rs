//! A card of the board, with its menu.

use leptos::prelude::*;

use super::Card;
use super::state::BoardState;
use crate::base::cell::Cell;
use crate::base::text::isolated;
use crate::http::current_user::ExpectedUser;
use crate::list::responses::Row;
use crate::list::routes::{edit_url, from_board, move_url, record_url};
use crate::ui::cell::cell;

/// A card in a column. Without script its menu is a form, whose buttons name the neighbours that it has now.
pub fn card_view(state: BoardState, word: &'static str, card: Card) -> impl IntoView {
    let Card { row, stays, .. } = card;
    let Row { id, title, cells, .. } = row;
    let name = isolated(&title).into_owned();
    let (spec, query) = (state.context.spec, state.context.query.get_untracked());
    let today = state.board.with_untracked(|board| board.today);
    let cells = cells.into_iter().filter(|cell| *cell != Cell::Empty);
    let cells = cells
        .map(|value| view! { <div>{cell(&value, today)}</div> })
        .collect_view();
    let others = state.words().filter(|other| *other != word && stays.is_none());
    let others = others.map(|other| {
        if state.asks(other) {
            let label = format!("Move to {other}…");
            return view! { <a class="choice" href=state.form_url(id, other) data-noscroll>{label}</a> }.into_any();
        }
        view! { <button class="choice" name="to" value=other>{format!("Move to {other}")}</button> }.into_any()
    });
    // At an end of the column a step leaves it where it is.
    let (above, below) = state.neighbours(id);
    let below = below.or(above).map(|id| id.to_string());
    let above = above.map(|id| id.to_string());
    view! {
        <li class="board-card" data-item=id.to_string() data-name=name.clone()>
            <button
                type="button" class="grip script-only" id=format!("grip-{id}") data-grip aria-label=format!("Pick up {name}")
                aria-describedby="sortable-keys"
            ></button>
            <a class="name" href=from_board(&record_url(spec, id, &query))>{title}</a>
            <details class="menu">
                // The dialog of the edit returns the focus to the element of this id.
                <summary class="button quiet" id=format!("edit-{id}") aria-label=format!("Actions for {name}")></summary>
                <form class="panel" method="post" action=move_url(spec, id)>
                    <ExpectedUser/>
                    <input type="hidden" name="from" value=word/>
                    <input type="hidden" name="back" value=query.clone()/>
                    {stays.clone().map(|reason| view! { <p class="muted">{reason}</p> })}
                    {others.collect_view()}
                    <button class="choice" name="below" value=above>"Move up"</button>
                    <button class="choice" name="above" value=below>"Move down"</button>
                    <button class="choice" name="to" value=word>"Move to the top"</button>
                    <a class="choice" href=from_board(&edit_url(spec, id, &query)) data-noscroll>"Edit"</a>
                </form>
            </details>
            <div class="facts">{cells}</div>
        </li>
    }
}
