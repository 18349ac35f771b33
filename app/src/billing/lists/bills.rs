//! The list of bills and credit notes.

use leptos::prelude::*;

use crate::base::audit::EntityKind;
use crate::base::error::AppError;
use crate::base::roles::Permission;
use crate::base::spec::{Entry, FacetSpec, FieldSpec, Format, Input, KeyType, SortSpec, SubjectSpec};
use crate::base::units::Paise;
use crate::billing::model::BillKind;
use crate::billing::routes::BILLS;
use crate::list::api::{list_api, read_only_list};
use crate::list::read_only::ReadOnlyList;
use crate::list::responses::COUNT_LIMIT;
#[cfg(feature = "ssr")]
use {
    super::months, crate::base::spec::ValueOption, crate::db::options::LoadedOptions, crate::http::context::AppContext,
    sqlx::PgConnection,
};

/// The names of the fields in addresses and column choices.
mod field {
    pub const NUMBER: &str = "number";
    pub const KIND: &str = "kind";
    pub const ISSUED_ON: &str = "issued";
    pub const DUE_ON: &str = "due";
    pub const MONTH: &str = "month";
    pub const TAXABLE: &str = "taxable";
    pub const TOTAL: &str = "total";
    pub const OPEN: &str = "open";
    pub const SETTLEMENT: &str = "settlement";
}

const BILL: &str = "Bill";
/// More than any bill has, in paise.
const MOST: i64 = 100_000_000_000;

/// Bills and credit notes. What takes away from what a customer owes is less than nothing.
static SPEC: SubjectSpec = SubjectSpec {
    path: BILLS,
    singular: "bill",
    plural: "bills",
    entity: EntityKind::Bill,
    browse: Permission::Browse,
    edit: None,
    table: "bills",
    title: field::NUMBER,
    subtitle: ("billed_name", Format::Text),
    sums: Some(("Total and open", COUNT_LIMIT)),
    summed: &[field::TOTAL, field::OPEN],
    searched: "Number, customer, account number",
    sections: &[BILL],
    fields: &[
        FieldSpec::new(field::NUMBER, "Bill", BILL, Input::text(16, "the number"))
            .column("coalesce(number, 'Brought forward')")
            .entry(Entry::Derived),
        FieldSpec::new(field::KIND, "Kind", BILL, Input::choice(BillKind::WORDS))
            .column("kind::text")
            .entry(Entry::Derived),
        FieldSpec::new(field::ISSUED_ON, "Issued", BILL, Input::Date)
            .column("issued_on")
            .format(Format::Date)
            .sorts(&["issued"])
            .entry(Entry::Derived),
        FieldSpec::new(field::DUE_ON, "Due", BILL, Input::Date)
            .column("due_on")
            .format(Format::DeadlineUnless(field::SETTLEMENT, &["Settled"]))
            .entry(Entry::Derived),
        FieldSpec::new(field::TAXABLE, "Before GST", BILL, Input::number("₹", 0, MOST, 2))
            .column("CASE kind WHEN 'Credit note' THEN -taxable_paise ELSE taxable_paise END")
            .format(Format::Number(Paise::show))
            .entry(Entry::Derived),
        FieldSpec::new(field::TOTAL, "Total", BILL, Input::number("₹", 0, MOST, 2))
            .column("owed_paise")
            .format(Format::Number(Paise::show))
            .sorts(&["total"])
            .entry(Entry::Derived),
        FieldSpec::new(field::OPEN, "Open", BILL, Input::number("₹", 0, MOST, 2))
            .column("CASE kind WHEN 'Credit note' THEN -open_paise ELSE open_paise END")
            .format(Format::Due)
            .entry(Entry::Derived),
        FieldSpec::new(field::SETTLEMENT, "State", BILL, Input::choice(SETTLEMENTS))
            .format(Format::Tag)
            .entry(Entry::Derived),
    ],
    sorts: &[
        SortSpec::new("issued", "Issued", "issued_on", KeyType::Date).indexed(),
        SortSpec::new("total", "Total", "owed_paise", KeyType::BigInt).indexed(),
    ],
    latest_first: true,
    facets: &[
        FacetSpec::new(field::KIND, "Kind", "kind", BillKind::WORDS).sql_type("bill_kind"),
        FacetSpec::new(field::SETTLEMENT, "State", "settlement", SETTLEMENTS),
        FacetSpec::loaded(field::MONTH, "Month", "issued_month"),
    ],
    indexed_facets: &[],
    default_columns: &[field::KIND, field::ISSUED_ON, field::DUE_ON, field::TOTAL, field::OPEN],
    deleted_columns: &[],
};

/// Whether something of a bill is not paid yet, or of a credit note not used.
const SETTLEMENTS: &[&str] = &["Open", "Settled"];

/// Bills and credit notes.
#[cfg(feature = "ssr")]
struct Bills;

#[cfg(feature = "ssr")]
impl LoadedOptions for Bills {
    async fn options(db: &mut PgConnection, name: &str) -> Result<Vec<ValueOption>, AppError> {
        match name {
            field::MONTH => months(db, &SPEC, "issued_month").await,
            _ => Ok(Vec::new()),
        }
    }
}

list_api!(Bills, "/api/bills");

/// The list.
pub static BILL_LIST: ReadOnlyList = read_only_list!();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spec_is_consistent() {
        crate::base::spec::tests::is_consistent(&SPEC);
    }
}
