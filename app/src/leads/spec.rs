//! What a lead has: the fields, sorts and facets.

use super::model::{LeadNumber, LeadSource, Stage};
use crate::base::audit::EntityKind;
use crate::base::contact::STATES;
use crate::base::roles::Permission;
use crate::base::spec::{FacetSpec, FieldSpec, Format, Input, KeyType, SortSpec, SubjectSpec};
use crate::base::units::{Kbps, Paise};
use crate::board::BoardSpec;
use crate::customers::model::AccountNumber;
use crate::list::responses::COUNT_LIMIT;
use crate::plans::model::PlanType;

/// The names of the fields, as forms, addresses and the history spell them.
pub mod field {
    #![allow(missing_docs, reason = "the table below says what each is")]
    pub const NAME: &str = "name";
    pub const PHONE: &str = "phone";
    pub const EMAIL: &str = "email";
    pub const ADDRESS: &str = "address";
    pub const CITY: &str = "city";
    pub const STATE: &str = "state";
    pub const PIN_CODE: &str = "pin_code";
    pub const SOURCE: &str = "source";
    pub const REFERRED_BY: &str = "referred_by";
    pub const PLAN_TYPE: &str = "plan";
    pub const SPEED: &str = "speed";
    pub const EXPECTED_VALUE: &str = "expected_value";
    pub const STAGE: &str = "stage";
    pub const LOST_REASON: &str = "lost_reason";
    pub const OWNER: &str = "owner";
    pub const NEXT_STEP: &str = "next_step";
    pub const NEXT_STEP_ON: &str = "next_step_on";
    pub const NOTES: &str = "notes";
}

/// The names of the sections.
pub mod section {
    #![allow(missing_docs, reason = "they say what they are")]
    pub const CONTACT: &str = "Contact";
    pub const INTEREST: &str = "Interest";
    pub const PROGRESS: &str = "Progress";
    pub const NOTES: &str = "Notes";
}

/// The places of the facets in [`SPEC`].
pub mod facet {
    #![allow(missing_docs, reason = "they say what they are")]
    pub const STAGE: usize = 0;
    pub const SOURCE: usize = 1;
    pub const OWNER: usize = 2;
    pub const PLAN_TYPE: usize = 3;
    pub const CITY: usize = 4;
}

/// Leads.
pub static SPEC: SubjectSpec = SubjectSpec {
    path: "/leads",
    singular: "lead",
    plural: "leads",
    entity: EntityKind::Lead,
    browse: Permission::WorkLeads,
    edit: Some(Permission::WorkLeads),
    table: "leads",
    title: field::NAME,
    subtitle: ("lead_number", Format::Number(LeadNumber::show)),
    sums: Some(("Expected value", COUNT_LIMIT)),
    summed: &[field::EXPECTED_VALUE],
    searched: "Name, email, phone, lead number, city, PIN code",
    sections: &[section::CONTACT, section::INTEREST, section::PROGRESS, section::NOTES],
    fields: FIELDS,
    sorts: SORTS,
    latest_first: false,
    facets: &[
        FacetSpec::new("stage", "Stage", "stage", Stage::WORDS).sql_type("lead_stage"),
        FacetSpec::new("source", "Source", "source", LeadSource::WORDS),
        FacetSpec::loaded(field::OWNER, "Owner", "owner_key").or_none("Nobody"),
        FacetSpec::new("plan", "Plan type", "plan_key", PLAN_KEYS),
        FacetSpec::loaded(field::CITY, "City", "city"),
    ],
    indexed_facets: &[&[facet::STAGE, facet::PLAN_TYPE], &[facet::OWNER]],
    default_columns: &[
        field::EXPECTED_VALUE,
        field::STAGE,
        field::OWNER,
        field::NEXT_STEP,
        field::NEXT_STEP_ON,
    ],
    deleted_columns: &[field::PHONE, field::EMAIL, field::CITY],
};

/// The plan types as `plan_key` holds them: some leads have none yet.
const PLAN_KEYS: &[&str] = &["Fiber", "Broadband", "Wireless", "Not known"];

/// The board: how far each lead has come.
pub static BOARD: BoardSpec = BoardSpec {
    spec: &SPEC,
    facet: facet::STAGE,
    fields: &[
        field::PLAN_TYPE,
        field::EXPECTED_VALUE,
        field::NEXT_STEP,
        field::NEXT_STEP_ON,
        field::OWNER,
    ],
    asks: Some(Stage::Lost.as_str()),
    stays: Some(
        FieldSpec::new("customer", "Customer", section::PROGRESS, Input::text(0, "why"))
            .column("CASE WHEN customer IS NOT NULL THEN 'Became a customer, so it stays Won.' END"),
    ),
};

/// What the page of the customer whom a lead became shows of it.
pub const FIELDS_OF_CUSTOMER: &[&str] = &[field::SOURCE, field::OWNER, field::NOTES];

const FIELDS: &[FieldSpec] = {
    use field::*;
    use section::{CONTACT, INTEREST, PROGRESS};
    &[
        FieldSpec::new(NAME, "Name", CONTACT, Input::text(120, "the name")).sorts(&["name", "created"]),
        FieldSpec::new(PHONE, "Phone", CONTACT, Input::Phone)
            .optional()
            .help("A phone number or an email is enough")
            .format(Format::Phone),
        FieldSpec::new(EMAIL, "Email", CONTACT, Input::Email).optional(),
        FieldSpec::new(ADDRESS, "Address", CONTACT, Input::text(200, "the house and street"))
            .optional()
            .column("address_line"),
        FieldSpec::new(CITY, "City", CONTACT, Input::text(80, "the city")).optional(),
        FieldSpec::new(STATE, "State", CONTACT, Input::choice_or(STATES, "Not known")).optional(),
        FieldSpec::new(PIN_CODE, "PIN code", CONTACT, Input::PinCode)
            .optional()
            .help("Six digits"),
        FieldSpec::new(SOURCE, "Source", INTEREST, Input::choice(LeadSource::WORDS)),
        FieldSpec::new(
            REFERRED_BY,
            "Referred by",
            INTEREST,
            Input::Reference {
                entity: EntityKind::Customer,
                example: "LM-0001042",
            },
        )
        .optional()
        .help("Search name or account number")
        .format(Format::Number(AccountNumber::show)),
        FieldSpec::new(
            PLAN_TYPE,
            "Plan type",
            INTEREST,
            Input::choice_or(PlanType::WORDS, "Not known"),
        )
        .optional()
        .format(Format::Pair(SPEED))
        .column("plan_type::text"),
        FieldSpec::new(SPEED, "Speed", INTEREST, Input::number("Mbps", 50_000, 1_000_000, 3))
            .optional()
            .help("50 to 1,000 Mbps")
            .format(Format::Number(Kbps::show))
            .column("speed_kbps"),
        FieldSpec::new(
            EXPECTED_VALUE,
            "Expected value",
            INTEREST,
            Input::number("₹ per month", 100, 100_000_000, 2),
        )
        .optional()
        .format(Format::Number(Paise::show))
        .column("nullif(expected_value_paise, 0)")
        .sorts(&["value"]),
        FieldSpec::new(STAGE, "Stage", PROGRESS, Input::choice(Stage::WORDS))
            .format(Format::Tag)
            .column("stage::text")
            .sorts(&["stage"]),
        FieldSpec::new(
            LOST_REASON,
            "Reason for losing",
            PROGRESS,
            Input::text(500, "why it was lost"),
        )
        .only_if(STAGE, Stage::Lost.as_str()),
        FieldSpec::new(OWNER, "Owner", PROGRESS, Input::Loaded { none: "Nobody" })
            .optional()
            .column("(SELECT users.name FROM users WHERE users.id = owner)"),
        FieldSpec::new(NEXT_STEP, "Next step", PROGRESS, Input::text(200, "the next step")).optional(),
        FieldSpec::new(NEXT_STEP_ON, "Next step on", PROGRESS, Input::Date)
            .optional()
            // Only an open lead's next step can be overdue.
            .format(Format::DeadlineUnless(
                STAGE,
                &[Stage::Won.as_str(), Stage::Lost.as_str()],
            ))
            .sorts(&["next_step"]),
        FieldSpec::new(field::NOTES, "Notes", section::NOTES, Input::lines(4_000, "the notes"))
            .optional()
            .column("left(notes, 120)"),
    ]
};

const SORTS: &[SortSpec] = &[
    SortSpec::new("name", "Name", "name_key", KeyType::Text).indexed(),
    SortSpec::new("created", "Created", "lead_number", KeyType::BigInt).indexed(),
    SortSpec::new("stage", "Stage", "stage", KeyType::Enum("lead_stage", Stage::WORDS)).indexed(),
    SortSpec::new("value", "Expected value", "expected_value_paise", KeyType::BigInt).indexed(),
    SortSpec::new("next_step", "Next step on", "next_step_key", KeyType::Date).indexed(),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spec_is_consistent() {
        crate::base::spec::tests::is_consistent(&SPEC);
        for (name, place) in [
            ("stage", facet::STAGE),
            ("source", facet::SOURCE),
            ("owner", facet::OWNER),
            ("plan", facet::PLAN_TYPE),
            ("city", facet::CITY),
        ] {
            assert_eq!(SPEC.facet(name), Some(place));
        }
        assert_eq!(PLAN_KEYS[..3], *PlanType::WORDS);
        let next_step_on = SPEC.field(field::NEXT_STEP_ON).expect("a field");
        let Format::DeadlineUnless(field::STAGE, ended) = next_step_on.format else {
            panic!("{:?}", next_step_on.format);
        };
        for stage in Stage::ALL {
            assert_eq!(ended.contains(&stage.as_str()), !stage.is_open(), "{stage}");
        }
    }
}
