//! What is due, by its age; each number leads to those who owe it.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::answer_page::answer_page;
use crate::base::roles::Permission;
use crate::base::units::{Grouped, Paise};
use crate::billing::api::get_dues;
use crate::billing::model::age::Age;
use crate::billing::responses::DuesPage;
use crate::billing::routes::{dues_url, parse_after, parse_age, statement_url};
use crate::customers::spec::SPEC;
use crate::record::record_page::record_link;
use crate::record::record_ref::RecordRef;
use crate::ui::dom::HEADING;
use crate::ui::page_link::page_link;
use crate::ui::title::PageTitle;

/// The page.
pub fn dues_page() -> AnyView {
    let query = use_query_map();
    let place = move || {
        query.with(|query| {
            let [age, after] = ["age", "after"].map(|name| query.get(name));
            Some((parse_age(age.as_deref()), parse_after(after.as_deref())))
        })
    };
    answer_page(
        "Page",
        Permission::Browse,
        place,
        |(age, after)| Box::pin(get_dues(age, after)),
        dues,
    )
}

fn dues(page: DuesPage) -> AnyView {
    let DuesPage {
        shown,
        ages,
        customers,
        has_previous,
        next,
    } = page;
    let total: i64 = ages.iter().map(|(.., open)| open.0).sum();
    let link = |(age, bills, open): (Age, i64, Paise)| {
        let current = (age == shown).then_some("true");
        let label = format!("{age}: {open}, {}", bills_text(bills));
        view! { <a href=dues_url(age, None) data-noscroll aria-current=current>{label}</a> }
    };
    let empty = customers.is_empty();
    let pages = (has_previous || next.is_some()).then(|| {
        let first = has_previous.then(|| dues_url(shown, None));
        let next = next.map(|key| dues_url(shown, Some(key)));
        view! {
            <div class="table-footer">
                <nav aria-label="Pages">{page_link("First", first)} {page_link("Next", next)}</nav>
            </div>
        }
    });
    let rows = customers.into_iter().map(row).collect_view();
    let table = if empty {
        view! { <div class="empty"><h2>"Nothing is due here"</h2></div> }.into_any()
    } else {
        view! {
            <table>
                <caption class="visually-hidden">"Customers by what they owe, highest first"</caption>
                <thead><tr><th scope="col">"Customer"</th><th scope="col" class="numeric">"Due of this age"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <PageTitle text="Dues by age"/>
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">"Dues by age"</h1>
            <span class="muted">{format!("{} due", Paise(total))}</span>
        </div>
        <div class="toolbar"><nav class="switch" aria-label="Age">{ages.into_iter().map(link).collect_view()}</nav></div>
        <div class="table-card">{table}{pages}</div>
        <p class="muted">"Counted from the due day; bills that are not due yet are in the first."</p>
    }
    .into_any()
}

fn bills_text(bills: i64) -> String {
    match bills {
        1 => "1 bill".into(),
        bills => format!("{} bills", Grouped(bills.unsigned_abs())),
    }
}

fn row((customer, open): (RecordRef, Paise)) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{record_link(&SPEC, &customer)}</th>
            <td class="numeric" data-label="Due of this age"><a href=statement_url(customer.id, None)>{open.to_string()}</a></td>
        </tr>
    }
}
