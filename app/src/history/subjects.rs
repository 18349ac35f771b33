//! What the history has to know of the subjects whose changes it holds: what their fields are called, and where they are shown.
//! It knows no subject itself, since they all know it: the application's frame tells.

use leptos::prelude::{StoredValue, expect_context, provide_context};
use uuid::Uuid;

use super::model::Entity;
use crate::contact::fold;

/// A field of something, by the word that the history holds and by what it is called on screen.
#[derive(Clone, Copy, Debug)]
pub struct FieldName {
    /// Of what.
    pub entity: Entity,
    /// In the history.
    pub word: &'static str,
    /// On screen.
    pub label: &'static str,
}

/// The words about people and rules, which are called on screen what they are.
const OWN: &[(Entity, &[&str])] = &[
    (Entity::Customer, WHOLE),
    (Entity::Lead, WHOLE),
    (
        Entity::User,
        &[
            "created",
            "name",
            "email",
            "role",
            "disabled",
            "enabled",
            "password chosen",
            "password changed",
            "two-step on",
            "two-step off",
            "recovery code used",
            "recovery codes renewed",
            "sessions ended",
            "link made",
        ],
    ),
    (Entity::Role, &["two-step sign-in"]),
    (Entity::SessionRule, &["idle limit", "absolute limit"]),
];

const WHOLE: &[&str] = &["created", "deleted", "restored"];

/// What the frame tells of the subjects.
#[derive(Clone, Debug)]
pub struct Subjects {
    fields: Vec<FieldName>,
    address: fn(Entity, Uuid) -> Option<String>,
}

impl Subjects {
    /// The subjects' fields where they are called otherwise than by their word, and the address at which a thing is shown.
    pub const fn new(fields: Vec<FieldName>, address: fn(Entity, Uuid) -> Option<String>) -> Self {
        Self { fields, address }
    }

    /// Makes it known to all pages below.
    pub fn provide(self) {
        provide_context(StoredValue::new(self));
    }

    /// What the frame has provided.
    pub fn of_app() -> StoredValue<Self> {
        expect_context()
    }

    /// What a field is called on screen.
    pub fn label(&self, entity: Entity, word: &str) -> String {
        let named = self
            .fields
            .iter()
            .find(|field| field.entity == entity && field.word == word);
        named.map_or_else(|| capital(&word.replace('_', " ")), |field| field.label.to_owned())
    }

    /// The words of all fields that a text is a part of, or of their labels; none where the text is empty.
    pub fn words_like(&self, text: &str) -> Vec<String> {
        let text = fold(text);
        if text.is_empty() {
            return Vec::new();
        }
        let own = OWN
            .iter()
            .flat_map(|(_, words)| words.iter().copied())
            .map(|word| (word, word));
        let named = self.fields.iter().map(|field| (field.word, field.label));
        let found = named
            .chain(own)
            .filter(|(word, label)| word.contains(&text) || fold(label).contains(&text));
        let mut words: Vec<String> = found.map(|(word, _)| word.to_owned()).collect();
        words.sort();
        words.dedup();
        words
    }

    /// Where a thing is shown, if it is anywhere.
    pub fn address(&self, entity: Entity, id: Uuid) -> Option<String> {
        (self.address)(entity, id)
    }
}

/// With its first letter large.
pub fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// A label inside a sentence: `churn risk`, but `NPS` and `PIN code` as they are.
pub fn in_sentence(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(label.chars().skip(1)).collect()
        }
        _ => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subjects() -> Subjects {
        let field = |word, label| FieldName {
            entity: Entity::Customer,
            word,
            label,
        };
        let fields = vec![
            field("churn", "Churn risk"),
            field("nps", "NPS"),
            field("pin_code", "PIN code"),
        ];
        Subjects::new(fields, |entity, id| {
            (entity == Entity::Customer).then(|| format!("/customers/{id}"))
        })
    }

    #[test]
    fn a_field_is_called_by_its_label_or_its_word() {
        let subjects = subjects();
        for (entity, word, label) in [
            (Entity::Customer, "churn", "Churn risk"),
            (Entity::User, "churn", "Churn"),
            (Entity::User, "two-step on", "Two-step on"),
            (Entity::Lead, "next_step", "Next step"),
            (Entity::Customer, "", ""),
            (Entity::Customer, "<b>", "<b>"),
        ] {
            assert_eq!(subjects.label(entity, word), label);
        }
    }

    #[test]
    fn a_text_finds_fields_by_label_and_word() {
        let subjects = subjects();
        assert_eq!(subjects.words_like("RISK"), ["churn"]);
        assert_eq!(subjects.words_like("pin_"), ["pin_code"]);
        assert_eq!(subjects.words_like("two-step o"), ["two-step off", "two-step on"]);
        assert_eq!(subjects.words_like("deleted"), ["deleted"]);
        assert_eq!(subjects.words_like("").len(), 0);
        assert_eq!(subjects.words_like("%").len(), 0);
    }

    #[test]
    fn a_label_stands_in_a_sentence() {
        let said = ["Churn risk", "NPS", "PIN code", "Most used OTT", "", "X"].map(in_sentence);
        assert_eq!(said, ["churn risk", "NPS", "PIN code", "most used OTT", "", "X"]);
    }
}
