//! The addresses of the pages about money.

use chrono::NaiveDate;
use uuid::Uuid;

use super::model::age::Age;
use super::responses::DebtorKey;
use crate::base::units::Paise;

/// The list of bills and credit notes.
pub const BILLS: &str = "/bills";
/// The list of payments.
pub const PAYMENTS: &str = "/payments";
/// The provider's details.
pub const PROVIDER: &str = "/settings/provider";
/// What is due, by its age.
pub const DUES: &str = "/dues";

/// Taking a payment of a customer.
pub fn take_payment_url(customer: Uuid) -> String {
    format!("/payments/new/{customer}")
}

/// The receipt of a payment.
pub fn receipt_url(payment: Uuid) -> String {
    format!("/payments/{payment}")
}

/// Marking a payment as bounced or reversed.
pub fn reverse_url(payment: Uuid) -> String {
    format!("/payments/{payment}/reverse")
}

/// The next bill of a service.
pub fn issue_bill_url(service: Uuid) -> String {
    format!("/bills/new/{service}")
}

/// A bill or a credit note.
pub fn bill_url(bill: Uuid) -> String {
    format!("/bills/{bill}")
}

/// Crediting a bill.
pub fn credit_url(bill: Uuid) -> String {
    format!("/bills/{bill}/credit")
}

/// A customer's statement, from a day on.
pub fn statement_url(customer: Uuid, from: Option<NaiveDate>) -> String {
    format!("/statements/{customer}{}", from_query(from))
}

/// The same as a file of comma-separated values.
pub fn statement_csv_url(customer: Uuid, from: Option<NaiveDate>) -> String {
    format!("/statements/{customer}/csv{}", from_query(from))
}

fn from_query(from: Option<NaiveDate>) -> String {
    from.map(|from| format!("?from={from}")).unwrap_or_default()
}

/// What is due of an age, and who owes it: from the highest on, or behind one of them.
pub fn dues_url(age: Age, after: Option<DebtorKey>) -> String {
    let place = Age::ALL.iter().position(|of| *of == age).unwrap_or_default();
    let after = after.map(|key| format!("&after={}.{}", key.open.0, key.customer));
    format!("{DUES}?age={place}{}", after.unwrap_or_default())
}

/// The age that an address names; the oldest where it names none.
pub fn parse_age(place: Option<&str>) -> Age {
    let place = place.and_then(|place| place.parse::<usize>().ok());
    place
        .and_then(|place| Age::ALL.get(place))
        .copied()
        .unwrap_or(Age::Over90)
}

/// Behind whom an address says that a page of dues begins.
pub fn parse_after(key: Option<&str>) -> Option<DebtorKey> {
    let (open, customer) = key?.split_once('.')?;
    Some(DebtorKey {
        open: Paise(open.parse().ok()?),
        customer: Uuid::parse_str(customer).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_in_the_dues_is_read_as_it_is_written() {
        let key = DebtorKey {
            open: Paise(123_456),
            customer: Uuid::max(),
        };
        let url = dues_url(Age::Days60, Some(key));
        assert_eq!(parse_after(url.strip_prefix("/dues?age=1&after=")), Some(key), "{url}");
        for text in ["", "x", "1", "1.x", "x.1", "99999999999999999999.0"] {
            assert_eq!(parse_after(Some(text)), None, "{text}");
        }
    }

    #[test]
    fn an_age_is_read_as_it_is_written() {
        for age in Age::ALL {
            let url = dues_url(*age, None);
            assert_eq!(parse_age(url.strip_prefix("/dues?age=")), *age, "{url}");
        }
        for place in [None, Some("9"), Some("x")] {
            assert_eq!(parse_age(place), Age::Over90);
        }
    }
}
