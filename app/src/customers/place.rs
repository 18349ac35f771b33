//! Where in the subject a person is: which page, and which dialog over it. The addresses of the subject are read and made here.

use uuid::Uuid;

use super::query::CustomerQuery;

/// The page behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// The list.
    List,
    /// The deleted customers.
    Deleted,
    /// A customer's page.
    Record(Uuid),
    /// Nothing that exists.
    Nowhere,
}

/// The dialog over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// A new customer.
    New,
    /// An edit.
    Edit(Uuid),
    /// A deletion.
    Delete(Uuid),
}

/// A page and the dialog over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The page.
    pub behind: Behind,
    /// The dialog.
    pub over: Option<Over>,
}

impl Place {
    /// Reads an address of this subject.
    pub fn read(path: &str, search: &str) -> Self {
        let mut parts = path.trim_matches('/').split('/').skip(1);
        let page = |behind| Self { behind, over: None };
        let first = parts.next().unwrap_or_default();
        let second = parts.next();
        match (first, second) {
            ("", None) => page(Behind::List),
            ("new", None) => Self {
                behind: Behind::List,
                over: Some(Over::New),
            },
            ("deleted", None) => page(Behind::Deleted),
            (id, action) => match (Uuid::parse_str(id), action) {
                (Ok(id), None) => page(Behind::Record(id)),
                (Ok(id), Some("edit")) => over(id, Over::Edit(id), search),
                (Ok(id), Some("delete")) => over(id, Over::Delete(id), search),
                _ => page(Behind::Nowhere),
            },
        }
    }

    /// The part behind the `?` of an address that leads to the list, with no dialog over it; none where it leads elsewhere.
    pub fn list_at(address: &str) -> Option<&str> {
        let (path, search) = address.split_once('?').unwrap_or((address, ""));
        let list = Self {
            behind: Behind::List,
            over: None,
        };
        (path.starts_with("/customers") && Self::read(path, search) == list).then_some(search)
    }

    /// The address to which the dialog closes; the list keeps its query.
    pub fn closed(&self, search: &str) -> String {
        let query = list_part(search);
        match self.behind {
            Behind::Record(id) => record(id, &query),
            _ => list(&query),
        }
    }
}

/// A dialog over the record where it was opened from there, over the list otherwise.
fn over(id: Uuid, over: Over, search: &str) -> Place {
    let pairs = form_urlencoded::parse(search.trim_start_matches('?').as_bytes()).collect::<Vec<_>>();
    let from_record = pairs.iter().any(|(key, value)| key == "from" && value == "record");
    Place {
        behind: if from_record { Behind::Record(id) } else { Behind::List },
        over: Some(over),
    }
}

/// The part of an address that belongs to the list: empty, or with its `?`.
pub fn list_part(search: &str) -> String {
    CustomerQuery::from_url(search).0.to_url()
}

/// The list.
pub fn list(query: &str) -> String {
    format!("/customers{query}")
}

/// A new customer, over the list.
pub fn new(query: &str) -> String {
    format!("/customers/new{query}")
}

/// A customer's page; it keeps the list's query for the way back.
pub fn record(id: Uuid, query: &str) -> String {
    format!("/customers/{id}{query}")
}

/// An edit over the list.
pub fn edit(id: Uuid, query: &str) -> String {
    format!("/customers/{id}/edit{query}")
}

/// A deletion over the list.
pub fn delete(id: Uuid, query: &str) -> String {
    format!("/customers/{id}/delete{query}")
}

/// The address that takes a deletion back, by POST.
pub fn restore(id: Uuid) -> String {
    format!("/customers/{id}/restore")
}

/// The same dialog over the record.
pub fn from_record(address: &str) -> String {
    let sign = if address.contains('?') { '&' } else { '?' };
    format!("{address}{sign}from=record")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_read_back() {
        let id = Uuid::from_u128(7);
        let query = "?q=rao&churn=High";
        let read = |address: &str| {
            let (path, search) = address.split_once('?').unwrap_or((address, ""));
            Place::read(path, search)
        };
        let place = |behind, over| Place { behind, over };
        assert_eq!(read(&list(query)), place(Behind::List, None));
        assert_eq!(read(&new(query)), place(Behind::List, Some(Over::New)));
        assert_eq!(read(&record(id, query)), place(Behind::Record(id), None));
        assert_eq!(read(&edit(id, query)), place(Behind::List, Some(Over::Edit(id))));
        let over_record = from_record(&delete(id, query));
        assert_eq!(read(&over_record), place(Behind::Record(id), Some(Over::Delete(id))));
        assert_eq!(read("/customers/deleted"), place(Behind::Deleted, None));
        assert_eq!(Place::list_at(&list(query)), query.strip_prefix('?'));
        assert_eq!(Place::list_at("/customers"), Some(""));
        for elsewhere in [
            &new(query),
            &record(id, query),
            "/customers/deleted",
            "/",
            "/history?q=rao",
        ] {
            assert_eq!(Place::list_at(elsewhere), None, "{elsewhere}");
        }
        for nowhere in ["/customers/7", "/customers/new/edit", "/customers/x/edit"] {
            assert_eq!(read(nowhere), place(Behind::Nowhere, None), "{nowhere}");
        }
    }

    #[test]
    fn a_dialog_closes_to_where_it_was_opened() {
        let id = Uuid::from_u128(7);
        let search = "q=rao&from=record";
        assert_eq!(
            Place::read(&format!("/customers/{id}/edit"), search).closed(search),
            format!("/customers/{id}?q=rao")
        );
        assert_eq!(
            Place::read(&format!("/customers/{id}/edit"), "q=rao").closed("q=rao"),
            "/customers?q=rao"
        );
    }
}
