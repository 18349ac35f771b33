//! All that an answer of the server fills on the list's page, as text: the figures, the toolbar with facets, sorts and columns, the chips for
//! what is on, the table. What a tick does is said by `filter_form.rs`; without script the form of the search box (`id="filters"`) sends
//! the facets.

use maud::{Markup, html};

use super::filter_form::COLUMN;
use super::table::{Table, Total, arrow, pager, sizes};
use crate::base::spec::{FacetValues, FieldSpec, SubjectSpec, ValueOption};
use crate::base::text::{capitalize, isolated};
use crate::base::units::{Grouped, Paise};
use crate::http::current_user::{CurrentUser, USER_INPUT};
use crate::list::query::ListQuery;
use crate::list::responses::{Counts, ListPage};
use crate::list::routes::{board_url, columns_url, deleted_search_url, list_url, new_url};
use crate::ui::cell::ShortAmount;
use crate::ui::menu::menu;

/// Draws a list with what is known of its numbers; `selected` are the columns that were ticked last, `can_edit` says whether one may change
/// records. Each block is always there, so that the next ones stay where they are.
pub fn content(
    spec: &'static SubjectSpec,
    list: &ListPage,
    counts: Counts<'_>,
    selected: &[&'static FieldSpec],
    can_edit: bool,
) -> String {
    let query = &list.query(spec);
    let fields = &list.fields(spec);
    let total = Total::of(list, counts, query);
    let table = Table::new(list, query, fields, can_edit);
    let blocks = html! {
        (notes(list))
        (metrics(counts, spec, total))
        (toolbar(&list.labels, counts, query, selected))
        (chips(spec.path, query, &list.labels))
        .table-card {
            @if list.rows.is_empty() {
                (empty(query, list.finds_deleted, can_edit))
            } @else {
                (scroller(&table, &html! { tbody { (table) } }))
                (pager(list, query, total))
            }
        }
    };
    blocks.into_string()
}

/// What is shown of a list, where there was no answer: the page knows no more of it.
pub struct ShownList {
    /// The fields of its columns; none where it has no table.
    pub fields: Option<Vec<&'static FieldSpec>>,
    /// What people call the values of the facets.
    pub labels: Vec<ValueOption>,
}

/// Draws what was asked for and not answered: its facets, sorts and chips, around the rows and numbers that are there.
pub fn unanswered(
    query: &ListQuery,
    shown: &ShownList,
    counts: Counts<'_>,
    selected: &[&'static FieldSpec],
    can_edit: bool,
) -> String {
    let spec = query.spec;
    let no_rows = ListPage {
        url: query.to_url(),
        ignored: Vec::new(),
        columns: Vec::new(),
        rows: Vec::new(),
        before: 0,
        totals: None,
        previous: None,
        next: None,
        last: None,
        today: chrono::NaiveDate::default(),
        labels: Vec::new(),
        finds_deleted: false,
    };
    let blocks = html! {
        div data-keep {}
        dl.metrics data-keep {}
        (toolbar(&shown.labels, counts, query, selected))
        (chips(spec.path, query, &shown.labels))
        @if let Some(fields) = &shown.fields {
            .table-card {
                (scroller(&Table::new(&no_rows, query, fields, can_edit), &html! { tbody data-keep {} }))
                .table-footer { span.range data-keep {} (sizes(query)) }
            }
        } @else {
            .table-card data-keep {}
        }
    };
    blocks.into_string()
}

/// The table of a list, with a body.
fn scroller(table: &Table<'_>, body: &Markup) -> Markup {
    let name = capitalize(table.query.spec.plural);
    html! {
        .scroll tabindex="0" role="group" aria-label={ (name) ", scrolls sideways" } {
            table {
                caption.visually-hidden { (name) }
                thead { (table.headers()) }
                (body)
            }
        }
    }
}

/// The parts of the address that made no sense.
fn notes(list: &ListPage) -> Markup {
    html! {
        div {
            @if !list.ignored.is_empty() {
                p.hint role="note" { "Ignored a part of the address that is not valid: " (list.ignored.join(", ")) "." }
            }
        }
    }
}

/// How many rows there are, and what they add up to.
fn metrics(counts: Counts<'_>, spec: &SubjectSpec, total: Total) -> Markup {
    let sums = counts.totals.map_or(&[][..], |totals| &totals.metrics);
    html! {
        dl.metrics {
            div {
                dt { (capitalize(spec.plural)) }
                dd { (maud::display(total)) }
            }
            @for metric in sums { (sum(&metric.label, metric.amount, metric.note.as_deref())) }
            @if let Some((sums, limit)) = spec.sums.filter(|_| sums.is_empty()) {
                div {
                    dt { (sums) }
                    dd {
                        small {
                            @if counts.is_loading { "…" }
                            @else { "Shown for " (maud::display(Grouped(limit))) " results or fewer. Search for more letters." }
                        }
                    }
                }
            }
        }
    }
}

fn sum(label: &str, amount: Paise, note: Option<&str>) -> Markup {
    html! {
        div {
            dt { (label) }
            dd {
                (ShortAmount(amount))
                @if let Some(note) = note { " " small { (note) } }
            }
        }
    }
}

/// No rows, in words: either nothing matches, or there is nothing yet.
pub fn nothing(query: &ListQuery) -> String {
    let end = if query.is_filtered() { "match" } else { "yet" };
    format!("No {} {end}", query.spec.plural)
}

/// What can be done about it.
fn empty(query: &ListQuery, finds_deleted: bool, can_edit: bool) -> Markup {
    let spec = query.spec;
    html! {
        // An element of its own kind: where it takes the table's place, nothing has moved.
        section.empty {
            h2 { (nothing(query)) }
            @if query.is_filtered() {
                @if finds_deleted { p { "A deleted " (spec.singular) " has this name or number." } }
                @else { p { "Check the spelling or clear filters." } }
                p.actions {
                    a.button href=(list_url(spec, "")) data-noscroll { "Clear search and filters" }
                    @if finds_deleted && can_edit { a.button href=(deleted_search_url(spec, &query.search)) { "Deleted " (spec.plural) } }
                }
            } @else if can_edit {
                p { "Add the first one." }
                p.actions { a.button.primary href=(new_url(spec, "")) data-noscroll { "New " (spec.singular) } }
            } @else {
                p { "Ask an admin to add the first." }
            }
        }
    }
}

/// The menus: the facets with their numbers, the sorts, the choice of columns. `selected` are the columns that were ticked last, which an answer may not know yet.
fn toolbar(labels: &[ValueOption], counts: Counts<'_>, query: &ListQuery, selected: &[&'static FieldSpec]) -> Markup {
    html! {
        .toolbar {
            (facet_menus(labels, counts, query))
            // On narrow screens the table has no headers.
            .narrow { (menu("Sort", 0, &sorts(query))) }
            .align-end { (menu("Columns", 0, &columns(selected, query))) }
        }
    }
}

/// What filters a board: the facets, and what is on.
pub fn board_filters(labels: &[ValueOption], counts: Counts<'_>, query: &ListQuery) -> String {
    let blocks = html! {
        .toolbar { (facet_menus(labels, counts, query)) }
        (chips(&board_url(query.spec, ""), query, labels))
    };
    blocks.into_string()
}

/// The facets, each in a menu.
fn facet_menus(labels: &[ValueOption], counts: Counts<'_>, query: &ListQuery) -> Markup {
    html! {
        @for facet in 0..query.spec.facets.len() { (facet_menu(labels, counts, query, facet)) }
        button.button.no-script-only form="filters" { "Apply filters" }
    }
}

/// A value that a facet offers.
struct FacetValue<'a> {
    value: &'a str,
    label: &'a str,
    /// How many rows it would show; none where nobody has counted.
    count: Option<u64>,
}

/// The values that a facet offers. Of the loaded ones those that would show nothing are left out, unless they are chosen.
fn facet_values<'a>(
    labels: &'a [ValueOption],
    counts: Counts<'a>,
    query: &'a ListQuery,
    place: usize,
) -> Vec<FacetValue<'a>> {
    let facet = &query.spec.facets[place];
    let counted = counts.totals.and_then(|totals| totals.facets.get(place));
    let count_at = |at: usize| counted.and_then(|counted| counted.get(at)).copied();
    if let FacetValues::Fixed(words) = facet.values {
        let values = words.iter().enumerate().map(|(at, word)| FacetValue {
            value: word,
            label: word,
            count: count_at(at),
        });
        return values.collect();
    }
    let options = counts.options.get(place).map_or(&[][..], Vec::as_slice);
    let offered = options.iter().enumerate().map(|(at, option)| FacetValue {
        value: &option.value,
        label: &option.label,
        count: count_at(at),
    });
    let is_offered = |value: &str| options.iter().any(|option| option.value == value);
    let others = query.chosen(place).iter().filter(|value| !is_offered(value));
    let others = others.map(|value| FacetValue {
        value,
        label: label_of(labels, value),
        count: None,
    });
    let is_shown = |each: &FacetValue<'_>| each.count != Some(0) || query.has(place, each.value);
    offered.filter(is_shown).chain(others).collect()
}

/// What people call a value.
fn label_of<'a>(labels: &'a [ValueOption], value: &'a str) -> &'a str {
    let option = labels.iter().find(|option| option.value == value);
    option.map_or(value, |option| &option.label)
}

/// The values of a facet, each with how many rows it would show; without a number where nobody has counted.
fn facet_menu(labels: &[ValueOption], counts: Counts<'_>, query: &ListQuery, place: usize) -> Markup {
    let facet = &query.spec.facets[place];
    let is_capped = counts.totals.is_some_and(|totals| totals.is_capped);
    let panel = html! {
        fieldset {
            legend.visually-hidden { (facet.label) }
            @for FacetValue { value, label, count } in facet_values(labels, counts, query, place) {
                label.choice {
                    // A browser that remembers ticks would contradict the address.
                    input type="checkbox" form="filters" name=(facet.name) value=(value) autocomplete="off" checked[query.has(place, value)];
                    bdi { (label) }
                    span.count { @if let Some(count) = count { (maud::display(Total::counted(count, is_capped))) } }
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
            input type="hidden" name=(USER_INPUT) value=(CurrentUser::id()) autocomplete="off";
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

/// What is on, each with a way to take it off; `path` is that of the page.
fn chips(path: &str, query: &ListQuery, labels: &[ValueOption]) -> Markup {
    let search = (!query.search.is_empty()).then(|| {
        let without = query.with_filter(|query| query.search.clear());
        (format!("Search: {}", isolated(&query.search)), without)
    });
    let facets = query.spec.facets.iter().enumerate().flat_map(|(place, facet)| {
        let chip = move |value: &String| {
            let without = query.with_filter(|query| {
                query.set(place, value, false);
            });
            (
                format!("{}: {}", facet.label, isolated(label_of(labels, value))),
                without,
            )
        };
        query.chosen(place).iter().map(chip)
    });
    html! {
        ul.chips aria-label="Filters that are on" {
            @for (label, without) in search.into_iter().chain(facets) {
                li {
                    a.chip data-noscroll href={ (path) (without.to_url()) } aria-label={ "Remove " (label) } {
                        (label) " " span aria-hidden="true" { "×" }
                    }
                }
            }
            @if query.is_filtered() {
                li { a.clear data-noscroll href={ (path) (query.with_filter(ListQuery::clear).to_url()) } { "Clear all" } }
            } @else {
                // The line is there all the same, so that nothing moves when there are some.
                li.muted { "No filters" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::cell::Cell;
    use crate::customers::spec::{SPEC, facet};
    use crate::list::responses::{COUNT_LIMIT, Row, Totals};
    use crate::list::routes::{delete_url, edit_url, record_url};
    use uuid::Uuid;

    fn list(url: &str, name: &str) -> ListPage {
        ListPage {
            url: url.to_owned(),
            ignored: vec![name.to_owned()],
            columns: vec!["city".into()],
            rows: vec![Row {
                id: Uuid::from_u128(7),
                title: name.to_owned(),
                subtitle: "LM-0000007".into(),
                cells: vec![Cell::Text(name.to_owned())],
            }],
            before: 50,
            totals: None,
            previous: None,
            next: None,
            last: None,
            today: chrono::NaiveDate::default(),
            labels: Vec::new(),
            finds_deleted: false,
        }
    }

    fn total(list: &ListPage) -> Total {
        Total::of(list, Counts::of_page(list), &list.query(&SPEC))
    }

    #[test]
    fn the_links_of_a_row_keep_the_lists_address() {
        let list = list("?q=a%26b&status=Active&sort=-nps", "Asha");
        let html = content(&SPEC, &list, Counts::of_page(&list), &list.fields(&SPEC), true).replace("&amp;", "&");
        let id = Uuid::from_u128(7);
        for link in [
            record_url(&SPEC, id, &list.url),
            edit_url(&SPEC, id, &list.url),
            delete_url(&SPEC, id, &list.url),
        ] {
            assert!(html.contains(&format!("href=\"{link}\"")), "{link} in {html}");
        }
    }

    #[test]
    fn hostile_text_is_escaped_everywhere_in_the_list() {
        let hostile = "\"><script>alert('&')</script><a href='\" onclick=\"";
        let draw = |list: &ListPage| content(&SPEC, list, Counts::of_page(list), &[], true);
        let plain = draw(&list("", "Asha"));
        let search = ListQuery::new(&SPEC).with_filter(|query| query.search = hostile.to_owned());
        // A chip is an entry, a link and a cross, each with its end; the way to clear all is an entry and a link; that nothing is on is an entry.
        for (list, more) in [(list("", hostile), 0), (list(&search.to_url(), hostile), 8)] {
            let html = draw(&list);
            let tags = |html: &str| html.matches('<').count();
            assert_eq!(tags(&html), tags(&plain) + more, "{html}");
            assert!(!html.contains("onclick=\""), "{html}");
        }
    }

    #[test]
    fn a_total_is_as_exact_as_it_can_be() {
        let counted = ListPage {
            totals: Some(Totals {
                total: 9,
                ..Totals::default()
            }),
            ..list("", "Asha")
        };
        assert_eq!(total(&counted), Total::Exactly(9));
        let on_last = list("", "Asha");
        assert_eq!(total(&on_last), Total::Exactly(51));
        let before = ListPage {
            next: Some(String::new()),
            ..on_last
        };
        assert_eq!(total(&before), Total::MoreThan(COUNT_LIMIT));
        let filtered = before.query(&SPEC).with_filter(|query| {
            query.set(facet::STATUS, "Active", true);
        });
        let url = filtered.to_url();
        assert_eq!(total(&ListPage { url, ..before }), Total::Unknown);
    }
}
