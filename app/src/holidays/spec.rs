//! What a holiday has: the fields and sorts.

use crate::base::audit::EntityKind;
use crate::base::roles::Permission;
use crate::base::spec::{FieldSpec, Format, Input, KeyType, SortSpec, SubjectSpec};

/// The names of the fields, as forms, addresses and the history spell them.
pub mod field {
    #![allow(missing_docs, reason = "the table below says what each is")]
    pub const NAME: &str = "name";
    pub const DAY: &str = "day";
}

const HOLIDAY: &str = "Holiday";

/// Holidays.
pub static SPEC: SubjectSpec = SubjectSpec {
    path: "/holidays",
    singular: "holiday",
    plural: "holidays",
    entity: EntityKind::Holiday,
    browse: Permission::Browse,
    edit: Some(Permission::Administer),
    table: "holidays",
    title: field::NAME,
    subtitle: (field::DAY, Format::Date),
    sums: None,
    summed: &[],
    searched: "Name",
    sections: &[HOLIDAY],
    fields: FIELDS,
    sorts: &[
        SortSpec::new("day", "Day", "day", KeyType::Date),
        SortSpec::new("name", "Name", "name_key", KeyType::Text),
    ],
    latest_first: false,
    facets: &[],
    indexed_facets: &[],
    default_columns: &[field::DAY],
    deleted_columns: &[field::DAY],
};

const FIELDS: &[FieldSpec] = {
    use field::*;
    &[
        FieldSpec::new(NAME, "Name", HOLIDAY, Input::text(80, "the name of the day")).sorts(&["name"]),
        FieldSpec::new(DAY, "Day", HOLIDAY, Input::Date)
            .help("Nobody is cut off for dues on that day; nor from Friday to Sunday")
            .format(Format::Date)
            .sorts(&["day"]),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spec_is_consistent() {
        crate::base::spec::tests::is_consistent(&SPEC);
    }
}
