//! What a plan has: the fields, sorts and facets.

use super::model::{BillingCycle, OttApp, PlanType, SaleStatus};
use crate::base::audit::EntityKind;
use crate::base::roles::Permission;
use crate::base::spec::{FacetSpec, FieldSpec, Format, Input, KeyType, SortSpec, SubjectSpec};
use crate::base::units::{BasisPoints, Kbps, Megabytes, Paise, show_number};

/// The names of the fields, as forms, addresses and the history spell them.
pub mod field {
    #![allow(missing_docs, reason = "the table below says what each is")]
    pub const NAME: &str = "name";
    pub const CODE: &str = "code";
    pub const STATUS: &str = "status";
    pub const PLAN_TYPE: &str = "plan";
    pub const DOWNLOAD: &str = "download";
    pub const UPLOAD: &str = "upload";
    pub const QUOTA: &str = "quota";
    pub const OTT_APPS: &str = "ott_apps";
    pub const LIVE_CHANNELS: &str = "live_channels";
    pub const PRICE: &str = "price";
    pub const BILLING_CYCLE: &str = "billing_cycle";
    pub const GST_RATE: &str = "gst_rate";
    pub const SAC: &str = "sac";
}

const PLAN: &str = "Plan";
const SERVICE: &str = "Service";
const BILLING: &str = "Price";

/// Plans.
pub static SPEC: SubjectSpec = SubjectSpec {
    path: "/plans",
    singular: "plan",
    plural: "plans",
    entity: EntityKind::Plan,
    browse: Permission::Browse,
    edit: Some(Permission::Administer),
    table: "plans",
    title: field::NAME,
    subtitle: (field::CODE, Format::Text),
    sums: None,
    summed: &[],
    searched: "Name, code",
    sections: &[PLAN, SERVICE, BILLING],
    fields: FIELDS,
    sorts: &[
        SortSpec::new("name", "Name", "name_key", KeyType::Text),
        SortSpec::new("code", "Code", "code", KeyType::Text),
        SortSpec::new(
            "plan",
            "Plan type",
            "plan_type",
            KeyType::Enum("plan_type", PlanType::WORDS),
        ),
        SortSpec::new("speed", "Download speed", "download_kbps", KeyType::Integer),
        SortSpec::new("price", "Price", "price_paise", KeyType::BigInt),
    ],
    latest_first: false,
    facets: &[
        FacetSpec::new("plan", "Plan type", "plan_type", PlanType::WORDS).sql_type("plan_type"),
        FacetSpec::new("cycle", "Billing cycle", "billing_cycle", BillingCycle::WORDS).sql_type("billing_cycle"),
        FacetSpec::new("status", "Status", "status", SaleStatus::WORDS).sql_type("sale_status"),
    ],
    indexed_facets: &[],
    default_columns: &[
        field::STATUS,
        field::PLAN_TYPE,
        field::DOWNLOAD,
        field::QUOTA,
        field::PRICE,
        field::BILLING_CYCLE,
    ],
    deleted_columns: &[field::PLAN_TYPE, field::DOWNLOAD, field::PRICE],
};

const FIELDS: &[FieldSpec] = {
    use field::*;
    &[
        FieldSpec::new(NAME, "Name", PLAN, Input::text(80, "the plan's name")).sorts(&["name", "code"]),
        FieldSpec::new(CODE, "Code", PLAN, Input::text(24, "the code"))
            .help("Letters, digits and hyphens, like FIB-100")
            .sorts(&["code"]),
        FieldSpec::new(STATUS, "Status", PLAN, Input::choice(SaleStatus::WORDS))
            .help("A withdrawn plan cannot be ordered; customers who have it keep it")
            .format(Format::Tag)
            .column("status::text"),
        FieldSpec::new(PLAN_TYPE, "Plan type", SERVICE, Input::choice(PlanType::WORDS))
            .column("plan_type::text")
            .sorts(&["plan"]),
        FieldSpec::new(
            DOWNLOAD,
            "Download speed",
            SERVICE,
            Input::number("Mbps", 50_000, 1_000_000, 3),
        )
        .help("50 to 1,000 Mbps")
        .format(Format::Number(Kbps::show))
        .column("download_kbps")
        .sorts(&["speed"]),
        FieldSpec::new(
            UPLOAD,
            "Upload speed",
            SERVICE,
            Input::number("Mbps", 1_000, 1_000_000, 3),
        )
        .help("At most the download speed")
        .format(Format::Number(Kbps::show))
        .column("upload_kbps"),
        FieldSpec::new(
            QUOTA,
            "Data quota",
            SERVICE,
            Input::number("GB", 1_000, 1_000_000_000, 3),
        )
        .optional()
        .help("Per month; leave empty if unlimited")
        .format(Format::NumberOr(Megabytes::show, "Unlimited"))
        .column("quota_mb"),
        FieldSpec::new(OTT_APPS, "OTT apps", SERVICE, Input::choices(OttApp::WORDS, "the apps"))
            .optional()
            .format(Format::List),
        FieldSpec::new(LIVE_CHANNELS, "Live channels", SERVICE, Input::number("", 0, 2_000, 0))
            .format(Format::Number(show_number)),
        FieldSpec::new(PRICE, "Price", BILLING, Input::number("₹ per month", 0, 100_000_000, 2))
            .help("Without GST. Monthly price; longer cycles multiply it")
            .format(Format::Number(Paise::show))
            .column("price_paise")
            .sorts(&["price"]),
        FieldSpec::new(
            BILLING_CYCLE,
            "Billing cycle",
            BILLING,
            Input::choice(BillingCycle::WORDS),
        )
        .column("billing_cycle::text"),
        FieldSpec::new(GST_RATE, "GST rate", BILLING, Input::number("%", 0, 4_000, 2))
            .format(Format::Number(BasisPoints::show))
            .column("gst_rate_bp"),
        FieldSpec::new(SAC, "SAC", BILLING, Input::text(6, "the SAC")).help("998422 is internet access"),
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
