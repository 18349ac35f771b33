//! What the pages of all subjects need of each.

use leptos::prelude::*;
use uuid::Uuid;

use super::choices::Choices;
use super::responses::{DeleteOutcome, DeletePreview, DeletedList, RecordForm, SaveOutcome};
use crate::base::audit::EntityKind;
use crate::base::spec::SubjectSpec;
use crate::list::pages::FetchCounts;
use crate::list::responses::{ListPage, Row};
use crate::ui::latest_resource::Answer;
use crate::ui::lazy::LazyChunk;

/// What the pages of a subject are made of: its server functions, and the layout of its record.
pub struct SubjectPages {
    /// The subject.
    pub spec: &'static SubjectSpec,
    /// The page of a record, by its id.
    pub record_page: &'static LazyChunk<Uuid>,
    /// The page of the board, where there is one.
    pub board: Option<&'static LazyChunk<()>>,
    /// The page of the list that an address asks for: its part behind the path.
    pub list: fn(String) -> Answer<ListPage>,
    /// The numbers of that list, where they do not come with its page.
    pub counts: Option<FetchCounts>,
    /// Keeps a choice of columns, by the names of their fields.
    pub choose_columns: fn(Vec<String>) -> Answer<()>,
    /// The form of a new record (no id) or of an edit.
    pub form: fn(Option<Uuid>) -> Answer<RecordForm>,
    /// The options of the form's fields that are loaded, where there are such fields.
    pub choices: Option<fn() -> Answer<Choices>>,
    /// Saves a form, which is sent as a browser would send it.
    pub save: fn(String) -> Answer<SaveOutcome>,
    /// What a deletion would take away.
    pub delete_preview: fn(Uuid) -> Answer<DeletePreview>,
    /// Deletes a record.
    pub delete: fn(Uuid) -> Answer<DeleteOutcome>,
    /// Restores a deleted record.
    pub restore: fn(Uuid) -> Answer<DeleteOutcome>,
    /// The deleted records, or those that were deleted before one of them.
    pub deleted: fn(Option<Uuid>) -> Answer<DeletedList>,
    /// Records that a search finds, where fields name records of the subject; each with cells that tell it from others
    /// of its name: a customer's city.
    pub find: Option<FindRecords>,
}

/// A server function that gives the records that a search finds.
pub type FindRecords = fn(String) -> Answer<Vec<Row>>;

/// All subjects, in the context of every page.
#[derive(Clone, Copy)]
pub struct AllSubjects(pub &'static [&'static SubjectPages]);

impl SubjectPages {
    /// Those of the page that is shown.
    pub fn of_page() -> &'static Self {
        expect_context()
    }

    /// How records of a kind are found.
    pub fn find_of(entity: EntityKind) -> Option<FindRecords> {
        let AllSubjects(subjects) = expect_context();
        let subject = subjects.iter().find(|subject| subject.spec.entity == entity);
        subject.and_then(|subject| subject.find)
    }
}
