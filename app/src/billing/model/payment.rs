//! A payment, and what a form says of one that is about to be taken.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{PaymentMethod, PaymentState};
use crate::base::text::{collapse_space, compared, stored};
use crate::base::time::{format_date, parse_date};
use crate::base::units::Paise;
use crate::record::record_ref::RecordRef;

/// A payment that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Its id.
    pub id: Uuid,
    /// Goes up when it bounces or is reversed.
    pub version: i64,
    /// Whose it is.
    pub customer: RecordRef,
    /// The number of its receipt.
    pub receipt: i64,
    /// The day.
    pub received_on: NaiveDate,
    /// How much.
    pub amount: Paise,
    /// How.
    pub method: PaymentMethod,
    /// By which it is found elsewhere.
    pub reference: Option<String>,
    /// What became of it.
    pub state: PaymentState,
    /// When it bounced or was reversed, and why.
    pub reversal: Option<(NaiveDate, String)>,
    /// Who has taken it.
    pub taken_by: Option<Uuid>,
}

/// The names of the form's inputs.
pub mod field {
    #![allow(missing_docs, reason = "the struct below says what each is")]
    pub const ID: &str = "id";
    pub const AMOUNT: &str = "amount";
    pub const METHOD: &str = "method";
    pub const REFERENCE: &str = "reference";
    pub const RECEIVED_ON: &str = "received_on";
}

/// The most that one payment can be: ten million rupees.
pub const MOST: Paise = Paise::rupees(10_000_000);

/// A payment, as its form gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPayment {
    /// Made with the form, so that the form sent twice is one payment.
    pub id: Uuid,
    /// Whose it is.
    pub customer: Uuid,
    /// How much.
    pub amount: Paise,
    /// How.
    pub method: PaymentMethod,
    /// By which it is found elsewhere: capital letters and digits, and marks between them.
    pub reference: Option<String>,
    /// The day.
    pub received_on: NaiveDate,
}

impl NewPayment {
    /// Reads what a person typed.
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub fn parse(
        (id, customer): (Uuid, Uuid),
        value: impl Fn(&str) -> String,
        today: NaiveDate,
    ) -> Result<Self, BTreeMap<&'static str, String>> {
        let mut errors = BTreeMap::new();
        let amount = Paise::parse(&value(field::AMOUNT)).filter(|amount| (Paise(1)..=MOST).contains(amount));
        if amount.is_none() {
            errors.insert(
                field::AMOUNT,
                format!("Enter an amount from ₹0.01 to {MOST}, with two decimals at most."),
            );
        }
        let method = PaymentMethod::parse(&value(field::METHOD)).filter(|method| PaymentMethod::TAKEN.contains(method));
        if method.is_none() {
            errors.insert(field::METHOD, "Choose how it was paid.".to_owned());
        }
        let reference = parse_reference(&value(field::REFERENCE));
        match (&reference, method) {
            (Err(message), _) => {
                errors.insert(field::REFERENCE, message.clone());
            }
            (Ok(None), Some(method)) if method.has_unique_reference() => {
                errors.insert(
                    field::REFERENCE,
                    format!("Enter the reference of the {method} payment."),
                );
            }
            _ => {}
        }
        let received_on = parse_date(&value(field::RECEIVED_ON)).filter(|day| *day <= today);
        if received_on.is_none() {
            errors.insert(
                field::RECEIVED_ON,
                format!("Enter a day up to today, {}.", format_date(today)),
            );
        }
        match (amount, method, reference, received_on) {
            (Some(amount), Some(method), Ok(reference), Some(received_on)) if errors.is_empty() => Ok(Self {
                id,
                customer,
                amount,
                method,
                reference,
                received_on,
            }),
            _ => Err(errors),
        }
    }
}

/// A reference in one spelling, so that the same one is known again.
fn parse_reference(text: &str) -> Result<Option<String>, String> {
    let plain = collapse_space(&stored(&compared(text).to_uppercase()));
    match plain.chars().count() {
        0 => Ok(None),
        1..=64 => Ok(Some(plain.replace(' ', ""))),
        _ => Err("Enter at most 64 characters.".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: &str = "2026-12-01";

    fn parse(values: &[(&str, &str)]) -> Result<NewPayment, BTreeMap<&'static str, String>> {
        let usual = [
            (field::AMOUNT, "₹ 1,367.50"),
            (field::METHOD, "UPI"),
            (field::REFERENCE, "4123 5678 9012"),
            (field::RECEIVED_ON, TODAY),
        ];
        let value = |name: &str| {
            let mut all = values.iter().chain(&usual);
            all.find(|(field, _)| *field == name)
                .map_or(String::new(), |(_, text)| (*text).to_owned())
        };
        NewPayment::parse((Uuid::nil(), Uuid::nil()), value, TODAY.parse().expect("a date"))
    }

    #[test]
    fn a_payment_is_read_as_people_write_it() {
        let payment = parse(&[]).expect("a payment");
        assert_eq!(payment.amount, Paise(136_750));
        assert_eq!(payment.reference.as_deref(), Some("412356789012"));
        let cash = parse(&[(field::METHOD, "Cash"), (field::REFERENCE, " ")]).expect("a payment");
        assert_eq!((cash.method, cash.reference), (PaymentMethod::Cash, None));
        let utr = parse(&[(field::METHOD, "Bank"), (field::REFERENCE, "utib-n1")]).expect("a payment");
        assert_eq!(utr.reference.as_deref(), Some("UTIB-N1"));
    }

    #[test]
    fn what_is_wrong_is_refused_with_a_sentence() {
        for (field, text) in [
            (field::AMOUNT, ""),
            (field::AMOUNT, "0"),
            (field::AMOUNT, "-5"),
            (field::AMOUNT, "0.001"),
            (field::AMOUNT, "10000000.01"),
            (field::METHOD, ""),
            (field::METHOD, "Brought forward"),
            (field::REFERENCE, ""),
            (field::REFERENCE, &"9".repeat(65)),
            (field::RECEIVED_ON, "2026-12-02"),
            (field::RECEIVED_ON, ""),
        ] {
            let errors = parse(&[(field, text)]).expect_err(text);
            assert_eq!(errors.keys().copied().collect::<Vec<_>>(), [field], "{text}");
            assert!(errors[field].ends_with('.'), "{errors:?}");
        }
    }
}
