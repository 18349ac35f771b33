//! What the pages are made of: the answers of the server functions.

pub mod cell;
pub mod deed;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::customers::model::draft::{Draft, Errors};
use crate::customers::model::field::Field;
use crate::customers::model::merge::Conflicts;
use crate::customers::model::{AccountNumber, ChurnRisk, Customer, CustomerName, PlanType, Status};
use crate::customers::query::{CustomerQuery, Ignored};
use crate::ui::latest::Answer;
use crate::units::Paise;
use cell::Cell;
use deed::Deed;

/// One customer in the list: what the chosen columns show, and no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRow {
    /// Who it is.
    pub customer: CustomerName,
    /// One for each of the list's columns.
    pub cells: Vec<Cell>,
}

/// For every choice of each filter, how many customers it would show under the other filters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// By status.
    pub statuses: Vec<(Status, u64)>,
    /// By churn risk.
    pub churn_risks: Vec<(ChurnRisk, u64)>,
    /// By plan type.
    pub plan_types: Vec<(PlanType, u64)>,
}

/// What the customers in view are worth.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The prices of the active, for a month.
    pub monthly_revenue: Paise,
    /// The part of it that comes from customers of High or Medium churn risk.
    pub revenue_at_risk: Paise,
    /// How many active customers that is.
    pub customers_at_risk: u64,
    /// What is billed and not paid.
    pub outstanding: Paise,
    /// By how many customers.
    pub debtors: u64,
}

/// The most customers of a search that are counted while somebody waits.
pub const COUNTED: u64 = 10_000;

/// What a list says in numbers, each exact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    /// How many customers the filter leaves.
    pub total: u64,
    /// The numbers behind the filters' choices.
    pub choices: Choices,
    /// What the customers in view are worth.
    pub figures: Figures,
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerList {
    /// What was asked for, as it was understood.
    pub query: CustomerQuery,
    /// The parts of the address that made no sense.
    pub ignored: Ignored,
    /// What each row's cells show.
    pub columns: Vec<Field>,
    /// The rows.
    pub rows: Vec<ListRow>,
    /// How many rows stand before the first.
    pub before: u64,
    /// The numbers; none where the search finds more than `COUNTED` customers.
    pub numbers: Option<Numbers>,
    /// What the names of all rows begin with, where there are too many for others to be listed by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beginning: Option<String>,
    /// The address (its part behind the path) of the page before.
    pub previous: Option<String>,
    /// The address of the page behind.
    pub next: Option<String>,
    /// The address of the last page; none where this is it, or where nobody knows how many there are.
    pub last: Option<String>,
    /// The date in India, from which the distances of dates are counted.
    pub today: NaiveDate,
}

/// The page shows all of it.
impl Answer for CustomerList {
    const SHOWN: bool = true;
}

/// A customer's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRecord {
    /// The customer.
    pub customer: Customer,
    /// Who referred the customer.
    pub referrer: Option<CustomerName>,
    /// How many live customers this one has referred.
    pub referrals: i64,
    /// The date in India.
    pub today: NaiveDate,
}

/// The form of a new customer or of an edit, as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerForm {
    /// The customer's id; a new one's is made here, so that sending the form twice makes one customer.
    pub id: Uuid,
    /// Which customer is edited; none for a new one.
    pub editing: Option<Editing>,
    /// What the inputs hold.
    pub draft: Draft,
    /// What is wrong.
    pub errors: Errors,
    /// What is wrong with the whole, in a sentence.
    pub problem: Option<Problem>,
    /// The fields that both this person and another changed.
    pub conflicts: Conflicts,
}

/// What an edit started from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Editing {
    /// The customer's name at the start.
    pub name: String,
    /// The customer's number.
    pub account_number: AccountNumber,
    /// The version at the start.
    pub version: i64,
    /// The values at the start.
    pub was: Draft,
}

/// Why a form could not be saved although every field is well-formed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What happened and what to do.
    pub message: String,
    /// The HTTP status that goes with it.
    pub status: u16,
    /// The customer that stands in the way.
    pub customer: Option<CustomerName>,
}

/// What became of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Saved.
    Done {
        /// How.
        deed: Deed,
        /// Who.
        customer: CustomerName,
    },
    /// Not saved: the form comes back with all that was typed, and with what is wrong or in conflict.
    Again(Box<CustomerForm>),
}

/// What a deletion would take away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// Who.
    pub customer: Customer,
    /// How many live customers this one has referred.
    pub referrals: i64,
}

/// What became of a deletion or a restoration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moved {
    /// Done.
    Done(CustomerName),
    /// Not done, and why.
    Refused(Problem),
}

/// A page of the deleted customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedList {
    /// The last deleted first.
    pub customers: Vec<Customer>,
    /// The id behind which older ones follow.
    pub older_than: Option<Uuid>,
}

impl Answer for CustomerRecord {}
impl Answer for DeletedList {}
