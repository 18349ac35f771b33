//! A value as it is drawn: in the list, on the record.

use chrono::NaiveDate;
use leptos::prelude::*;
use maud::{Render, html};

use crate::customers::model::{ChurnRisk, Status};
use crate::customers::view::cell::Cell;
use crate::ui::dates;

/// A value on its own.
pub fn cell(value: &Cell, today: NaiveDate) -> AnyView {
    let drawn = Drawn { value, today }.render();
    view! { <span inner_html=drawn.into_string()></span> }.into_any()
}

/// A value, to be drawn as text.
pub struct Drawn<'a> {
    /// The value.
    pub value: &'a Cell,
    /// The date in India, from which distances are counted.
    pub today: NaiveDate,
}

impl Render for Drawn<'_> {
    fn render_to(&self, out: &mut String) {
        let markup = match self.value {
            Cell::None => html! { span.sub { "–" } },
            Cell::Text(text) => return text.render_to(out),
            Cell::Status(status) => html! { span class=(status_tag(*status)) { (status.word()) } },
            // Signal bars with their word: never colour alone.
            Cell::Risk(risk) => html! {
                span class=(risk_bars(*risk)) {
                    i aria-hidden="true" {}
                    (risk.word())
                }
            },
            Cell::Plan(plan, speed) => html! { (plan.word()) " " span.sub { (speed) } },
            Cell::Due(amount) => html! { span class=(in_time(amount.0 <= 0)) { (maud::display(amount)) } },
            Cell::Day(date) => html! {
                (dates::day(*date)) " "
                span class=(in_time(*date >= self.today)) { (dates::distance(*date, self.today)) }
            },
        };
        markup.render_to(out);
    }
}

const fn in_time(so: bool) -> &'static str {
    if so { "sub" } else { "due" }
}

const fn status_tag(status: Status) -> &'static str {
    match status {
        Status::Pending => "tag pending",
        Status::Active => "tag active",
        Status::Suspended => "tag suspended",
        Status::Cancelled => "tag cancelled",
    }
}

const fn risk_bars(risk: ChurnRisk) -> &'static str {
    match risk {
        ChurnRisk::Low => "risk low",
        ChurnRisk::Medium => "risk medium",
        ChurnRisk::High => "risk high",
    }
}
