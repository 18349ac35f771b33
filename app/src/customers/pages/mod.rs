//! The pages of customers: their record; the list, the forms and the deleted are those of every subject.

mod record;

use leptos::prelude::*;
use uuid::Uuid;

use super::api;
use crate::record::subject::{SubjectDialogs, SubjectPages};
use crate::ui::lazy::lazy_chunk;
use record::customer_record;

lazy_chunk! {
    /// The page of a customer.
    RECORD, file customer_record, preload preload_record: fn record_view(id: Uuid) {
        customer_record(id).into_any()
    }
}

/// The pages.
pub static PAGES: SubjectPages = api::pages(&RECORD);

/// The dialogs.
pub static DIALOGS: SubjectDialogs = SubjectDialogs {
    choices: Some(|| Box::pin(api::get_customer_choices())),
    find: Some(|search| Box::pin(api::find_customers(search))),
    ..api::dialogs()
};
