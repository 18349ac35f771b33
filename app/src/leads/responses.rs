//! What the server answers about a lead, beyond what it answers about any record.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::spec::{SPEC, field};
use crate::base::spec::FieldSpec;
use crate::list::responses::Row;
use crate::record::record_ref::RecordRef;
use crate::record::responses::RecordSnapshot;
use crate::served_pin_codes::model::Availability;
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
    /// The customer whom the lead became.
    pub customer: Option<RecordRef>,
    /// Whether that customer was deleted since.
    pub customer_is_deleted: bool,
    /// Whether the line that they want can be had at their address.
    pub availability: Availability,
    /// The date in India.
    pub today: NaiveDate,
}

impl PageData for LeadPage {}

/// The user's own open leads that have a next step on a day up to the end of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyDay {
    /// The date in India.
    pub today: NaiveDate,
    /// Those whose next step is on a day before.
    pub overdue: DueLeads,
    /// Those whose next step is today.
    pub due_today: DueLeads,
    /// Those whose next step is on one of the six days behind it.
    pub this_week: DueLeads,
}

impl PageData for MyDay {}

impl MyDay {
    /// The fields that each row's cells show.
    pub fn columns() -> impl Iterator<Item = &'static FieldSpec> {
        let names = [
            field::STAGE,
            field::PLAN_TYPE,
            field::EXPECTED_VALUE,
            field::NEXT_STEP,
            field::NEXT_STEP_ON,
            field::PHONE,
        ];
        names.into_iter().filter_map(|name| SPEC.field(name))
    }
}

/// Leads with a next step, by its date and their name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueLeads {
    /// The first of them.
    pub rows: Vec<Row>,
    /// Whether there are more.
    pub has_more: bool,
}
