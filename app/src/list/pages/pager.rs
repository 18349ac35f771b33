//! Below the table: which rows these are, how many to a page, and the links to the other pages.

use maud::{Markup, html};
use std::fmt;

use crate::base::spec::SubjectSpec;
use crate::base::units::Grouped;
use crate::list::query::{ListQuery, PageSize};
use crate::list::responses::{COUNT_LIMIT, ListPage};
use crate::list::routes::list_url;

/// How many rows are in view, as far as it is known.
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
    pub fn of(list: &ListPage, query: &ListQuery) -> Self {
        match &list.totals {
            Some(totals) => Self::Exactly(totals.total),
            None if list.next.is_none() => Self::Exactly(list.before + list.rows.len() as u64),
            None if query.has_facets() => Self::Unknown,
            None => Self::MoreThan(COUNT_LIMIT),
        }
    }

    /// What there are so many of.
    pub const fn noun(self, spec: &SubjectSpec) -> &'static str {
        match self {
            Self::Exactly(1) => spec.singular,
            _ => spec.plural,
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
pub fn pager(list: &ListPage, query: &ListQuery, total: Total) -> Markup {
    let first = list.previous.is_some().then(|| query.clone().first_page().to_url());
    let (from, to) = (Grouped(list.before + 1), Grouped(list.before + list.rows.len() as u64));
    let link = |label, page: Option<&String>| page_link(label, page.map(|page| list_url(query.spec, page)));
    html! {
        .table-footer {
            span.range { (maud::display(from)) "-" (maud::display(to)) " of " (maud::display(total)) }
            span.sizes role="group" aria-label="Rows on a page" {
                "Rows "
                @for size in PageSize::ALL {
                    @let other = ListQuery { size: *size, ..query.clone() }.first_page();
                    a href=(list_url(query.spec, &other.to_url())) data-noscroll aria-current=[(query.size == *size).then_some("true")] { (size.as_str()) }
                }
            }
            nav aria-label="Pages" {
                (link("First", first.as_ref()))
                " " (link("Previous", list.previous.as_ref()))
                " " (link("Next", list.next.as_ref()))
                " " (link("Last", list.last.as_ref()))
            }
        }
    }
}

/// A link that leads nowhere is there all the same, so that nothing moves under the pointer.
fn page_link(label: &str, href: Option<String>) -> Markup {
    let disabled = href.is_none().then_some("true");
    html! { a.button role="link" href=[href] aria-disabled=[disabled] { (label) } }
}
