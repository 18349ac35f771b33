//! What the dialog of a form is for.

use uuid::Uuid;

use super::choices::Choices;
use super::responses::{RecordForm, SaveOutcome};
use super::subject::{Conversion, SubjectDialogs};
use crate::base::spec::{FieldSpec, SubjectSpec};
use crate::base::text::isolated;
use crate::ui::latest_resource::Answer;
use crate::ui::unsaved::FormKey;

/// What the dialog of a form is for.
#[derive(Clone, Copy)]
pub enum Purpose {
    /// A new record.
    Create,
    /// An edit.
    Edit(Uuid),
    /// A conversion into a record of another subject.
    Convert(Uuid, &'static Conversion),
}

impl Purpose {
    /// The record that it is about.
    pub fn record(self) -> Option<Uuid> {
        match self {
            Self::Create => None,
            Self::Edit(id) | Self::Convert(id, _) => Some(id),
        }
    }

    /// The conversion.
    pub fn conversion(self) -> Option<&'static Conversion> {
        match self {
            Self::Convert(_, conversion) => Some(conversion),
            _ => None,
        }
    }

    /// The subject whose record is in the form, on a page of `subject`.
    pub fn spec(self, subject: &'static SubjectDialogs) -> &'static SubjectSpec {
        self.conversion().map_or(subject.spec, |conversion| conversion.into)
    }

    /// Whether a field is in the form.
    pub fn has_field(self, field: &FieldSpec) -> bool {
        match self {
            Self::Create | Self::Convert(..) => field.is_entered_when_new(),
            Self::Edit(_) => field.is_edited(),
        }
    }

    /// Whether somebody has done already what the form was for: then it only says so.
    pub fn is_done(self, form: &RecordForm) -> bool {
        let record = form.form_error.as_ref().and_then(|error| error.record.as_ref());
        self.conversion().is_some() && record.is_some() && form.errors.is_empty()
    }

    /// Under which typed text is kept.
    pub fn key(self, subject: &'static SubjectDialogs) -> FormKey {
        let what = self
            .conversion()
            .map_or(subject.spec.path, |conversion| conversion.label);
        (what.to_owned(), self.record())
    }

    /// The dialog's heading.
    pub fn title(self, subject: &'static SubjectDialogs, form: &RecordForm) -> String {
        match (self, &form.base) {
            (Self::Convert(_, conversion), _) => conversion.label.to_owned(),
            (_, Some(base)) => format!("Edit {}", isolated(&base.record.name)),
            (_, None) => format!("New {}", subject.spec.singular),
        }
    }

    /// What the button says, and what it says while the form is saved.
    pub fn button(self, subject: &'static SubjectDialogs) -> (String, &'static str) {
        match self {
            Self::Convert(_, conversion) => (conversion.label.to_owned(), conversion.busy_label),
            _ => (format!("Save {}", subject.spec.singular), "Saving…"),
        }
    }

    /// Asks for the options of the form's loaded fields, where it has such fields.
    pub fn choices(self, subject: &'static SubjectDialogs) -> Option<Answer<Choices>> {
        let dialogs = match self.conversion() {
            Some(conversion) => SubjectDialogs::of(conversion.into.entity)?,
            None => subject,
        };
        dialogs.choices.map(|choices| choices())
    }

    /// Asks for the form.
    pub fn form(self, subject: &'static SubjectDialogs) -> Answer<RecordForm> {
        match self {
            Self::Convert(id, conversion) => (conversion.form)(id),
            _ => (subject.form)(self.record()),
        }
    }

    /// Saves the form.
    pub fn save(self, subject: &'static SubjectDialogs, body: String) -> Answer<SaveOutcome> {
        match self {
            Self::Convert(id, conversion) => (conversion.save)(id, body),
            _ => (subject.save)(body),
        }
    }
}
