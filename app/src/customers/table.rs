//! The table of the list.

use chrono::NaiveDate;
use leptos::prelude::*;
use std::sync::Arc;

use super::cell::Cell;
use super::field::Field;
use super::model::{ChurnRisk, CustomerName, Status};
use super::place;
use super::query::{CustomerQuery, Sort};
use super::view::{CustomerList, Drawn, ListRow};
use crate::people::me::Person;
use crate::people::roles::Right;
use crate::ui::dates;
use crate::ui::markup::Markup;

/// About the bytes of a row's HTML.
const ROW: usize = 1_100;

/// Draws the rows of a list that did not come drawn. Where they look like those of `before`, they are those: an element that has the
/// focus keeps it.
pub fn draw_rows(list: &CustomerList, before: Option<&Drawn>) -> Drawn {
    let edits = Person::may(Right::EditCustomers);
    let address = list.query.to_url();
    let mut body = Markup::with_room(list.rows.len() * ROW);
    for row in &list.rows {
        table_row(&mut body, row, &list.columns, &address, list.today, edits);
    }
    let html = body.into_html();
    match before {
        Some(before) if *before.html == html || (before.read_back && *before.html == spelled_by_browser(&html)) => {
            before.clone()
        }
        _ => Drawn {
            count: list.rows.len(),
            html: html.into(),
            read_back: false,
        },
    }
}

/// HTML as the browser gives it back.
fn spelled_by_browser(html: &str) -> String {
    document()
        .create_element("template")
        .map(|template| {
            template.set_inner_html(html);
            template.inner_html()
        })
        .unwrap_or_default()
}

/// The table; `body` is the HTML of its rows.
#[component]
pub fn CustomerTable(body: Arc<str>, columns: Vec<Field>, query: CustomerQuery) -> impl IntoView {
    let headers = columns.iter().map(|field| header(*field, &query)).collect_view();
    let edits = Person::may(Right::EditCustomers);
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label="Customers, scrolls sideways">
            <table>
                <caption class="unseen">"Customers"</caption>
                <thead>
                    <tr>
                        {header(Field::Name, &query)} {headers}
                        {edits.then(|| view! { <th scope="col"><span class="unseen">"Actions"</span></th> })}
                    </tr>
                </thead>
                <tbody inner_html=body></tbody>
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

fn table_row(out: &mut Markup, row: &ListRow, columns: &[Field], query: &str, today: NaiveDate, edits: bool) {
    let CustomerName {
        id,
        account_number,
        name,
    } = &row.customer;
    out.tags("<tr><th scope=\"row\"><a class=\"name\" href=\"")
        .text(&place::record(*id, query))
        .tags("\">")
        .text(name)
        .tags("</a><span class=\"sub\">")
        .value(account_number)
        .tags("</span></th>");
    for (field, value) in columns.iter().zip(&row.cells) {
        out.tags(if field.is_number() {
            "<td class=\"n\" data-l=\""
        } else {
            "<td data-l=\""
        })
        .text(field.label())
        .tags("\">");
        draw(out, value, today);
        out.tags("</td>");
    }
    if edits {
        let id_text = id.to_string();
        let link = |out: &mut Markup, tag: &'static str, address: &str, label: &'static str| {
            out.tags(tag)
                .text(&id_text)
                .tags("\" href=\"")
                .text(address)
                .tags("\" data-noscroll aria-label=\"")
                .text(label)
                .tags(" ")
                .text(name)
                .tags("\">")
                .text(label)
                .tags("</a>");
        };
        out.tags("<td class=\"actions\">");
        link(out, "<a id=\"edit-", &place::edit(*id, query), "Edit");
        out.tags(" ");
        link(out, "<a id=\"delete-", &place::delete(*id, query), "Delete");
        out.tags("</td>");
    }
    out.tags("</tr>");
}

/// A value on its own.
pub fn cell(value: &Cell, today: NaiveDate) -> AnyView {
    let mut out = Markup::default();
    draw(&mut out, value, today);
    out.into_span().into_any()
}

/// Draws a value.
fn draw(out: &mut Markup, value: &Cell, today: NaiveDate) {
    match value {
        Cell::None => out.tags("<span class=\"sub\">–</span>"),
        Cell::Text(text) => out.text(text),
        Cell::Status(status) => out.tags(status_tag(*status)).text(status.word()).tags("</span>"),
        // Signal bars with their word: never colour alone.
        Cell::Risk(risk) => out
            .tags(risk_bars(*risk))
            .tags("<i aria-hidden=\"true\"><span></span><span></span><span></span></i>")
            .text(risk.word())
            .tags("</span>"),
        Cell::Plan(plan, speed) => out
            .text(plan.word())
            .tags(" <span class=\"sub\">")
            .text(speed)
            .tags("</span>"),
        Cell::Due(amount) => out.tags(in_time(amount.0 <= 0)).value(amount).tags("</span>"),
        Cell::Day(date) => out
            .text(&dates::day(*date))
            .tags(" ")
            .tags(in_time(*date >= today))
            .text(&dates::distance(*date, today))
            .tags("</span>"),
    };
}

const fn in_time(so: bool) -> &'static str {
    if so {
        "<span class=\"sub\">"
    } else {
        "<span class=\"due\">"
    }
}

const fn status_tag(status: Status) -> &'static str {
    match status {
        Status::Pending => "<span class=\"tag pending\">",
        Status::Active => "<span class=\"tag active\">",
        Status::Suspended => "<span class=\"tag suspended\">",
        Status::Cancelled => "<span class=\"tag cancelled\">",
    }
}

const fn risk_bars(risk: ChurnRisk) -> &'static str {
    match risk {
        ChurnRisk::Low => "<span class=\"risk low\">",
        ChurnRisk::Medium => "<span class=\"risk medium\">",
        ChurnRisk::High => "<span class=\"risk high\">",
    }
}
