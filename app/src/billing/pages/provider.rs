//! The provider's details, which bills are printed with.

use leptos::prelude::*;

use super::answer_page::answer_page;
use crate::base::contact::STATES;
use crate::base::roles::Permission;
use crate::billing::api::get_provider;
use crate::billing::model::provider::Provider;
use crate::billing::responses::ProviderPage;
use crate::billing::routes::PROVIDER;
use crate::ui::dom::HEADING;
use crate::ui::form_state::ReturnedForm;
use crate::ui::post_form::{ChoiceInput, PostForm, TextInput};
use crate::ui::title::PageTitle;

/// The page.
pub fn provider_page() -> AnyView {
    answer_page(
        "Page",
        Permission::Administer,
        || Some(()),
        |()| Box::pin(get_provider()),
        form,
    )
}

fn form(page: ProviderPage) -> AnyView {
    let ProviderPage { version, provider } = page;
    let posted = ReturnedForm::of_page();
    let provider = StoredValue::new(provider);
    let text = move |of: fn(&Provider) -> String, empty: &str| {
        provider.with_value(|provider| provider.as_ref().map_or_else(|| empty.to_owned(), of))
    };
    // What was typed was typed upon that version.
    let version = posted
        .values
        .get("version")
        .cloned()
        .unwrap_or_else(|| version.to_string());
    let states = STATES.iter().map(|state| (state.to_string(), state.to_string()));
    let states = std::iter::once((String::new(), "Choose a state".to_owned()))
        .chain(states)
        .collect();
    let bank = posted.values.get("bank_details").cloned();
    let bank = bank.unwrap_or_else(|| text(|provider| provider.bank_details.clone().unwrap_or_default(), ""));
    let buttons = || view! { <button class="button primary">"Save"</button> };
    view! {
        <PageTitle text="Provider"/>
        <div class="page-header"><h1 id=HEADING tabindex="-1">"Provider"</h1></div>
        <section class="card money-form">
            <p>"Bills and receipts are printed with these details. Bills that were issued keep those of their day."</p>
            <PostForm action=Some(PROVIDER.to_owned()) is_resumable=true keeps_input=true posted=posted.clone() footer=buttons>
                <input type="hidden" name="version" value=version autocomplete="off"/>
                <TextInput name="name" label="Name" posted=posted.clone() value=text(|provider| provider.name.clone(), "")/>
                <TextInput
                    name="gstin" label="GSTIN" posted=posted.clone() value=text(|provider| provider.gstin.as_str().to_owned(), "")
                    help=Some("15 characters; the first two are the state's")
                />
                <TextInput name="address_line" label="Address" posted=posted.clone() value=text(|provider| provider.address_line.clone(), "")/>
                <TextInput name="city" label="City" posted=posted.clone() value=text(|provider| provider.city.clone(), "")/>
                <ChoiceInput name="state" label="State" options=states posted=posted.clone() value=text(|provider| provider.state.clone(), "")/>
                <TextInput
                    name="pin_code" label="PIN code" posted=posted.clone() inputmode=Some("numeric")
                    value=text(|provider| provider.pin_code.as_str().to_owned(), "")
                />
                <TextInput
                    name="upi_id" label="UPI ID (optional)" posted=posted.clone() help=Some("Like lastmile@okbank; bills get a QR code to pay with")
                    value=text(|provider| provider.upi_id.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default(), "")
                />
                <div class="field wide">
                    <label class="label" for="input-bank_details">"Bank details (optional)"</label>
                    <div class="control"><textarea id="input-bank_details" name="bank_details" rows="3" autocomplete="off" dir="auto">{bank}</textarea></div>
                    <p class="help">"Account, IFSC and bank, as they are printed"</p>
                </div>
                <TextInput
                    name="bill_series" label="Series of bills" posted=posted.clone() value=text(|provider| provider.bill_series.clone(), "LM")
                    help=Some("What numbers begin with: LM gives LM/26-27/0000001")
                />
                <TextInput
                    name="note_series" label="Series of credit notes" posted=posted.clone()
                    value=text(|provider| provider.note_series.clone(), "LC")
                />
                <TextInput
                    name="due_days" label="Days to pay" posted=posted.clone() inputmode=Some("numeric")
                    value=text(|provider| provider.due_days.to_string(), "10")
                />
                <TextInput
                    name="grace_days" label="Days until suspension (optional)" posted=posted.clone() inputmode=Some("numeric")
                    value=text(|provider| provider.grace_days.map(|days| days.to_string()).unwrap_or_default(), "")
                    help=Some("After the due day. Nobody is cut off from Friday to Sunday, on holidays, or before a promised day. Leave empty to suspend nobody")
                />
            </PostForm>
        </section>
    }
    .into_any()
}
