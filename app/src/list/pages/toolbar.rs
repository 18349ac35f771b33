//! Above the table, as text: the facets with their numbers, the sorts, the choice of columns, and chips for what is on. What a tick
//! does is said by `filter_form.rs`; without script the form of the search box (`id="filters"`) sends the facets.

use maud::{Markup, html};

use super::filter_form::COLUMN;
use super::table::arrow;
use crate::base::spec::FieldSpec;
use crate::base::units::Grouped;
use crate::list::query::ListQuery;
use crate::list::responses::ListPage;
use crate::list::routes::{columns_url, list_url};
use crate::ui::menu::menu;

/// The menus. `selected` are the columns that were ticked last, which an answer may not know yet.
pub fn bar(list: &ListPage, query: &ListQuery, selected: &[&'static FieldSpec]) -> Markup {
    html! {
        .toolbar {
            @for facet in 0..query.spec.facets.len() { (facet_menu(list, query, facet)) }
            button.button.no-script-only form="filters" { "Apply filters" }
            // On narrow screens the table has no headers.
            .narrow { (menu("Sort", 0, &sorts(query))) }
            .align-end { (menu("Columns", 0, &columns(selected, query))) }
        }
    }
}

/// The values of a facet, each with how many rows it would show; without a number where nobody has counted.
fn facet_menu(list: &ListPage, query: &ListQuery, place: usize) -> Markup {
    let facet = &query.spec.facets[place];
    let counts = list.totals.as_ref().and_then(|totals| totals.facets.get(place));
    let panel = html! {
        fieldset {
            legend.visually-hidden { (facet.label) }
            @for (at, value) in facet.values.iter().enumerate() {
                label.choice {
                    // A browser that remembers ticks would contradict the address.
                    input type="checkbox" form="filters" name=(facet.name) value=(value) autocomplete="off" checked[query.has(place, value)];
                    span { (value) }
                    span.count { @if let Some(count) = counts.and_then(|counts| counts.get(at)) { (maud::display(Grouped(*count))) } }
                }
            }
        }
    };
    menu(facet.label, query.chosen(place).len(), &panel)
}

fn sorts(query: &ListQuery) -> Markup {
    html! {
        @for (place, sort) in query.spec.sorts.iter().enumerate() {
            @let here = query.sort == place;
            a.choice data-noscroll href=(list_url(query.spec, &query.with_sort(place).to_url())) aria-current=[here.then_some("true")] {
                (sort.label)
                @if here { (arrow(query)) span.visually-hidden { " (" (query.direction()) ")" } }
            }
        }
    }
}

/// The choice is kept in a cookie.
fn columns(selected: &[&'static FieldSpec], query: &ListQuery) -> Markup {
    let is_selected = |field: &FieldSpec| selected.iter().any(|other| other.name == field.name);
    html! {
        form method="post" action=(columns_url(query.spec)) {
            input type="hidden" name="back" value=(query.to_url());
            fieldset.columns {
                legend.visually-hidden { "Columns" }
                @for field in query.spec.columns() {
                    label.choice {
                        input type="checkbox" name=(COLUMN) value=(field.name) autocomplete="off" checked[is_selected(field)];
                        span { (field.label) }
                    }
                }
            }
            button.button.no-script-only { "Show these columns" }
        }
    }
}

/// What is on, each with a way to take it off.
pub fn chips(query: &ListQuery) -> Markup {
    let search = (!query.search.is_empty()).then(|| {
        let without = query.with_filter(|query| query.search.clear());
        (format!("Search: {}", query.search), without)
    });
    let facets = query.spec.facets.iter().enumerate().flat_map(|(place, facet)| {
        let chip = move |value: &&'static str| {
            let without = query.with_filter(|query| {
                query.set(place, value, false);
            });
            (format!("{}: {value}", facet.label), without)
        };
        query.chosen(place).iter().map(chip)
    });
    html! {
        ul.chips aria-label="Filters that are on" {
            @for (label, without) in search.into_iter().chain(facets) {
                li {
                    a.chip data-noscroll href=(list_url(query.spec, &without.to_url())) aria-label={ "Remove " (label) } {
                        (label) " " span aria-hidden="true" { "×" }
                    }
                }
            }
            @if query.is_filtered() {
                li { a.clear data-noscroll href=(list_url(query.spec, &query.with_filter(ListQuery::clear).to_url())) { "Clear all" } }
            }
        }
    }
}
