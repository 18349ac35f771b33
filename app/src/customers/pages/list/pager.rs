//! Below the table: which rows these are, how many to a page, and the links to the other pages.

use maud::{Markup, html};
use std::fmt;

use crate::customers::place;
use crate::customers::query::{CustomerQuery, PageSize};
use crate::customers::view::{COUNTED, CustomerList};
use crate::units::Grouped;

/// How many customers are in view, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// So many.
    Exactly(u64),
    /// More than so many.
    MoreThan(u64),
    /// Not counted: a part of a search that finds more than are counted.
    Unknown,
}

impl Total {
    /// The total of a list: where it was not counted, the last page knows how many were met on the way to it.
    pub fn of(list: &CustomerList) -> Self {
        match &list.numbers {
            Some(numbers) => Self::Exactly(numbers.total),
            None if list.next.is_none() && list.beginning.is_none() => {
                Self::Exactly(list.before + list.rows.len() as u64)
            }
            None if list.query.filter.has_choices() => Self::Unknown,
            None => Self::MoreThan(COUNTED),
        }
    }

    /// What there are so many of.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Exactly(1) => "customer",
            _ => "customers",
        }
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(total) => Grouped(*total).fmt(f),
            Self::MoreThan(total) => write!(f, "{}+", Grouped(*total)),
            Self::Unknown => f.write_str("many"),
        }
    }
}

/// The pager, as text; none of its links leads where there is no page.
pub fn pager(list: &CustomerList, total: Total) -> Markup {
    let CustomerList {
        query,
        before,
        previous,
        next,
        last,
        ..
    } = list;
    let first = previous.is_some().then(|| query.clone().first_page().to_url());
    let (from, to) = (Grouped(before + 1), Grouped(before + list.rows.len() as u64));
    html! {
        .foot {
            span.range { (maud::display(from)) "-" (maud::display(to)) " of " (maud::display(total)) }
            span.sizes role="group" aria-label="Rows on a page" {
                "Rows "
                @for size in PageSize::ALL {
                    @let other = CustomerQuery { size: *size, ..query.clone() }.first_page();
                    a href=(place::list(&other.to_url())) data-noscroll aria-current=[(query.size == *size).then_some("true")] { (size.word()) }
                }
            }
            nav aria-label="Pages" {
                (page_link("First", first.as_deref()))
                " " (page_link("Previous", previous.as_deref()))
                " " (page_link("Next", next.as_deref()))
                " " (page_link("Last", last.as_deref()))
            }
        }
    }
}

/// A link that leads nowhere is there all the same, so that nothing moves under the pointer.
fn page_link(label: &str, query: Option<&str>) -> Markup {
    let disabled = query.is_none().then_some("true");
    html! { a.button role="link" href=[query.map(place::list)] aria-disabled=[disabled] { (label) } }
}
