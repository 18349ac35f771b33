//! The table of the list, as text.

use maud::{Markup, PreEscaped, Render, html};

use super::arrow;
use crate::customers::model::CustomerName;
use crate::customers::model::field::Field;
use crate::customers::model::sort::Sort;
use crate::customers::pages::cell::Drawn;
use crate::customers::place;
use crate::customers::query::CustomerQuery;
use crate::customers::view::{CustomerList, ListRow};

/// About the bytes of a row.
const ROW: usize = 1_100;

/// The headers; with a column for what one does to a customer, where one `edits`.
pub fn headers(list: &CustomerList, edits: bool) -> Markup {
    html! {
        tr {
            (header(Field::Name, &list.query))
            @for field in &list.columns { (header(*field, &list.query)) }
            @if edits { th scope="col" { span.unseen { "Actions" } } }
        }
    }
}

/// The rows.
pub struct Rows<'a> {
    /// The list.
    pub list: &'a CustomerList,
    /// Whether each has links to change and delete it.
    pub edits: bool,
}

impl Render for Rows<'_> {
    fn render_to(&self, out: &mut String) {
        let Self { list, edits } = *self;
        // Most of the page: there is room for all of them, and the part of the addresses that they share is escaped once.
        out.reserve(list.rows.len() * ROW);
        let address = list.query.to_url().render().into_string();
        for row in &list.rows {
            table_row(row, list, &address, edits).render_to(out);
        }
    }
}

/// A column's header with a link for each sort that it offers.
fn header(field: Field, query: &CustomerQuery) -> Markup {
    let sorts = field.sorts();
    let active = sorts.contains(&query.order.by);
    let aria_sort = (!sorts.is_empty()).then_some(if active { query.order.direction() } else { "none" });
    html! {
        th class=[number_class(field)] scope="col" aria-sort=[aria_sort] {
            @if sorts.is_empty() { (field.label()) }
            @for sort in sorts { (sort_link(*sort, query)) }
        }
    }
}

fn sort_link(sort: Sort, query: &CustomerQuery) -> Markup {
    let here = query.order.by == sort;
    html! {
        a.sort data-noscroll href=(place::list(&query.sorted(sort).to_url())) aria-current=[here.then_some("true")] {
            (sort.label())
            @if here { (arrow(query.order)) }
        }
    }
}

/// `address` is the list's part of the addresses, escaped; an id needs no escaping.
fn table_row(row: &ListRow, list: &CustomerList, address: &str, edits: bool) -> Markup {
    let CustomerName {
        id,
        account_number,
        name,
    } = &row.customer;
    html! {
        tr {
            th scope="row" {
                a.name href=(PreEscaped(place::record(*id, address))) { (name) }
                span.sub { (maud::display(account_number)) }
            }
            @for (field, value) in list.columns.iter().zip(&row.cells) {
                td class=[number_class(*field)] data-l=(field.label()) { (Drawn { value, today: list.today }) }
            }
            @if edits {
                @let id_text = id.to_string();
                td.actions {
                    a id={ "edit-" (PreEscaped(&id_text)) } href=(PreEscaped(place::edit(*id, address))) data-noscroll aria-label={ "Edit " (name) } { "Edit" }
                    " "
                    a id={ "delete-" (PreEscaped(&id_text)) } href=(PreEscaped(place::delete(*id, address))) data-noscroll aria-label={ "Delete " (name) } { "Delete" }
                }
            }
        }
    }
}

fn number_class(field: Field) -> Option<&'static str> {
    field.is_number().then_some("n")
}
