//! All that an answer of the server fills on the list's page, as text.

use maud::{Markup, html};

use super::field::Field;
use super::pager::{Total, pager};
use super::table::{Rows, headers};
use super::toolbar::{bar, chips};
use super::view::{COUNTED, CustomerList, Figures};
use crate::units::{Paise, group_digits};

/// Draws a list; `columns` are those that were ticked last, and one may `edit` or not.
/// Each block is always there, so that the next ones stay where they are.
pub fn listed(list: &CustomerList, columns: &[Field], edits: bool) -> String {
    let total = Total::of(list);
    let blocks = html! {
        (ignored(&list.ignored))
        (figures(list.numbers.as_ref().map(|numbers| &numbers.figures), total))
        (bar(list, columns))
        (chips(&list.query))
        .sheet {
            @if list.rows.is_empty() {
                (nobody(list.query.is_filtered(), edits))
            } @else {
                .scroll tabindex="0" role="group" aria-label="Customers, scrolls sideways" {
                    table {
                        caption.unseen { "Customers" }
                        thead { (headers(list, edits)) }
                        tbody { (Rows { list, edits }) }
                    }
                }
                (pager(list, total))
            }
        }
    };
    blocks.into_string()
}

/// The parts of the address that made no sense.
fn ignored(parts: &[String]) -> Markup {
    html! {
        div {
            @if !parts.is_empty() {
                p.hint role="note" { "Part of the address makes no sense here and was ignored: " (parts.join(", ")) "." }
            }
        }
    }
}

/// What the customers in view are worth.
fn figures(figures: Option<&Figures>, total: Total) -> Markup {
    let noun = if total == Total::Exactly(1) {
        "customer"
    } else {
        "customers"
    };
    html! {
        dl.figures {
            div {
                dt { "In this view" }
                dd { (total) " " small { (noun) } }
            }
            @match figures {
                Some(figures) => {
                    (figure("Monthly revenue", figures.monthly_revenue, None))
                    (figure(
                        "Revenue at risk",
                        figures.revenue_at_risk,
                        Some(&format!("{} High or Medium", group_digits(figures.customers_at_risk))),
                    ))
                    (figure("Outstanding", figures.outstanding, Some(&format!("from {}", group_digits(figures.debtors)))))
                },
                None => div {
                    dt { "Revenue and outstanding" }
                    dd { small { "Added up for " (group_digits(COUNTED)) " found or fewer: search for more letters." } }
                },
            }
        }
    }
}

fn figure(label: &str, amount: Paise, note: Option<&str>) -> Markup {
    html! {
        div {
            dt { (label) }
            dd title=(maud::display(amount)) {
                (maud::display(amount.short()))
                @if let Some(note) = note { " " small { (note) } }
            }
        }
    }
}

/// No rows: either nothing matches, or there is nobody yet.
fn nobody(filtered: bool, edits: bool) -> Markup {
    html! {
        .empty {
            @if filtered {
                h2 { "No customers match" }
                p { "Try fewer filters or another spelling." }
                p.ways { a.button href="/customers" data-noscroll { "Clear search and filters" } }
            } @else if edits {
                h2 { "No customers yet" }
                p { "Add the first one, or fill the database with demo data: " code { "lastmile seed" } }
                p.ways { a.button.primary href="/customers/new" data-noscroll { "New customer" } }
            } @else {
                h2 { "No customers yet" }
                p { "An Admin adds the first ones." }
            }
        }
    }
}
