//! A lead's page: every field in its section, and the customer whom the lead became.

use chrono::NaiveDate;
use leptos::prelude::*;
use uuid::Uuid;

use crate::base::cell::Cell;
use crate::customers::spec::SPEC as CUSTOMERS;
use crate::http::current_user::CurrentUser;
use crate::leads::api::{get_lead, timeline};
use crate::leads::responses::LeadPage;
use crate::leads::spec::{SPEC, field, section};
use crate::list::page_context::PageContext;
use crate::list::routes::convert_url;
use crate::record::record_page::{RecordHead, last_changed, record_link, record_page, section_card};
use crate::served_pin_codes::model::Availability;
use crate::ui::cell::cell;

/// The page.
pub fn lead_record(id: Uuid) -> impl IntoView {
    record_page(
        &SPEC,
        id,
        |id| Box::pin(get_lead(id)),
        |id, older| Box::pin(timeline(id, older)),
        lead_view,
    )
}

fn lead_view(page: LeadPage) -> AnyView {
    let draft = &page.lead.draft;
    let stage = SPEC.field(field::STAGE);
    let stage = stage.map(|field| cell(&draft.cell(&SPEC, field), page.today));
    let (id, context) = (page.lead.record.id, PageContext::of_page());
    let convert = (page.customer.is_none() && CurrentUser::may(SPEC.edit)).then(|| {
        let href = context.over_record(&convert_url(&SPEC, id, &context.query.get_untracked()));
        view! { <a class="button primary" id="convert" href=href data-noscroll>"Convert to customer"</a> }.into_any()
    });
    let sections = SPEC.sections.iter().map(|section| section_view(section, &page));
    view! {
        <RecordHead record=page.lead.record.clone() actions=convert>{stage}</RecordHead>
        <div class="record lead">{sections.collect_view()}</div>
        {last_changed(page.updated_at)}
    }
    .into_any()
}

fn section_view(section: &'static str, page: &LeadPage) -> AnyView {
    let draft = &page.lead.draft;
    let fields = SPEC.fields_of(section).filter(|field| draft.applies(field));
    let rows = fields.map(|field| {
        let value = match (field.name, &page.referrer) {
            (field::OWNER, _) => cell(&Cell::text(page.owner.clone()), page.today),
            // The speed has a row of its own here.
            (field::PLAN_TYPE, _) => cell(&Cell::text(Some(draft.value(field.name).into())), page.today),
            (field::REFERRED_BY, Some(referrer)) => record_link(&CUSTOMERS, referrer),
            _ => cell(&draft.cell(&SPEC, field), page.today),
        };
        (field.label, value)
    });
    let service = (section == section::INTEREST).then(|| ("Service", service_view(&page.availability, page.today)));
    let customer = page.customer.as_ref().filter(|_| section == section::PROGRESS);
    let customer = customer.map(|customer| {
        let value = match page.customer_is_deleted {
            true => view! { {customer.full_name()} " (deleted)" }.into_any(),
            false => record_link(&CUSTOMERS, customer),
        };
        ("Customer", value)
    });
    section_card(section, rows.chain(service).chain(customer))
}

/// Whether the line that they want can be had, and what can be.
fn service_view(availability: &Availability, today: NaiveDate) -> AnyView {
    let tag = Cell::Tag("Available".into());
    let tag = availability.is_available.then(|| view! { {cell(&tag, today)} " " });
    view! { {tag} {availability.text.clone()} }.into_any()
}
