//! The server functions of a subject's records, in one table: the forms and pages of all subjects call them.

use uuid::Uuid;

use super::responses::{DeleteOutcome, DeletePreview, DeletedList, RecordForm, SaveOutcome};
use crate::base::spec::SubjectSpec;
use crate::list::responses::Row;
use crate::ui::latest_resource::Answer;

/// What can be done to the records of a subject.
#[derive(Debug)]
pub struct RecordActions {
    /// The subject.
    pub spec: &'static SubjectSpec,
    /// The form of a new record (no id) or of an edit.
    pub form: fn(Option<Uuid>) -> Answer<RecordForm>,
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
    /// Records that a search finds, for a field that names another record; each with cells that tell it from others
    /// of its name: a customer's city.
    pub find: fn(String) -> Answer<Vec<Row>>,
}
