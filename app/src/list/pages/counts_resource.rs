//! The numbers of a list whose rows come without them. The server renders both together; in the browser the rows do not wait for them.

use leptos::prelude::*;

use crate::base::spec::SubjectSpec;
use crate::list::page_context::PageContext;
use crate::list::query::ListQuery;
use crate::list::responses::{Counts, ListCounts, ListPage};
use crate::ui::latest_resource::{Answer, LatestResource};

/// A server function that gives the numbers of the list that an address asks for: its part behind the path.
pub type FetchCounts = fn(String) -> Answer<ListCounts>;

/// The numbers of the list in the address.
#[derive(Clone, Copy)]
pub struct CountsResource {
    answer: LatestResource<ListCounts>,
    /// The latest numbers, in the browser alone: read there, no `Transition` waits for them.
    shown: RwSignal<Option<ListCounts>>,
}

impl CountsResource {
    /// Asks for the numbers now, and again whenever search or facets change.
    pub fn new(spec: &'static SubjectSpec, fetch: FetchCounts) -> Self {
        let PageContext { search, refresh, .. } = PageContext::of_page();
        // Sort, size and page do not change them.
        let filter = Memo::new(move |_| {
            let query = search.with(|search| ListQuery::parse(spec, search).0);
            let plain = ListQuery {
                search: query.search,
                facets: query.facets,
                ..ListQuery::new(spec)
            };
            plain.to_url()
        });
        let answer = LatestResource::new(
            move || (filter.get(), refresh.count()),
            move |(filter, _)| fetch(filter),
        );
        let shown = RwSignal::new(None);
        Effect::new(move |_| {
            answer.with(|answer| {
                if let Some(Ok(counts)) = answer {
                    shown.try_set(Some(counts.clone()));
                }
            });
        });
        Self { answer, shown }
    }

    /// Asks for the numbers again.
    pub fn refetch(self) {
        self.answer.refetch();
    }

    /// Whether the list can be drawn. Read it under a `Suspense`.
    pub fn is_ready(resource: Option<Self>) -> bool {
        is_browser() || resource.is_none_or(|resource| resource.answer.is_ready())
    }

    /// Runs a function on what is known of a list's numbers.
    pub fn with<R>(
        resource: Option<Self>,
        spec: &'static SubjectSpec,
        list: &ListPage,
        read: impl Fn(Counts<'_>) -> R,
    ) -> R {
        match resource {
            Some(resource) => resource.with_query(&list.query(spec), read),
            None => read(Counts::of_page(list)),
        }
    }

    /// Runs a function on what is known of the numbers of what a query asks for.
    pub fn with_query<R>(self, query: &ListQuery, read: impl Fn(Counts<'_>) -> R) -> R {
        let Self { answer, shown } = self;
        if is_browser() {
            let drawn = shown.try_with(|counts| read(Counts::apart(counts.as_ref(), query)));
            return drawn.unwrap_or_else(|| read(Counts::apart(None, query)));
        }
        answer.with(|answer| {
            let counts = answer.and_then(|answer| answer.as_ref().ok());
            read(Counts::apart(counts, query))
        })
    }
}
