//! The list of payments.

use leptos::prelude::*;

use crate::base::audit::EntityKind;
use crate::base::error::AppError;
use crate::base::roles::Permission;
use crate::base::spec::{Entry, FacetSpec, FieldSpec, Format, Input, KeyType, SortSpec, SubjectSpec};
use crate::base::units::Paise;
use crate::billing::model::payment::MOST;
use crate::billing::model::{PaymentMethod, PaymentState};
use crate::billing::routes::PAYMENTS;
use crate::list::api::{list_api, read_only_list};
use crate::list::read_only::ReadOnlyList;
use crate::list::responses::COUNT_LIMIT;
#[cfg(feature = "ssr")]
use {
    super::months, crate::base::spec::ValueOption, crate::db::options::LoadedOptions, crate::http::context::AppContext,
    crate::list::filter::distinct_values, crate::users::store::names, sqlx::PgConnection,
};

/// The names of the fields in addresses and column choices.
mod field {
    pub const RECEIPT: &str = "receipt";
    pub const RECEIVED_ON: &str = "received";
    pub const MONTH: &str = "month";
    pub const AMOUNT: &str = "amount";
    pub const OPEN: &str = "open";
    pub const METHOD: &str = "method";
    pub const REFERENCE: &str = "reference";
    pub const STATE: &str = "state";
    pub const TAKEN_BY: &str = "taken_by";
}

const PAYMENT: &str = "Payment";

/// Payments.
static SPEC: SubjectSpec = SubjectSpec {
    path: PAYMENTS,
    singular: "payment",
    plural: "payments",
    entity: EntityKind::Payment,
    browse: Permission::Browse,
    edit: None,
    table: "payments",
    title: field::RECEIPT,
    subtitle: ("payer_name", Format::Text),
    sums: Some(("Received", COUNT_LIMIT)),
    summed: &[field::AMOUNT],
    searched: "Receipt, reference, customer, account number",
    sections: &[PAYMENT],
    fields: &[
        FieldSpec::new(field::RECEIPT, "Receipt", PAYMENT, Input::text(20, "the receipt"))
            .column("'Receipt ' || receipt")
            .entry(Entry::Derived),
        FieldSpec::new(field::RECEIVED_ON, "Received on", PAYMENT, Input::Date)
            .column("received_on")
            .format(Format::Date)
            .sorts(&["received"])
            .entry(Entry::Derived),
        FieldSpec::new(field::METHOD, "Paid by", PAYMENT, Input::choice(PaymentMethod::WORDS))
            .column("method::text")
            .entry(Entry::Derived),
        FieldSpec::new(field::REFERENCE, "Reference", PAYMENT, Input::text(64, "the reference")).entry(Entry::Derived),
        FieldSpec::new(field::AMOUNT, "Amount", PAYMENT, Input::number("₹", 1, MOST.0, 2))
            .column("counted_paise")
            .format(Format::Number(Paise::show))
            .sorts(&["amount"])
            .entry(Entry::Derived),
        FieldSpec::new(field::OPEN, "Not used yet", PAYMENT, Input::number("₹", 0, MOST.0, 2))
            .column("open_paise")
            .format(Format::Number(Paise::show))
            .entry(Entry::Derived),
        FieldSpec::new(field::STATE, "State", PAYMENT, Input::choice(PaymentState::WORDS))
            .column("state::text")
            .format(Format::Tag)
            .entry(Entry::Derived),
        FieldSpec::new(field::TAKEN_BY, "Taken by", PAYMENT, Input::text(120, "the user"))
            .column("(SELECT name FROM users WHERE users.id = taken_by)")
            .entry(Entry::Derived),
    ],
    sorts: &[
        SortSpec::new("received", "Received on", "received_on", KeyType::Date).indexed(),
        SortSpec::new("amount", "Amount", "counted_paise", KeyType::BigInt).indexed(),
    ],
    latest_first: true,
    facets: &[
        FacetSpec::new(field::METHOD, "Paid by", "method", PaymentMethod::WORDS).sql_type("payment_method"),
        FacetSpec::new(field::STATE, "State", "state", PaymentState::WORDS).sql_type("payment_state"),
        FacetSpec::loaded(field::TAKEN_BY, "Taken by", "taken_by_key").or_none("System"),
        FacetSpec::loaded(field::MONTH, "Month", "received_month"),
    ],
    indexed_facets: &[],
    default_columns: &[
        field::RECEIVED_ON,
        field::METHOD,
        field::REFERENCE,
        field::AMOUNT,
        field::STATE,
        field::TAKEN_BY,
    ],
    deleted_columns: &[],
};

/// Payments.
#[cfg(feature = "ssr")]
struct Payments;

#[cfg(feature = "ssr")]
impl LoadedOptions for Payments {
    async fn options(db: &mut PgConnection, name: &str) -> Result<Vec<ValueOption>, AppError> {
        match name {
            field::MONTH => months(db, &SPEC, "received_month").await,
            field::TAKEN_BY => takers(db).await,
            _ => Ok(Vec::new()),
        }
    }
}

/// The users who have taken payments.
#[cfg(feature = "ssr")]
async fn takers(db: &mut PgConnection) -> Result<Vec<ValueOption>, AppError> {
    /// More than a provider has clerks.
    const MOST: usize = 500;
    let mut takers = distinct_values(db, &SPEC, "taken_by_key", MOST).await?;
    let ids: Vec<_> = takers.iter().filter_map(|taker| taker.value.parse().ok()).collect();
    let names = names::names_of(&mut *db, &ids).await?;
    takers.retain_mut(|taker| {
        let name = taker.value.parse().ok().and_then(|id| names.get(&id));
        taker.label = name.cloned().unwrap_or_default();
        name.is_some()
    });
    Ok(takers)
}

list_api!(Payments, "/api/payments");

/// The list.
pub static PAYMENT_LIST: ReadOnlyList = read_only_list!();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spec_is_consistent() {
        crate::base::spec::tests::is_consistent(&SPEC);
    }
}
