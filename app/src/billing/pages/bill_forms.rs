//! Issuing a bill, and crediting one.

use leptos::prelude::*;
use uuid::Uuid;

use super::answer_page::{answer_page, path_id};
use crate::base::roles::Permission;
use crate::base::text::isolated;
use crate::base::time::format_date;
use crate::base::units::Paise;
use crate::billing::api::{get_bill, get_bill_preview};
use crate::billing::responses::{BillPage, BillPreview, DraftBill};
use crate::billing::routes::{bill_url, credit_url, issue_bill_url};
use crate::customers::spec::SPEC;
use crate::list::routes::record_url;
use crate::ui::dom::HEADING;
use crate::ui::field::ErrorSummary;
use crate::ui::form_state::ReturnedForm;
use crate::ui::page_link::back_link;
use crate::ui::post_form::{PostForm, TextInput};
use crate::ui::title::PageTitle;

/// The next bill of a service: shown first, then issued.
pub fn issue_page() -> AnyView {
    answer_page(
        "Service",
        Permission::Bill,
        path_id(),
        |service| Box::pin(get_bill_preview(service)),
        preview,
    )
}

fn preview(preview: BillPreview) -> AnyView {
    let BillPreview {
        id,
        service,
        customer,
        draft,
        is_changed,
    } = preview;
    let record = record_url(&SPEC, customer.id, "");
    let content = match draft {
        Ok(draft) => draft_view(id, service, draft, record.clone()),
        Err(reason) => view! { <p>{reason}</p> }.into_any(),
    };
    let changed = is_changed.then(|| {
        let message = "Nothing was issued: the bill has changed since you saw it. This is how it would be now.";
        view! { <ErrorSummary message links=Vec::new()/> }
    });
    view! {
        <PageTitle text="Bill now"/>
        {back_link(record, customer.name.clone())}
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">"Bill now"</h1>
            <span class="muted"><bdi>{customer.name.clone()}</bdi> " " {customer.reference.clone()}</span>
        </div>
        <section class="card money-form">{changed} {content}</section>
    }
    .into_any()
}

fn draft_view(id: Uuid, service: Uuid, draft: DraftBill, record: String) -> AnyView {
    let row = |label: String, value: String| view! { <div><dt>{label}</dt><dd>{value}</dd></div> };
    let amount = draft.amount;
    let taxes = if amount.igst.0 == 0 {
        vec![("CGST", amount.cgst), ("SGST", amount.sgst)]
    } else {
        vec![("IGST", amount.igst)]
    };
    let taxes = taxes
        .into_iter()
        .map(|(name, tax)| row(name.to_owned(), tax.to_string()))
        .collect_view();
    let days = format!("{} to {}", format_date(draft.period.from), format_date(draft.period.to));
    let buttons = move || {
        let record = record.clone();
        view! { <a class="button" href=record>"Cancel"</a> <button class="button primary">"Issue bill"</button> }
    };
    view! {
        <dl>
            {row("Service".into(), draft.plan)}
            {row("Period".into(), days)}
            {row("Amount".into(), amount.taxable.to_string())}
            {taxes}
            {row("Rounding".into(), draft.round_off.to_string())}
            {row("Total".into(), draft.total.to_string())}
            {row("Due".into(), format_date(draft.due_on))}
        </dl>
        <PostForm action=Some(issue_bill_url(service)) posted=ReturnedForm::of_page() footer=buttons>
            <input type="hidden" name="id" value=id.to_string() autocomplete="off"/>
            <input type="hidden" name="from" value=draft.period.from.to_string() autocomplete="off"/>
            <input type="hidden" name="to" value=draft.period.to.to_string() autocomplete="off"/>
            <input type="hidden" name="total" value=draft.total.0.to_string() autocomplete="off"/>
        </PostForm>
    }
    .into_any()
}

/// Crediting a bill, whole or by lines.
pub fn credit_page() -> AnyView {
    answer_page("Bill", Permission::Bill, path_id(), |id| Box::pin(get_bill(id)), credit)
}

/// The name of the input of a line.
pub const LINE: &str = "line";

fn credit(bill: BillPage) -> AnyView {
    let number = bill.number.clone().unwrap_or_default();
    let title = format!("Credit note for {number}");
    let posted = ReturnedForm::of_page();
    let id = posted
        .values
        .get("id")
        .cloned()
        .unwrap_or_else(|| bill.next_id.to_string());
    let back = bill_url(bill.id);
    let lines = bill.lines.iter().filter(|line| !line.is_reversed).map(|line| {
        let name = format!("{LINE}{}", line.number);
        let label = format!("{}, without GST", isolated(&line.description));
        let value = posted.values.get(&name).cloned().unwrap_or_else(|| line.left.taxable.input_text());
        let help = format!("At most {}", line.left.taxable);
        view! {
            <div class="field wide">
                <label class="label" for=name.clone()>{label}</label>
                <div class="control"><input id=name.clone() name=name.clone() type="text" inputmode="decimal" autocomplete="off" value=value/></div>
                <p class="help">{help}</p>
            </div>
        }
    });
    let lines = lines.collect_view();
    let buttons = move || {
        let back = back.clone();
        view! { <a class="button" href=back>"Cancel"</a> <button class="button danger">"Issue credit note"</button> }
    };
    let left: i64 = bill.total.0 - bill.notes.iter().map(|note| note.total.0).sum::<i64>();
    view! {
        <PageTitle text=title.clone()/>
        {back_link(bill_url(bill.id), number.clone())}
        <div class="page-header"><h1 id=HEADING tabindex="-1">{title}</h1></div>
        <section class="card money-form">
            <p>{format!("{} is left of this bill. As it stands here, all of it is credited; enter less, or 0, to keep a part.", Paise(left))}</p>
            <PostForm action=Some(credit_url(bill.id)) is_resumable=true keeps_input=true posted=posted.clone() footer=buttons>
                <input type="hidden" name="id" value=id autocomplete="off"/>
                {lines}
                <TextInput name="reason" label="Reason" posted=posted.clone()/>
            </PostForm>
        </section>
    }
    .into_any()
}
