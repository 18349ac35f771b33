//! Where in a subject a person is: which page, and which dialog over it. The addresses of every subject are read and made here.

use std::borrow::Cow;

use uuid::Uuid;

use super::query::{ListQuery, WITH};
use crate::base::spec::SubjectSpec;

/// The page of an address; a dialog stands over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The list.
    List,
    /// The board, of a subject that has one.
    Board,
    /// The deleted records.
    Deleted,
    /// A record.
    Record(Uuid),
    /// Nothing that exists.
    NotFound,
}

/// The dialog over a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// A new record.
    New,
    /// An edit.
    Edit(Uuid),
    /// A deletion.
    Delete(Uuid),
    /// A conversion into a record of another subject.
    Convert(Uuid),
}

/// A page and the dialog over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The page.
    pub page: Page,
    /// The dialog.
    pub dialog: Option<Dialog>,
}

impl Route {
    /// Reads an address of a subject, whose first part is the subject's path.
    pub fn parse(path: &str, search: &str) -> Self {
        let mut parts = path.trim_matches('/').split('/').skip(1);
        let page = |page| Self { page, dialog: None };
        let first = parts.next().unwrap_or_default();
        match (first, parts.next()) {
            ("", None) => page(Page::List),
            ("board", None) => page(Page::Board),
            ("deleted", None) => page(Page::Deleted),
            ("new", None) => Self {
                page: page_behind(None, search),
                dialog: Some(Dialog::New),
            },
            (id, action) => match (Uuid::parse_str(id), action) {
                (Ok(id), None) => page(Page::Record(id)),
                (Ok(id), Some("edit")) => dialog_over(id, Dialog::Edit(id), search),
                (Ok(id), Some("delete")) => dialog_over(id, Dialog::Delete(id), search),
                (Ok(id), Some("convert")) => dialog_over(id, Dialog::Convert(id), search),
                _ => page(Page::NotFound),
            },
        }
    }

    /// The part behind the `?` of an address that leads to the list of a subject, with no dialog over it; none where it leads elsewhere.
    pub fn list_query_of<'a>(spec: &SubjectSpec, address: &'a str) -> Option<&'a str> {
        let (path, search) = address.split_once('?').unwrap_or((address, ""));
        (path.trim_end_matches('/') == spec.path).then_some(search)
    }

    /// The address to which the dialog closes; the list keeps its query.
    pub fn close_url(&self, spec: &'static SubjectSpec, search: &str) -> String {
        let query = list_query(spec, search);
        match self.page {
            Page::Record(id) if is_from_board(search) => from_board(&record_url(spec, id, &query)),
            Page::Record(id) => record_url(spec, id, &query),
            Page::Board => board_url(spec, &query),
            _ => list_url(spec, &query),
        }
    }
}

/// A dialog about a record.
fn dialog_over(id: Uuid, dialog: Dialog, search: &str) -> Route {
    Route {
        page: page_behind(Some(id), search),
        dialog: Some(dialog),
    }
}

/// From where a dialog or a record was opened; first a dialog over a record, then that record.
fn origins(search: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let pairs = form_urlencoded::parse(search.trim_start_matches('?').as_bytes());
    pairs.filter(|(key, _)| key == "from").map(|(_, value)| value)
}

/// Whether what is shown, or the record behind it, was opened from the board.
pub fn is_from_board(search: &str) -> bool {
    origins(search).any(|origin| origin == "board")
}

/// The way back from a record: to the board or to the list, whichever it was opened from.
pub fn back_url(spec: &'static SubjectSpec, search: &str) -> String {
    let query = list_query(spec, search);
    if is_from_board(search) {
        board_url(spec, &query)
    } else {
        list_url(spec, &query)
    }
}

/// The page behind a dialog: the record or the board where it was opened from there, the list otherwise.
fn page_behind(record: Option<Uuid>, search: &str) -> Page {
    match (origins(search).next().as_deref(), record) {
        (Some("record"), Some(id)) => Page::Record(id),
        (Some("board"), _) => Page::Board,
        _ => Page::List,
    }
}

/// Whether an address is one of a subject's.
pub fn is_address_of(spec: &SubjectSpec, address: &str) -> bool {
    let rest = address.strip_prefix(spec.path);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

/// The part of an address that belongs to the list: empty, or with its `?`.
pub fn list_query(spec: &'static SubjectSpec, search: &str) -> String {
    ListQuery::parse(spec, search).0.to_url()
}

/// The list.
pub fn list_url(spec: &SubjectSpec, query: &str) -> String {
    format!("{}{query}", spec.path)
}

/// The board.
pub fn board_url(spec: &SubjectSpec, query: &str) -> String {
    format!("{}/board{query}", spec.path)
}

/// The deleted records.
pub fn deleted_url(spec: &SubjectSpec) -> String {
    format!("{}/deleted", spec.path)
}

/// The deleted records that a search names.
pub fn deleted_search_url(spec: &SubjectSpec, search: &str) -> String {
    if search.is_empty() {
        return deleted_url(spec);
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("q", search)
        .finish();
    format!("{}?{query}", deleted_url(spec))
}

/// The address that keeps the choice of columns, by POST.
pub fn columns_url(spec: &SubjectSpec) -> String {
    format!("{}/columns", spec.path)
}

/// A new record, over the list.
pub fn new_url(spec: &SubjectSpec, query: &str) -> String {
    format!("{}/new{query}", spec.path)
}

/// A record; it keeps the list's query for the way back.
pub fn record_url(spec: &SubjectSpec, id: Uuid, query: &str) -> String {
    format!("{}/{id}{query}", spec.path)
}

/// An edit over the list.
pub fn edit_url(spec: &SubjectSpec, id: Uuid, query: &str) -> String {
    format!("{}/{id}/edit{query}", spec.path)
}

/// A deletion over the list.
pub fn delete_url(spec: &SubjectSpec, id: Uuid, query: &str) -> String {
    format!("{}/{id}/delete{query}", spec.path)
}

/// A conversion over the list.
pub fn convert_url(spec: &SubjectSpec, id: Uuid, query: &str) -> String {
    format!("{}/{id}/convert{query}", spec.path)
}

/// The address that moves a card of the board, by POST.
pub fn move_url(spec: &SubjectSpec, id: Uuid) -> String {
    format!("{}/{id}/move", spec.path)
}

/// The address that takes the deletion of a record that has a version back, by POST.
pub fn restore_url(spec: &SubjectSpec, id: Uuid, version: i64) -> String {
    format!("{}/{id}/restore?version={version}", spec.path)
}

/// The record of such an address, and its version.
pub fn parse_restore_url(address: &str) -> Option<(Uuid, i64)> {
    let (path, version) = address.split_once("/restore?version=")?;
    let (_, id) = path.rsplit_once('/')?;
    Some((Uuid::parse_str(id).ok()?, version.parse().ok()?))
}

/// The same dialog over the record.
pub fn from_record(address: &str) -> String {
    with_param(address, "from=record")
}

/// The same dialog over the board, or a record with the way back to it.
pub fn from_board(address: &str) -> String {
    with_param(address, "from=board")
}

/// The same form with a value already in a field.
pub fn with_value(address: &str, field: &str, value: &str) -> String {
    with_param(address, &format!("{WITH}{field}={value}"))
}

fn with_param(address: &str, param: &str) -> String {
    let sign = if address.contains('?') { '&' } else { '?' };
    format!("{address}{sign}{param}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::spec::SPEC;

    #[test]
    fn every_route_parses_back() {
        let id = Uuid::from_u128(7);
        let query = "?q=rao&churn=High";
        let read = |address: &str| {
            let (path, search) = address.split_once('?').unwrap_or((address, ""));
            Route::parse(path, search)
        };
        let route = |page, dialog| Route { page, dialog };
        assert_eq!(read(&list_url(&SPEC, query)), route(Page::List, None));
        assert_eq!(read(&new_url(&SPEC, query)), route(Page::List, Some(Dialog::New)));
        assert_eq!(read(&record_url(&SPEC, id, query)), route(Page::Record(id), None));
        assert_eq!(
            read(&edit_url(&SPEC, id, query)),
            route(Page::List, Some(Dialog::Edit(id)))
        );
        let over_record = from_record(&delete_url(&SPEC, id, query));
        assert_eq!(read(&over_record), route(Page::Record(id), Some(Dialog::Delete(id))));
        assert_eq!(
            read(&convert_url(&SPEC, id, query)),
            route(Page::List, Some(Dialog::Convert(id)))
        );
        let over_board = with_value(&from_board(&edit_url(&SPEC, id, query)), "status", "Active");
        assert_eq!(read(&over_board), route(Page::Board, Some(Dialog::Edit(id))));
        assert_eq!(
            read(&from_board(&new_url(&SPEC, ""))),
            route(Page::Board, Some(Dialog::New))
        );
        assert_eq!(read(&board_url(&SPEC, query)), route(Page::Board, None));
        assert_eq!(read(&deleted_url(&SPEC)), route(Page::Deleted, None));
        assert_eq!(
            Route::list_query_of(&SPEC, &list_url(&SPEC, query)),
            query.strip_prefix('?')
        );
        assert_eq!(Route::list_query_of(&SPEC, "/customers"), Some(""));
        for elsewhere in [
            &new_url(&SPEC, query),
            &record_url(&SPEC, id, query),
            "/customers/deleted",
            "/customers/board",
            "/",
            "/history?q=rao",
        ] {
            assert_eq!(Route::list_query_of(&SPEC, elsewhere), None, "{elsewhere}");
        }
        for nowhere in ["/customers/7", "/customers/new/edit", "/customers/x/edit"] {
            assert_eq!(read(nowhere), route(Page::NotFound, None), "{nowhere}");
        }
    }

    #[test]
    fn a_dialog_closes_to_where_it_was_opened() {
        let id = Uuid::from_u128(7);
        let search = "q=rao&from=record";
        let close = |search| Route::parse(&format!("/customers/{id}/edit"), search).close_url(&SPEC, search);
        assert_eq!(close(search), format!("/customers/{id}?q=rao"));
        assert_eq!(close("q=rao"), "/customers?q=rao");
        assert_eq!(close("q=rao&from=board&with.status=Active"), "/customers/board?q=rao");
        // A record that was opened from the board keeps the way back there.
        let record = from_board(&record_url(&SPEC, id, "?q=rao"));
        assert_eq!(close("q=rao&from=record&from=board"), record);
    }
}
