//! The pages of served PIN codes: those of every subject.

use leptos::prelude::*;
use uuid::Uuid;

use super::api;
use super::spec::SPEC;
use crate::record::record_page::plain_record_page;
use crate::record::subject::SubjectPages;
use crate::ui::lazy::lazy_chunk;

lazy_chunk! {
    /// The page of a served PIN code.
    RECORD, file served_pin_code_page, preload preload_record: fn record_view(id: Uuid) {
        plain_record_page(
            &SPEC,
            id,
            |id| Box::pin(api::get_served_pin_code(id)),
            |id, older| Box::pin(api::get_served_pin_code_timeline(id, older)),
        )
        .into_any()
    }
}

/// The pages.
pub static PAGES: SubjectPages = SubjectPages {
    spec: &SPEC,
    record_page: &RECORD,
    list: |address| Box::pin(api::list_served_pin_codes(address)),
    counts: Some(|address| Box::pin(api::count_served_pin_codes(address))),
    choose_columns: |names| Box::pin(api::choose_served_pin_code_columns(names)),
    form: |id| Box::pin(api::get_served_pin_code_form(id)),
    choices: None,
    save: |form| Box::pin(api::save_served_pin_code(form)),
    delete_preview: |id| Box::pin(api::get_delete_preview(id)),
    delete: |id| Box::pin(api::delete_served_pin_code(id)),
    restore: |id| Box::pin(api::restore_served_pin_code(id)),
    deleted: |older_than| Box::pin(api::deleted_served_pin_codes(older_than)),
    find: None,
};
