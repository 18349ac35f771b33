//! What a served PIN code has: the fields, sorts and facets.

use crate::base::audit::EntityKind;
use crate::base::roles::Permission;
use crate::base::spec::{FacetSpec, FieldSpec, Format, Input, KeyType, SortSpec, SubjectSpec};
use crate::base::units::Kbps;
use crate::plans::model::PlanType;

/// The names of the fields, as forms, addresses and the history spell them.
pub mod field {
    #![allow(missing_docs, reason = "the table below says what each is")]
    pub const PIN_CODE: &str = "pin_code";
    pub const AREA: &str = "area";
    pub const CITY: &str = "city";
    pub const PLAN_TYPES: &str = "plan_types";
    pub const MAX_SPEED: &str = "max_speed";
    pub const NOTES: &str = "notes";
}

const PLACE: &str = "Place";
const SERVICE: &str = "Service";
const ABOUT: &str = "Notes";

/// Served PIN codes.
pub static SPEC: SubjectSpec = SubjectSpec {
    path: "/served-pin-codes",
    singular: "served PIN code",
    plural: "served PIN codes",
    entity: EntityKind::ServedPinCode,
    browse: Permission::WorkLeads,
    edit: Some(Permission::Administer),
    table: "served_pin_codes",
    title: field::PIN_CODE,
    subtitle: (field::AREA, Format::Text),
    sums: None,
    summed: &[],
    searched: "PIN code, area, city",
    sections: &[PLACE, SERVICE, ABOUT],
    fields: FIELDS,
    sorts: &[
        SortSpec::new("pin_code", "PIN code", "pin_code", KeyType::Text).indexed(),
        SortSpec::new("area", "Area", "area_key", KeyType::Text).indexed(),
        SortSpec::new("speed", "Maximum speed", "max_speed_kbps", KeyType::Integer).indexed(),
    ],
    latest_first: false,
    facets: &[
        FacetSpec::new("plan", "Plan type", "plan_types", PlanType::WORDS)
            .sql_type("plan_type")
            .array(),
        FacetSpec::loaded(field::CITY, "City", "city"),
    ],
    indexed_facets: &[],
    default_columns: &[field::CITY, field::PLAN_TYPES, field::MAX_SPEED],
    deleted_columns: &[field::CITY, field::PLAN_TYPES],
};

const FIELDS: &[FieldSpec] = {
    use field::*;
    &[
        FieldSpec::new(PIN_CODE, "PIN code", PLACE, Input::PinCode)
            .help("Six digits")
            .sorts(&["pin_code", "area"]),
        FieldSpec::new(AREA, "Area", PLACE, Input::text(120, "the area")).sorts(&["area"]),
        FieldSpec::new(CITY, "City", PLACE, Input::text(80, "the city")),
        FieldSpec::new(
            PLAN_TYPES,
            "Plan types",
            SERVICE,
            Input::choices(PlanType::WORDS, "the plan types"),
        )
        .format(Format::List)
        .column("plan_types::text[]"),
        FieldSpec::new(
            MAX_SPEED,
            "Maximum speed",
            SERVICE,
            Input::number("Mbps", 50_000, 1_000_000, 3),
        )
        .help("50 to 1,000 Mbps")
        .format(Format::Number(Kbps::show))
        .column("max_speed_kbps")
        .sorts(&["speed"]),
        FieldSpec::new(NOTES, "Notes", ABOUT, Input::lines(1_000, "the notes"))
            .optional()
            .column("left(notes, 120)"),
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
