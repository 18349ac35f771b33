//! All that an answer of the server fills on the list's page, as text.

use maud::{Markup, html};

use super::pager::{Total, pager};
use super::table::{Rows, headers};
use super::toolbar::{bar, chips};
use crate::customers::model::field::Field;
use crate::customers::view::{COUNTED, CustomerList, Figures};
use crate::units::{Grouped, Paise};

/// Draws a list; `columns` are those that were ticked last, `edits` whether one may change customers.
/// Each block is always there, so that the next ones stay where they are.
pub fn listed(list: &CustomerList, columns: &[Field], edits: bool) -> String {
    let total = Total::of(list);
    let blocks = html! {
        (notes(list))
        (figures(list.numbers.as_ref().map(|numbers| &numbers.figures), total))
        (bar(list, columns))
        (chips(&list.query))
        .sheet {
            @if list.rows.is_empty() {
                (empty(list, edits))
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

/// The parts of the address that made no sense; and whom the list leaves out.
fn notes(list: &CustomerList) -> Markup {
    html! {
        div {
            @if !list.ignored.is_empty() {
                p.hint role="note" { "Part of the address makes no sense here and was ignored: " (list.ignored.join(", ")) "." }
            }
            @if let Some(beginning) = &list.beginning {
                p.hint role="note" {
                    "The search finds more than " (maud::display(Grouped(COUNTED))) " customers, whatever the filters. Sorted by name, only names that begin with “" (beginning) "” are listed: search for another word of the name, too, or sort by something else."
                }
            }
        }
    }
}

/// What the customers in view are worth.
fn figures(figures: Option<&Figures>, total: Total) -> Markup {
    html! {
        dl.figures {
            div {
                dt { "In this view" }
                dd { (maud::display(total)) " " small { (total.noun()) } }
            }
            @match figures {
                Some(figures) => {
                    (figure("Monthly revenue", figures.monthly_revenue, None))
                    (figure(
                        "Revenue at risk",
                        figures.revenue_at_risk,
                        Some(&format!("{} active, High or Medium", Grouped(figures.customers_at_risk))),
                    ))
                    (figure("Outstanding", figures.outstanding, Some(&format!("from {}", Grouped(figures.debtors)))))
                },
                None => div {
                    dt { "Revenue and outstanding" }
                    dd { small { "Added up for " (maud::display(Grouped(COUNTED))) " found or fewer: search for more letters." } }
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

/// No rows, in words: either nothing matches, or there is nobody yet.
pub fn nobody(filtered: bool) -> &'static str {
    if filtered {
        "No customers match"
    } else {
        "No customers yet"
    }
}

/// What can be done about it.
fn empty(list: &CustomerList, edits: bool) -> Markup {
    let filtered = list.query.is_filtered();
    html! {
        .empty {
            h2 { (nobody(filtered)) }
            @if filtered {
                @if let Some(beginning) = &list.beginning {
                    p { "No name that begins with “" (beginning) "” passes the filters. Others may: sort by something else to see them." }
                } @else {
                    p { "Try fewer filters or another spelling." }
                }
                p.ways { a.button href="/customers" data-noscroll { "Clear search and filters" } }
            } @else if edits {
                p { "Add the first one, or fill the database with demo data: " code { "lastmile seed" } }
                p.ways { a.button.primary href="/customers/new" data-noscroll { "New customer" } }
            } @else {
                p { "An Admin adds the first ones." }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::model::{AccountNumber, ChurnRisk, CustomerName, PlanType, Status};
    use crate::customers::place;
    use crate::customers::query::{Choice, CustomerQuery, Filter};
    use crate::customers::view::cell::Cell;
    use crate::customers::view::{ListRow, Numbers};
    use uuid::Uuid;

    fn list(query: CustomerQuery, name: &str) -> CustomerList {
        let customer = CustomerName {
            id: Uuid::from_u128(7),
            account_number: AccountNumber(7),
            name: name.to_owned(),
        };
        CustomerList {
            query,
            ignored: vec![name.to_owned()],
            columns: vec![Field::City],
            rows: vec![ListRow {
                customer,
                cells: vec![Cell::text(name)],
            }],
            before: 50,
            numbers: None,
            beginning: None,
            previous: None,
            next: None,
            last: None,
            today: chrono::NaiveDate::default(),
        }
    }

    #[test]
    fn the_links_of_a_row_keep_the_lists_address() {
        let query = CustomerQuery::from_url("?q=a%26b&status=Active&sort=-nps").0;
        let list = list(query, "Asha");
        let html = listed(&list, &list.columns, true).replace("&amp;", "&");
        let (id, address) = (Uuid::from_u128(7), list.query.to_url());
        for link in [
            place::record(id, &address),
            place::edit(id, &address),
            place::delete(id, &address),
        ] {
            assert!(html.contains(&format!("href=\"{link}\"")), "{link} in {html}");
        }
    }

    #[test]
    fn a_text_stays_where_it_is_put() {
        let hostile = "\"><script>alert('&')</script><a href='\" onclick=\"";
        let plain = listed(&list(CustomerQuery::default(), "Asha"), &[], true);
        let query = CustomerQuery::default().filtered(|filter| filter.search = hostile.to_owned());
        for (list, chips) in [(list(CustomerQuery::default(), hostile), 0), (list(query, hostile), 2)] {
            let html = listed(&list, &[], true);
            let tags = |html: &str| html.matches('<').count();
            // A chip is an entry, a link and a cross, each with its end; the way to clear all is an entry and a link.
            let more = if chips == 0 { 0 } else { 10 };
            assert_eq!(tags(&html), tags(&plain) + more, "{html}");
            assert!(!html.contains("onclick=\""), "{html}");
        }
    }

    #[test]
    fn a_total_is_as_exact_as_it_can_be() {
        let counted = CustomerList {
            numbers: Some(Numbers {
                total: 9,
                ..Numbers::default()
            }),
            ..list(CustomerQuery::default(), "Asha")
        };
        assert_eq!(Total::of(&counted), Total::Exactly(9));
        let on_last = list(CustomerQuery::default(), "Asha");
        assert_eq!(Total::of(&on_last), Total::Exactly(51));
        let before = CustomerList {
            next: Some(String::new()),
            ..on_last
        };
        assert_eq!(Total::of(&before), Total::MoreThan(COUNTED));
        let search = |filter: &mut Filter| filter.search = "as".to_owned();
        let of_names = CustomerList {
            query: before.query.clone().filtered(search),
            beginning: Some("as".to_owned()),
            next: None,
            ..before.clone()
        };
        assert_eq!(Total::of(&of_names), Total::MoreThan(COUNTED));
        let text = "Sorted by name, only names that begin with “as” are listed";
        assert!(listed(&of_names, &[], true).contains(text));
        let of_nobody = CustomerList {
            rows: vec![],
            ..of_names
        };
        let text = "No name that begins with “as” passes the filters.";
        assert!(listed(&of_nobody, &[], true).contains(text));
        let query = before
            .query
            .filtered(|filter| filter.choose(Choice::Status(Status::Active), true));
        assert_eq!(Total::of(&CustomerList { query, ..before }), Total::Unknown);
    }

    #[test]
    fn a_choice_is_read_as_it_is_written() {
        for (key, choice) in [
            ("status", Choice::Status(Status::Suspended)),
            ("churn", Choice::Churn(ChurnRisk::High)),
            ("plan", Choice::Plan(PlanType::Fiber)),
        ] {
            assert_eq!(Choice::parse(key, choice.word()), Some(choice));
            assert_eq!(Choice::parse("q", choice.word()), None);
        }
    }
}
