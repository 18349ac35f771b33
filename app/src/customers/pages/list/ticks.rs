//! What ticks in the list's menus do: a filter's choice goes into the address, the columns into a cookie.

use futures::future::{AbortHandle, abortable};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlFormElement, HtmlInputElement};

use crate::customers::api::choose_columns;
use crate::customers::model::field::Field;
use crate::customers::pages::desk::{Desk, use_go};
use crate::customers::place;
use crate::customers::query::CustomerQuery;
use crate::ui::dom::{all, sent, target};
use crate::ui::notice::{Notice, Notices};

/// The name of the inputs that choose columns.
pub const COLUMN: &str = "column";

/// The columns that were ticked last: the menu is drawn with every answer, and an older answer knows less.
#[derive(Clone, Copy, Default)]
pub struct ChosenColumns {
    chosen: StoredValue<Option<Vec<Field>>>,
    request: StoredValue<Option<AbortHandle>>,
}

impl ChosenColumns {
    /// What is ticked, where `shown` came with the answer.
    pub fn or(self, shown: &[Field]) -> Vec<Field> {
        self.chosen.get_value().unwrap_or_else(|| shown.to_vec())
    }

    /// Keeps what is ticked in a form, then asks for the list `again`.
    fn choose(self, form: &HtmlFormElement, notices: Notices, again: Callback<()>) {
        let pairs = sent(form);
        let ticked = form_urlencoded::parse(pairs.as_bytes()).filter(|(name, _)| name == COLUMN);
        let chosen: Vec<Field> = ticked.filter_map(|(_, word)| Field::parse(&word)).collect();
        self.chosen.set_value(Some(chosen.clone()));
        let (choose, handle) = abortable(choose_columns(chosen));
        if let Some(Some(before)) = self.request.try_update_value(|request| request.replace(handle)) {
            before.abort();
        }
        leptos::task::spawn_local(async move {
            let Ok(kept) = choose.await else {
                return;
            };
            if let Err(error) = kept {
                // The list says which columns it has; the menu follows it.
                self.chosen.try_set_value(None);
                notices.show(Notice {
                    text: format!("The columns were not changed. {error}"),
                    failed: true,
                    undo: None,
                });
            }
            // The page may have been left meanwhile.
            again.try_run(());
        });
    }
}

/// Does what is ticked, and what was ticked and typed before the program was there; `again` asks for the list once more. Gives what
/// listens to changes around the menus.
///
/// To be called after the list's answers follow the address: what was done before changes it.
pub fn use_ticks(columns: ChosenColumns, again: Callback<()>) -> impl Fn(web_sys::Event) + 'static {
    let desk = Desk::of_page();
    let notices = Notices::of_app();
    let filter = use_filter_form();
    let filter_early = filter.clone();
    Effect::new(move |_| {
        let mut inputs = all::<HtmlInputElement>(document().query_selector_all("#filters input, #list input"));
        inputs.retain(|input| input.checked() != input.default_checked() || input.value() != input.default_value());
        if desk.covered.get_untracked() {
            // What is typed in the dialog would be gone with it.
            for input in &inputs {
                input.set_checked(input.default_checked());
            }
            return;
        }
        let (chosen, others): (Vec<_>, Vec<_>) = inputs.iter().partition(|input| input.name() == COLUMN);
        if let Some(form) = chosen.first().and_then(|input| input.form()) {
            columns.choose(&form, notices, again);
        }
        if !others.is_empty() {
            filter_early();
        }
    });
    move |event| {
        let Some(input) = target::<HtmlInputElement>(&event) else {
            return;
        };
        match input.form() {
            Some(form) if input.name() == COLUMN => columns.choose(&form, notices, again),
            // The address says so already: the answer has not come.
            _ if !filter() => again.run(()),
            _ => {}
        }
    }
}

/// Puts the search and the ticks of the filters' form into the address, as sending it would; false where they are what it says.
fn use_filter_form() -> impl Fn() -> bool + Clone + 'static {
    let desk = Desk::of_page();
    let go = use_go();
    move || {
        let form = document().get_element_by_id("filters");
        let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) else {
            return false;
        };
        let wanted = CustomerQuery::from_url(&sent(&form)).0.filter;
        let asked = desk.asked();
        let differs = wanted != asked.filter;
        if differs {
            go(&place::list(&asked.filtered(|filter| *filter = wanted).to_url()), false);
        }
        differs
    }
}
