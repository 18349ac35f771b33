//! A card of the board, with its menu.

use leptos::prelude::*;

use super::state::BoardState;
use crate::base::cell::Cell;
use crate::leads::model::Stage;
use crate::leads::responses::Card;
use crate::leads::spec::SPEC;
use crate::list::responses::Row;
use crate::list::routes::{edit_url, from_board, record_url};
use crate::ui::cell::cell;

/// A card. Without script its menu is a form, whose buttons name the neighbours that it has now.
pub fn card_view(state: BoardState, stage: Stage, card: Card) -> impl IntoView {
    let Row { id, title, cells, .. } = card.row;
    let today = state.board.with_untracked(|board| board.today);
    let query = state.context.query.get_untracked();
    let cells = cells.into_iter().filter(|cell| *cell != Cell::Empty);
    let cells = cells
        .map(|value| view! { <div>{cell(&value, today)}</div> })
        .collect_view();
    let stages = Stage::ALL
        .iter()
        .filter(|other| **other != stage)
        .map(|&other| match other {
            Stage::Lost => {
                view! { <a class="choice" href=state.lost_url(id) data-noscroll>"Move to Lost…"</a> }.into_any()
            }
            _ => view! { <button class="choice" name="to" value=other.as_str()>"Move to " {other.as_str()}</button> }
                .into_any(),
        });
    // At an end of the column a step leaves it where it is.
    let (above, below) = state.neighbours(id);
    let below = below.or(above).map(|id| id.to_string());
    let above = above.map(|id| id.to_string());
    view! {
        <li class="lead-card" data-item=id.to_string() data-name=title.clone()>
            <button
                type="button" class="grip script-only" id=format!("grip-{id}") data-grip aria-label=format!("Pick up {title}")
                aria-describedby="sortable-keys"
            ></button>
            <a class="name" href=record_url(&SPEC, id, &query)>{title.clone()}</a>
            <details class="menu">
                // The dialog of the edit returns the focus to the element of this id.
                <summary class="button quiet" id=format!("edit-{id}") aria-label=format!("Actions for {title}")></summary>
                <form class="panel" method="post" action=format!("/leads/{id}/move")>
                    <input type="hidden" name="from" value=stage.as_str()/>
                    <input type="hidden" name="back" value=query.clone()/>
                    {stages.collect_view()}
                    <button class="choice" name="below" value=above>"Move up"</button>
                    <button class="choice" name="above" value=below>"Move down"</button>
                    <button class="choice" name="to" value=stage.as_str()>"Move to the top"</button>
                    <a class="choice" href=from_board(&edit_url(&SPEC, id, &query)) data-noscroll>"Edit"</a>
                </form>
            </details>
            <div class="facts">{cells}</div>
        </li>
    }
}
