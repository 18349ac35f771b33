//! What the server answers about a lead, beyond what it answers about any record.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::record::record_ref::RecordRef;
use crate::record::responses::RecordSnapshot;
use crate::ui::latest_resource::PageData;

/// A lead's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadPage {
    /// The lead.
    pub lead: RecordSnapshot,
    /// When the lead was changed last, UTC.
    pub updated_at: DateTime<Utc>,
    /// The name of the user who works the lead.
    pub owner: Option<String>,
    /// The live customer who referred the lead.
    pub referrer: Option<RecordRef>,
    /// The live customer whom the lead became.
    pub customer: Option<RecordRef>,
    /// The date in India.
    pub today: NaiveDate,
}

impl PageData for LeadPage {}
