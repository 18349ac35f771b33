//! "My day": what the user has to do about their own leads.

use chrono::NaiveDate;
use leptos::prelude::*;

use crate::base::spec::FieldSpec;
use crate::http::current_user::CurrentUser;
use crate::leads::api::get_my_day;
use crate::leads::model::Stage;
use crate::leads::responses::{DueLeads, MyDay};
use crate::leads::spec::{SPEC, facet};
use crate::list::query::ListQuery;
use crate::list::responses::Row;
use crate::list::routes::{list_url, record_url};
use crate::ui::cell::{cell, numeric_class};
use crate::ui::dom::{HEADING, restore_focus};
use crate::ui::latest_resource::LatestResource;
use crate::ui::refresh::RefreshCounter;
use crate::ui::region::Region;
use crate::ui::title::PageTitle;

/// The page's address.
pub const MY_DAY: &str = "/my-day";

/// The page.
#[component]
pub fn MyDayPage() -> impl IntoView {
    let changes = RefreshCounter::of_app();
    let day = LatestResource::new(move || changes.count(), |_| get_my_day());
    restore_focus(move || day.has_update(), HEADING);
    view! {
        <PageTitle text="My day"/>
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">"My day"</h1>
        </div>
        <Region id="my-day" answer=day view=day_view/>
    }
}

fn day_view(day: MyDay) -> AnyView {
    let MyDay { today, .. } = day;
    let groups = [
        ("Overdue", "Nothing is overdue.", day.overdue),
        ("Today", "Nothing is due today.", day.due_today),
        ("This week", "Nothing is due in the next six days.", day.this_week),
    ];
    if groups.iter().all(|(_, _, due)| due.rows.is_empty()) {
        return view! {
            <div class="table-card"><div class="empty">
                <h2>"Nothing is due this week"</h2>
                <p>"Your open leads appear here by the date of their next step. To add one, make yourself its owner and set its next step and date."</p>
                <p class="actions">
                    <a class="button primary" href=open_leads()>"My open leads"</a>
                    <a class="button" href=list_url(&SPEC, "")>"All leads"</a>
                </p>
            </div></div>
        }
        .into_any();
    }
    let groups = groups.map(|(title, empty, due)| group(title, empty, due, today));
    groups.into_iter().collect_view().into_any()
}

/// The leads that are due on some days, under a heading.
fn group(title: &'static str, empty: &'static str, due: DueLeads, today: NaiveDate) -> AnyView {
    let DueLeads { rows, has_more } = due;
    if rows.is_empty() {
        return view! { <section class="due-leads"><h2>{title}</h2><p class="muted">{empty}</p></section> }.into_any();
    }
    let more = has_more.then(|| {
        let shown = format!("The first {} are shown. ", rows.len());
        view! { <div class="table-footer"><p>{shown} <a href=open_leads()>"All my open leads"</a></p></div> }
    });
    let header = |field: &FieldSpec| view! { <th scope="col" class=numeric_class(field)>{field.label}</th> };
    view! {
        <section class="due-leads">
            <h2>{title}</h2>
            <div class="table-card">
                <div class="scroll" tabindex="0" role="group" aria-label=format!("{title}, scrolls sideways")>
                    <table>
                        <caption class="visually-hidden">{title}</caption>
                        <thead><tr><th scope="col">"Name"</th>{MyDay::columns().map(header).collect_view()}</tr></thead>
                        <tbody>{rows.into_iter().map(|row| lead_row(row, today)).collect_view()}</tbody>
                    </table>
                </div>
                {more}
            </div>
        </section>
    }
    .into_any()
}

fn lead_row(row: Row, today: NaiveDate) -> impl IntoView {
    let cells = MyDay::columns().zip(row.cells).map(|(field, value)| {
        view! { <td class=numeric_class(field) data-label=field.label>{cell(&value, today)}</td> }
    });
    view! {
        <tr>
            <th scope="row">
                <a class="name" href=record_url(&SPEC, row.id, "")>{row.title}</a>
                <span class="muted">{row.subtitle}</span>
            </th>
            {cells.collect_view()}
        </tr>
    }
}

/// The list of the user's own open leads, by the date of the next step.
fn open_leads() -> String {
    let mut query = ListQuery::new(&SPEC);
    for stage in Stage::ALL.iter().filter(|stage| stage.is_open()) {
        query.set(facet::STAGE, stage.as_str(), true);
    }
    if let Some(me) = CurrentUser::get() {
        query.set(facet::OWNER, &me.id.to_string(), true);
    }
    query.sort = SPEC.sort("next_step").unwrap_or_default();
    list_url(&SPEC, &query.to_url())
}
