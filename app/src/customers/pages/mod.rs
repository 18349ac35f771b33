//! The pages of customers: their record; the list, the forms and the deleted are those of every subject.

mod record;

use leptos::prelude::*;
use uuid::Uuid;

use super::api;
use super::spec::SPEC;
use crate::record::subject::SubjectPages;
use crate::ui::lazy::lazy_chunk;
use record::customer_record;

lazy_chunk! {
    /// The page of a customer.
    RECORD, file customer_record, preload preload_record: fn record_view(id: Uuid) {
        customer_record(id).into_any()
    }
}

/// The pages.
pub static PAGES: SubjectPages = SubjectPages {
    spec: &SPEC,
    record_page: &RECORD,
    board: None,
    list: |address| Box::pin(api::list_customers(address)),
    counts: None,
    choose_columns: |names| Box::pin(api::choose_customer_columns(names)),
    form: |id| Box::pin(api::get_customer_form(id)),
    choices: None,
    save: |form| Box::pin(api::save_customer(form)),
    delete_preview: |id| Box::pin(api::get_delete_preview(id)),
    delete: |id| Box::pin(api::delete_customer(id)),
    restore: |id| Box::pin(api::restore_customer(id)),
    deleted: |older_than| Box::pin(api::deleted_customers(older_than)),
    find: Some(|search| Box::pin(api::find_customers(search))),
};
