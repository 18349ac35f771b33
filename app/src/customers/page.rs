//! The subject's one page: the list, a record or the deleted behind, and the dialog over it.

use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;

use super::deleted::DeletedPage;
use super::deletion::DeleteDialog;
use super::desk::Desk;
use super::form_dialog::FormDialog;
use super::list::ListPage;
use super::place::{Behind, Over, Place};
use super::record::RecordPage;
use crate::ui::fault::NotFound;

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
            Behind::Deleted => view! { <DeletedPage/> }.into_any(),
            Behind::Record(id) => view! { <RecordPage id/> }.into_any(),
            Behind::Nowhere => view! { <NotFound/> }.into_any(),
        }}
        {move || over.get().map(|over| match over {
            Over::New => view! { <FormDialog id=None/> }.into_any(),
            Over::Edit(id) => view! { <FormDialog id=Some(id)/> }.into_any(),
            Over::Delete(id) => view! { <DeleteDialog id/> }.into_any(),
        })}
    }
}
