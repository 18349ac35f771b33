//! The head of the list and of the board.

use leptos::prelude::*;

use super::search_box::SearchBox;
use crate::base::text::capitalize;
use crate::http::current_user::CurrentUser;
use crate::list::page_context::PageContext;
use crate::list::query::ListQuery;
use crate::list::routes::{board_url, from_board, list_url, new_url};
use crate::list::views::View;
use crate::ui::dom::HEADING;
use crate::ui::title::PageTitle;

/// The search, the way to a new record and, where there is a board, the switch between the two, which keeps what is searched and filtered.
#[component]
pub fn ListHead(
    /// The ready-made views of the subject.
    views: &'static [View],
    /// Whether the subject has a board.
    has_board: bool,
) -> impl IntoView {
    let context = PageContext::of_page();
    let spec = context.spec;
    let is_board = context.is_board.get_untracked();
    // The ready-made view that the address began with, and whether something else is shown by now.
    let view = Memo::new(move |_| {
        let query = context.query.with(|query| ListQuery::parse(spec, query).0);
        View::of(views, &query).map(|view| (view.label, view.is_changed(&query)))
    });
    let title = move || {
        view.get()
            .map_or_else(|| capitalize(spec.plural), |(label, _)| label.to_owned())
    };
    let changed = move || view.get().filter(|(_, is_changed)| *is_changed);
    let new_address = move || {
        let address = new_url(spec, &context.query.get());
        if is_board { from_board(&address) } else { address }
    };
    let current = |is_here: bool| is_here.then_some("page");
    view! {
        {move || view! { <PageTitle text=title()/> }}
        <div class="page-header">
            <div class="list-title" id="list-title">
                <h1 id=HEADING tabindex="-1">{title}</h1>
                {move || changed().map(|_| view! { <span class="tag">"changed"</span> })}
            </div>
            {has_board.then(|| view! {
                <nav class="switch" aria-label="View">
                    <a href=move || list_url(spec, &context.query.get()) aria-current=current(!is_board)>"List"</a>
                    <a href=move || board_url(spec, &context.query.get()) aria-current=current(is_board)>"Board"</a>
                </nav>
            })}
            <SearchBox/>
            {CurrentUser::may(spec.edit).then(|| view! {
                <a id="new" class="button primary" data-noscroll href=new_address>{format!("New {}", spec.singular)}</a>
            })}
        </div>
    }
}
