//! The subject's one page: the list, a record or the deleted behind, and the dialog over it. The list is there at once; the code
//! of the others comes when they are needed.

mod cell;
mod deleted;
mod deletion;
mod desk;
mod form;
mod form_dialog;
mod list;
mod record;

pub use deletion::restore_with_notice;
pub use form_dialog::Unsaved;
pub use list::EARLY;

use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;

use crate::customers::place::{Behind, Over, Place};
use crate::error::AppError;
use crate::ui::fault::NotFound;
use crate::ui::part::{Fetch, Later, part};
use deleted::DeletedPage;
use deletion::DeleteDialog;
use desk::Desk;
use form_dialog::{Failed, FormDialog, Opening};
use list::ListPage;
use record::RecordPage;

part! {
    /// The dialogs.
    DIALOGS, in customer_dialogs, by fetch_dialogs: fn dialog(over: Over) {
        match over {
            Over::New => view! { <FormDialog id=None/> }.into_any(),
            Over::Edit(id) => view! { <FormDialog id=Some(id)/> }.into_any(),
            Over::Delete(id) => view! { <DeleteDialog id/> }.into_any(),
        }
    }
}

part! {
    /// The pages that are not the list.
    PAGES, in customer_pages, by fetch_pages: fn page(behind: Behind) {
        match behind {
            Behind::Record(id) => view! { <RecordPage id/> }.into_any(),
            Behind::Deleted => view! { <DeletedPage/> }.into_any(),
            Behind::List | Behind::Nowhere => ().into_any(),
        }
    }
}

/// The parts that a place needs.
pub fn parts_of(place: Place) -> Vec<&'static dyn Fetch> {
    let mut parts: Vec<&'static dyn Fetch> = Vec::new();
    if matches!(place.behind, Behind::Record(_) | Behind::Deleted) {
        parts.push(&PAGES);
    }
    if place.over.is_some() {
        parts.push(&DIALOGS);
    }
    parts
}

/// The page.
#[component]
pub fn CustomersPage() -> impl IntoView {
    let location = use_location();
    let place = Memo::new(move |_| {
        location
            .search
            .with(|search| Place::read(&location.pathname.get(), search))
    });
    let behind = Memo::new(move |_| place.get().behind);
    let over = Memo::new(move |_| place.get().over);
    Desk::provide(place, behind);
    view! {
        // Draws nothing: the router waits for it before it shows the new address.
        <Outlet/>
        {move || match behind.get() {
            Behind::List => view! { <ListPage/> }.into_any(),
            Behind::Nowhere => view! { <NotFound/> }.into_any(),
            elsewhere => view! { <Later part=&PAGES of=elsewhere/> }.into_any(),
        }}
        {move || over.get().map(|over| view! { <Later part=&DIALOGS of=over waiting=opening failed=not_opened/> })}
    }
}

fn opening() -> AnyView {
    let desk = Desk::of_page();
    view! { <Opening close_to=desk.closed/> }.into_any()
}

fn not_opened(error: AppError, retry: Callback<()>) -> AnyView {
    view! { <Failed error retry/> }.into_any()
}
