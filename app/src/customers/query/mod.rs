//! What the address of the list says: search, filters, sort, page. The address is the state, and this is its one reader and writer.

pub mod cursor;
mod filter;

pub use filter::{Choice, Filter};

use serde::{Deserialize, Serialize};

use crate::customers::model::sort::Sort;
use crate::text::tidy_search;
use crate::words::words;
use cursor::Cursor;

/// A sort and its direction. Ties are broken by id, in the same direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Order {
    /// What is sorted by.
    pub by: Sort,
    /// Largest first.
    pub descending: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            by: Sort::Name,
            descending: false,
        }
    }
}

impl Order {
    /// Whether the values rise from row to row, in the words of ARIA: `ascending` or `descending`. Churn risks are sorted from the highest down,
    /// since those are looked for.
    pub fn direction(self) -> &'static str {
        if self.descending == (self.by == Sort::Churn) {
            "ascending"
        } else {
            "descending"
        }
    }

    /// `outstanding`, `-outstanding`
    pub fn to_word(self) -> String {
        let sign = if self.descending { "-" } else { "" };
        format!("{sign}{}", self.by)
    }

    /// The inverse of `to_word`.
    pub fn parse(word: &str) -> Option<Self> {
        let (descending, name) = match word.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, word),
        };
        Sort::parse(name).map(|by| Self { by, descending })
    }
}

words! {
    /// How many rows a page has.
    pub enum PageSize {
        /// 25 rows.
        Small = "25",
        /// 50 rows.
        Medium = "50",
        /// 100 rows.
        Large = "100",
    }
}

impl PageSize {
    /// The number of rows.
    pub const fn rows(self) -> usize {
        match self {
            Self::Small => 25,
            Self::Medium => 50,
            Self::Large => 100,
        }
    }
}

/// All that the address of the list says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CustomerQuery {
    /// Which customers.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// How many to a page.
    pub size: PageSize,
    /// Which page; none is the first.
    pub page: Option<Cursor>,
}

impl Default for CustomerQuery {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            order: Order::default(),
            size: PageSize::Small,
            page: None,
        }
    }
}

/// The parts of an address that make no sense and were passed over, as `key=value`.
pub type Ignored = Vec<String>;

impl CustomerQuery {
    /// Reads the part of an address behind the `?` (with or without it). Never fails: what makes no sense is passed over and named.
    pub fn from_url(search: &str) -> (Self, Ignored) {
        let mut query = Self::default();
        let mut ignored = Ignored::new();
        let mut page = None;
        let pairs = form_urlencoded::parse(search.strip_prefix('?').unwrap_or(search).as_bytes());
        for (key, value) in pairs {
            let understood = match &*key {
                "q" => {
                    query.filter.search = tidy_search(&value);
                    true
                }
                "status" | "churn" | "plan" => Choice::parse(&key, &value)
                    .map(|choice| query.filter.choose(choice, true))
                    .is_some(),
                "sort" => assign(&mut query.order, Order::parse(&value)),
                "size" => assign(&mut query.size, PageSize::parse(&value)),
                "page" => assign(&mut page, Cursor::parse(&value).map(Some)),
                // Not ours, but of the pages that stand over the list, or came from it.
                "from" | "older" => true,
                _ => value.is_empty(),
            };
            if !understood {
                ignored.push(format!("{key}={}", value.chars().take(40).collect::<String>()));
            }
        }
        // A position belongs to the very list in which it was taken.
        match page {
            Some(cursor) if cursor.belongs_to(&query) => query.page = Some(cursor),
            Some(_) => ignored.push("page".into()),
            None => {}
        }
        (query, ignored)
    }

    /// Writes the address: empty for the plain list, otherwise `?` and what differs from it, in one fixed order.
    pub fn to_url(&self) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        let Filter {
            search,
            statuses,
            churn_risks,
            plan_types,
        } = &self.filter;
        if !search.is_empty() {
            pairs.append_pair("q", search);
        }
        pairs.extend_pairs(statuses.iter().map(|status| ("status", status.word())));
        pairs.extend_pairs(churn_risks.iter().map(|risk| ("churn", risk.word())));
        pairs.extend_pairs(plan_types.iter().map(|plan| ("plan", plan.word())));
        if self.order != Order::default() {
            pairs.append_pair("sort", &self.order.to_word());
        }
        if self.size != PageSize::Small {
            pairs.append_pair("size", self.size.word());
        }
        if let Some(page) = &self.page {
            pairs.append_pair("page", &page.to_string());
        }
        let text = pairs.finish();
        if text.is_empty() { text } else { format!("?{text}") }
    }

    /// The same list from its first page.
    pub fn first_page(mut self) -> Self {
        self.page = None;
        self
    }

    /// The same list with another filter, from its first page.
    pub fn filtered(&self, change: impl FnOnce(&mut Filter)) -> Self {
        let mut query = self.clone().first_page();
        change(&mut query.filter);
        query
    }

    /// The same list in the order that a click on a header gives: upwards first, then downwards.
    pub fn sorted(&self, by: Sort) -> Self {
        let descending = self.order.by == by && !self.order.descending;
        Self {
            order: Order { by, descending },
            ..self.clone().first_page()
        }
    }

    /// Whether anything narrows the list.
    pub fn is_filtered(&self) -> bool {
        self.filter != Filter::default()
    }
}

fn assign<T>(place: &mut T, value: Option<T>) -> bool {
    value.map(|value| *place = value).is_some()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::customers::model::{ChurnRisk, PlanType, Status};
    use crate::customers::query::cursor::tests::any_cursor_for;
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};
    use std::collections::BTreeSet;

    prop_compose! {
        pub(crate) fn any_filter()(
            search in "[\\PC%_&=+#? ]{0,20}",
            statuses in subsequence(Status::ALL, 0..=Status::ALL.len()),
            churn_risks in subsequence(ChurnRisk::ALL, 0..=ChurnRisk::ALL.len()),
            plan_types in subsequence(PlanType::ALL, 0..=PlanType::ALL.len()),
        ) -> Filter {
            Filter {
                search: tidy_search(&search),
                statuses: statuses.into_iter().collect(),
                churn_risks: churn_risks.into_iter().collect(),
                plan_types: plan_types.into_iter().collect(),
            }
        }
    }

    prop_compose! {
        fn any_list()(
            filter in any_filter(), by in select(Sort::ALL), descending: bool, size in select(PageSize::ALL),
        ) -> CustomerQuery {
            CustomerQuery { filter, order: Order { by, descending }, size, page: None }
        }
    }

    fn any_query() -> impl Strategy<Value = CustomerQuery> {
        any_list().prop_flat_map(|list| {
            let cursor = proptest::option::of(any_cursor_for(list.clone()));
            cursor.prop_map(move |page| CustomerQuery { page, ..list.clone() })
        })
    }

    proptest! {
        #[test]
        fn the_address_says_all_of_the_query(query in any_query()) {
            prop_assert_eq!(CustomerQuery::from_url(&query.to_url()), (query, vec![]));
        }

        #[test]
        fn any_address_is_read(text in "\\PC{0,80}") {
            let (query, _) = CustomerQuery::from_url(&text);
            prop_assert_eq!(CustomerQuery::from_url(&query.to_url()), (query, vec![]));
        }
    }

    #[test]
    fn the_words_of_the_address_are_these() {
        let url = "?q=rao&status=Active&status=Pending&churn=High&plan=Fiber&sort=-outstanding&size=50";
        let (query, ignored) = CustomerQuery::from_url(url);
        assert_eq!(ignored, Vec::<String>::new());
        assert_eq!(query.filter.search, "rao");
        assert_eq!(query.filter.statuses, BTreeSet::from([Status::Active, Status::Pending]));
        assert_eq!(
            query.order,
            Order {
                by: Sort::Outstanding,
                descending: true
            }
        );
        assert_eq!(query.size, PageSize::Medium);
        assert_eq!(CustomerQuery::default().to_url(), "");
    }

    #[test]
    fn nonsense_is_passed_over_and_named() {
        let (query, ignored) = CustomerQuery::from_url("?status=active&sort=shoe&size=7&page=zzz&x=1&plan=Fiber&y=");
        assert_eq!(query.filter.plan_types, BTreeSet::from([PlanType::Fiber]));
        assert_eq!(query.order, Order::default());
        assert_eq!(ignored, ["status=active", "sort=shoe", "size=7", "page=zzz", "x=1"]);
    }
}
