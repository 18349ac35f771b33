//! The pages of leads: their board, their record and "My day"; the list, the forms and the deleted are those of every subject.

mod my_day;
mod record;

use leptos::prelude::*;
use uuid::Uuid;

use super::api;
use super::spec;
use super::spec::SPEC;
use crate::list::board::{BoardPages, BoardView};
use crate::record::subject::SubjectPages;
use crate::ui::lazy::lazy_chunk;
pub use my_day::{MY_DAY, MyDayPage};
use record::lead_record;

lazy_chunk! {
    /// The page of a lead.
    RECORD, file lead_record_page, preload preload_record: fn record_view(id: Uuid) {
        lead_record(id).into_any()
    }
}

static BOARD_PAGES: BoardPages = BoardPages {
    board: &spec::BOARD,
    fetch: |address, shown, after| Box::pin(api::get_board(address, shown, after)),
    numbers: |address| Box::pin(api::count_board(address)),
    move_card: |id, card| Box::pin(api::move_lead(id, card)),
};

lazy_chunk! {
    /// The board.
    BOARD, file leads_board, preload preload_board: fn board_view(_page: ()) {
        view! { <BoardView pages=&BOARD_PAGES/> }.into_any()
    }
}

/// The pages.
pub static PAGES: SubjectPages = SubjectPages {
    spec: &SPEC,
    record_page: &RECORD,
    board: Some(&BOARD),
    list: |address| Box::pin(api::list_leads(address)),
    counts: Some(|address| Box::pin(api::count_leads(address))),
    choose_columns: |names| Box::pin(api::choose_lead_columns(names)),
    form: |id| Box::pin(api::get_lead_form(id)),
    choices: Some(|| Box::pin(api::get_lead_choices())),
    save: |form| Box::pin(api::save_lead(form)),
    delete_preview: |id| Box::pin(api::get_delete_preview(id)),
    delete: |id| Box::pin(api::delete_lead(id)),
    restore: |id| Box::pin(api::restore_lead(id)),
    deleted: |older_than| Box::pin(api::deleted_leads(older_than)),
    find: None,
};
