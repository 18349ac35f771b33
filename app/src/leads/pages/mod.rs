//! The pages of leads: their record and "My day"; the list, the forms and the deleted are those of every subject.

mod my_day;
mod record;

use leptos::prelude::*;
use uuid::Uuid;

use super::api;
use super::spec::{CONVERSION_FIELDS, FIELDS_OF_CUSTOMER, SPEC, field};
use crate::base::audit::EntityKind;
use crate::customers::spec::SPEC as CUSTOMERS;
use crate::record::subject::{Conversion, Matching, RelatedRecords, SubjectPages};
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
    spec: &SPEC,
    record_page: &RECORD,
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
    matching: Some(&Matching {
        fields: &[field::NAME, field::PHONE, field::EMAIL, field::CITY],
        find: |form, id| Box::pin(api::find_duplicates(form, id)),
    }),
    conversion: Some(&Conversion {
        into: &CUSTOMERS,
        label: "Convert to customer",
        busy_label: "Converting…",
        fields: CONVERSION_FIELDS,
        form: |id| Box::pin(api::get_conversion_form(id)),
        save: |id, form| Box::pin(api::convert_lead(id, form)),
    }),
    related: Some(&RelatedRecords {
        of: EntityKind::Customer,
        fields: FIELDS_OF_CUSTOMER,
        fetch: |customer| Box::pin(api::get_leads_of_customer(customer)),
    }),
};
