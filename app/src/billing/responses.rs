//! What the server answers about bills and payments.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::period::Period;
use super::model::tax::Taxed;
use crate::base::units::{BasisPoints, Paise};
use crate::record::record_ref::RecordRef;

/// What the next bill of a service is, before it is issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillPreview {
    /// The id that the bill will have: the form sent twice is one bill.
    pub id: Uuid,
    /// The service.
    pub service: Uuid,
    /// Whose it is.
    pub customer: RecordRef,
    /// The bill, or why there is none.
    pub draft: Result<DraftBill, String>,
    /// Whether this is another one than the person has seen.
    pub is_changed: bool,
}

/// A bill for a service, to the paisa as it would be issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftBill {
    /// What it is for.
    pub plan: String,
    /// The days.
    pub period: Period,
    /// How much, with the tax.
    pub amount: Taxed,
    /// The rate of GST.
    pub rate: BasisPoints,
    /// To whole rupees.
    pub round_off: Paise,
    /// All of it.
    pub total: Paise,
    /// When it is due.
    pub due_on: NaiveDate,
}

/// A bill or a credit note that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedBill {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// All of it.
    pub total: Paise,
}

/// The outcome of issuing a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IssueOutcome {
    /// Issued, now or by an earlier sending of the same form.
    Issued(IssuedBill),
    /// Nothing was issued: this is what would be issued now.
    Changed(Box<BillPreview>),
}

/// The outcome of crediting a bill: the note, or why there is none.
pub type CreditOutcome = Result<IssuedBill, String>;

/// The outcome of taking a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaymentOutcome {
    /// Taken, now or by an earlier sending of the same form.
    Taken(ReceiptRef),
    /// Not taken: another payment has the form's id or the reference.
    Refused {
        /// What happened and what to do.
        message: String,
        /// That payment.
        payment: ReceiptRef,
    },
}

/// A payment that is there, in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptRef {
    /// The payment.
    pub id: Uuid,
    /// The number of its receipt.
    pub receipt: i64,
    /// How much.
    pub amount: Paise,
    /// Whose it is.
    pub customer: RecordRef,
}
