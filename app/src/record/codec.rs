//! What makes a draft of a subject's data, and data of a draft.

use chrono::NaiveDate;

use super::draft::{Draft, Errors};
use super::validate::DraftValidator;
use crate::base::spec::SubjectSpec;

/// The two conversions between a subject's data, which are always valid, and the text that a form holds.
pub trait RecordCodec: 'static {
    /// What people enter and edit.
    type Data: Clone + Send + Sync + 'static;

    /// The subject.
    const SPEC: &'static SubjectSpec;

    /// The draft that an edit of these data begins with; `parse` is its inverse.
    fn draft(data: &Self::Data) -> Draft;

    /// Notes what is wrong with a draft beyond what the table of fields says.
    fn check(_values: &mut DraftValidator) {}

    /// Reads the values of a draft; none where one is wrong, which was noted before.
    fn read(values: &mut DraftValidator) -> Option<Self::Data>;

    /// What a new record begins with.
    fn defaults(today: NaiveDate) -> Draft;

    /// The name of the record.
    fn title(data: &Self::Data) -> &str;

    /// The data of a draft.
    ///
    /// # Errors
    /// Every field that is wrong, with what is allowed there.
    fn parse(draft: &Draft) -> Result<Self::Data, Errors> {
        let mut values = DraftValidator::new(Self::SPEC, draft);
        values.check_fields();
        Self::check(&mut values);
        let data = Self::read(&mut values);
        values.finish(data)
    }
}
