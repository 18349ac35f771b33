//! The pages of leads: their record and "My day"; the list, the forms and the deleted are those of every subject.

mod my_day;
mod record;

use leptos::prelude::*;
use uuid::Uuid;

use super::api;
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

/// The pages.
pub static PAGES: SubjectPages = SubjectPages {
    counts: Some(|address| Box::pin(api::counts(address))),
    choices: Some(|| Box::pin(api::get_lead_choices())),
    ..api::pages(&RECORD)
};
