//! What the history knows of the subjects: the labels of their fields, and where their records are shown.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::base::audit::EntityKind;
use crate::base::search::{has_words, name_words};
use crate::base::spec::SubjectSpec;
use crate::base::text::capitalize;
use crate::billing::routes::{PROVIDER, bill_url, receipt_url};
use crate::customers;
use crate::holidays;
use crate::leads;
use crate::list::routes::record_url;
use crate::plans;
use crate::served_pin_codes;

/// The subjects whose changes are recorded, and whose records have pages.
pub static SUBJECTS: &[&SubjectSpec] = &[
    &customers::spec::SPEC,
    &leads::spec::SPEC,
    &served_pin_codes::spec::SPEC,
    &plans::spec::SPEC,
    &holidays::spec::SPEC,
];

/// The names in the history that are their own labels, of what is no subject's field.
const BUILTIN_LABELS: &[&str] = &[
    // Of every record.
    "created",
    "deleted",
    "restored",
    // Of a lead.
    "customer",
    // Of users.
    "name",
    "email",
    "role",
    "disabled",
    "enabled",
    "password set",
    "password changed",
    "two-step on",
    "two-step off",
    "recovery code used",
    "recovery codes renewed",
    "sessions ended",
    "link created",
    // Of services.
    "login",
    // Of payments.
    "bounced",
    "reversed",
    // Of the provider.
    "gstin",
    "address_line",
    "city",
    "state",
    "pin_code",
    "upi_id",
    "bank_details",
    "bill_series",
    "note_series",
    "due_days",
    "grace_days",
    // Of jobs.
    "stopped",
    "retried",
    // Of roles and sessions.
    "two-step sign-in",
    "idle limit",
    "absolute limit",
];

/// The label of a field.
pub fn label(entity: EntityKind, name: &str) -> String {
    let field = subject(entity).and_then(|subject| subject.field(name));
    field.map_or_else(|| capitalize(&name.replace('_', " ")), |field| field.label.to_owned())
}

/// The names of all fields whose name or label contains a text; none where the text is empty.
pub fn names_like(text: &str) -> Vec<&'static str> {
    let words = name_words(text);
    let fields = SUBJECTS.iter().flat_map(|subject| subject.fields);
    let found = fields
        .map(|field| (field.name, field.label))
        .chain(BUILTIN_LABELS.iter().map(|name| (*name, *name)))
        .filter(|(name, label)| has_words(name, &words) || has_words(label, &words));
    let names: BTreeSet<&'static str> = found.map(|(name, _)| name).collect();
    names.into_iter().collect()
}

/// The address of a record's page; none where that kind of thing has no page of its own.
pub fn address(entity: EntityKind, id: Uuid) -> Option<String> {
    match entity {
        EntityKind::Bill => Some(bill_url(id)),
        EntityKind::Payment => Some(receipt_url(id)),
        EntityKind::Provider => Some(PROVIDER.to_owned()),
        _ => subject(entity).map(|subject| record_url(subject, id, "")),
    }
}

fn subject(entity: EntityKind) -> Option<&'static SubjectSpec> {
    SUBJECTS.iter().copied().find(|subject| subject.entity == entity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_shown_by_its_label_or_its_name() {
        for (entity, name, expected) in [
            (EntityKind::Customer, "churn", "Churn risk"),
            (EntityKind::User, "churn", "Churn"),
            (EntityKind::User, "two-step on", "Two-step on"),
            (EntityKind::Lead, "lost_reason", "Reason for losing"),
            (EntityKind::Customer, "", ""),
            (EntityKind::Customer, "<b>", "<b>"),
        ] {
            assert_eq!(label(entity, name), expected);
        }
    }

    #[test]
    fn a_text_finds_fields_by_label_and_name() {
        assert_eq!(names_like("RISK"), ["churn"]);
        assert_eq!(names_like("off, two-step"), ["two-step off"]);
        assert_eq!(names_like("deleted"), ["deleted"]);
        assert_eq!(names_like("pin_"), ["pin_code"]);
        assert_eq!(names_like("").len(), 0);
        assert_eq!(names_like("%").len(), 0);
    }
}
