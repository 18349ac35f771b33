//! The pages of leads: their board, their record and "My day"; the list, the forms and the deleted are those of every subject.

mod my_day;
mod record;

use leptos::prelude::*;
use uuid::Uuid;

use super::api;
use super::spec::{self, FIELDS_OF_CUSTOMER, field};
use crate::base::audit::EntityKind;
use crate::board::{BoardPages, BoardView};
use crate::customers::spec::SPEC as CUSTOMERS;
use crate::list::pages::FetchCounts;
use crate::record::hint::FieldHint;
use crate::record::subject::{Conversion, Matching, RelatedRecords, SubjectDialogs, SubjectPages};
use crate::ui::lazy::lazy_chunk;
pub use my_day::{MY_DAY, MyDayPage};
use record::lead_record;

lazy_chunk! {
    /// The page of a lead.
    RECORD, file lead_record_page, preload preload_record: fn record_view(id: Uuid) {
        lead_record(id).into_any()
    }
}

/// The numbers of what is searched and filtered.
const COUNTS: FetchCounts = |address| Box::pin(api::counts(address));

static BOARD_PAGES: BoardPages = BoardPages {
    board: &spec::BOARD,
    fetch: |address, shown, after| Box::pin(api::get_board(address, shown, after)),
    numbers: |address| Box::pin(api::count_board(address)),
    counts: COUNTS,
    move_card: |id, card| Box::pin(api::move_lead(id, card)),
};

lazy_chunk! {
    /// The board.
    BOARD, file leads_board, preload preload_board: fn board_view(_page: ()) {
        view! { <BoardView pages=&BOARD_PAGES/> }.into_any()
    }
}

/// Whether the line that they want can be had at their address.
static SERVICE: FieldHint = FieldHint {
    field: field::PIN_CODE,
    of: &[field::PIN_CODE, field::PLAN_TYPE, field::SPEED],
    fetch: |draft| {
        let value = |name| draft.value(name).to_owned();
        let [pin_code, plan, speed] = [field::PIN_CODE, field::PLAN_TYPE, field::SPEED].map(value);
        Box::pin(api::check_service(pin_code, plan, speed))
    },
};

/// The pages.
pub static PAGES: SubjectPages = SubjectPages {
    counts: Some(COUNTS),
    board: Some(&BOARD),
    has_conversion: true,
    related: Some(&RelatedRecords {
        of: EntityKind::Customer,
        fields: FIELDS_OF_CUSTOMER,
        fetch: |customer| Box::pin(api::get_leads_of_customer(customer)),
    }),
    ..api::pages(&RECORD)
};

/// The dialogs.
pub static DIALOGS: SubjectDialogs = SubjectDialogs {
    choices: Some(|| Box::pin(api::get_lead_choices())),
    hint: Some(&SERVICE),
    matching: Some(&Matching {
        fields: &[field::NAME, field::PHONE, field::EMAIL, field::CITY],
        find: |form, id| Box::pin(api::find_duplicates(form, id)),
    }),
    conversion: Some(&Conversion {
        into: &CUSTOMERS,
        label: "Convert to customer",
        busy_label: "Converting…",
        form: |id| Box::pin(api::get_conversion_form(id)),
        save: |id, form| Box::pin(api::convert_lead(id, form)),
    }),
    ..api::dialogs()
};
