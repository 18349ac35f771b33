//! A holiday's data, and what makes them of a form.

use chrono::NaiveDate;

use super::spec::{SPEC, field};
use crate::base::spec::SubjectSpec;
use crate::record::codec::{RecordCodec, record_data};
use crate::record::draft::Draft;

record_data! {
    /// All of a holiday that people enter and edit.
    pub struct HolidayData {
        /// 1 to 80 characters.
        name: String = field::NAME,
        /// Unique among the live ones.
        day: NaiveDate = field::DAY,
    }
}

/// Holidays, as a subject that has records.
pub struct Holidays;

impl RecordCodec for Holidays {
    type Data = HolidayData;

    const SPEC: &'static SubjectSpec = &SPEC;

    fn defaults(_today: NaiveDate) -> Draft {
        Draft::default()
    }

    fn title(data: &HolidayData) -> &str {
        &data.name
    }
}
