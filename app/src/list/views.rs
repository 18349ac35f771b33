//! Ready-made views of a list: a name for a filter and an order. The address says which one it began with.

use super::query::ListQuery;
use crate::base::spec::SubjectSpec;

/// A ready-made view.
#[derive(Debug)]
pub struct View {
    /// Its name in addresses.
    pub name: &'static str,
    /// What it is called on screen.
    pub label: &'static str,
    /// What it shows: the part of an address behind the `?`.
    pub query: &'static str,
}

impl View {
    /// What it shows, as the address spells it.
    fn list_query(&self, spec: &'static SubjectSpec) -> ListQuery {
        ListQuery {
            view: Some(self.name.to_owned()),
            ..ListQuery::parse(spec, self.query).0
        }
    }

    /// Its address.
    pub fn url(&self, spec: &'static SubjectSpec) -> String {
        format!("{}{}", spec.path, self.list_query(spec).to_url())
    }

    /// The view that a query began with.
    pub fn of(views: &'static [Self], query: &ListQuery) -> Option<&'static Self> {
        let name = query.view.as_deref()?;
        views.iter().find(|view| view.name == name)
    }

    /// Whether a query that began with it shows something else by now: another filter or order.
    pub fn is_changed(&self, query: &ListQuery) -> bool {
        let own = self.list_query(query.spec);
        !own.has_filter_of(query) || own.sort_param() != query.sort_param()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::PAGES;

    #[test]
    fn a_view_is_found_again_by_its_address_and_says_when_it_was_changed() {
        assert!(!PAGES.views.is_empty());
        for view in PAGES.views {
            let url = view.url(PAGES.spec);
            let (query, ignored) = ListQuery::parse(PAGES.spec, url.split_once('?').expect("a query").1);
            assert!(ignored.is_empty(), "{ignored:?}");
            assert_eq!(View::of(PAGES.views, &query).map(|found| found.name), Some(view.name));
            assert!(!view.is_changed(&query), "{url}");
            let searched = query.with_filter(|query| query.search = "rao".into());
            let sorted = query.with_sort(query.sort);
            for changed in [searched, sorted] {
                assert_eq!(View::of(PAGES.views, &changed).map(|found| found.name), Some(view.name));
                assert!(view.is_changed(&changed), "{}", changed.to_url());
            }
            assert!(View::of(PAGES.views, &query.with_filter(ListQuery::clear)).is_none());
        }
    }
}
