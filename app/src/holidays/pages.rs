//! The pages of holidays: those of every subject.

use leptos::prelude::*;
use uuid::Uuid;

use super::api;
use super::spec::SPEC;
use crate::record::record_page::plain_record_page;
use crate::record::subject::{SubjectDialogs, SubjectPages};
use crate::ui::lazy::lazy_chunk;

lazy_chunk! {
    /// The page of a holiday.
    RECORD, file holiday_page, preload preload_record: fn record_view(id: Uuid) {
        plain_record_page(
            &SPEC,
            id,
            |id| Box::pin(api::get_holiday(id)),
            |id, older| Box::pin(api::timeline(id, older)),
        )
        .into_any()
    }
}

/// The pages.
pub static PAGES: SubjectPages = SubjectPages {
    counts: Some(|address| Box::pin(api::counts(address))),
    ..api::pages(&RECORD)
};

/// The dialogs.
pub static DIALOGS: SubjectDialogs = api::dialogs();
