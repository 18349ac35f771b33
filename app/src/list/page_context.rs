//! What the pages and dialogs of a subject share: the address, the focus, and word of changes.

use leptos::{ev, prelude::*};
use uuid::Uuid;
use wasm_bindgen::JsCast;

use super::query::ListQuery;
use super::routes::{self, Page, Route};
use crate::base::spec::SubjectSpec;
use crate::ui::dom::{HEADING, focus, focus_in_place, focused};
use crate::ui::navigate::use_navigate_in_place;
use crate::ui::refresh::RefreshCounter;

/// What the pages and dialogs of a subject share.
#[derive(Clone, Copy)]
pub struct PageContext {
    /// The subject.
    pub spec: &'static SubjectSpec,
    /// The part of the address behind its path.
    pub search: Memo<String>,
    /// The list's part of the address, in its one spelling.
    pub query: Memo<String>,
    /// Where the dialog closes to.
    pub close_url: Memo<String>,
    /// Whether a record is behind the dialog.
    pub is_over_record: Memo<bool>,
    /// Whether the page is the board.
    pub is_board: Memo<bool>,
    /// Whether a dialog stands over the page.
    pub is_covered: Memo<bool>,
    /// Counts the changes made here: whoever shows records asks again when it moves.
    pub refresh: RefreshCounter,
    /// The element that takes the focus when the changed rows are there.
    focus: StoredValue<Option<String>>,
    /// Whether another page was shown before this one.
    has_moved: StoredValue<bool>,
    /// How far the list is scrolled, in pixels.
    scrolled: StoredValue<f64>,
    /// The list that was left for a record.
    left: LeftList,
}

/// The list that was last left for a record, for whoever comes back to it. A list whose records have pages of their own is not there
/// meanwhile.
#[derive(Clone, Copy)]
pub struct LeftList(StoredValue<Option<ScrollState>>);

impl LeftList {
    /// Provides it to all pages below. Called by the application's root.
    pub fn provide() {
        provide_context(Self(StoredValue::new(None)));
    }
}

/// A list as it was left.
struct ScrollState {
    /// Its subject's path.
    path: &'static str,
    /// Its part of the address.
    query: String,
    /// How far it was scrolled, in pixels.
    scrolled: f64,
    /// The record that was opened.
    record: Uuid,
}

impl PageContext {
    /// Provides the context of a subject's page that stands at `route`, with `page` behind its dialog and `search` in the address; it
    /// follows them.
    pub fn provide(spec: &'static SubjectSpec, route: Memo<Route>, page: Memo<Page>, search: Memo<String>) {
        let context = Self {
            spec,
            search,
            query: Memo::new(move |_| search.with(|search| routes::list_query(spec, search))),
            close_url: Memo::new(move |_| search.with(|search| route.get().close_url(spec, search))),
            is_over_record: Memo::new(move |_| matches!(page.get(), Page::Record(_))),
            is_board: Memo::new(move |_| page.get() == Page::Board),
            is_covered: Memo::new(move |_| route.get().dialog.is_some()),
            refresh: RefreshCounter::of_app(),
            focus: StoredValue::new(None),
            has_moved: StoredValue::new(false),
            scrolled: StoredValue::new(0.0),
            left: expect_context(),
        };
        Effect::watch(
            move || page.get(),
            move |now, before, _| {
                context.has_moved.set_value(true);
                if let (Some(Page::List), Page::Record(record)) = (before, now) {
                    context.leave_for(*record);
                }
            },
            false,
        );
        provide_context(context);
    }

    /// The context of the page.
    pub fn of_page() -> Self {
        expect_context()
    }

    /// The list is left for one of its records: who comes back finds it as it is now.
    pub fn leave_for(self, record: Uuid) {
        let left = self.query.try_get_untracked().map(|query| ScrollState {
            path: self.spec.path,
            query,
            scrolled: self.scrolled.try_get_value().unwrap_or_default(),
            record,
        });
        self.left.0.set_value(left);
    }

    /// The list or the board, whichever is shown, with a query.
    pub fn url(self, query: &str) -> String {
        match self.is_board.get_untracked() {
            true => routes::board_url(self.spec, query),
            false => routes::list_url(self.spec, query),
        }
    }

    /// The list or the board, whichever the record that is shown was opened from.
    pub fn back_url(self) -> String {
        self.search.with_untracked(|search| routes::back_url(self.spec, search))
    }

    /// A dialog over the record that is shown, which closes to it and keeps its way back.
    pub fn over_record(self, address: &str) -> String {
        self.keep_way_back(routes::from_record(address))
    }

    /// The address of the record that is shown.
    pub fn record_url(self, id: Uuid) -> String {
        self.query
            .with(|query| self.keep_way_back(routes::record_url(self.spec, id, query)))
    }

    fn keep_way_back(self, address: String) -> String {
        match self.search.with_untracked(|search| routes::is_from_board(search)) {
            true => routes::from_board(&address),
            false => address,
        }
    }

    /// What the address asks for now.
    pub fn current_query(self) -> ListQuery {
        self.query.with_untracked(|query| ListQuery::parse(self.spec, query).0)
    }

    /// Something was changed: what is shown is asked for again, and the element with this id takes the focus when it is there.
    pub fn notify_changed(self, focus: String) {
        // The dialog that says so may have been left meanwhile, and this context with it.
        self.focus.try_set_value(Some(focus));
        self.refresh.bump();
    }

    /// Each time `has_update` moves (it says whether the page has changed since it was loaded): gives the focus to the element that was
    /// to have it, since an edit may have moved its row, or to the heading where nothing has it.
    pub fn return_focus(self, has_update: impl Fn() -> bool + 'static) {
        Effect::new(move |_| {
            let changed = has_update() || self.has_moved.try_get_value().unwrap_or_default();
            request_animation_frame(move || {
                let wanted = self.focus.try_update_value(Option::take).flatten();
                let lost = changed && focused().is_none();
                if wanted.is_some() || lost {
                    focus(wanted.as_deref().unwrap_or(HEADING));
                }
            });
        });
    }

    /// On the list: when its rows are there (`is_ready` says so), and it is the one from which a record was opened, it is scrolled to
    /// where it stood, and that record's link has the focus.
    pub fn return_to_row(self, is_ready: impl Fn() -> bool + 'static) {
        Effect::new(move |_| {
            let note = move || {
                // What is scrolled after the list was left is the record.
                if self.is_over_record.try_get_untracked() == Some(false) {
                    self.scrolled.try_set_value(window().scroll_y().unwrap_or_default());
                }
            };
            // A page that was loaded again stands where the browser has put it.
            note();
            let listener = window_event_listener(ev::scroll, move |_| {
                note();
            });
            on_cleanup(move || listener.remove());
        });
        Effect::new(move |_| {
            let left = is_ready()
                .then(|| self.left.0.try_update_value(Option::take))
                .flatten()
                .flatten();
            let is_this = |left: &ScrollState| left.path == self.spec.path && left.query == self.query.get_untracked();
            let Some(left) = left.filter(is_this) else {
                return;
            };
            request_animation_frame(move || {
                window().scroll_to_with_x_and_y(0.0, left.scrolled);
                let row = format!(
                    "#list-content a.name[href^='{}']",
                    routes::record_url(self.spec, left.record, "")
                );
                if let Ok(Some(link)) = document().query_selector(&row)
                    && let Ok(link) = link.dyn_into()
                {
                    focus_in_place(&link);
                }
            });
        });
    }
}

/// Closes the dialog over the page: what is behind it is shown, and the browser's Back does not open the dialog again.
pub fn use_close() -> Callback<()> {
    let close_url = PageContext::of_page().close_url;
    let navigate = use_navigate_in_place();
    Callback::new(move |()| navigate(&close_url.get_untracked(), true))
}
