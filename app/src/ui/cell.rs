//! A value as it is rendered: in the list, on the record.

use chrono::NaiveDate;
use leptos::prelude::*;
use maud::{Render, html};

use crate::base::cell::Cell;
use crate::base::spec::FieldSpec;
use crate::base::time::{format_date, relative_days};
use crate::base::units::Paise;

/// A value on its own.
pub fn cell(value: &Cell, today: NaiveDate) -> AnyView {
    let html = CellHtml { value, today }.render();
    view! { <span inner_html=html.into_string()></span> }.into_any()
}

/// A value, to be rendered as HTML text.
pub struct CellHtml<'a> {
    /// The value.
    pub value: &'a Cell,
    /// The date in India, from which distances are counted.
    pub today: NaiveDate,
}

impl Render for CellHtml<'_> {
    fn render_to(&self, out: &mut String) {
        let markup = match self.value {
            Cell::Empty => html! { span.muted { "–" } },
            Cell::Text(text) => return text.render_to(out),
            Cell::Phone(number) => html! { a.phone href={ "tel:" (number.replace(' ', "")) } { (number) } },
            Cell::Tag(word) => html! { span class={ "tag " (class_of(word)) } { (word) } },
            // Signal bars with their word: never colour alone.
            Cell::Level(word) => html! {
                span class={ "risk " (class_of(word)) } {
                    i aria-hidden="true" {}
                    (word)
                }
            },
            Cell::Pair(word, beside) => html! { (word) " " span.muted { (beside) } },
            Cell::Amount(Paise(credit @ ..0)) => html! { span.muted { (maud::display(Paise(-credit))) " credit" } },
            Cell::Amount(amount) => html! { span class=(emphasis(amount.0 > 0)) { (maud::display(amount)) } },
            Cell::Date(date) => html! {
                (format_date(*date)) " "
                span class=(emphasis(*date < self.today)) { (relative_days(*date, self.today)) }
            },
        };
        markup.render_to(out);
    }
}

/// An amount in short, with its exact value for who points at it or listens.
pub struct ShortAmount(pub Paise);

impl Render for ShortAmount {
    fn render_to(&self, out: &mut String) {
        let (short, exact) = (self.0.compact(), self.0.to_string());
        let markup = html! {
            @if short == exact {
                (short)
            } @else {
                span title=(exact) { span aria-hidden="true" { (short) } span.visually-hidden { (exact) } }
            }
        };
        markup.render_to(out);
    }
}

const fn emphasis(is_due: bool) -> &'static str {
    if is_due { "due" } else { "muted" }
}

/// The class of a table's cells that hold numbers.
pub fn numeric_class(field: &FieldSpec) -> Option<&'static str> {
    field.is_numeric().then_some("numeric")
}

/// The class that gives a word its colour: `in-progress`.
fn class_of(word: &str) -> String {
    word.to_lowercase().replace(' ', "-")
}
