//! The addresses of the pages about money.

use chrono::NaiveDate;
use uuid::Uuid;

use super::model::age::Age;

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

/// What is due of an age.
pub fn dues_url(age: Age) -> String {
    let place = Age::ALL.iter().position(|of| *of == age).unwrap_or_default();
    format!("{DUES}?age={place}")
}

/// The age that an address names; the oldest where it names none.
pub fn parse_age(place: Option<&str>) -> Age {
    let place = place.and_then(|place| place.parse::<usize>().ok());
    place
        .and_then(|place| Age::ALL.get(place))
        .copied()
        .unwrap_or(Age::Over90)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_read_as_it_is_written() {
        for age in Age::ALL {
            let url = dues_url(*age);
            assert_eq!(parse_age(url.strip_prefix("/dues?age=")), *age, "{url}");
        }
        for place in [None, Some("9"), Some("x")] {
            assert_eq!(parse_age(place), Age::Over90);
        }
    }
}
