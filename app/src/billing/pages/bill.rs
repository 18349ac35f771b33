//! A bill or a credit note, as it is printed on A4.

use leptos::prelude::*;

use super::answer_page::{answer_page, path_id};
use super::receipt::{letterhead, print_button};
use crate::base::roles::Permission;
use crate::base::time::format_date;
use crate::base::units::Paise;
use crate::billing::api::get_bill;
use crate::billing::model::BillKind;
use crate::billing::responses::{BillLine, BillPage};
use crate::billing::routes::{bill_url, credit_url, statement_url, take_payment_url};
use crate::customers::spec::SPEC;
use crate::http::current_user::CurrentUser;
use crate::list::routes::record_url;
use crate::ui::dom::HEADING;
use crate::ui::page_link::back_link;
use crate::ui::title::PageTitle;

/// The page.
pub fn bill_page() -> AnyView {
    answer_page("Bill", Permission::Browse, path_id(), |id| Box::pin(get_bill(id)), bill)
}

/// What a document is called, with its number.
fn title(bill: &BillPage) -> String {
    let word = match bill.kind {
        BillKind::Invoice => "Tax invoice",
        kind => kind.as_str(),
    };
    match &bill.number {
        Some(number) => format!("{word} {number}"),
        None => word.to_owned(),
    }
}

fn bill(bill: BillPage) -> AnyView {
    let title = title(&bill);
    let customer = bill.customer.clone();
    let is_open = bill.kind != BillKind::CreditNote && bill.open.0 > 0;
    let can_credit = bill.kind == BillKind::Invoice
        && bill.lines.iter().any(|line| !line.is_reversed)
        && CurrentUser::may(Permission::Bill);
    let notes = bill.notes.iter().map(|note| {
        view! { <li><a href=bill_url(note.id)>{note.number.clone()}</a> ": " {note.total.to_string()}</li> }
    });
    let notes = (!bill.notes.is_empty())
        .then(|| view! { <section class="card"><h2>"Credit notes"</h2><ul>{notes.collect_view()}</ul></section> });
    view! {
        <PageTitle text=title.clone()/>
        {back_link(record_url(&SPEC, customer.id, ""), customer.name.clone())}
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">{title}</h1>
            <div class="actions">
                {is_open.then(|| view! { <a class="button primary" href=take_payment_url(customer.id)>"Take payment"</a> })}
                {print_button()}
                <a class="button" href=statement_url(customer.id, None)>"Statement"</a>
                {can_credit.then(|| view! { <a class="button" href=credit_url(bill.id)>"Credit note"</a> })}
            </div>
        </div>
        {paper(&bill)}
        {notes}
    }
    .into_any()
}

fn paper(bill: &BillPage) -> AnyView {
    let row = |label: &'static str, value: String| view! { <div><dt>{label}</dt><dd><bdi>{value}</bdi></dd></div> };
    let credits = bill.credits.as_ref().map(|(id, number, reason)| {
        view! {
            <div><dt>"Credits"</dt><dd><a href=bill_url(*id)>{number.clone()}</a></dd></div>
            <div><dt>"Reason"</dt><dd><bdi>{reason.clone()}</bdi></dd></div>
        }
    });
    let place = bill.supplied_to.map(|to| format!("{} ({to})", to.state()));
    view! {
        <article class="card paper">
            {bill.provider.as_ref().map(letterhead)}
            <dl>
                {row("To", bill.billed_name.clone())}
                {row("Address", bill.billed_address.clone())}
                {bill.customer_gstin.as_ref().map(|gstin| row("GSTIN", gstin.as_str().to_owned()))}
                {row("Account", bill.customer.reference.clone())}
                {row("Date", format_date(bill.issued_on))}
                {bill.due_on.map(|day| row("Due", format_date(day)))}
                {place.map(|place| row("Place of supply", place))}
                {credits}
            </dl>
            {lines_table(bill)}
            {pay(bill)}
        </article>
    }
    .into_any()
}

fn lines_table(bill: &BillPage) -> Option<AnyView> {
    if bill.lines.is_empty() {
        return Some(view! { <p>{format!("Amount {}", bill.total)}</p> }.into_any());
    }
    let is_within = bill.amount.igst.0 == 0;
    let (first, second) = if is_within {
        ("CGST", Some("SGST"))
    } else {
        ("IGST", None)
    };
    let halves = move |amount: &crate::billing::model::tax::Taxed| match is_within {
        true => (amount.cgst, Some(amount.sgst)),
        false => (amount.igst, None),
    };
    let number = |amount: Paise| view! { <td class="numeric">{amount.to_string()}</td> };
    let line = |line: &BillLine| {
        let (one, other) = halves(&line.amount);
        let days = format!("{} to {}", format_date(line.period.from), format_date(line.period.to));
        view! {
            <tr>
                <th scope="row"><bdi>{line.description.clone()}</bdi> <span class="muted">{days}</span></th>
                <td>{line.sac.clone()}</td>
                <td class="numeric">{line.rate.to_string()}</td>
                {number(line.amount.taxable)} {number(one)} {other.map(number)} {number(line.amount.total())}
            </tr>
        }
    };
    let (one, other) = halves(&bill.amount);
    let columns = if is_within { 6 } else { 5 };
    let open = (bill.kind == BillKind::Invoice && bill.open != bill.total).then(|| {
        view! { <tr><th scope="row" colspan=columns>"Still open"</th> {number(bill.open)}</tr> }
    });
    let table = view! {
        <div class="scroll" tabindex="0" role="group" aria-label="Lines, scrolls sideways">
            <table class="plain-table">
                <thead><tr>
                    <th scope="col">"Service"</th>
                    <th scope="col">"SAC"</th>
                    <th scope="col" class="numeric">"GST"</th>
                    <th scope="col" class="numeric">"Amount"</th>
                    <th scope="col" class="numeric">{first}</th>
                    {second.map(|second| view! { <th scope="col" class="numeric">{second}</th> })}
                    <th scope="col" class="numeric">"Total"</th>
                </tr></thead>
                <tbody>{bill.lines.iter().map(line).collect_view()}</tbody>
                <tfoot>
                    <tr>
                        <th scope="row" colspan="3">"Sum"</th>
                        {number(bill.amount.taxable)} {number(one)} {other.map(number)} {number(bill.amount.total())}
                    </tr>
                    <tr><th scope="row" colspan=columns>"Rounding"</th> {number(bill.round_off)}</tr>
                    <tr class="total"><th scope="row" colspan=columns>"Total"</th> {number(bill.total)}</tr>
                    {open}
                </tfoot>
            </table>
        </div>
    };
    Some(table.into_any())
}

/// How to pay what is open.
fn pay(bill: &BillPage) -> Option<AnyView> {
    let provider = bill
        .provider
        .as_ref()
        .filter(|_| bill.kind != BillKind::CreditNote && bill.open.0 > 0)?;
    let upi = provider
        .upi_id
        .as_ref()
        .map(|id| view! { <p>"UPI " {id.as_str().to_owned()}</p> });
    let bank = provider
        .bank_details
        .clone()
        .map(|lines| view! { <p class="lines">{lines}</p> });
    let qr = bill
        .qr_svg
        .clone()
        .map(|svg| view! { <div class="qr" inner_html=svg></div> });
    Some(
        view! { <footer class="pay"><div><h2>{format!("Pay {}", bill.open)}</h2> {upi} {bank}</div> {qr}</footer> }
            .into_any(),
    )
}
