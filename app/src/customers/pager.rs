//! Below the table: which rows these are, how many to a page, and the links to the other pages.

use leptos::prelude::*;
use std::fmt;

use super::place;
use super::query::{CustomerQuery, PageSize};
use super::view::{COUNTED, Numbers};
use crate::units::group_digits;

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
    /// The total of a list; `met` is how many were met on the way to its end, on the last page.
    pub fn of(numbers: Option<&Numbers>, met: Option<u64>, query: &CustomerQuery) -> Self {
        match (numbers, met) {
            (Some(numbers), _) => Self::Exactly(numbers.total),
            (None, Some(met)) => Self::Exactly(met),
            (None, None) if query.filter.has_choices() => Self::Unknown,
            (None, None) => Self::MoreThan(COUNTED),
        }
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(total) => f.write_str(&group_digits(*total)),
            Self::MoreThan(total) => write!(f, "{}+", group_digits(*total)),
            Self::Unknown => f.write_str("many"),
        }
    }
}

/// The pager. `previous`, `next` and `last` are the list's parts of the addresses, none where there is no such page.
#[component]
pub fn Pager(
    query: CustomerQuery,
    before: u64,
    count: u64,
    total: Total,
    previous: Option<String>,
    next: Option<String>,
    last: Option<String>,
) -> impl IntoView {
    let first = previous.is_some().then(|| query.clone().first_page().to_url());
    let range = format!(
        "{}-{} of {total}",
        group_digits(before + 1),
        group_digits(before + count)
    );
    let sizes = PageSize::ALL.iter().map(|size| {
        let other = CustomerQuery {
            size: *size,
            ..query.clone()
        }
        .first_page();
        let current = (query.size == *size).then_some("true");
        view! { <a href=place::list(&other.to_url()) data-noscroll aria-current=current>{size.word()}</a> }
    });
    view! {
        <div class="foot">
            <span class="range">{range}</span>
            <span class="sizes" role="group" aria-label="Rows on a page">"Rows " {sizes.collect_view()}</span>
            <nav aria-label="Pages">
                {page_link("First", first)} {page_link("Previous", previous)} {page_link("Next", next)} {page_link("Last", last)}
            </nav>
        </div>
    }
}

/// A link that leads nowhere is there all the same, so that nothing moves under the pointer.
fn page_link(label: &'static str, query: Option<String>) -> impl IntoView {
    let disabled = query.is_none().then_some("true");
    let href = query.map(|query| place::list(&query));
    view! { <a class="button" role="link" href=href aria-disabled=disabled>{label}</a> }
}
