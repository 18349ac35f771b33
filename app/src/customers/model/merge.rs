//! Two people edit the same customer: what only one of them changed is merged, what both changed is asked about.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::draft::Draft;
use super::field::Field;

/// The fields that both changed, with what the other person made of them.
pub type Conflicts = BTreeMap<Field, Theirs>;

/// What somebody else saved in a field that this person changed too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theirs {
    /// As people read it; none where it was emptied.
    pub said: Option<String>,
    /// Whether this value was chosen, or the own; none where the person has not said yet.
    pub chosen: Option<bool>,
}

/// What two edits of the same start make together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Their changes and mine; where both changed a field, mine.
    pub draft: Draft,
    /// The fields where both changed the same thing to different values.
    pub conflicts: Conflicts,
}

/// Merges `mine` and `theirs`, both made from `base`. All three in the form that `Draft::of` gives.
pub fn merge(base: &Draft, mine: &Draft, theirs: &Draft) -> Merged {
    let mut draft = mine.clone();
    let mut conflicts = Conflicts::new();
    for field in Field::ALL.iter().copied() {
        if mine.agrees(theirs, field) || base.agrees(theirs, field) {
            continue;
        }
        if base.agrees(mine, field) {
            draft.set(field, theirs.values(field).to_vec());
        } else {
            conflicts.insert(
                field,
                Theirs {
                    said: theirs.said(field),
                    chosen: None,
                },
            );
        }
    }
    Merged { draft, conflicts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::model::draft::tests::{any_details, valid_draft};
    use proptest::prelude::*;

    fn with(field: Field, value: &str) -> Draft {
        let mut draft = valid_draft();
        draft.set(field, vec![value.to_owned()]);
        draft
    }

    #[test]
    fn changes_to_different_fields_merge() {
        let merged = merge(&valid_draft(), &with(Field::City, "Mysuru"), &with(Field::Nps, "40"));
        assert!(merged.conflicts.is_empty());
        assert_eq!(merged.draft.value(Field::City), "Mysuru");
        assert_eq!(merged.draft.value(Field::Nps), "40");
    }

    #[test]
    fn a_field_that_both_changed_is_asked_about_and_mine_stays_typed() {
        let merged = merge(
            &valid_draft(),
            &with(Field::City, "Mysuru"),
            &with(Field::City, "Hubballi"),
        );
        assert_eq!(merged.conflicts[&Field::City].said.as_deref(), Some("Hubballi"));
        assert_eq!(merged.draft.value(Field::City), "Mysuru");
    }

    #[test]
    fn the_same_change_twice_is_no_conflict() {
        let same = with(Field::City, "Mysuru");
        assert!(merge(&valid_draft(), &same, &same).conflicts.is_empty());
    }

    proptest! {
        #[test]
        fn nothing_that_one_side_changed_is_lost(base in any_details(), mine in any_details(), theirs in any_details()) {
            let (base, mine, theirs) = (Draft::of(&base), Draft::of(&mine), Draft::of(&theirs));
            let merged = merge(&base, &mine, &theirs);
            for field in Field::ALL.iter().copied() {
                let (i_changed, they_changed) = (!base.agrees(&mine, field), !base.agrees(&theirs, field));
                prop_assert_eq!(merged.conflicts.contains_key(&field), i_changed && they_changed && !mine.agrees(&theirs, field));
                let expected = if i_changed { &mine } else { &theirs };
                prop_assert!(merged.draft.agrees(expected, field), "{}", field);
            }
        }
    }
}
