//! The table of the list.

use chrono::NaiveDate;
use leptos::prelude::*;

use super::cell::Cell;
use super::field::Field;
use super::model::{ChurnRisk, CustomerName, Status};
use super::place;
use super::query::{CustomerQuery, Sort};
use super::view::ListRow;
use crate::people::me::Person;
use crate::people::roles::Right;
use crate::ui::dates;

/// The table.
#[component]
pub fn CustomerTable(rows: Vec<ListRow>, columns: Vec<Field>, query: CustomerQuery, today: NaiveDate) -> impl IntoView {
    let address = query.to_url();
    let headers = columns.iter().map(|field| header(*field, &query)).collect_view();
    let body = rows
        .into_iter()
        .map(|row| table_row(row, &columns, &address, today))
        .collect_view();
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label="Customers, scrolls sideways">
            <table>
                <caption class="unseen">"Customers"</caption>
                <thead>
                    <tr>
                        {header(Field::Name, &query)} {headers}
                        {Person::may(Right::EditCustomers).then(|| view! { <th scope="col"><span class="unseen">"Actions"</span></th> })}
                    </tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
}

/// A column's header with a link for each sort that it offers.
fn header(field: Field, query: &CustomerQuery) -> impl IntoView + use<> {
    let sorts = field.sorts();
    let active = sorts.contains(&query.order.by);
    let aria_sort = (!sorts.is_empty()).then_some(match (active, query.order.descending) {
        (false, _) => "none",
        (true, false) => "ascending",
        (true, true) => "descending",
    });
    let label = if sorts.is_empty() {
        field.label().into_any()
    } else {
        sorts
            .iter()
            .map(|sort| sort_link(*sort, query))
            .collect_view()
            .into_any()
    };
    view! { <th scope="col" class:n=field.is_number() aria-sort=aria_sort>{label}</th> }
}

fn sort_link(sort: Sort, query: &CustomerQuery) -> impl IntoView + use<> {
    let arrow = (query.order.by == sort).then_some(if query.order.descending { "↓" } else { "↑" });
    view! {
        <a class="sort" data-noscroll href=place::list(&query.sorted(sort).to_url()) aria-current=arrow.map(|_| "true")>
            {sort.label()} <span class="arrow" aria-hidden="true">{arrow}</span>
        </a>
    }
}

fn table_row(row: ListRow, columns: &[Field], query: &str, today: NaiveDate) -> impl IntoView + use<> {
    let CustomerName {
        id,
        account_number,
        name,
    } = row.customer;
    let cells = columns.iter().zip(row.cells).map(|(field, value)| {
        view! { <td class:n=field.is_number() data-l=field.label()>{cell(value, today)}</td> }
    });
    let (edit, delete) = (format!("Edit {name}"), format!("Delete {name}"));
    let edits = Person::may(Right::EditCustomers);
    view! {
        <tr>
            <th scope="row">
                <a class="name" href=place::record(id, query)>{name}</a>
                <span class="sub">{account_number.to_string()}</span>
            </th>
            {cells.collect_view()}
            {edits.then(|| view! { <td class="actions">
                <a id=format!("edit-{id}") href=place::edit(id, query) data-noscroll aria-label=edit>"Edit"</a>
                <a id=format!("delete-{id}") href=place::delete(id, query) data-noscroll aria-label=delete>"Delete"</a>
            </td> })}
        </tr>
    }
}

/// Draws a value.
pub fn cell(cell: Cell, today: NaiveDate) -> AnyView {
    match cell {
        Cell::None => view! { <span class="sub">"–"</span> }.into_any(),
        Cell::Text(text) => text.into_any(),
        Cell::Status(status) => status_tag(status).into_any(),
        Cell::Risk(risk) => risk_bars(risk).into_any(),
        Cell::Plan(plan, speed) => view! { {plan.word()} " " <span class="sub">{speed}</span> }.into_any(),
        Cell::Due(amount) => {
            let class = if amount.0 > 0 { "due" } else { "sub" };
            view! { <span class=class>{amount.to_string()}</span> }.into_any()
        }
        Cell::Day(date) => {
            let class = if date < today { "due" } else { "sub" };
            view! { {dates::day(date)} " " <span class=class>{dates::distance(date, today)}</span> }.into_any()
        }
    }
}

fn status_tag(status: Status) -> impl IntoView {
    let class = match status {
        Status::Pending => "tag pending",
        Status::Active => "tag active",
        Status::Suspended => "tag suspended",
        Status::Cancelled => "tag cancelled",
    };
    view! { <span class=class>{status.word()}</span> }
}

/// Signal bars with their word: never colour alone.
fn risk_bars(risk: ChurnRisk) -> impl IntoView {
    let class = match risk {
        ChurnRisk::Low => "risk low",
        ChurnRisk::Medium => "risk medium",
        ChurnRisk::High => "risk high",
    };
    view! {
        <span class=class>
            <i aria-hidden="true"><span></span><span></span><span></span></i>
            {risk.word()}
        </span>
    }
}
