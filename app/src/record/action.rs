//! What was done to a record, and the sentence that reports it.

use super::record_ref::RecordRef;
use crate::base::spec::SubjectSpec;
use crate::base::text::{capitalize, isolated};
use crate::base::word_enum::word_enum;

word_enum! {
    /// What was done to a record.
    pub enum RecordAction {
        /// Created.
        Created = "created",
        /// Edited.
        Saved = "saved",
        /// Edited, with what somebody else changed at the same time.
        Merged = "merged",
        /// Deleted.
        Deleted = "deleted",
        /// Restored.
        Restored = "restored",
        /// Chosen in place of a new one.
        Linked = "linked",
    }
}

impl RecordAction {
    /// The notice's sentence. A new record is found again by its reference.
    pub fn message(self, spec: &SubjectSpec, record: &RecordRef) -> String {
        let (subject, name, reference) = (capitalize(spec.singular), isolated(&record.name), &record.reference);
        match self {
            Self::Created => format!("{subject} {name} created: {reference}"),
            Self::Merged => format!("{subject} {name} saved and merged with another user's changes"),
            Self::Linked => format!("Linked to {} {}", spec.singular, record.full_name()),
            action => format!("{subject} {name} {action}"),
        }
    }
}
