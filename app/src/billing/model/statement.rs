//! What a customer owes, and why.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BillKind, PaymentMethod, PaymentState};
use crate::base::units::Paise;

/// What is known of a customer's money in a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// What is owed; less than nothing is credit.
    pub outstanding: Paise,
    /// All that was paid, without what was brought forward.
    pub paid: Paise,
    /// The prices of active services.
    pub monthly: Paise,
    /// The first day that is not billed.
    pub next_bill_on: Option<NaiveDate>,
    /// Since when the oldest open bill is due.
    pub oldest_unpaid_due_on: Option<NaiveDate>,
}

/// Entries from a day on, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The first day; none where it begins with the first entry.
    pub from: Option<NaiveDate>,
    /// What was owed before that day.
    pub opening: Paise,
    /// The entries.
    pub entries: Vec<Entry>,
}

impl Statement {
    /// What is owed now.
    pub fn closing(&self) -> Paise {
        self.entries.last().map_or(self.opening, |entry| entry.balance)
    }
}

/// A line of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The day.
    pub day: NaiveDate,
    /// The bill's or the payment's id.
    pub id: Uuid,
    /// What it is.
    pub kind: EntryKind,
    /// The number of a bill, the reference of a payment, or why that was reversed.
    pub reference: Option<String>,
    /// What it adds to what is owed.
    pub owed: Paise,
    /// What is owed after it.
    pub balance: Paise,
    /// When a bill is due.
    pub due_on: Option<NaiveDate>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryKind {
    /// A bill or a credit note.
    Bill(BillKind),
    /// A payment, or what became of it later.
    Payment(PaymentMethod, PaymentState),
}

impl EntryKind {
    /// What it is called.
    pub fn label(self) -> String {
        match self {
            Self::Bill(kind) => kind.to_string(),
            Self::Payment(PaymentMethod::BroughtForward, PaymentState::Received) => "Credit brought forward".into(),
            Self::Payment(method, PaymentState::Received) => format!("Payment, {method}"),
            Self::Payment(_, PaymentState::Bounced) => "Cheque bounced".into(),
            Self::Payment(method, PaymentState::Reversed) => format!("Payment reversed, {method}"),
        }
    }
}

impl Entry {
    /// What it adds to what is owed, or else what it takes away.
    pub const fn columns(&self) -> (Option<Paise>, Option<Paise>) {
        if self.owed.0 < 0 {
            (None, Some(Paise(-self.owed.0)))
        } else {
            (Some(self.owed), None)
        }
    }
}
