//! A receipt, as it is printed, and what becomes of its payment later.

use leptos::prelude::*;

use super::answer_page::{answer_page, path_id};
use crate::base::roles::Permission;
use crate::base::time::format_date;
use crate::base::units::Paise;
use crate::billing::api::get_receipt;
use crate::billing::model::payment::Payment;
use crate::billing::model::provider::Provider;
use crate::billing::model::{PaymentMethod, PaymentState};
use crate::billing::responses::ReceiptPage;
use crate::billing::routes::{bill_url, receipt_url, reverse_url, statement_url};
use crate::customers::spec::SPEC;
use crate::http::current_user::CurrentUser;
use crate::list::routes::record_url;
use crate::ui::dom::HEADING;
use crate::ui::form_state::ReturnedForm;
use crate::ui::page_link::back_link;
use crate::ui::post_form::{ChoiceInput, PostForm, TextInput};
use crate::ui::title::PageTitle;

/// The receipt.
pub fn receipt_page() -> AnyView {
    answer_page(
        "Payment",
        Permission::Browse,
        path_id(),
        |id| Box::pin(get_receipt(id)),
        receipt,
    )
}

/// The form that marks a payment as bounced or reversed.
pub fn reverse_page() -> AnyView {
    answer_page(
        "Payment",
        Permission::Bill,
        path_id(),
        |id| Box::pin(get_receipt(id)),
        reverse_form,
    )
}

/// The provider at the head of what is printed.
pub fn letterhead(provider: &Provider) -> AnyView {
    view! {
        <header class="letterhead">
            <strong><bdi>{provider.name.clone()}</bdi></strong>
            <bdi>{provider.address()}</bdi>
            <span>"GSTIN " {provider.gstin.as_str().to_owned()}</span>
        </header>
    }
    .into_any()
}

/// The button that prints the page. Without script, the browser's own does.
pub fn print_button() -> AnyView {
    let print = |_| {
        let _ = window().print();
    };
    view! { <button class="button" type="button" on:click=print>"Print"</button> }.into_any()
}

/// What a customer owes, in words.
pub fn balance_text(owed: Paise) -> String {
    match owed {
        Paise(1..) => format!("{owed} due"),
        Paise(0) => "Nothing due".to_owned(),
        Paise(credit) => format!("{} credit", Paise(-credit)),
    }
}

fn receipt(page: ReceiptPage) -> AnyView {
    let ReceiptPage {
        payment,
        taken_by,
        paid,
        provider,
        owed,
        ..
    } = page;
    let title = format!("Receipt {}", payment.receipt);
    let customer = payment.customer.clone();
    let can_reverse = payment.state == PaymentState::Received
        && payment.method != PaymentMethod::BroughtForward
        && CurrentUser::may(Permission::Bill);
    let state = reversal(&payment);
    let row = |label: &'static str, value: AnyView| view! { <div><dt>{label}</dt><dd>{value}</dd></div> };
    let bills = paid.into_iter().map(|bill| {
        let number = bill.number.unwrap_or_else(|| "Brought forward".into());
        view! { <li><a href=bill_url(bill.id)>{number}</a> ": " {bill.amount.to_string()}</li> }
    });
    let bills = bills.collect_view();
    view! {
        <PageTitle text=title.clone()/>
        {back_link(record_url(&SPEC, customer.id, ""), customer.name.clone())}
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">{title}</h1>
            <div class="actions">
                {print_button()}
                <a class="button" href=statement_url(customer.id, None)>"Statement"</a>
                {can_reverse.then(|| view! { <a class="button" href=reverse_url(payment.id)>"Bounced or reversed"</a> })}
            </div>
        </div>
        <article class="card paper">
            {provider.as_ref().map(letterhead)}
            {state}
            <dl>
                {row("Received from", view! { <bdi>{customer.name}</bdi> " " {customer.reference} }.into_any())}
                {row("Amount", view! { <strong>{payment.amount.to_string()}</strong> }.into_any())}
                {row("Paid by", view! { {payment.method.as_str()} " " {payment.reference} }.into_any())}
                {row("Received on", format_date(payment.received_on).into_any())}
                {taken_by.map(|name| row("Taken by", view! { <bdi>{name}</bdi> }.into_any()))}
                {row("Pays", view! { <ul class="pays">{bills}</ul> }.into_any())}
                {row("Balance now", balance_text(owed).into_any())}
            </dl>
        </article>
    }
    .into_any()
}

/// That a payment bounced or was reversed, when and why.
fn reversal(payment: &Payment) -> Option<impl IntoView + use<>> {
    let (day, reason) = payment.reversal.clone()?;
    let word = payment.state.as_str();
    Some(view! { <p class="alert">{format!("{word} on {}: ", format_date(day))} <bdi>{reason}</bdi></p> })
}

fn reverse_form(page: ReceiptPage) -> AnyView {
    let ReceiptPage { payment, today, .. } = page;
    let posted = ReturnedForm::of_page();
    let receipt = receipt_url(payment.id);
    let mut states = vec![(
        PaymentState::Reversed.to_string(),
        "Reversed: taken in error, or paid back".to_owned(),
    )];
    if payment.method == PaymentMethod::Cheque {
        states.insert(
            0,
            (
                PaymentState::Bounced.to_string(),
                "Bounced: the bank did not pay the cheque".to_owned(),
            ),
        );
    }
    let title = format!("Receipt {}: bounced or reversed", payment.receipt);
    let back = receipt.clone();
    let buttons = move || {
        let back = back.clone();
        view! { <a class="button" href=back>"Cancel"</a> <button class="button danger">"Save"</button> }
    };
    let what = format!("{} by {} from ", payment.amount, payment.method);
    let what = view! { {what} <bdi>{payment.customer.name.clone()}</bdi> ". " };
    let head = view! {
        <PageTitle text=title.clone()/>
        {back_link(receipt, format!("Receipt {}", payment.receipt))}
        <div class="page-header"><h1 id=HEADING tabindex="-1">{title}</h1></div>
    };
    if let Some(reversal) = reversal(&payment) {
        return view! { {head} <section class="card money-form"><p>{what}</p> {reversal}</section> }.into_any();
    }
    view! {
        {head}
        <section class="card money-form">
            <p>{what} "The bills that it has paid will be open again."</p>
            <PostForm action=Some(reverse_url(payment.id)) is_resumable=true keeps_input=true posted=posted.clone() footer=buttons>
                <input type="hidden" name="version" value=payment.version.to_string() autocomplete="off"/>
                <ChoiceInput name="state" label="What happened" options=states posted=posted.clone()/>
                <TextInput name="day" label="On" posted=posted.clone() value=format_date(today)/>
                <TextInput name="reason" label="Reason" posted=posted.clone()/>
            </PostForm>
        </section>
    }
    .into_any()
}
