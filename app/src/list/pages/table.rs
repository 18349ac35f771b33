//! The table of the list and its footer (which rows these are, how many to a page, links to the other pages), as text.

use maud::{Markup, PreEscaped, Render, html};
use std::fmt;

use crate::base::spec::{FieldSpec, Format, Input, SubjectSpec};
use crate::base::text::isolated;
use crate::base::units::Grouped;
use crate::list::cursor::Position;
use crate::list::query::{ListQuery, PageSize};
use crate::list::responses::{COUNT_LIMIT, Counts, ListPage, Row};
use crate::list::routes::{delete_url, edit_url, list_url, record_url};
use crate::ui::cell::{CellHtml, numeric_class};

/// About the bytes of a row.
const ROW: usize = 1_500;

/// The table of a list.
pub struct Table<'a> {
    /// The list.
    pub list: &'a ListPage,
    /// What it was asked for.
    pub query: &'a ListQuery,
    /// The fields of its columns.
    pub fields: &'a [&'static FieldSpec],
    /// The class of each column.
    classes: Vec<String>,
    /// Whether each row has links to change and delete it.
    pub can_edit: bool,
}

/// The class of each column: what a narrow screen does with it (`style/table.css`). The column that the list is sorted by is always in
/// view; of the others, those that call for action come first, and then the order of the columns counts.
fn column_classes(query: &ListQuery, fields: &[&FieldSpec]) -> Vec<String> {
    let importance = |field: &FieldSpec| match field.format {
        _ if query.spec.summed.contains(&field.name) => 1,
        Format::Tag | Format::Level => 0,
        Format::Due | Format::Deadline | Format::DeadlineUnless(..) => 1,
        Format::Pair(_) => 2,
        _ => 3,
    };
    let mut ranked: Vec<usize> = (0..fields.len()).collect();
    ranked.sort_by_key(|place| importance(fields[*place]));
    // What the list is sorted by anyway does not push an amount aside.
    let is_chosen = query.sort_param().is_some();
    let is_sorted = |place: usize| is_chosen && fields[place].sorts.contains(&query.sort_spec().name);
    let is_money = |place: &usize| matches!(fields[*place].input, Input::Number(number) if number.is_money());
    let amount = ranked.iter().copied().find(is_money);
    let class = |place: usize| {
        let rank = ranked.iter().position(|other| *other == place).unwrap_or_default();
        let by_rank = match rank {
            0 => Some("first"),
            1 => Some("second"),
            2..=3 => None,
            _ if is_sorted(place) => None,
            4..=5 => Some("mid"),
            _ => Some("low"),
        };
        let classes = [
            numeric_class(fields[place]),
            by_rank,
            (amount == Some(place)).then_some("amount"),
            is_sorted(place).then_some("sorted"),
        ];
        classes.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    (0..fields.len()).map(class).collect()
}

impl<'a> Table<'a> {
    /// The table of a list with the fields of its columns.
    pub fn new(list: &'a ListPage, query: &'a ListQuery, fields: &'a [&'static FieldSpec], can_edit: bool) -> Self {
        Self {
            list,
            query,
            fields,
            classes: column_classes(query, fields),
            can_edit,
        }
    }
}

impl Table<'_> {
    /// The headers; with a column for what one does to a record, where one may edit.
    pub fn headers(&self) -> Markup {
        html! {
            tr {
                @if let Some(title) = self.query.spec.field(self.query.spec.title) { (self.header(title, "")) }
                @for (field, class) in self.fields.iter().zip(&self.classes) { (self.header(field, class)) }
                @if self.can_edit { th.row-actions scope="col" { span.visually-hidden { "Actions" } } }
            }
        }
    }

    /// A column's header with a link for each sort that it offers.
    fn header(&self, field: &FieldSpec, class: &str) -> Markup {
        let active = field.sorts.contains(&self.query.sort_spec().name);
        let aria_sort = (!field.sorts.is_empty()).then_some(if active { self.query.direction() } else { "none" });
        html! {
            th class=[Some(class).filter(|class| !class.is_empty())] scope="col" aria-sort=[aria_sort] {
                @if field.sorts.is_empty() { (field.label) }
                @for sort in field.sorts.iter().filter_map(|sort| self.query.spec.sort(sort)) { (self.sort_link(sort)) }
            }
        }
    }

    fn sort_link(&self, sort: usize) -> Markup {
        let query = self.query;
        let here = query.sort == sort;
        html! {
            a.sort data-noscroll href=(list_url(query.spec, &query.with_sort(sort).to_url())) aria-current=[here.then_some("true")] {
                (query.spec.sorts[sort].label)
                @if here { (arrow(query)) }
            }
        }
    }

    /// A row. `address` is the list's part of the addresses, escaped; an id needs no escaping.
    fn row(&self, row: &Row, address: &str) -> Markup {
        let Row {
            id,
            title,
            subtitle,
            cells,
        } = row;
        let spec = self.query.spec;
        let name = isolated(title);
        html! {
            tr {
                th scope="row" {
                    a.name href=(PreEscaped(record_url(spec, *id, address))) { (title) }
                    span.muted { (subtitle) }
                }
                @for ((field, class), value) in self.fields.iter().zip(&self.classes).zip(cells) {
                    td class=[Some(class).filter(|class| !class.is_empty())] data-label=(field.label) { (CellHtml { value, today: self.list.today }) }
                }
                @if self.can_edit {
                    @let id_text = id.to_string();
                    td.row-actions {
                        // On a narrow screen the links are in a panel, which this opens.
                        button.more type="button" popovertarget={ "more-" (PreEscaped(&id_text)) } aria-label={ "Actions for " (name) } {}
                        div popover id={ "more-" (PreEscaped(&id_text)) } {
                        a id={ "edit-" (PreEscaped(&id_text)) } href=(PreEscaped(edit_url(spec, *id, address))) data-noscroll aria-label={ "Edit " (name) } { "Edit" }
                        " "
                        a id={ "delete-" (PreEscaped(&id_text)) } href=(PreEscaped(delete_url(spec, *id, address))) data-noscroll aria-label={ "Delete " (name) } { "Delete" }
                        }
                    }
                }
            }
        }
    }
}

/// The rows.
impl Render for Table<'_> {
    fn render_to(&self, out: &mut String) {
        // Most of the page: there is room for all of them, and the part of the addresses that they share is escaped once.
        out.reserve(self.list.rows.len() * ROW);
        let address = self.list.url.render().into_string();
        for row in &self.list.rows {
            self.row(row, &address).render_to(out);
        }
    }
}

/// Shows which way the values of the sort go.
pub fn arrow(query: &ListQuery) -> Markup {
    html! { span class={ "arrow " (query.direction()) } aria-hidden="true" {} }
}

/// How many rows are in view, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// So many.
    Exactly(u64),
    /// More than so many.
    MoreThan(u64),
    /// Not counted: a part of a search that finds more than are counted.
    Unknown,
    /// Being counted.
    Loading,
}

impl Total {
    /// The total of a list: where it was not counted, the last page knows how many were met on the way to it.
    pub fn of(list: &ListPage, counts: Counts<'_>, query: &ListQuery) -> Self {
        match counts.totals {
            Some(totals) => Self::counted(totals.total, totals.is_capped),
            None if list.next.is_none() => Self::Exactly(list.before + list.rows.len() as u64),
            None if counts.is_loading => Self::Loading,
            None if query.has_facets() => Self::Unknown,
            None => Self::MoreThan(COUNT_LIMIT),
        }
    }

    /// A count, which may have stopped at the limit.
    pub const fn counted(count: u64, is_capped: bool) -> Self {
        if is_capped && count > COUNT_LIMIT {
            Self::MoreThan(COUNT_LIMIT)
        } else {
            Self::Exactly(count)
        }
    }

    /// What there are so many of.
    pub const fn noun(self, spec: &SubjectSpec) -> &'static str {
        match self {
            Self::Exactly(1) => spec.singular,
            _ => spec.plural,
        }
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(total) => Grouped(*total).fmt(f),
            Self::MoreThan(total) => write!(f, "{}+", Grouped(*total)),
            Self::Unknown => f.write_str("many"),
            Self::Loading => f.write_str("…"),
        }
    }
}

/// The pager, as text; none of its links leads where there is no page.
pub fn pager(list: &ListPage, query: &ListQuery, total: Total) -> Markup {
    let first = list.previous.is_some().then(|| query.clone().first_page().to_url());
    let (from, to) = (Grouped(list.before + 1), Grouped(list.before + list.rows.len() as u64));
    let link = |label, page: Option<&String>| page_link(label, page.map(|page| list_url(query.spec, page)));
    let has_pages = list.previous.is_some() || list.next.is_some();
    // Rows that came without numbers do not know whether there is a last page.
    let counted = matches!(total, Total::Exactly(_)) && list.next.is_some();
    let last = list
        .last
        .clone()
        .or_else(|| counted.then(|| query.at(Position::Last).to_url()));
    html! {
        .table-footer {
            span.range { (maud::display(from)) "–" (maud::display(to)) " of " (maud::display(total)) }
            (sizes(query))
            @if has_pages {
                nav aria-label="Pages" {
                    (link("First", first.as_ref()))
                    " " (link("Previous", list.previous.as_ref()))
                    " " (link("Next", list.next.as_ref()))
                    " " (link("Last", last.as_ref()))
                }
            }
        }
    }
}

/// How many rows to a page, with a link for each.
pub fn sizes(query: &ListQuery) -> Markup {
    html! {
        span.sizes role="group" aria-label="Rows on a page" {
            "Rows "
            @for size in PageSize::ALL {
                @let other = ListQuery { size: *size, ..query.clone() }.first_page();
                a href=(list_url(query.spec, &other.to_url())) data-noscroll aria-current=[(query.size == *size).then_some("true")] { (size.as_str()) }
            }
        }
    }
}

/// A link that leads nowhere is there all the same, so that nothing moves under the pointer, and the focus stays where it is.
fn page_link(label: &str, href: Option<String>) -> Markup {
    let (disabled, tab_index) = (href.is_none().then_some("true"), href.is_none().then_some("0"));
    html! { a.button role="link" href=[href] aria-disabled=[disabled] tabindex=[tab_index] { (label) } }
}
