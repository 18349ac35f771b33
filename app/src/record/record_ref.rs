//! Enough of a record to name and find it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::text::isolated;

/// Enough of a record to name and find it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRef {
    /// UUIDv7.
    pub id: Uuid,
    /// What people call it by: `LM-0001042`.
    pub reference: String,
    /// The name.
    pub name: String,
}

impl RecordRef {
    /// `Asha Rao (LM-0001042)`, for a sentence.
    pub fn full_name(&self) -> String {
        format!("{} ({})", isolated(&self.name), self.reference)
    }
}
