//! A customer's page: every field in its section, with what the plan promises beside what is delivered.

use leptos::prelude::*;
use uuid::Uuid;

use crate::base::units::{BasisPoints, Kbps};
use crate::customers::api::{get_customer, timeline};
use crate::customers::responses::CustomerPage;
use crate::customers::spec::{SPEC, field, section};
use crate::record::draft::Draft;
use crate::record::record_page::{RecordHead, last_changed, record_link, record_page, section_card};
use crate::services::cards::service_cards;
use crate::ui::cell::cell;

/// The page.
pub fn customer_record(id: Uuid) -> impl IntoView {
    record_page(
        &SPEC,
        id,
        |id| Box::pin(get_customer(id)),
        |id, older| Box::pin(timeline(id, older)),
        customer_view,
    )
}

fn customer_view(page: CustomerPage) -> AnyView {
    let draft = &page.customer.draft;
    let tag = |name| {
        SPEC.field(name)
            .map(|field| cell(&draft.cell(&SPEC, field), page.today))
    };
    let tags = (tag(field::STATUS), tag(field::CHURN_RISK));
    let sections = SPEC
        .sections
        .iter()
        .map(|section| section_view(section, &page))
        .collect_view();
    view! {
        <RecordHead record=page.customer.record.clone()>{tags.0} {tags.1}</RecordHead>
        {service_cards(page.customer.record.id, &page.services)}
        <div class="record">{sections}</div>
        {last_changed(page.updated_at)}
    }
    .into_any()
}

fn section_view(section: &'static str, page: &CustomerPage) -> AnyView {
    let draft = &page.customer.draft;
    let fields = SPEC
        .fields_of(section)
        .filter(|field| field.is_stored() && draft.applies(field));
    let rows = fields.map(|field| {
        let shown = match field.name {
            field::REFERRED_BY => match &page.referrer {
                Some(referrer) => record_link(&SPEC, referrer),
                None => cell(&draft.cell(&SPEC, field), page.today),
            },
            _ => cell(&draft.cell(&SPEC, field), page.today),
        };
        let value = view! { {shown} {gauge(field.name, draft)} }.into_any();
        (field.label, value)
    });
    let referrals = (section == section::RELATIONSHIP).then(|| {
        let text = match page.referrals {
            0 => "none".to_owned(),
            1 => "1 customer".to_owned(),
            count => format!("{count} customers"),
        };
        ("Referrals", text.into_any())
    });
    section_card(section, rows.chain(referrals))
}

/// Delivered against promised: a small gauge under the number.
fn gauge(field: &str, draft: &Draft) -> Option<AnyView> {
    let (value, min, low, text) = match field {
        field::AVERAGE_SPEED => {
            let (average, speed) = (
                Kbps::parse(draft.value(field))?,
                Kbps::parse(draft.value(field::SPEED))?,
            );
            let share = f64::from(average.0) / f64::from(speed.0) * 100.0;
            (
                share.min(100.0),
                0.0,
                60.0,
                format!("{share:.0}% of the plan's {speed}"),
            )
        }
        field::UPTIME => {
            let uptime = BasisPoints::parse(draft.value(field))?;
            // Below 90% nothing differs any more; above, every tenth counts.
            let value = (f64::from(uptime.0) / 100.0).max(90.0);
            (value, 90.0, 98.0, format!("on a scale from 90% to 100%: {uptime}"))
        }
        _ => return None,
    };
    let gauge = view! {
        <meter class="gauge" min=min.to_string() max="100" low=low.to_string() optimum="100" value=format!("{value:.2}") aria-label=text.clone()>
            {text.clone()}
        </meter>
        <span class="muted">{(field == field::AVERAGE_SPEED).then_some(text)}</span>
    };
    Some(gauge.into_any())
}
