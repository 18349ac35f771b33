//! The one page of a subject: the list, the board, a record or the deleted records, and the dialog over it. The code of the list is there at once,
//! that of the others is loaded when it is needed.

use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;

use super::answer_dialog::{ErrorDialog, LoadingDialog};
use super::delete_dialog::DeleteDialog;
use super::deleted::DeletedPage;
use super::dialog::RecordDialog;
use super::purpose::Purpose;
use super::subject::{AllSubjects, SubjectDialogs, SubjectPages};
use crate::base::error::AppError;
use crate::list::page_context::PageContext;
use crate::list::pages::ListView;
use crate::list::routes::{Dialog, Page, Route, is_address_of};
use crate::ui::error_view::NotFound;
use crate::ui::lazy::{Lazy, LazyChunk, Preload, lazy_chunk};

/// A dialog over the page that is shown, given the dialogs of all subjects: the view of their chunk.
pub fn dialog_view(dialog: Dialog, all: &'static [&'static SubjectDialogs]) -> AnyView {
    SubjectDialogs::provide(all);
    match dialog {
        Dialog::New => view! { <RecordDialog purpose=Purpose::Create/> }.into_any(),
        Dialog::Edit(id) => view! { <RecordDialog purpose=Purpose::Edit(id)/> }.into_any(),
        Dialog::Delete(id) => view! { <DeleteDialog id/> }.into_any(),
        Dialog::Convert(id) => {
            let conversion = SubjectDialogs::of_page().conversion;
            conversion
                .map(|conversion| view! { <RecordDialog purpose=Purpose::Convert(id, conversion)/> })
                .into_any()
        }
    }
}

lazy_chunk! {
    /// The page of the deleted records of all subjects.
    DELETED, file deleted_records, preload preload_deleted: fn deleted_view(subject: &'static SubjectPages) {
        view! { <DeletedPage subject/> }.into_any()
    }
}

impl SubjectPages {
    /// Whether an address leads to the subject's list, with no dialog over it.
    pub fn shows_list(&self, address: &str) -> bool {
        Route::list_query_of(self.spec, address).is_some()
    }

    /// Reads an address of the subject.
    fn route(&self, path: &str, search: &str) -> Route {
        match Route::parse(path, search) {
            Route {
                dialog: Some(Dialog::Convert(_)),
                ..
            } if !self.has_conversion => Route {
                page: Page::NotFound,
                dialog: None,
            },
            route => route,
        }
    }

    /// The chunks that an address of the subject needs, given that of all dialogs.
    pub fn chunks_for(
        &self,
        path: &str,
        search: &str,
        dialogs: &'static LazyChunk<Dialog>,
    ) -> Vec<&'static dyn Preload> {
        let Route { page, dialog } = self.route(path, search);
        let mut chunks: Vec<&'static dyn Preload> = Vec::new();
        match page {
            Page::Record(_) => chunks.push(self.record_page),
            Page::Board => chunks.extend(self.board.map(|board| board as &dyn Preload)),
            Page::Deleted => chunks.push(&DELETED),
            Page::List | Page::NotFound => {}
        }
        if dialog.is_some() {
            chunks.push(dialogs);
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
    let address = Memo::new(move |before: Option<&(String, String)>| {
        let now = (location.pathname.get(), location.search.get());
        // Who leaves for another subject changes the address before this page goes.
        let before = before.filter(|_| !is_address_of(subject.spec, &now.0));
        before.cloned().unwrap_or(now)
    });
    let route = Memo::new(move |_| address.with(|(path, search)| subject.route(path, search)));
    let search = Memo::new(move |_| address.with(|(_, search)| search.clone()));
    let page = Memo::new(move |_| route.get().page);
    let dialog = Memo::new(move |_| route.get().dialog);
    provide_context(subject);
    PageContext::provide(subject.spec, route, page, search);
    let page_view = move || match page.get() {
        Page::List => {
            let SubjectPages {
                spec,
                list,
                counts,
                choose_columns,
                board,
                views,
                ..
            } = *subject;
            view! { <ListView spec fetch=list counts choose_columns views has_board=board.is_some()/> }.into_any()
        }
        Page::Board => match subject.board {
            Some(board) => view! { <Lazy chunk=board input=()/> }.into_any(),
            None => view! { <NotFound/> }.into_any(),
        },
        Page::Record(id) => view! { <Lazy chunk=subject.record_page input=id/> }.into_any(),
        Page::Deleted => view! { <Lazy chunk=&DELETED input=subject/> }.into_any(),
        Page::NotFound => view! { <NotFound/> }.into_any(),
    };
    let dialogs = expect_context::<AllSubjects>().dialogs;
    let dialog_view = move || {
        let dialog = dialog.get()?;
        Some(view! { <Lazy chunk=dialogs input=dialog loading=loading_dialog failed=failed_dialog/> })
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
