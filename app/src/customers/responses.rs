//! What the server answers about a customer, beyond what it answers about any record.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::record::record_ref::RecordRef;
use crate::record::responses::RecordSnapshot;
use crate::services::responses::ServiceView;
use crate::ui::latest_resource::PageData;

/// A customer's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerPage {
    /// The customer.
    pub customer: RecordSnapshot,
    /// When the customer was changed last, UTC.
    pub updated_at: DateTime<Utc>,
    /// The services, the best first.
    pub services: Vec<ServiceView>,
    /// The live customer who referred this one.
    pub referrer: Option<RecordRef>,
    /// How many live customers this one has referred.
    pub referrals: i64,
    /// The date in India.
    pub today: NaiveDate,
}

impl PageData for CustomerPage {}
