//! Above the table, as text: the filters with their numbers, the sorts, the choice of columns, and chips for what is on. What a tick
//! does is said by `ticks.rs`; without script the form of the search box (`id="filters"`) sends the filters.

use maud::{Markup, html};

use super::arrow;
use super::ticks::COLUMN;
use crate::customers::model::field::Field;
use crate::customers::model::sort::Sort;
use crate::customers::model::{ChurnRisk, PlanType, Status};
use crate::customers::place;
use crate::customers::query::{Choice, CustomerQuery, Filter};
use crate::customers::view::{Choices, CustomerList};
use crate::ui::menu::menu;
use crate::units::Grouped;

/// The menus. `chosen` are the columns that were ticked last, which an answer may not know yet.
pub fn bar(list: &CustomerList, chosen: &[Field]) -> Markup {
    let uncounted = Choices::default();
    let choices = list.numbers.as_ref().map_or(&uncounted, |numbers| &numbers.choices);
    let filter = &list.query.filter;
    let statuses = numbered(Status::ALL, &choices.statuses, Choice::Status);
    let risks = numbered(ChurnRisk::ALL, &choices.churn_risks, Choice::Churn);
    let plans = numbered(PlanType::ALL, &choices.plan_types, Choice::Plan);
    html! {
        .bar {
            (filter_menu("Status", "status", filter, &statuses))
            (filter_menu("Churn risk", "churn", filter, &risks))
            (filter_menu("Plan type", "plan", filter, &plans))
            button.button.unscripted form="filters" { "Apply filters" }
            // On narrow screens the table has no headers.
            .narrow { (menu("Sort", 0, &sorts(&list.query))) }
            .push { (menu("Columns", 0, &columns(chosen, &list.query))) }
        }
    }
}

/// A choice, with how many customers it would show; none where nobody has counted.
type Numbered = (Choice, Option<u64>);

fn numbered<T: Copy + PartialEq>(all: &[T], counts: &[(T, u64)], choice: fn(T) -> Choice) -> Vec<Numbered> {
    let count = |word| counts.iter().find(|(other, _)| *other == word).map(|(_, count)| *count);
    all.iter().map(|word| (choice(*word), count(*word))).collect()
}

fn filter_menu(label: &str, name: &str, filter: &Filter, choices: &[Numbered]) -> Markup {
    let on = choices.iter().filter(|(choice, _)| filter.has(*choice)).count();
    let panel = html! {
        fieldset {
            legend.unseen { (label) }
            @for (choice, count) in choices {
                label.choice {
                    // A browser that remembers ticks would contradict the address.
                    input type="checkbox" form="filters" name=(name) value=(choice.word()) autocomplete="off" checked[filter.has(*choice)];
                    span { (choice.word()) }
                    span.count { @if let Some(count) = count { (maud::display(Grouped(*count))) } }
                }
            }
        }
    };
    menu(label, on, &panel)
}

fn sorts(query: &CustomerQuery) -> Markup {
    html! {
        @for sort in Sort::ALL {
            @let here = query.order.by == *sort;
            a.choice data-noscroll href=(place::list(&query.sorted(*sort).to_url())) aria-current=[here.then_some("true")] {
                (sort.label())
                @if here { (arrow(query.order)) span.unseen { " (" (query.order.direction()) ")" } }
            }
        }
    }
}

/// The choice is kept in a cookie.
fn columns(chosen: &[Field], query: &CustomerQuery) -> Markup {
    html! {
        form method="post" action="/customers/columns" {
            input type="hidden" name="back" value=(query.to_url());
            fieldset.columns {
                legend.unseen { "Columns" }
                @for field in Field::ALL.iter().filter(|field| **field != Field::Name) {
                    label.choice {
                        input type="checkbox" name=(COLUMN) value=(field.word()) autocomplete="off" checked[chosen.contains(field)];
                        span { (field.label()) }
                    }
                }
            }
            button.button.unscripted { "Show these columns" }
        }
    }
}

/// What is on, each with a way to take it off.
pub fn chips(query: &CustomerQuery) -> Markup {
    let filter = &query.filter;
    let searches = (!filter.search.is_empty()).then(|| {
        let without = query.filtered(|filter| filter.search.clear());
        (format!("Search: {}", filter.search), without)
    });
    let chip = |label: &str, choice: Choice| {
        let without = query.filtered(|filter| filter.choose(choice, false));
        (format!("{label}: {}", choice.word()), without)
    };
    let statuses = filter
        .statuses
        .iter()
        .map(|status| chip("Status", Choice::Status(*status)));
    let risks = filter
        .churn_risks
        .iter()
        .map(|risk| chip("Churn risk", Choice::Churn(*risk)));
    let plans = filter
        .plan_types
        .iter()
        .map(|plan| chip("Plan type", Choice::Plan(*plan)));
    let all = query.filtered(|filter| *filter = Filter::default());
    html! {
        ul.chips aria-label="Filters that are on" {
            @for (label, without) in searches.into_iter().chain(statuses).chain(risks).chain(plans) {
                li {
                    a.chip data-noscroll href=(place::list(&without.to_url())) aria-label={ "Remove " (label) } {
                        (label) " " span aria-hidden="true" { "×" }
                    }
                }
            }
            @if query.is_filtered() {
                li { a.clear data-noscroll href=(place::list(&all.to_url())) { "Clear all" } }
            }
        }
    }
}
