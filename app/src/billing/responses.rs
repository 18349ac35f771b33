//! What the server answers about bills and payments.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::BillKind;
use super::model::age::Age;
use super::model::payment::Payment;
use super::model::period::Period;
use super::model::provider::Provider;
use super::model::state_code::StateCode;
use super::model::statement::{Entry, Statement, Summary};
use super::model::tax::Taxed;
use crate::base::contact::Gstin;
use crate::base::units::{BasisPoints, Paise};
use crate::record::record_ref::RecordRef;
use crate::ui::latest_resource::PageData;

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

/// What the form of a payment begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentForm {
    /// The id that the payment will have.
    pub id: Uuid,
    /// Who pays.
    pub customer: RecordRef,
    /// What is owed; less than nothing is credit.
    pub owed: Paise,
    /// The date in India.
    pub today: NaiveDate,
}

/// A receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptPage {
    /// The payment.
    pub payment: Payment,
    /// Who has taken it, by name.
    pub taken_by: Option<String>,
    /// The bills that it pays, and how much of each.
    pub paid: Vec<PaidBill>,
    /// Who has received it.
    pub provider: Option<Provider>,
    /// What is owed now.
    pub owed: Paise,
    /// The date in India.
    pub today: NaiveDate,
}

/// A part of a payment that pays a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidBill {
    /// The bill.
    pub id: Uuid,
    /// Its number.
    pub number: Option<String>,
    /// How much of it.
    pub amount: Paise,
}

/// A bill or a credit note, as it is printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillPage {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub kind: BillKind,
    /// Its number; none where it was brought forward.
    pub number: Option<String>,
    /// Of a credit note: the bill that it credits, with its number, and why.
    pub credits: Option<(Uuid, String, String)>,
    /// The day.
    pub issued_on: NaiveDate,
    /// When it is due.
    pub due_on: Option<NaiveDate>,
    /// Whose it is, by the name of today.
    pub customer: RecordRef,
    /// To whom it was issued.
    pub billed_name: String,
    /// The address then.
    pub billed_address: String,
    /// The customer's GSTIN then.
    pub customer_gstin: Option<Gstin>,
    /// The state where the service is; none of what was brought forward.
    pub supplied_to: Option<StateCode>,
    /// The lines.
    pub lines: Vec<BillLine>,
    /// Their sum.
    pub amount: Taxed,
    /// To whole rupees.
    pub round_off: Paise,
    /// All of it.
    pub total: Paise,
    /// What is not paid of it; of a credit note, what has not paid anything.
    pub open: Paise,
    /// Its credit notes, with their totals.
    pub notes: Vec<IssuedBill>,
    /// Who has issued it, as they were then.
    pub provider: Option<Provider>,
    /// The id that a credit note will have that is made from this page.
    pub next_id: Uuid,
    /// A QR code by which what is open is paid, as SVG.
    pub qr_svg: Option<String>,
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillLine {
    /// Its place, from 1.
    pub number: i16,
    /// What it is for.
    pub description: String,
    /// Its code in GST.
    pub sac: String,
    /// The days.
    pub period: Period,
    /// The rate of GST.
    pub rate: BasisPoints,
    /// How much.
    pub amount: Taxed,
    /// What is not credited of it.
    pub left: Taxed,
    /// Whether all of it is credited.
    pub is_reversed: bool,
}

/// A customer's statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementPage {
    /// Whose it is.
    pub customer: RecordRef,
    /// The customer's address.
    pub address: String,
    /// The statement.
    pub statement: Statement,
    /// Who has sent it.
    pub provider: Option<Provider>,
    /// The date in India.
    pub today: NaiveDate,
}

/// A customer's money, as the record shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerMoney {
    /// Whose it is.
    pub customer: Uuid,
    /// In a look.
    pub summary: Summary,
    /// The last bills and payments, the newest first.
    pub last: Vec<Entry>,
    /// What can be billed.
    pub services: Vec<BillableService>,
    /// The date in India.
    pub today: NaiveDate,
}

/// A service that is billed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillableService {
    /// The service.
    pub id: Uuid,
    /// Its plan.
    pub plan: String,
    /// The first day that is not billed.
    pub next_bill_on: NaiveDate,
}

/// The provider's details, as their form begins with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderPage {
    /// The version; 0 before the first was entered.
    pub version: i64,
    /// The details.
    pub provider: Option<Provider>,
}

/// How many of those who owe a page of dues shows.
pub const DEBTORS_ON_PAGE: usize = 50;

/// Where a customer stands among those who owe of an age: the next page of dues begins behind the last of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebtorKey {
    /// What they owe of that age.
    pub open: Paise,
    /// Who they are.
    pub customer: Uuid,
}

/// What is due, by its age.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuesPage {
    /// The age whose customers are shown.
    pub shown: Age,
    /// Each age: how many bills, and how much is open of them.
    pub ages: Vec<(Age, i64, Paise)>,
    /// Those who owe of the shown age, with what they owe of it, highest first.
    pub customers: Vec<(RecordRef, Paise)>,
    /// Whether others stand before them.
    pub has_previous: bool,
    /// Behind whom the next page begins, where there is one.
    pub next: Option<DebtorKey>,
}

impl PageData for BillPreview {}
impl PageData for PaymentForm {}
impl PageData for ReceiptPage {}
impl PageData for BillPage {}
impl PageData for StatementPage {}
impl PageData for CustomerMoney {}
impl PageData for ProviderPage {}
impl PageData for DuesPage {}
