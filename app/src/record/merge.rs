//! Two people edit the same record: what only one of them changed is merged, what both changed is asked about.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::draft::Draft;
use crate::base::spec::SubjectSpec;

/// The fields that both changed, by their names.
pub type Conflicts = BTreeMap<String, Conflict>;

/// A field that somebody else saved while this person changed it too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The other person's value as people read it; none where the field was emptied.
    pub theirs: Option<String>,
    /// Whether this person chose the other's value, or the own one; none before a choice.
    pub takes_theirs: Option<bool>,
}

/// What two edits of the same start make together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeResult {
    /// Their changes and mine; where both changed a field, mine.
    pub draft: Draft,
    /// The fields that both changed to different values.
    pub conflicts: Conflicts,
}

/// Merges `mine` and `theirs`, both made from `base`. All three are drafts of valid values.
pub fn merge(spec: &SubjectSpec, base: &Draft, mine: &Draft, theirs: &Draft) -> MergeResult {
    let mut draft = mine.clone();
    let mut conflicts = Conflicts::new();
    for field in spec.edited_fields() {
        let name = field.name;
        if mine.same_value(theirs, name) || base.same_value(theirs, name) {
            continue;
        }
        if base.same_value(mine, name) {
            draft.set(name, theirs.values(name).to_vec());
        } else {
            let conflict = Conflict {
                theirs: theirs.display_text(field),
                takes_theirs: None,
            };
            conflicts.insert(name.to_owned(), conflict);
        }
    }
    MergeResult { draft, conflicts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::codec::Customers;
    use crate::customers::codec::tests::{any_data, valid_draft};
    use crate::customers::spec::{SPEC, field};
    use crate::record::codec::RecordCodec as _;
    use proptest::prelude::*;

    fn with(field: &str, value: &str) -> Draft {
        let mut draft = valid_draft();
        draft.put(field, value);
        draft
    }

    #[test]
    fn changes_to_different_fields_merge() {
        let mine = with(field::CITY, "Mysuru");
        let merged = merge(&SPEC, &valid_draft(), &mine, &with(field::NPS, "40"));
        assert!(merged.conflicts.is_empty());
        assert_eq!(merged.draft.value(field::CITY), "Mysuru");
        assert_eq!(merged.draft.value(field::NPS), "40");
    }

    #[test]
    fn a_field_that_both_changed_is_a_conflict_and_keeps_the_typed_value() {
        let mine = with(field::CITY, "Mysuru");
        let merged = merge(&SPEC, &valid_draft(), &mine, &with(field::CITY, "Hubballi"));
        assert_eq!(merged.conflicts[field::CITY].theirs.as_deref(), Some("Hubballi"));
        assert_eq!(merged.draft.value(field::CITY), "Mysuru");
    }

    #[test]
    fn the_same_change_twice_is_no_conflict() {
        let same = with(field::CITY, "Mysuru");
        assert!(merge(&SPEC, &valid_draft(), &same, &same).conflicts.is_empty());
    }

    proptest! {
        #[test]
        fn nothing_that_one_side_changed_is_lost(base in any_data(), mine in any_data(), theirs in any_data()) {
            let [base, mine, theirs] = [base, mine, theirs].map(|data| Customers::draft(&data));
            let merged = merge(&SPEC, &base, &mine, &theirs);
            for field in SPEC.edited_fields().map(|field| field.name) {
                let (i_changed, they_changed) = (!base.same_value(&mine, field), !base.same_value(&theirs, field));
                let differ = !mine.same_value(&theirs, field);
                prop_assert_eq!(merged.conflicts.contains_key(field), i_changed && they_changed && differ);
                let expected = if i_changed { &mine } else { &theirs };
                prop_assert!(merged.draft.same_value(expected, field), "{}", field);
            }
        }
    }
}
