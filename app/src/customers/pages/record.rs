//! A customer's page: every field, grouped, with what the plan promises beside what is delivered.

use chrono::NaiveDate;
use leptos::prelude::*;
use uuid::Uuid;

use super::cell::cell;
use super::desk::Desk;
use crate::customers::api::open_customer;
use crate::customers::model::field::{Field, Group};
use crate::customers::model::{Customer, CustomerName};
use crate::customers::place;
use crate::customers::view::CustomerRecord;
use crate::customers::view::cell::Cell;
use crate::error::AppError;
use crate::history::Timeline;
use crate::people::me::Person;
use crate::people::model::roles::Right;
use crate::ui::dates;
use crate::ui::dom::HEADING;
use crate::ui::fault::{Fault, NotFound};
use crate::ui::latest::Latest;
use crate::ui::title::PageTitle;

/// The page.
#[component]
pub fn RecordPage(id: Uuid) -> impl IntoView {
    let desk = Desk::of_page();
    let record = Latest::new(move || (id, desk.changes.count()), |(id, _)| open_customer(id));
    let retry = Callback::new(move |()| record.again());
    desk.return_focus(move || record.answered_later());
    let content = move || {
        record.get().map(|answer| match answer {
            Ok(record) => view! { <Shown record/> }.into_any(),
            Err(AppError::NotFound) => view! { <Gone/> }.into_any(),
            Err(error) => view! { <Fault error retry/> }.into_any(),
        })
    };
    let there = Signal::derive(move || matches!(record.get(), Some(Ok(_))));
    let address = Signal::derive(move || place::record(id, &desk.query.get()));
    view! {
        <div class="region" aria-busy=move || record.busy().to_string()>
            <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Transition>
        </div>
        <Timeline id there address/>
    }
}

#[component]
fn Gone() -> impl IntoView {
    view! {
        <NotFound what="This customer">
            {Person::may(Right::EditCustomers).then(|| view! { <a class="button" href="/customers/deleted">"Deleted customers"</a> })}
        </NotFound>
    }
}

#[component]
fn Shown(record: CustomerRecord) -> impl IntoView {
    let desk = Desk::of_page();
    let CustomerRecord {
        customer,
        referrer,
        referrals,
        today,
    } = record;
    let id = customer.id;
    let name = customer.details.contact.name.clone();
    let query = desk.query.get_untracked();
    let edit = place::from_record(&place::edit(id, &query));
    let delete = place::from_record(&place::delete(id, &query));
    let (edit_label, delete_label) = (format!("Edit {name}"), format!("Delete {name}"));
    let sections = Group::ALL
        .iter()
        .map(|group| section(*group, &customer, referrer.as_ref(), referrals, today).into_any());
    view! {
        <PageTitle text=name.clone()/>
        <p class="back"><a href=place::list(&query)>"← Customers"</a></p>
        <div class="head">
            <h1 id=HEADING tabindex="-1">{name}</h1>
            <span class="sub">{customer.account_number.to_string()}</span>
            {cell(&Field::Status.cell(&customer), today)}
            {cell(&Field::ChurnRisk.cell(&customer), today)}
            {Person::may(Right::EditCustomers).then(|| view! { <div class="go">
                <a class="button" id=format!("edit-{id}") href=edit data-noscroll aria-label=edit_label>"Edit"</a>
                <a class="button" id=format!("delete-{id}") href=delete data-noscroll aria-label=delete_label>"Delete"</a>
            </div> })}
        </div>
        <div class="record">{sections.collect_view()}</div>
        <p class="sub">"Last changed " {dates::moment(customer.updated_at)} " IST, version " {customer.version}</p>
    }
}

fn section(
    group: Group,
    customer: &Customer,
    referrer: Option<&CustomerName>,
    referrals: i64,
    today: NaiveDate,
) -> impl IntoView + use<> {
    let rows = group.fields().filter_map(|field| {
        let value = field.cell(customer);
        // A cancellation's date and reason belong to the cancelled alone.
        if value == Cell::None && matches!(field, Field::CancelledOn | Field::CancelReason) {
            return None;
        }
        let shown = match (field, referrer) {
            (Field::ReferredBy, Some(referrer)) => {
                let href = place::record(referrer.id, "");
                view! { <a href=href>{referrer.name.clone()}</a> " " <span class="sub">{referrer.account_number.to_string()}</span> }
                    .into_any()
            }
            _ => cell(&value, today),
        };
        let gauge = gauge(field, customer);
        Some(view! { <div><dt>{field.label()}</dt><dd>{shown} {gauge}</dd></div> })
    });
    let referred = (group == Group::Relationship)
        .then(|| view! { <div><dt>"Has referred"</dt><dd>{referrals} {if referrals == 1 { " customer" } else { " customers" }}</dd></div> });
    view! {
        <section class=format!("card {}", group.word().to_lowercase())>
            <h2>{group.word()}</h2>
            <dl>{rows.collect_view()} {referred}</dl>
        </section>
    }
}

/// Delivered against promised: a small gauge under the number.
fn gauge(field: Field, customer: &Customer) -> Option<impl IntoView + use<>> {
    let details = &customer.details;
    let (value, least, low, text) = match field {
        Field::AverageSpeed => {
            let share = f64::from(details.usage.average_speed.0) / f64::from(details.plan.speed.0) * 100.0;
            let text = format!("{share:.0}% of the plan's {}", details.plan.speed);
            (share.min(100.0), 0.0, 60.0, text)
        }
        Field::Uptime => {
            let share = f64::from(details.usage.uptime.0) / 100.0;
            // Below 90% nothing differs any more; above, every tenth counts.
            (
                share.max(90.0),
                90.0,
                98.0,
                format!("on a scale from 90% to 100%: {}", details.usage.uptime),
            )
        }
        _ => return None,
    };
    Some(view! {
        <meter class="gauge" min=least.to_string() max="100" low=low.to_string() optimum="100" value=format!("{value:.2}") aria-label=text.clone()>
            {text.clone()}
        </meter>
        <span class="sub">{(field == Field::AverageSpeed).then_some(text)}</span>
    })
}
