//! What the pages and dialogs of the subject share: the address, the focus, and word of changes.

use leptos::{ev, prelude::*};
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use uuid::Uuid;
use wasm_bindgen::JsCast;

use crate::customers::place::{self, Behind, Place, list_part};
use crate::customers::query::CustomerQuery;
use crate::ui::changes::Changes;
use crate::ui::dom::{HEADING, focus, focus_in_place, focused};

/// What the pages and dialogs of the subject share.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The list's part of the address, in its one spelling.
    pub query: Memo<String>,
    /// Where the dialog closes to.
    pub closed: Memo<String>,
    /// Whether a customer's page is behind.
    pub over_record: Memo<bool>,
    /// Whether a dialog is over it.
    pub covered: Memo<bool>,
    /// Counts the changes made here: whoever shows customers asks again when it moves.
    pub changes: Changes,
    /// The element that takes the focus when the changed rows are there.
    focus: StoredValue<Option<String>>,
    /// Whether another page was behind before this one.
    moved: StoredValue<bool>,
    /// How far the list is scrolled: pixels.
    scrolled: StoredValue<f64>,
    /// The list that was left for a customer's page.
    left: StoredValue<Option<Left>>,
}

/// A list as it was left.
struct Left {
    /// Its part of the address.
    query: String,
    /// How far it was scrolled: pixels.
    scrolled: f64,
    /// The customer whose page was opened.
    customer: Uuid,
}

impl Desk {
    /// Makes the desk of a page that stands at `place`, with the page `behind` of it; follows the address.
    pub fn provide(place: Memo<Place>, behind: Memo<Behind>) {
        let search = use_location().search;
        let desk = Self {
            query: Memo::new(move |_| search.with(|search| list_part(search))),
            closed: Memo::new(move |_| search.with(|search| place.get().closed(search))),
            over_record: Memo::new(move |_| matches!(behind.get(), Behind::Record(_))),
            covered: Memo::new(move |_| place.get().over.is_some()),
            changes: Changes::of_app(),
            focus: StoredValue::new(None),
            moved: StoredValue::new(false),
            scrolled: StoredValue::new(0.0),
            left: StoredValue::new(None),
        };
        Effect::watch(
            move || behind.get(),
            move |now, before, _| {
                desk.moved.set_value(true);
                if let (Some(Behind::List), Behind::Record(customer)) = (before, now) {
                    desk.left.set_value(Some(Left {
                        query: desk.query.get_untracked(),
                        scrolled: desk.scrolled.get_value(),
                        customer: *customer,
                    }));
                }
            },
            false,
        );
        provide_context(desk);
    }

    /// The desk of the page.
    pub fn of_page() -> Self {
        expect_context()
    }

    /// What the address asks for now.
    pub fn asked(self) -> CustomerQuery {
        self.query.with_untracked(|query| CustomerQuery::from_url(query).0)
    }

    /// Something was changed: what is shown is asked for again, and the element with this id takes the focus when it is there.
    pub fn changed(self, focus: String) {
        // The dialog that says so may have been left meanwhile, and the desk with it.
        self.focus.try_set_value(Some(focus));
        self.changes.note();
    }

    /// Each time `answered_later` moves (which says whether the page has changed since it was loaded): gives the focus to whom it
    /// was promised, since an edit may have moved its row, or to the heading where it fell to nobody.
    pub fn return_focus(self, answered_later: impl Fn() -> bool + 'static) {
        Effect::new(move |_| {
            let changed = answered_later() || self.moved.try_get_value().unwrap_or_default();
            request_animation_frame(move || {
                let promised = self.focus.try_update_value(Option::take).flatten();
                let lost = changed && focused().is_none();
                if promised.is_some() || lost {
                    focus(promised.as_deref().unwrap_or(HEADING));
                }
            });
        });
    }

    /// On the list: when its rows have come (which `came` says), and it is the one from which a customer's page was opened, it stands
    /// where it stood, and that customer has the focus.
    pub fn return_to_row(self, came: impl Fn() -> bool + 'static) {
        Effect::new(move |_| {
            let note = move || self.scrolled.try_set_value(window().scroll_y().unwrap_or_default());
            // A page that was loaded again stands where the browser has put it.
            note();
            let listener = window_event_listener(ev::scroll, move |_| {
                note();
            });
            on_cleanup(move || listener.remove());
        });
        Effect::new(move |_| {
            let left = came()
                .then(|| self.left.try_update_value(Option::take))
                .flatten()
                .flatten();
            let Some(left) = left.filter(|left| left.query == self.query.get_untracked()) else {
                return;
            };
            request_animation_frame(move || {
                window().scroll_to_with_x_and_y(0.0, left.scrolled);
                let row = format!("#listed a.name[href^='{}']", place::record(left.customer, ""));
                if let Ok(Some(link)) = document().query_selector(&row)
                    && let Ok(link) = link.dyn_into()
                {
                    focus_in_place(&link);
                }
            });
        });
    }
}

/// Goes to an address of this page and leaves the scrolling where it is.
pub fn use_go() -> impl Fn(&str, bool) + Clone {
    let navigate = use_navigate();
    move |address: &str, replace: bool| {
        let options = NavigateOptions {
            scroll: false,
            replace,
            ..NavigateOptions::default()
        };
        navigate(address, options);
    }
}
