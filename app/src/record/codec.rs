//! What makes a draft of a subject's data, and data of a draft.

use chrono::NaiveDate;

use super::draft::{Draft, Errors};
use crate::base::field_value::FieldValue;
use crate::base::spec::{FieldSpec, SubjectSpec};
use crate::base::text::is_blank;

/// What people enter and edit of a record. A value that exists is valid. [`record_data`] implements it.
pub trait RecordData: Clone + Send + Sync + 'static {
    /// The text of every field.
    fn draft(&self) -> Draft;

    /// Reads all fields; none where one is wrong, which the reader notes.
    fn read(reader: &mut DraftReader<'_>) -> Option<Self>;
}

/// A subject whose records people enter and edit.
pub trait RecordCodec: 'static {
    /// What people enter and edit.
    type Data: RecordData;

    /// The subject.
    const SPEC: &'static SubjectSpec;

    /// Notes what is wrong with a draft beyond single fields.
    fn check(_reader: &mut DraftReader<'_>) {}

    /// What a new record begins with.
    fn defaults(today: NaiveDate) -> Draft;

    /// The name of the record.
    fn title(data: &Self::Data) -> &str;

    /// The draft that an edit of these data begins with; `parse` is its inverse.
    fn draft(data: &Self::Data) -> Draft {
        data.draft()
    }

    /// The data of a draft of a stored record.
    ///
    /// # Errors
    /// Every field that is wrong, with what is allowed there.
    fn parse(draft: &Draft) -> Result<Self::Data, Errors> {
        Self::read(draft, false)
    }

    /// The data of what was sent as a new record. What its form does not ask for begins with the default, whatever was sent.
    ///
    /// # Errors
    /// As those of [`Self::parse`].
    fn parse_new(sent: &Draft, today: NaiveDate) -> Result<Self::Data, Errors> {
        let mut draft = Self::defaults(today);
        for field in Self::SPEC.new_fields() {
            draft.set(field.name, sent.values(field.name).to_vec());
        }
        Self::read(&draft, true)
    }

    /// The data of a draft, of a new record or of a stored one.
    #[doc(hidden)]
    fn read(draft: &Draft, is_new: bool) -> Result<Self::Data, Errors> {
        let mut reader = DraftReader {
            spec: Self::SPEC,
            draft,
            is_new,
            errors: Errors::new(),
        };
        let data = Self::Data::read(&mut reader);
        Self::check(&mut reader);
        data.filter(|_| reader.errors.is_empty()).ok_or(reader.errors)
    }
}

/// Reads the values of a draft and notes what is wrong with them.
pub struct DraftReader<'a> {
    spec: &'static SubjectSpec,
    draft: &'a Draft,
    is_new: bool,
    errors: Errors,
}

impl DraftReader<'_> {
    /// The value of a field; none where it is wrong, which is noted. A field without a meaning beside the others is empty.
    pub fn get<T: FieldValue>(&mut self, name: &str) -> Option<T> {
        let field = self.spec.field(name)?;
        let read = match self.draft.applies(field) && (self.is_new || field.is_stored()) {
            true => T::read(self.draft.values(name), field),
            false => T::read(
                &[],
                &FieldSpec {
                    required: false,
                    ..*field
                },
            ),
        };
        read.map_err(|message| self.error(name, message)).ok()
    }

    /// Notes the message for the first of some fields where all of them are empty.
    pub fn require_one(&mut self, fields: &[&str], message: &str) {
        let is_empty = |name: &&str| self.draft.values(name).iter().all(|text| is_blank(text));
        if let Some(first) = fields.first().filter(|_| fields.iter().all(is_empty)) {
            self.error(first, message);
        }
    }

    /// Notes that a field is wrong.
    pub fn error(&mut self, field: &str, message: impl Into<String>) {
        self.errors.insert(field.to_owned(), message.into());
    }
}

/// Declares the data of a subject's records, each field with its name in the table of fields, and implements [`RecordData`].
macro_rules! record_data {
    ($(#[$doc:meta])* $vis:vis struct $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty = $key:expr),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis struct $name {
            $($(#[$field_doc])* pub $field: $type),+
        }

        impl $crate::record::codec::RecordData for $name {
            fn draft(&self) -> $crate::record::draft::Draft {
                let mut draft = $crate::record::draft::Draft::default();
                $(draft.set($key, $crate::base::field_value::FieldValue::write(&self.$field));)+
                draft
            }

            fn read(reader: &mut $crate::record::codec::DraftReader<'_>) -> Option<Self> {
                // All are read before the first that is wrong ends it, so that every error is noted.
                $(let $field = reader.get($key);)+
                Some(Self { $($field: $field?),+ })
            }
        }
    };
}

pub(crate) use record_data;
