//! The one page of a subject: the list, a record or the deleted records, and the dialog over it. The code of the list is there at once,
//! that of the others is loaded when it is needed.

use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;
use uuid::Uuid;

use super::actions::RecordActions;
use super::answer_dialog::{ErrorDialog, LoadingDialog};
use super::delete_dialog::DeleteDialog;
use super::deleted::DeletedPage;
use super::dialog::RecordDialog;
use crate::base::error::AppError;
use crate::base::spec::SubjectSpec;
use crate::list::actions::ListActions;
use crate::list::page_context::PageContext;
use crate::list::pages::ListView;
use crate::list::routes::{Dialog, Page, Route};
use crate::ui::error_view::NotFound;
use crate::ui::lazy::{Lazy, LazyChunk, Preload, lazy_chunk};

/// What the page of a subject is made of.
pub struct SubjectPages {
    /// The subject.
    pub spec: &'static SubjectSpec,
    /// The server functions of its list.
    pub list: &'static ListActions,
    /// The server functions of its records.
    pub records: &'static RecordActions,
    /// The page of a record, by its id.
    pub record_page: &'static LazyChunk<Uuid>,
}

lazy_chunk! {
    /// The dialogs of all subjects.
    DIALOGS, file record_dialogs, preload preload_dialogs: fn dialog_view(input: (&'static RecordActions, Dialog)) {
        let (actions, dialog) = input;
        match dialog {
            Dialog::New => view! { <RecordDialog actions id=None/> }.into_any(),
            Dialog::Edit(id) => view! { <RecordDialog actions id=Some(id)/> }.into_any(),
            Dialog::Delete(id) => view! { <DeleteDialog actions id/> }.into_any(),
        }
    }
}

lazy_chunk! {
    /// The page of the deleted records of all subjects.
    DELETED, file deleted_records, preload preload_deleted: fn deleted_view(actions: &'static RecordActions) {
        view! { <DeletedPage actions/> }.into_any()
    }
}

impl SubjectPages {
    /// Whether an address leads to the subject's list, with no dialog over it.
    pub fn shows_list(&self, address: &str) -> bool {
        Route::list_query_of(self.spec, address).is_some()
    }

    /// The chunks that an address of the subject needs.
    pub fn chunks_for(&self, path: &str, search: &str) -> Vec<&'static dyn Preload> {
        let Route { page, dialog } = Route::parse(path, search);
        let mut chunks: Vec<&'static dyn Preload> = Vec::new();
        match page {
            Page::Record(_) => chunks.push(self.record_page),
            Page::Deleted => chunks.push(&DELETED),
            Page::List | Page::NotFound => {}
        }
        if dialog.is_some() {
            chunks.push(&DIALOGS);
        }
        chunks
    }
}

/// The page.
#[component]
pub fn SubjectPage(
    /// The subject.
    subject: &'static SubjectPages,
) -> impl IntoView {
    let location = use_location();
    let route = Memo::new(move |_| {
        let path = location.pathname.get();
        location.search.with(|search| Route::parse(&path, search))
    });
    let page = Memo::new(move |_| route.get().page);
    let dialog = Memo::new(move |_| route.get().dialog);
    PageContext::provide(subject.spec, route, page);
    let page_view = move || match page.get() {
        Page::List => view! { <ListView actions=subject.list/> }.into_any(),
        Page::Record(id) => view! { <Lazy chunk=subject.record_page input=id/> }.into_any(),
        Page::Deleted => view! { <Lazy chunk=&DELETED input=subject.records/> }.into_any(),
        Page::NotFound => view! { <NotFound/> }.into_any(),
    };
    let dialog_view = move || {
        let dialog = dialog.get()?;
        Some(
            view! { <Lazy chunk=&DIALOGS input=(subject.records, dialog) loading=loading_dialog failed=failed_dialog/> },
        )
    };
    view! {
        // Draws nothing: the router waits for it before it shows the new address.
        <Outlet/>
        {page_view}
        {dialog_view}
    }
}

fn loading_dialog() -> AnyView {
    view! { <LoadingDialog/> }.into_any()
}

fn failed_dialog(error: AppError, retry: Callback<()>) -> AnyView {
    view! { <ErrorDialog error retry/> }.into_any()
}
