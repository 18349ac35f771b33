//! A form as a browser sends it, with and without script: the same text, read in one place.

use std::collections::BTreeMap;
use uuid::Uuid;

use super::model::AccountNumber;
use super::model::draft::{Draft, Errors};
use super::model::field::Field;
use super::model::merge::{Conflicts, Theirs};
use super::view::{CustomerForm, Editing, Problem};

/// The names of the inputs that are no fields.
pub mod names {
    /// The customer's id.
    pub const ID: &str = "id";
    /// The version that an edit started from.
    pub const VERSION: &str = "version";
    /// The account number of the customer that is edited.
    pub const ACCOUNT: &str = "account";
    /// Before a field's name: the value that an edit started from.
    pub const WAS: &str = "was.";
    /// Before a field's name: what the person chose, `mine` or `theirs`.
    pub const KEEP: &str = "keep.";
    /// A field that the person was asked about.
    pub const ASKED: &str = "asked";
    /// The choice of the other person's value.
    pub const THEIRS: &str = "theirs";
    /// The choice of the own value.
    pub const MINE: &str = "mine";
}

/// What a browser sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The customer's id: made by the server for a new customer, too.
    pub id: Uuid,
    /// What an edit started from; none for a new customer.
    pub editing: Option<Editing>,
    /// What was typed.
    pub draft: Draft,
    /// The fields that the person was asked about, and what they chose.
    keep: BTreeMap<Field, Option<bool>>,
}

impl Submission {
    /// Reads the body of a form (`application/x-www-form-urlencoded`); `None` where it is no form of ours.
    pub fn parse(body: &str) -> Option<Self> {
        let mut id = None;
        let mut version = None;
        let mut account = None;
        let (mut draft, mut was) = (Draft::default(), Draft::default());
        let mut keep: BTreeMap<Field, Option<bool>> = BTreeMap::new();
        for (key, value) in form_urlencoded::parse(body.as_bytes()) {
            if let Some(field) = Field::parse(&key) {
                draft.push(field, value.into_owned());
            } else if let Some(field) = key.strip_prefix(names::WAS).and_then(Field::parse) {
                was.push(field, value.into_owned());
            } else if let Some(field) = key.strip_prefix(names::KEEP).and_then(Field::parse) {
                keep.insert(field, Some(value == names::THEIRS));
            } else if key == names::ASKED {
                if let Some(field) = Field::parse(&value) {
                    keep.entry(field).or_default();
                }
            } else if key == names::ID {
                id = Uuid::parse_str(&value).ok();
            } else if key == names::VERSION {
                version = Some(value.parse().ok()?);
            } else if key == names::ACCOUNT {
                account = AccountNumber::parse(&value).ok();
            }
        }
        let editing = match version {
            Some(version) => Some(Editing {
                name: was.value(Field::Name).to_owned(),
                account_number: account?,
                version,
                was,
            }),
            None => None,
        };
        Some(Self {
            id: id?,
            editing,
            draft,
            keep,
        })
    }

    /// What was typed, with the other person's value where it was chosen.
    ///
    /// # Errors
    /// The fields that the person was asked about and said nothing.
    pub fn chosen(&self) -> Result<Draft, Errors> {
        let mut draft = self.draft.clone();
        let mut errors = Errors::new();
        let Some(editing) = &self.editing else {
            return Ok(draft);
        };
        for (field, theirs) in &self.keep {
            match theirs {
                Some(true) => draft.set(*field, editing.was.values(*field).to_vec()),
                Some(false) => {}
                None => {
                    errors.insert(*field, "Choose which value to keep: yours or theirs.".into());
                }
            }
        }
        if errors.is_empty() { Ok(draft) } else { Err(errors) }
    }

    /// The conflicts that the person was asked about, with the answers.
    fn conflicts(&self) -> Conflicts {
        let Some(editing) = &self.editing else {
            return Conflicts::new();
        };
        let asked = self.keep.iter().map(|(field, chosen)| {
            let theirs = Theirs {
                said: editing.was.said(*field),
                chosen: *chosen,
            };
            (*field, theirs)
        });
        asked.collect()
    }

    /// The form as it was sent, with what is wrong.
    pub fn again(self, errors: Errors, problem: Option<Problem>) -> CustomerForm {
        CustomerForm {
            id: self.id,
            conflicts: self.conflicts(),
            editing: self.editing,
            draft: self.draft,
            errors,
            problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_whole() {
        let id = Uuid::from_u128(7);
        let body = format!(
            "id={id}&version=3&account=LM-0000009&name=Asha+Rao&ott_apps=Netflix&ott_apps=ZEE5&was.name=Asha&was.city=Pune\
             &asked=city&asked=name&keep.city=theirs&city=Mysuru&x=1"
        );
        let submission = Submission::parse(&body).expect("a form");
        let editing = submission.editing.clone().expect("an edit");
        assert_eq!(
            (editing.version, editing.account_number, editing.name.as_str()),
            (3, AccountNumber(9), "Asha")
        );
        assert_eq!(submission.draft.values(Field::OttApps), ["Netflix", "ZEE5"]);
        let errors = submission.chosen().expect_err("name is open");
        assert_eq!(errors.keys().collect::<Vec<_>>(), [&Field::Name]);
        // What was typed stays typed: the choice is applied to what is saved alone.
        assert_eq!(submission.draft.value(Field::City), "Mysuru");
        let form = submission.again(errors, None);
        // What was answered stays answered, whatever else is wrong.
        let answers: Vec<_> = form
            .conflicts
            .iter()
            .map(|(field, theirs)| (*field, theirs.chosen))
            .collect();
        assert_eq!(answers, [(Field::Name, None), (Field::City, Some(true))]);
    }

    #[test]
    fn a_body_that_is_no_form_is_refused() {
        for body in [
            "",
            "name=x",
            "id=7",
            "id=00000000-0000-0000-0000-000000000007&version=x",
        ] {
            assert_eq!(Submission::parse(body), None, "{body}");
        }
    }
}
