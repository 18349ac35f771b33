//! What a customer has: the fields, sorts and facets.

use super::model::{AccountNumber, ChurnRisk, Status};

use crate::base::audit::EntityKind;
use crate::base::contact::STATES;
use crate::base::roles::Permission;
use crate::base::spec::{Entry, FacetSpec, FieldSpec, Format, Input, KeyType, SortSpec, SubjectSpec};
use crate::base::units::{BasisPoints, Kbps, Megabytes, Paise, show_number};
use crate::plans::model::{BillingCycle, OttApp, PlanType};
use crate::services::routes::CUSTOMERS;

/// The names of the fields, as forms, addresses and the history spell them.
pub mod field {
    #![allow(missing_docs, reason = "the table below says what each is")]
    pub const NAME: &str = "name";
    pub const EMAIL: &str = "email";
    pub const PHONE: &str = "phone";
    pub const ADDRESS: &str = "address";
    pub const CITY: &str = "city";
    pub const STATE: &str = "state";
    pub const PIN_CODE: &str = "pin_code";
    pub const GSTIN: &str = "gstin";
    pub const PLAN: &str = "plan_id";
    pub const STARTS_ON: &str = "starts_on";
    pub const STATUS: &str = "status";
    pub const CANCELLED_ON: &str = "cancelled_on";
    pub const CANCEL_REASON: &str = "cancel_reason";
    pub const PLAN_TYPE: &str = "plan";
    pub const SPEED: &str = "speed";
    pub const PRICE: &str = "price";
    pub const BILLING_CYCLE: &str = "billing_cycle";
    pub const OTT_APPS: &str = "ott_apps";
    pub const LIVE_CHANNELS: &str = "live_channels";
    pub const DATA_USED: &str = "data_used";
    pub const AVERAGE_SPEED: &str = "average_speed";
    pub const UPTIME: &str = "uptime";
    pub const MOST_USED_OTT: &str = "most_used_ott";
    pub const PEAK_HOURS: &str = "peak_hours";
    pub const CUSTOMER_SINCE: &str = "customer_since";
    pub const LIFETIME_VALUE: &str = "lifetime_value";
    pub const CHURN_RISK: &str = "churn";
    pub const NPS: &str = "nps";
    pub const TICKETS: &str = "tickets";
    pub const LAST_TICKET_ON: &str = "last_ticket_on";
    pub const SATISFACTION: &str = "satisfaction";
    pub const REFERRED_BY: &str = "referred_by";
    pub const NEXT_BILLING_ON: &str = "next_billing";
    pub const OUTSTANDING: &str = "outstanding";
    pub const PROMISED_ON: &str = "promised_on";
}

/// The names of the sections.
pub mod section {
    #![allow(missing_docs, reason = "they say what they are")]
    pub const CONTACT: &str = "Contact";
    pub const STATUS: &str = "Status";
    pub const PLAN: &str = "Plan";
    pub const USAGE: &str = "Usage";
    pub const RELATIONSHIP: &str = "Relationship";
    pub const BILLING: &str = "Billing";
}

/// The places of the facets in [`SPEC`].
pub mod facet {
    #![allow(missing_docs, reason = "they say what they are")]
    pub const STATUS: usize = 0;
    pub const CHURN_RISK: usize = 1;
    pub const PLAN_TYPE: usize = 2;
}

/// The table beside the customers with what follows from their bills, payments and services.
pub const SUMMARY: &str = "customer_summary";

/// The most customers of a search whose amounts are added up while somebody waits: each is looked up by itself.
pub const SUM_LIMIT: u64 = 1_000;

/// Customers.
pub static SPEC: SubjectSpec = SubjectSpec {
    path: CUSTOMERS,
    singular: "customer",
    plural: "customers",
    entity: EntityKind::Customer,
    browse: Permission::Browse,
    edit: Some(Permission::EditCustomers),
    table: "customers",
    title: field::NAME,
    subtitle: ("account_number", Format::Number(AccountNumber::show)),
    sums: Some(("Revenue and outstanding", SUM_LIMIT)),
    summed: &[],
    searched: "Name, email, phone, account number, city, PIN code",
    sections: &[
        section::CONTACT,
        section::STATUS,
        section::PLAN,
        section::USAGE,
        section::RELATIONSHIP,
        section::BILLING,
    ],
    fields: FIELDS,
    sorts: SORTS,
    latest_first: false,
    facets: &[
        FacetSpec::new("status", "Status", "status", Status::WORDS).sql_type("customer_status"),
        FacetSpec::new("churn", "Churn risk", "churn_risk", ChurnRisk::WORDS).sql_type("churn_risk"),
        FacetSpec::new("plan", "Plan type", "plan_type", PlanType::WORDS).sql_type("plan_type"),
    ],
    // Customers are read by segments: `store/list.rs`.
    indexed_facets: &[],
    default_columns: &[
        field::STATUS,
        field::PLAN_TYPE,
        field::PRICE,
        field::CHURN_RISK,
        field::NPS,
        field::NEXT_BILLING_ON,
        field::OUTSTANDING,
    ],
    deleted_columns: &[field::EMAIL, field::CITY],
};

const FIELDS: &[FieldSpec] = {
    use field::*;
    use section::*;
    &[
        FieldSpec::new(NAME, "Name", CONTACT, Input::text(120, "the customer's full name")).sorts(&["name", "account"]),
        FieldSpec::new(EMAIL, "Email", CONTACT, Input::Email),
        FieldSpec::new(PHONE, "Phone", CONTACT, Input::Phone)
            .help("Ten digits, with or without +91")
            .format(Format::Phone),
        FieldSpec::new(ADDRESS, "Address", CONTACT, Input::text(200, "the house and street")).column("address_line"),
        FieldSpec::new(CITY, "City", CONTACT, Input::text(80, "the city")),
        FieldSpec::new(STATE, "State", CONTACT, Input::choice_or(STATES, "Choose a state")),
        FieldSpec::new(PIN_CODE, "PIN code", CONTACT, Input::PinCode).help("Six digits"),
        FieldSpec::new(GSTIN, "GSTIN", CONTACT, Input::text(15, "the GSTIN"))
            .optional()
            .help("Of a business: 15 characters, like 27AAPFU0939F1ZV"),
        FieldSpec::new(field::STATUS, "Status", section::STATUS, Input::choice(Status::WORDS))
            .format(Format::Tag)
            .column("status::text")
            .entry(Entry::Derived),
        FieldSpec::new(CANCELLED_ON, "Cancelled on", section::STATUS, Input::Date)
            .only_if(field::STATUS, Status::Cancelled.as_str())
            .format(Format::Date)
            .entry(Entry::Derived),
        FieldSpec::new(
            CANCEL_REASON,
            "Reason for cancelling",
            section::STATUS,
            Input::text(500, "why the customer cancelled"),
        )
        .only_if(field::STATUS, Status::Cancelled.as_str())
        .entry(Entry::Derived),
        FieldSpec::new(
            field::PLAN,
            "Plan",
            section::PLAN,
            Input::Loaded { none: "Choose a plan" },
        )
        .entry(Entry::WhenNew),
        FieldSpec::new(STARTS_ON, "Start day", section::PLAN, Input::Date)
            .help("The day of the connection; it can be a later one")
            .entry(Entry::WhenNew),
        FieldSpec::new(PLAN_TYPE, "Plan type", section::PLAN, Input::choice(PlanType::WORDS))
            .format(Format::Pair(SPEED))
            .column("plan_type::text")
            .sorts(&["plan", "speed"])
            .entry(Entry::Derived),
        FieldSpec::new(
            SPEED,
            "Speed",
            section::PLAN,
            Input::number("Mbps", 50_000, 1_000_000, 3),
        )
        .help("50 to 1,000 Mbps")
        .format(Format::Number(Kbps::show))
        .column("speed_kbps")
        .sorts(&["speed"])
        .entry(Entry::Derived),
        FieldSpec::new(
            PRICE,
            "Price",
            section::PLAN,
            Input::number("₹ per month", 0, 100_000_000, 2),
        )
        .help("Monthly price; longer cycles multiply it")
        .format(Format::Number(Paise::show))
        .column("price_paise")
        .sorts(&["price"])
        .entry(Entry::Derived),
        FieldSpec::new(
            BILLING_CYCLE,
            "Billing cycle",
            section::PLAN,
            Input::choice(BillingCycle::WORDS),
        )
        .column("billing_cycle::text")
        .entry(Entry::Derived),
        FieldSpec::new(
            OTT_APPS,
            "OTT apps",
            section::PLAN,
            Input::choices(OttApp::WORDS, "the apps"),
        )
        .optional()
        .format(Format::List)
        .entry(Entry::Derived),
        FieldSpec::new(
            LIVE_CHANNELS,
            "Live channels",
            section::PLAN,
            Input::number("", 0, 2_000, 0),
        )
        .format(Format::Number(show_number))
        .entry(Entry::Derived),
        FieldSpec::new(DATA_USED, "Data used", USAGE, Input::number("GB", 0, 1_000_000_000, 3))
            .help("In this billing cycle")
            .format(Format::Number(Megabytes::show))
            .column("data_used_mb")
            .entry(Entry::Later),
        FieldSpec::new(
            AVERAGE_SPEED,
            "Average speed",
            USAGE,
            Input::number("Mbps", 0, 10_000_000, 3),
        )
        .format(Format::Number(Kbps::show))
        .column("average_speed_kbps")
        .entry(Entry::Later),
        FieldSpec::new(UPTIME, "Uptime", USAGE, Input::number("%", 0, 10_000, 2))
            .format(Format::Number(BasisPoints::show))
            .column("uptime_bp")
            .entry(Entry::Later),
        FieldSpec::new(
            MOST_USED_OTT,
            "Most used OTT",
            USAGE,
            Input::choice_or(OttApp::WORDS, "Not known"),
        )
        .optional()
        .entry(Entry::Later),
        FieldSpec::new(PEAK_HOURS, "Peak usage hours", USAGE, Input::Hours)
            .optional()
            .help("Up to three ranges, in Indian time; can run past midnight")
            .format(Format::Hours)
            .entry(Entry::Later),
        FieldSpec::new(CUSTOMER_SINCE, "Customer since", RELATIONSHIP, Input::Date)
            .format(Format::Date)
            .sorts(&["since"])
            .entry(Entry::Later),
        FieldSpec::new(
            LIFETIME_VALUE,
            "Lifetime value",
            RELATIONSHIP,
            Input::number("₹", 0, 100_000_000_000, 2),
        )
        .format(Format::Number(Paise::show))
        .column("paid_paise")
        .sorts(&["lifetime_value"])
        .entry(Entry::Derived),
        FieldSpec::new(CHURN_RISK, "Churn risk", RELATIONSHIP, Input::choice(ChurnRisk::WORDS))
            .format(Format::Level)
            .column("churn_risk::text")
            .sorts(&["churn"])
            .entry(Entry::Later),
        FieldSpec::new(NPS, "NPS", RELATIONSHIP, Input::number("", -100, 100, 0))
            .help("−100 to 100")
            .format(Format::Number(show_number))
            .sorts(&["nps"])
            .entry(Entry::Later),
        FieldSpec::new(TICKETS, "Tickets", RELATIONSHIP, Input::number("", 0, 100_000, 0))
            .format(Format::Number(show_number))
            .entry(Entry::Later),
        FieldSpec::new(LAST_TICKET_ON, "Last ticket", RELATIONSHIP, Input::Date)
            .optional()
            .format(Format::Date)
            .entry(Entry::Later),
        FieldSpec::new(
            SATISFACTION,
            "Satisfaction",
            RELATIONSHIP,
            Input::choice_or(&["5", "4", "3", "2", "1"], "Not rated"),
        )
        .optional()
        .help("1 is poor, 5 is excellent")
        .format(Format::Number(of_five))
        .entry(Entry::Later),
        FieldSpec::new(
            REFERRED_BY,
            "Referred by",
            RELATIONSHIP,
            Input::Reference {
                entity: EntityKind::Customer,
                example: "LM-0001042",
            },
        )
        .optional()
        .help("Search name or account number")
        .format(Format::Number(AccountNumber::show)),
        FieldSpec::new(NEXT_BILLING_ON, "Next bill", BILLING, Input::Date)
            .format(Format::Deadline)
            .column("next_bill_on")
            .sorts(&["next_billing"])
            .entry(Entry::Derived),
        FieldSpec::new(
            OUTSTANDING,
            "Outstanding",
            BILLING,
            Input::number("₹", -100_000_000_000, 100_000_000_000, 2),
        )
        .format(Format::Due)
        .column("outstanding_paise")
        .sorts(&["outstanding"])
        .entry(Entry::Derived),
        FieldSpec::new(PROMISED_ON, "Promised to pay by", BILLING, Input::Date)
            .optional()
            .help("Until then nobody is cut off for dues")
            .format(Format::Date)
            .entry(Entry::Later),
    ]
};

const SORTS: &[SortSpec] = &[
    SortSpec::new("name", "Name", "name_key", KeyType::Text).indexed(),
    SortSpec::new("account", "Account number", "account_number", KeyType::BigInt).indexed(),
    SortSpec::new("plan", "Plan", "plan_type", KeyType::Enum("plan_type", PlanType::WORDS)),
    SortSpec::new("speed", "Speed", "speed_kbps", KeyType::Integer),
    SortSpec::new("price", "Price", "price_paise", KeyType::BigInt),
    SortSpec::new(
        "churn",
        "Churn risk",
        "churn_risk",
        KeyType::Enum("churn_risk", ChurnRisk::WORDS),
    )
    .high_first(),
    SortSpec::new("nps", "NPS", "nps", KeyType::SmallInt),
    SortSpec::new("outstanding", "Outstanding", "outstanding_paise", KeyType::BigInt).of(SUMMARY),
    SortSpec::new("next_billing", "Next bill", "next_bill_key", KeyType::Date).of(SUMMARY),
    SortSpec::new("since", "Customer since", "customer_since", KeyType::Date),
    SortSpec::new("lifetime_value", "Lifetime value", "paid_paise", KeyType::BigInt).of(SUMMARY),
];

fn of_five(score: i64) -> String {
    format!("{score} of 5")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spec_is_consistent() {
        crate::base::spec::tests::is_consistent(&SPEC);
        let names: Vec<&str> = SPEC.facets.iter().map(|facet| facet.name).collect();
        assert_eq!(SPEC.facet("status"), Some(facet::STATUS));
        assert_eq!(SPEC.facet("churn"), Some(facet::CHURN_RISK));
        assert_eq!(SPEC.facet("plan"), Some(facet::PLAN_TYPE));
        assert_eq!(names.len(), 3);
    }
}
