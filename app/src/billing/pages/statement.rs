//! A customer's statement: what is owed, and why, with the balance after each entry.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::answer_page::{answer_page, path_id};
use super::receipt::{balance_text, letterhead, print_button};
use crate::base::roles::Permission;
use crate::base::text::isolated;
use crate::base::time::{format_date, parse_date};
use crate::billing::api::get_statement;
use crate::billing::model::statement::{Entry, EntryKind};
use crate::billing::responses::StatementPage;
use crate::billing::routes::{bill_url, receipt_url, statement_csv_url, statement_url, take_payment_url};
use crate::customers::spec::SPEC;
use crate::list::routes::record_url;
use crate::ui::dom::HEADING;
use crate::ui::page_link::back_link;
use crate::ui::title::PageTitle;

/// The page.
pub fn statement_page() -> AnyView {
    let (id, query) = (path_id(), use_query_map());
    let key = move || Some((id()?, query.with(|query| parse_date(&query.get("from")?))));
    answer_page(
        "Customer",
        Permission::Browse,
        key,
        |(customer, from)| Box::pin(get_statement(customer, from)),
        statement,
    )
}

/// A link to what an entry is about.
pub fn entry_link(entry: &Entry) -> AnyView {
    let (href, label) = match entry.kind {
        EntryKind::Bill(_) => (bill_url(entry.id), entry.kind.label()),
        EntryKind::Payment(..) => (receipt_url(entry.id), entry.kind.label()),
    };
    let reference = entry
        .reference
        .clone()
        .map(|reference| view! { " " <bdi class="muted">{reference}</bdi> });
    view! { <a href=href>{label}</a> {reference} }.into_any()
}

fn statement(page: StatementPage) -> AnyView {
    let StatementPage {
        customer,
        address,
        statement,
        provider,
        today,
    } = page;
    let closing = statement.closing();
    let from = statement.from;
    let opening = from.map(|from| {
        view! {
            <tr>
                <td>{format_date(from)}</td> <td>"Balance before"</td> <td></td> <td></td>
                <td class="numeric">{statement.opening.to_string()}</td>
            </tr>
        }
    });
    let rows = statement.entries.iter().map(row).collect_view();
    let title = format!("Statement of {}", isolated(&customer.name));
    view! {
        <PageTitle text=title/>
        {back_link(record_url(&SPEC, customer.id, ""), customer.name.clone())}
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">"Statement"</h1>
            <span class="muted"><bdi>{customer.name.clone()}</bdi> " " {customer.reference.clone()}</span>
            <div class="actions">
                <a class="button primary" href=take_payment_url(customer.id)>"Take payment"</a>
                {print_button()}
                <a class="button" rel="external" download="" href=statement_csv_url(customer.id, from)>"CSV"</a>
            </div>
        </div>
        <form class="toolbar statement-from" method="get" action=statement_url(customer.id, None)>
            <label class="label" for="from">"From"</label>
            <div class="control">
                <input id="from" name="from" type="date" autocomplete="off" value=from.map(|from| from.to_string()) max=today.to_string()/>
            </div>
            <button class="button">"Apply"</button>
        </form>
        <article class="card paper">
            {provider.as_ref().map(letterhead)}
            <p><bdi>{customer.name}</bdi> ", " {customer.reference} <br/> <bdi>{address}</bdi></p>
            <div class="scroll" tabindex="0" role="group" aria-label="Entries, scrolls sideways">
                <table class="plain-table">
                    <caption class="visually-hidden">"Entries, oldest first"</caption>
                    <thead><tr>
                        <th scope="col">"Date"</th>
                        <th scope="col">"Entry"</th>
                        <th scope="col" class="numeric">"Billed"</th>
                        <th scope="col" class="numeric">"Paid or credited"</th>
                        <th scope="col" class="numeric">"Balance"</th>
                    </tr></thead>
                    <tbody>{opening} {rows}</tbody>
                    <tfoot><tr class="total">
                        <th scope="row" colspan="4">{format!("On {}", format_date(today))}</th>
                        <td class="numeric">{balance_text(closing)}</td>
                    </tr></tfoot>
                </table>
            </div>
        </article>
    }
    .into_any()
}

fn row(entry: &Entry) -> impl IntoView + use<> {
    let (billed, paid) = entry.columns();
    let amount = |amount: Option<crate::base::units::Paise>| amount.map(|amount| amount.to_string());
    view! {
        <tr>
            <td>{format_date(entry.day)}</td>
            <td>{entry_link(entry)}</td>
            <td class="numeric">{amount(billed)}</td>
            <td class="numeric">{amount(paid)}</td>
            <td class="numeric">{entry.balance.to_string()}</td>
        </tr>
    }
}
