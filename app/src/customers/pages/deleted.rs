//! The deleted customers: each can be restored.

use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

use super::deletion::restore_with_notice;
use super::desk::Desk;
use crate::customers::api::deleted_customers;
use crate::customers::model::Customer;
use crate::customers::place;
use crate::customers::view::DeletedList;
use crate::ui::dates;
use crate::ui::dom::HEADING;
use crate::ui::fault::Fault;
use crate::ui::latest::Latest;
use crate::ui::notice::Notices;
use crate::ui::title::PageTitle;

/// The page.
#[component]
pub fn DeletedPage() -> impl IntoView {
    let desk = Desk::of_page();
    let query = use_query_map();
    let older_than =
        Memo::new(move |_| query.with(|map| map.get("older_than").and_then(|id| Uuid::parse_str(&id).ok())));
    let list = Latest::new(
        move || (older_than.get(), desk.changes.count()),
        |(older_than, _)| deleted_customers(older_than),
    );
    let retry = Callback::new(move |()| list.again());
    desk.return_focus(move || list.answered_later());
    let content = move || {
        list.get().map(|answer| match answer {
            Ok(list) => view! { <Listed list/> }.into_any(),
            Err(error) => view! { <Fault error retry/> }.into_any(),
        })
    };
    view! {
        <PageTitle text="Deleted customers"/>
        <div class="head">
            <h1 id=HEADING tabindex="-1">"Deleted customers"</h1>
            <a class="button" href="/customers">"All customers"</a>
        </div>
        <div class="region" id="list" aria-busy=move || list.busy().to_string()>
            <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Transition>
        </div>
    }
}

#[component]
fn Listed(list: DeletedList) -> impl IntoView {
    let DeletedList { customers, older_than } = list;
    if customers.is_empty() {
        return view! {
            <div class="sheet"><div class="empty">
                <h2>"Nothing is deleted"</h2>
                <p>"A customer that you delete can be restored here."</p>
            </div></div>
        }
        .into_any();
    }
    let older = older_than.map(|id| {
        view! { <a class="button" href=format!("/customers/deleted?older_than={id}")>"Older"</a> }
    });
    view! {
        <div class="sheet">
            <table>
                <caption class="unseen">"Deleted customers"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Email"</th>
                        <th scope="col">"City"</th>
                        <th scope="col">"Deleted"</th>
                        <th scope="col"><span class="unseen">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{customers.into_iter().map(row).collect_view()}</tbody>
            </table>
            <div class="foot"><nav aria-label="Pages">{older}</nav></div>
        </div>
    }
    .into_any()
}

fn row(customer: Customer) -> impl IntoView {
    let desk = Desk::of_page();
    let notices = Notices::of_app();
    let id = customer.id;
    let contact = customer.details.contact;
    let label = format!("Restore {}", contact.name);
    let restore = move |event: SubmitEvent| {
        event.prevent_default();
        restore_with_notice(id, notices, move || desk.changed(HEADING.into()));
    };
    view! {
        <tr>
            <th scope="row">
                <span class="name">{contact.name}</span>
                <span class="sub">{customer.account_number.to_string()}</span>
            </th>
            <td data-l="Email">{contact.email.as_str().to_owned()}</td>
            <td data-l="City">{contact.city}</td>
            <td data-l="Deleted">{customer.deleted_at.map(dates::moment)}</td>
            <td class="actions">
                <form method="post" action=place::restore(id) on:submit=restore>
                    <button class="button" aria-label=label>"Restore"</button>
                </form>
            </td>
        </tr>
    }
}
