//! What the server answers about a record.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::action::RecordAction;
use super::draft::{Draft, Errors};
use super::merge::Conflicts;
use super::record_ref::RecordRef;
use crate::base::audit::EntityKind;
use crate::base::cell::Cell;
use crate::ui::latest_resource::PageData;

/// A record at one of its versions: what its page shows, and what an edit starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSnapshot {
    /// Which one.
    pub record: RecordRef,
    /// Goes up by one with every change.
    pub version: i64,
    /// The values of its fields.
    pub draft: Draft,
}

/// A record whose page shows its fields and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlainRecord {
    /// The record.
    pub record: RecordSnapshot,
    /// When it was changed last, UTC.
    pub updated_at: DateTime<Utc>,
    /// The date in India.
    pub today: NaiveDate,
}

impl PageData for PlainRecord {}

/// The form of a new record or of an edit, as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordForm {
    /// The record's id; a new one's is made by the server, so that sending the form twice makes one record.
    pub id: Uuid,
    /// What an edit started from; none for a new record.
    pub base: Option<RecordSnapshot>,
    /// What the inputs hold.
    pub draft: Draft,
    /// What is wrong, field by field.
    pub errors: Errors,
    /// What is wrong with the form as a whole.
    pub form_error: Option<FormError>,
    /// The fields that both this person and another changed.
    pub conflicts: Conflicts,
    /// The records that may be the one in the form.
    pub matches: Vec<RecordMatch>,
    /// Of a conversion: the record that was chosen in place of a new one.
    pub link: Option<Uuid>,
    /// Of a conversion: the version of the record that is converted.
    pub from_version: Option<i64>,
}

impl RecordForm {
    /// A form that was not sent yet.
    pub fn new(id: Uuid, base: Option<RecordSnapshot>, draft: Draft) -> Self {
        Self {
            id,
            base,
            draft,
            errors: Errors::new(),
            form_error: None,
            conflicts: Conflicts::new(),
            matches: Vec::new(),
            link: None,
            from_version: None,
        }
    }

    /// Whether something in it has to be mended before it can be saved.
    pub fn is_rejected(&self) -> bool {
        self.form_error.is_some() || !self.errors.is_empty()
    }
}

/// A record that may be the one in a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordMatch {
    /// What kind of record it is.
    pub entity: EntityKind,
    /// Which one.
    pub record: RecordRef,
    /// Why it may be the same: `Same phone`.
    pub reason: String,
}

/// Why a form could not be saved although every field is well-formed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormError {
    /// What happened and what to do.
    pub message: String,
    /// The HTTP status that goes with it.
    pub status: u16,
    /// The record that stands in the way.
    pub record: Option<RecordRef>,
}

impl FormError {
    /// 409: what is there now stands in the way.
    pub fn conflict(message: impl Into<String>, record: Option<RecordRef>) -> Self {
        Self {
            message: message.into(),
            status: 409,
            record,
        }
    }
}

/// The outcome of sending a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SaveOutcome {
    /// Saved.
    Done {
        /// How.
        action: RecordAction,
        /// Which record.
        record: RecordRef,
    },
    /// Not saved: the form with all that was typed, and with what is wrong or in conflict.
    Invalid(Box<RecordForm>),
}

/// What a deletion would take away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletePreview {
    /// Which record.
    pub record: RecordRef,
    /// The version that is shown: a deletion of another is refused.
    pub version: i64,
    /// What goes with it and what stays, a sentence each.
    pub losses: Vec<String>,
    /// What keeps it from being deleted.
    pub refusal: Option<DeletionRefusal>,
    /// Where somebody else has changed the record since its deletion was asked for: a sentence with what it is now.
    pub changed: Option<String>,
}

/// Why a record cannot be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionRefusal {
    /// A sentence that says what to do first.
    pub message: String,
    /// Where that is done, and what the link says.
    pub link: (String, String),
}

/// The outcome of a deletion or a restoration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeleteOutcome {
    /// Done.
    Done {
        /// Which record.
        record: RecordRef,
        /// Its version now, by which it is taken back.
        version: i64,
    },
    /// Not done, and why.
    Refused(FormError),
    /// Not done: somebody else has changed the record since. What it is now, to be asked again.
    Changed(DeletePreview),
}

/// Which deleted records are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeletedQuery {
    /// Words of the name, or the number; empty for all.
    pub search: String,
    /// The record before whose deletion they were deleted.
    pub older_than: Option<Uuid>,
}

/// A page of the deleted records, the last deleted first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedList {
    /// What was searched for; empty where nothing was.
    pub search: String,
    /// The records.
    pub rows: Vec<DeletedRow>,
    /// The id behind which older ones follow.
    pub older_than: Option<Uuid>,
    /// The date in India.
    pub today: NaiveDate,
}

/// A deleted record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedRow {
    /// Which one.
    pub record: RecordRef,
    /// The version that is shown: a restoration of another is refused.
    pub version: i64,
    /// Its values in the subject's `deleted_columns`.
    pub cells: Vec<Cell>,
    /// UTC.
    pub deleted_at: DateTime<Utc>,
    /// By whom, where the history says so.
    pub deleted_by: Option<String>,
}

impl PageData for DeletedList {}
