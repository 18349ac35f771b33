//! What the address of a list says: search, facets, sort, page. The address is the state, and this is its one reader and writer.

use super::cursor::{Cursor, Position};
use crate::base::spec::{FacetValues, KeyType, SortSpec, SubjectSpec};
use crate::base::text::tidy_search;
use crate::base::word_enum::word_enum;

word_enum! {
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

/// All that the address of a list says.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// The subject whose list it is.
    pub spec: &'static SubjectSpec,
    /// Any part of what the subject's search looks in.
    pub search: String,
    /// The chosen values of each facet, in the order of the table; none filters nothing.
    pub facets: Vec<Vec<String>>,
    /// The place of the sort among the subject's sorts. Ties are broken by id, in the same direction.
    pub sort: usize,
    /// Whether the sort is read from its end.
    pub descending: bool,
    /// How many rows to a page.
    pub size: PageSize,
    /// Which page; none is the first.
    pub page: Option<Cursor>,
    /// The name of the ready-made view that it began with.
    pub view: Option<String>,
}

/// Two queries are the same where their address is.
impl PartialEq for ListQuery {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.spec, other.spec) && self.to_url() == other.to_url()
    }
}

/// The most bytes of a facet's value that the server knows.
const LONGEST_VALUE: usize = 320;

/// Before a field's name in an address: a value that the form in the dialog begins with.
pub const WITH: &str = "with.";

/// The parts of an address that make no sense and were passed over, as `key=value`.
pub type IgnoredParams = Vec<String>;

impl ListQuery {
    /// The plain list of a subject.
    pub fn new(spec: &'static SubjectSpec) -> Self {
        Self {
            spec,
            search: String::new(),
            facets: vec![Vec::new(); spec.facets.len()],
            sort: 0,
            descending: spec.latest_first,
            size: PageSize::Small,
            page: None,
            view: None,
        }
    }

    /// Reads the part of an address behind the `?` (with or without it). Never fails: what makes no sense is passed over and named.
    pub fn parse(spec: &'static SubjectSpec, search: &str) -> (Self, IgnoredParams) {
        let mut query = Self::new(spec);
        let mut ignored = IgnoredParams::new();
        let mut page = None;
        let pairs = form_urlencoded::parse(search.strip_prefix('?').unwrap_or(search).as_bytes());
        for (key, value) in pairs {
            let understood = match &*key {
                "q" => {
                    query.search = tidy_search(&value);
                    true
                }
                "sort" => query.parse_sort(&value),
                "size" => PageSize::parse(&value).map(|size| query.size = size).is_some(),
                "view" => query.parse_view(&value),
                "page" => Cursor::parse(&value).map(|cursor| page = Some(cursor)).is_some(),
                // Not the list's, but of the pages that stand over it, or came from it.
                "from" | "older" => true,
                key if key.starts_with(WITH) => true,
                key => match spec.facet(key) {
                    Some(facet) => query.set(facet, &value, true),
                    None => value.is_empty(),
                },
            };
            if !understood {
                ignored.push(format!("{key}={}", value.chars().take(40).collect::<String>()));
            }
        }
        // A position belongs to the very list in which it was taken.
        match page {
            Some(cursor) if cursor.belongs_to(&query.list_id(), query.sort_spec().key) => query.page = Some(cursor),
            Some(_) => ignored.push("page".into()),
            None => {}
        }
        (query, ignored)
    }

    /// `outstanding`, or `-outstanding` from its end.
    fn parse_sort(&mut self, text: &str) -> bool {
        let (descending, name) = match text.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, text),
        };
        let Some(sort) = self.spec.sort(name) else {
            return false;
        };
        (self.sort, self.descending) = (sort, descending);
        true
    }

    fn parse_view(&mut self, name: &str) -> bool {
        let is_name =
            (1..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        self.view = is_name.then(|| name.to_owned());
        is_name
    }

    /// The sort as the address spells it; none for the default.
    pub fn sort_param(&self) -> Option<String> {
        let sign = if self.descending { "-" } else { "" };
        let is_default = self.sort == 0 && self.descending == self.spec.latest_first;
        (!is_default).then(|| format!("{sign}{}", self.sort_spec().name))
    }

    /// Writes the address: empty for the plain list, otherwise `?` and what differs from it, in one fixed order.
    pub fn to_url(&self) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        if !self.search.is_empty() {
            pairs.append_pair("q", &self.search);
        }
        for (facet, chosen) in self.spec.facets.iter().zip(&self.facets) {
            pairs.extend_pairs(chosen.iter().map(|value| (facet.name, value)));
        }
        if let Some(sort) = self.sort_param() {
            pairs.append_pair("sort", &sort);
        }
        if self.size != PageSize::Small {
            pairs.append_pair("size", self.size.as_str());
        }
        if let Some(view) = &self.view {
            pairs.append_pair("view", view);
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

    /// The same list at a page.
    pub fn at(&self, position: Position) -> Self {
        Self {
            page: Some(Cursor::new(position, &self.list_id())),
            ..self.clone()
        }
    }

    /// The address of the first page, to which positions belong.
    fn list_id(&self) -> String {
        format!("{}{}", self.spec.path, self.clone().first_page().to_url())
    }

    /// The same list with another search or other facets, from its first page.
    pub fn with_filter(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut query = self.clone().first_page();
        change(&mut query);
        query
    }

    /// The same list in the order that a click on a header gives: upwards first (money downwards), then the other way.
    pub fn with_sort(&self, sort: usize) -> Self {
        Self {
            sort,
            descending: match self.sort == sort {
                true => !self.descending,
                false => self.spec.begins_with_highest(sort),
            },
            ..self.clone().first_page()
        }
    }

    /// What the list is sorted by.
    pub fn sort_spec(&self) -> &'static SortSpec {
        &self.spec.sorts[self.sort]
    }

    /// Whether the values rise from row to row, in the words of ARIA: `ascending` or `descending`.
    pub fn direction(&self) -> &'static str {
        if self.descending == self.sort_spec().high_first {
            "ascending"
        } else {
            "descending"
        }
    }

    /// The order in words, behind what the list is sorted by: `highest first`.
    pub fn order_words(&self) -> &'static str {
        let (sort, is_ascending) = (self.sort_spec(), self.direction() == "ascending");
        match (sort.key, is_ascending) {
            (KeyType::Text, true) => "A to Z",
            (KeyType::Text, false) => "Z to A",
            (KeyType::Date, true) => "earliest first",
            (KeyType::Date, false) => "latest first",
            (KeyType::Enum(..), true) if !sort.high_first => "in order",
            (KeyType::Enum(..), false) if !sort.high_first => "in reverse order",
            (_, true) => "lowest first",
            (_, false) => "highest first",
        }
    }

    /// The chosen values of a facet.
    pub fn chosen(&self, facet: usize) -> &[String] {
        &self.facets[facet]
    }

    /// Whether a facet leaves rows with a value.
    pub fn leaves(&self, facet: usize, value: &str) -> bool {
        self.facets[facet].is_empty() || self.has(facet, value)
    }

    /// Whether a value of a facet is chosen.
    pub fn has(&self, facet: usize, value: &str) -> bool {
        self.facets[facet].iter().any(|chosen| chosen == value)
    }

    /// Chooses a value of a facet, or no longer; false where the facet can have no such value.
    pub fn set(&mut self, facet: usize, value: &str, on: bool) -> bool {
        let values = self.spec.facets[facet].values;
        let chosen = &mut self.facets[facet];
        let is_known = match values {
            FacetValues::Fixed(words) => words.contains(&value),
            // Which there are is the server's to know: here it is what a column can hold.
            FacetValues::Loaded => {
                !value.is_empty() && value.len() <= LONGEST_VALUE && !value.contains(char::is_control)
            }
        };
        if is_known {
            chosen.retain(|other| other != value);
            if on {
                chosen.push(value.to_owned());
            }
            match values {
                FacetValues::Fixed(words) => chosen.sort_by_key(|value| words.iter().position(|word| word == value)),
                FacetValues::Loaded => chosen.sort_unstable(),
            }
        }
        is_known
    }

    /// Chooses nothing and searches for nothing, in no ready-made view.
    pub fn clear(&mut self) {
        self.search.clear();
        self.view = None;
        self.facets.iter_mut().for_each(Vec::clear);
    }

    /// Whether a value of any facet is chosen.
    pub fn has_facets(&self) -> bool {
        self.facets.iter().any(|chosen| !chosen.is_empty())
    }

    /// Whether anything narrows the list.
    pub fn is_filtered(&self) -> bool {
        !self.search.is_empty() || self.has_facets()
    }

    /// Whether another query leaves the same rows.
    pub fn has_filter_of(&self, other: &Self) -> bool {
        self.search == other.search && self.facets == other.facets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::keyset::{KeysetKey, SortValue};
    use crate::customers::spec::SPEC;
    use chrono::NaiveDate;
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};
    use uuid::Uuid;

    fn any_value(key: KeyType) -> BoxedStrategy<SortValue> {
        match key {
            KeyType::Text => "\\PC{0,20}".prop_map(SortValue::Text).boxed(),
            KeyType::Date => (0..40_000_i32)
                .prop_map(|days| SortValue::Date(NaiveDate::default() + chrono::Duration::days(days.into())))
                .boxed(),
            KeyType::Enum(_, words) => select(words).prop_map(|word| SortValue::Text(word.into())).boxed(),
            _ => any::<i16>().prop_map(|number| SortValue::Number(number.into())).boxed(),
        }
    }

    fn any_position_in(query: &ListQuery) -> impl Strategy<Value = Position> + use<> {
        let value = any_value(query.sort_spec().key);
        (value, any::<u128>(), any::<u64>(), 0..3).prop_map(|(value, id, at, kind)| {
            let key = KeysetKey {
                value,
                id: Uuid::from_u128(id),
            };
            match kind {
                0 => Position::After { key, at },
                1 => Position::Before { key, at },
                _ => Position::Last,
            }
        })
    }

    fn any_list() -> impl Strategy<Value = ListQuery> {
        let facets: Vec<_> = SPEC
            .facets
            .iter()
            .map(|facet| subsequence(facet.words(), 0..=facet.words().len()))
            .collect();
        (
            "[\\PC%_&=+#? ]{0,20}",
            facets,
            0..SPEC.sorts.len(),
            any::<bool>(),
            select(PageSize::ALL),
            proptest::option::of("[a-z-]{1,40}"),
        )
            .prop_map(|(search, facets, sort, descending, size, view)| {
                let mut query = ListQuery {
                    search: tidy_search(&search),
                    sort,
                    descending,
                    size,
                    view,
                    ..ListQuery::new(&SPEC)
                };
                for (facet, values) in facets.into_iter().enumerate() {
                    for value in values {
                        query.set(facet, value, true);
                    }
                }
                query
            })
    }

    fn any_query() -> impl Strategy<Value = ListQuery> {
        any_list().prop_flat_map(|list| {
            let position = proptest::option::of(any_position_in(&list));
            position.prop_map(move |position| position.map_or(list.clone(), |position| list.at(position)))
        })
    }

    proptest! {
        #[test]
        fn the_address_holds_the_whole_query(query in any_query()) {
            let (read, ignored) = ListQuery::parse(&SPEC, &query.to_url());
            prop_assert_eq!(ignored, IgnoredParams::new());
            prop_assert_eq!(&read.facets, &query.facets);
            prop_assert_eq!((read.sort, read.descending, read.size), (query.sort, query.descending, query.size));
            prop_assert_eq!(&read.page, &query.page);
            prop_assert_eq!(read, query);
        }

        #[test]
        fn any_query_string_parses(text in "\\PC{0,80}") {
            let (query, _) = ListQuery::parse(&SPEC, &text);
            prop_assert_eq!(ListQuery::parse(&SPEC, &query.to_url()), (query, vec![]));
        }
    }

    #[test]
    fn the_parameters_of_the_address_are_stable() {
        let url = "?q=rao&status=Active&status=Pending&churn=High&plan=Fiber&sort=-outstanding&size=50";
        let (query, ignored) = ListQuery::parse(&SPEC, url);
        assert_eq!(ignored, Vec::<String>::new());
        assert_eq!(query.search, "rao");
        assert_eq!(query.chosen(0), ["Pending", "Active"]);
        assert_eq!((query.sort_spec().name, query.descending), ("outstanding", true));
        assert_eq!(query.size, PageSize::Medium);
        assert_eq!(ListQuery::new(&SPEC).to_url(), "");
    }

    #[test]
    fn invalid_parameters_are_ignored_and_reported() {
        let (query, ignored) = ListQuery::parse(&SPEC, "?status=active&sort=shoe&size=7&page=zzz&x=1&plan=Fiber&y=");
        assert_eq!(query.chosen(2), ["Fiber"]);
        assert_eq!(query.sort, 0);
        assert_eq!(ignored, ["status=active", "sort=shoe", "size=7", "page=zzz", "x=1"]);
    }

    #[test]
    fn headers_sort_ascending_first_and_money_and_churn_risk_highest_first() {
        let nps = SPEC.sort("nps").expect("a sort");
        let (churn, list) = (SPEC.sort("churn").expect("a sort"), ListQuery::new(&SPEC));
        assert_eq!(list.with_sort(nps).direction(), "ascending");
        assert_eq!(list.with_sort(nps).with_sort(nps).direction(), "descending");
        assert_eq!(list.with_sort(churn).direction(), "descending");
        for spec in [&SPEC, &crate::leads::spec::SPEC, &crate::plans::spec::SPEC] {
            for (sort, column) in spec.sorts.iter().enumerate().map(|(at, sort)| (at, sort.column)) {
                if column.ends_with("_paise") {
                    let first = ListQuery::new(spec).with_sort(sort);
                    let directions = [first.direction(), first.with_sort(sort).direction()];
                    assert_eq!(directions, ["descending", "ascending"], "{column}");
                }
            }
        }
    }
}
