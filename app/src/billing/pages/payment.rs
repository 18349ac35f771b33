//! Taking a payment.

use leptos::prelude::*;

use super::answer_page::{answer_page, path_id};
use crate::base::roles::Permission;
use crate::base::time::format_date;
use crate::base::units::Paise;
use crate::billing::api::get_payment_form;
use crate::billing::model::PaymentMethod;
use crate::billing::model::payment::field;
use crate::billing::responses::PaymentForm;
use crate::billing::routes::{receipt_url, take_payment_url};
use crate::customers::spec::SPEC;
use crate::list::routes::record_url;
use crate::ui::dom::HEADING;
use crate::ui::form_state::ReturnedForm;
use crate::ui::page_link::back_link;
use crate::ui::post_form::{ChoiceInput, PostForm, TextInput};
use crate::ui::title::PageTitle;

/// The page.
pub fn take_payment_page() -> AnyView {
    answer_page(
        "Customer",
        Permission::TakePayments,
        path_id(),
        |customer| Box::pin(get_payment_form(customer)),
        form,
    )
}

fn form(form: PaymentForm) -> AnyView {
    let PaymentForm {
        id,
        customer,
        owed,
        today,
    } = form;
    let posted = ReturnedForm::of_page();
    // The form that was returned is the same form, and makes the same payment.
    let id = posted.values.get(field::ID).cloned().unwrap_or_else(|| id.to_string());
    let record = record_url(&SPEC, customer.id, "");
    let due = match owed {
        Paise(1..) => format!("{owed} is due."),
        Paise(0) => "Nothing is due: what is paid is credit for the next bill.".to_owned(),
        Paise(credit) => format!("Nothing is due, and {} is credit already.", Paise(-credit)),
    };
    let amount = if owed.0 > 0 { owed.input_text() } else { String::new() };
    let methods = PaymentMethod::TAKEN
        .iter()
        .map(|method| (method.to_string(), method.to_string()))
        .collect();
    let other = posted.values.get("other").cloned().map(|other| {
        view! { <p class="summary"><a href=receipt_url(other.parse().unwrap_or_default())>"Open that payment"</a></p> }
    });
    let back = record.clone();
    let buttons = move || {
        let back = back.clone();
        view! { <a class="button" href=back>"Cancel"</a> <button class="button primary">"Take payment"</button> }
    };
    view! {
        <PageTitle text="Take payment"/>
        {back_link(record, customer.name.clone())}
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">"Take payment"</h1>
            <span class="muted"><bdi>{customer.name.clone()}</bdi> " " {customer.reference.clone()}</span>
        </div>
        <section class="card money-form">
            <p>{due}</p>
            {other}
            <PostForm action=Some(take_payment_url(customer.id)) is_resumable=true keeps_input=true posted=posted.clone() footer=buttons>
                <input type="hidden" name=field::ID value=id autocomplete="off"/>
                <TextInput
                    name=field::AMOUNT label="Amount in ₹" posted=posted.clone() value=amount inputmode=Some("decimal") autofocus=true
                />
                <ChoiceInput name=field::METHOD label="Paid by" options=methods posted=posted.clone()/>
                <TextInput
                    name=field::REFERENCE label="Reference" posted=posted.clone() help=Some("UPI or bank reference, cheque or card number; none for cash")
                />
                <TextInput name=field::RECEIVED_ON label="Received on" posted=posted.clone() value=format_date(today)/>
            </PostForm>
        </section>
    }
    .into_any()
}
