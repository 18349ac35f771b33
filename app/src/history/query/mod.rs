//! The address of the history's page: whose changes, of what, when, and which page. The address is the state; only this file reads and writes it.

pub mod cursor;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::audit::EntityKind;
use crate::base::text::tidy_search;
use crate::base::time::parse_date;
use cursor::Cursor;

/// The page's path.
pub const PATH: &str = "/history";

/// The word in the address for changes without a user.
pub const NO_USER: &str = "lastmile";

/// Whose changes are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ActorFilter {
    /// A user's.
    User(Uuid),
    /// Those without a user: the program's own, and its operator's.
    NoUser,
}

impl ActorFilter {
    /// Its word in the address.
    pub fn to_word(self) -> String {
        match self {
            Self::User(id) => id.to_string(),
            Self::NoUser => NO_USER.into(),
        }
    }

    /// The inverse of `to_word`.
    pub fn parse(word: &str) -> Option<Self> {
        if word == NO_USER {
            return Some(Self::NoUser);
        }
        Uuid::try_parse(word).ok().map(Self::User)
    }
}

/// The whole address as values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HistoryQuery {
    /// Whose changes; none for all.
    pub actor: Option<ActorFilter>,
    /// Of which kind of thing; none for all.
    pub kind: Option<EntityKind>,
    /// A part of a field's label, or of the name of what was changed; empty for all.
    pub text: String,
    /// The first day in India.
    pub from: Option<NaiveDate>,
    /// The last day in India.
    pub to: Option<NaiveDate>,
    /// Which page; none is the newest.
    pub page: Option<Cursor>,
}

/// The parameters of an address that make no sense and are ignored, as `key=value`.
pub type IgnoredParams = Vec<String>;

impl HistoryQuery {
    /// Reads the part of an address after the `?` (with or without it). It never fails: what makes no sense is ignored and named.
    pub fn from_url(search: &str) -> (Self, IgnoredParams) {
        let mut query = Self::default();
        let mut ignored = IgnoredParams::new();
        for (key, value) in form_urlencoded::parse(search.strip_prefix('?').unwrap_or(search).as_bytes()) {
            let understood = match &*key {
                // A form sends empty inputs, too.
                _ if value.is_empty() => true,
                "who" => assign(&mut query.actor, ActorFilter::parse(&value)),
                "kind" => assign(&mut query.kind, EntityKind::parse(&value)),
                "q" => {
                    query.text = tidy_search(&value);
                    true
                }
                "from" => assign(&mut query.from, parse_date(&value)),
                "to" => assign(&mut query.to, parse_date(&value)),
                "page" => assign(&mut query.page, Cursor::parse(&value)),
                _ => false,
            };
            if !understood {
                ignored.push(ignored_param(&key, &value));
            }
        }
        (query, ignored)
    }

    /// Writes the part of the address after the path: empty for the whole history, otherwise `?` and what differs from it, in one fixed order.
    pub fn to_url(&self) -> String {
        let day = |day: NaiveDate| day.format("%Y-%m-%d").to_string();
        let parts = [
            ("who", self.actor.map(ActorFilter::to_word)),
            ("kind", self.kind.map(|kind| kind.as_str().to_owned())),
            ("q", Some(self.text.clone()).filter(|text| !text.is_empty())),
            ("from", self.from.map(day)),
            ("to", self.to.map(day)),
            ("page", self.page.map(|page| page.to_string())),
        ];
        let given = parts.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let text = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(given)
            .finish();
        if text.is_empty() { text } else { format!("?{text}") }
    }

    /// The whole address.
    pub fn address(&self) -> String {
        format!("{PATH}{}", self.to_url())
    }

    /// The same history at another page.
    pub fn with_page(&self, page: Option<Cursor>) -> Self {
        Self { page, ..self.clone() }
    }

    /// Whether anything narrows it.
    pub fn is_filtered(&self) -> bool {
        self.with_page(None) != Self::default()
    }
}

/// A parameter of the address that is ignored, as the page names it.
pub fn ignored_param(key: &str, value: &str) -> String {
    format!("{key}={}", value.chars().take(40).collect::<String>())
}

fn assign<T>(field: &mut Option<T>, value: Option<T>) -> bool {
    let understood = value.is_some();
    if understood {
        *field = value;
    }
    understood
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::query::cursor::tests::any_cursor;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn any_day() -> impl Strategy<Value = NaiveDate> {
        (0..40_000_u64).prop_map(|days| NaiveDate::from_ymd_opt(1990, 1, 1).expect("a date") + chrono::Days::new(days))
    }

    prop_compose! {
        fn any_query()(
            actor in option::of(prop_oneof![
                Just(ActorFilter::NoUser),
                any::<u128>().prop_map(|id| ActorFilter::User(Uuid::from_u128(id))),
            ]),
            kind in option::of(select(EntityKind::ALL)),
            text in "[\\PC%_&=+#? ]{0,20}",
            from in option::of(any_day()),
            to in option::of(any_day()),
            page in option::of(any_cursor()),
        ) -> HistoryQuery {
            HistoryQuery { actor, kind, text: tidy_search(&text), from, to, page }
        }
    }

    proptest! {
        #[test]
        fn the_address_holds_the_whole_query(query in any_query()) {
            prop_assert_eq!(HistoryQuery::from_url(&query.to_url()), (query, vec![]));
        }

        #[test]
        fn any_query_string_parses(text in "\\PC{0,80}") {
            let (query, _) = HistoryQuery::from_url(&text);
            prop_assert_eq!(HistoryQuery::from_url(&query.to_url()), (query, vec![]));
        }
    }

    #[test]
    fn invalid_parameters_are_ignored_and_reported() {
        let url = "?who=me&kind=Customer&from=2026-02-30&to=9999-01-01&page=zzz&x=1&q=rao&y=";
        let (query, ignored) = HistoryQuery::from_url(url);
        assert_eq!(query.to_url(), "?q=rao");
        assert_eq!(
            ignored,
            [
                "who=me",
                "kind=Customer",
                "from=2026-02-30",
                "to=9999-01-01",
                "page=zzz",
                "x=1"
            ]
        );
    }

    #[test]
    fn an_empty_filter_form_means_no_filter() {
        let (query, ignored) = HistoryQuery::from_url("?who=&kind=&q=&from=&to=");
        assert_eq!((query, ignored), (HistoryQuery::default(), vec![]));
    }
}
