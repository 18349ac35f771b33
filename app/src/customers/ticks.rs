//! What ticks in the list's menus do: a filter's choice goes into the address, the columns into a cookie.

use futures::future::{AbortHandle, abortable};
use leptos::prelude::*;
use web_sys::HtmlInputElement;

use super::api::choose_columns;
use super::desk::{Desk, use_go};
use super::field::Field;
use super::place;
use super::query::Choice;

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

    /// Keeps what is ticked in a form, then `shows` it.
    fn choose(self, form: &web_sys::HtmlFormElement, show: Callback<()>) {
        let chosen = checked_columns(form);
        self.chosen.set_value(Some(chosen.clone()));
        let (choose, handle) = abortable(choose_columns(chosen));
        if let Some(Some(before)) = self.request.try_update_value(|request| request.replace(handle)) {
            before.abort();
        }
        leptos::task::spawn_local(async move {
            // Where this fails, asking again fails too and says why.
            if choose.await.is_ok() {
                show.run(());
            }
        });
    }
}

fn checked_columns(form: &web_sys::HtmlFormElement) -> Vec<Field> {
    let Ok(data) = web_sys::FormData::new_with_form(form) else {
        return Vec::new();
    };
    let values = data.get_all("column").into_iter().filter_map(|value| value.as_string());
    values.filter_map(|word| Field::parse(&word)).collect()
}

/// Does what inputs of the menus say that were ticked or unticked; `show` asks for the list with other columns.
pub fn use_ticks(columns: ChosenColumns, show: Callback<()>) -> impl Fn(&[HtmlInputElement]) + Clone {
    let desk = Desk::of_page();
    let go = use_go();
    move |ticked: &[HtmlInputElement]| {
        let choices = ticked
            .iter()
            .filter_map(|input| Some((Choice::parse(&input.name(), &input.value())?, input.checked())));
        // From the address as it is now: a second tick may come before the first is answered.
        let asked = desk.asked();
        let wanted = asked.filtered(|filter| choices.for_each(|(choice, on)| filter.choose(choice, on)));
        if wanted.filter != asked.filter {
            go(&place::list(&wanted.to_url()), false);
        }
        if let Some(form) = ticked
            .iter()
            .find(|input| input.name() == "column")
            .and_then(HtmlInputElement::form)
        {
            columns.choose(&form, show);
        }
    }
}
