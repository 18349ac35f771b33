//! The pages of customers: their record; the list, the forms and the deleted are those of every subject.

mod record;

use leptos::prelude::*;
use uuid::Uuid;

use super::api;
use crate::list::views::View;
use crate::record::subject::{SubjectDialogs, SubjectPages};
use crate::ui::lazy::lazy_chunk;
use record::customer_record;

lazy_chunk! {
    /// The page of a customer.
    RECORD, file customer_record, preload preload_record: fn record_view(id: Uuid) {
        customer_record(id).into_any()
    }
}

/// The ready-made views of the list, which the navigation leads to.
const VIEWS: &[View] = &[
    View {
        name: "at-risk",
        label: "At risk",
        query: "status=Active&churn=High&churn=Medium&sort=churn",
    },
    View {
        name: "highest-dues",
        label: "Highest dues",
        query: "sort=-outstanding",
    },
    View {
        name: "bills-due",
        label: "Bills due",
        query: "status=Active&sort=next_billing",
    },
    View {
        name: "awaiting-connection",
        label: "Awaiting connection",
        query: "status=Pending&sort=since",
    },
];

/// The pages.
pub static PAGES: SubjectPages = SubjectPages {
    views: VIEWS,
    ..api::pages(&RECORD)
};

/// The dialogs.
pub static DIALOGS: SubjectDialogs = SubjectDialogs {
    choices: Some(|| Box::pin(api::get_customer_choices())),
    find: Some(|search| Box::pin(api::find_customers(search))),
    ..api::dialogs()
};
