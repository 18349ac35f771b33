//! A form as a browser sends it, with and without script: the same text, read in one place.

use std::collections::BTreeMap;
use uuid::Uuid;

use super::draft::{Draft, Errors};
use super::merge::Conflict;
use super::record_ref::RecordRef;
use super::responses::{FormError, RecordForm, RecordSnapshot};
use crate::base::spec::SubjectSpec;

/// The names of the inputs that are no fields.
pub mod names {
    /// The record's id.
    pub const ID: &str = "id";
    /// The version that an edit started from.
    pub const VERSION: &str = "version";
    /// The reference of the record that is edited.
    pub const REFERENCE: &str = "reference";
    /// Before a field's name: a value that an edit started from.
    pub const ORIGINAL: &str = "original.";
    /// Before a field's name: what the person chose, `mine` or `theirs`.
    pub const RESOLVE: &str = "resolve.";
    /// A field that the person was asked about.
    pub const CONFLICT: &str = "conflict";
    /// The choice of the other person's value.
    pub const THEIRS: &str = "theirs";
    /// The choice of the own value.
    pub const MINE: &str = "mine";
    /// The record that was chosen in place of a new one.
    pub const LINK: &str = "link";
    /// The version of the record that is converted.
    pub const FROM_VERSION: &str = "from_version";
}

impl RecordForm {
    /// Reads the body of a subject's form (`application/x-www-form-urlencoded`); `None` where it is no such form.
    pub fn parse(spec: &SubjectSpec, body: &str) -> Option<Self> {
        let mut id = None;
        let (mut version, mut reference, mut link, mut from_version) = (None, None, None, None);
        let (mut draft, mut original) = (Draft::default(), Draft::default());
        let mut resolutions: BTreeMap<&'static str, Option<bool>> = BTreeMap::new();
        let field = |name: &str| spec.field(name).map(|field| field.name);
        for (key, value) in form_urlencoded::parse(body.as_bytes()) {
            // Browsers send line breaks in either form.
            let value = value.replace("\r\n", "\n");
            if let Some(field) = field(&key) {
                draft.push(field, value);
            } else if let Some(field) = key.strip_prefix(names::ORIGINAL).and_then(field) {
                original.push(field, value);
            } else if let Some(field) = key.strip_prefix(names::RESOLVE).and_then(field) {
                resolutions.insert(field, Some(value == names::THEIRS));
            } else if key == names::CONFLICT {
                if let Some(field) = field(&value) {
                    resolutions.entry(field).or_default();
                }
            } else if key == names::ID {
                id = Uuid::parse_str(&value).ok();
            } else if key == names::VERSION {
                version = Some(value.parse().ok()?);
            } else if key == names::REFERENCE {
                reference = Some(value);
            } else if key == names::LINK {
                link = Some(Uuid::parse_str(&value).ok()?);
            } else if key == names::FROM_VERSION {
                from_version = value.parse().ok();
            }
        }
        let id = id?;
        let base = match version {
            Some(version) => Some(RecordSnapshot {
                record: RecordRef {
                    id,
                    reference: reference?,
                    name: original.value(spec.title).to_owned(),
                },
                version,
                draft: original,
            }),
            None => None,
        };
        // The form that asked started from the other person's values.
        let conflicts = resolutions.into_iter().filter_map(|(name, takes_theirs)| {
            let theirs = base.as_ref()?.draft.display_text(spec.field(name)?);
            Some((name.to_owned(), Conflict { theirs, takes_theirs }))
        });
        Some(Self {
            conflicts: conflicts.collect(),
            link,
            from_version,
            ..Self::new(id, base, draft)
        })
    }

    /// What was typed, with the other person's value where it was chosen; and the fields that the person was asked about and made no
    /// choice.
    pub fn resolved(&self) -> (Draft, Errors) {
        let mut draft = self.draft.clone();
        let mut errors = Errors::new();
        for (field, conflict) in &self.conflicts {
            match (conflict.takes_theirs, &self.base) {
                (Some(true), Some(base)) => draft.set(field, base.draft.values(field).to_vec()),
                (Some(_), _) => {}
                (None, _) => {
                    let message = "Choose yours or theirs.";
                    errors.insert(field.clone(), message.to_owned());
                }
            }
        }
        (draft, errors)
    }

    /// The form as it was sent, with what is wrong.
    pub fn with_errors(self, errors: Errors, form_error: Option<FormError>) -> Self {
        Self {
            errors,
            form_error,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::spec::{SPEC, field};

    #[test]
    fn a_body_is_parsed_completely() {
        let id = Uuid::from_u128(7);
        let body = format!(
            "id={id}&version=3&reference=LM-0000009&name=Asha+Rao&ott_apps=Netflix&ott_apps=ZEE5&original.name=Asha\
             &original.city=Pune&conflict=city&conflict=name&resolve.city=theirs&city=Mysuru&x=1"
        );
        let submission = RecordForm::parse(&SPEC, &body).expect("a form");
        let base = submission.base.clone().expect("an edit");
        assert_eq!(
            (base.version, &*base.record.reference, &*base.record.name),
            (3, "LM-0000009", "Asha")
        );
        assert_eq!(submission.draft.values(field::OTT_APPS), ["Netflix", "ZEE5"]);
        let (resolved, errors) = submission.resolved();
        assert_eq!(resolved.value(field::CITY), "Pune");
        assert_eq!(errors.keys().collect::<Vec<_>>(), [field::NAME]);
        // What was typed stays typed: the choice is applied to what is saved alone.
        assert_eq!(submission.draft.value(field::CITY), "Mysuru");
        let form = submission.with_errors(errors, None);
        // What was answered stays answered, whatever else is wrong.
        let choices: Vec<_> = form
            .conflicts
            .iter()
            .map(|(field, conflict)| (&**field, conflict.takes_theirs))
            .collect();
        assert_eq!(choices, [(field::CITY, Some(true)), (field::NAME, None)]);
        assert_eq!(form.conflicts[field::CITY].theirs.as_deref(), Some("Pune"));
    }

    #[test]
    fn a_body_that_is_no_form_is_refused() {
        for body in [
            "",
            "name=x",
            "id=7",
            "id=00000000-0000-0000-0000-000000000007&version=x",
            "id=00000000-0000-0000-0000-000000000007&version=3",
            "id=00000000-0000-0000-0000-000000000007&link=",
        ] {
            assert!(RecordForm::parse(&SPEC, body).is_none(), "{body}");
        }
    }
}
