//! The rules of money, and the words of bills and payments. Nothing here knows a database: what is computed for a preview is what is billed.

pub mod age;
pub mod allocation;
pub mod charge;
pub mod credit;
pub mod number;
pub mod payment;
pub mod period;
pub mod provider;
pub mod state_code;
pub mod statement;
pub mod tax;
pub mod upi;

use crate::base::word_enum::word_enum;

word_enum! {
    /// What a document in the ledger is.
    pub enum BillKind as "bill_kind" {
        /// A tax invoice.
        Invoice = "Invoice",
        /// Takes an invoice back, whole or in part.
        CreditNote = "Credit note",
        /// What was owed before there was a ledger. It has no GST number.
        BroughtForward = "Brought forward",
    }
}

word_enum! {
    /// How a payment came.
    pub enum PaymentMethod as "payment_method" {
        /// Notes and coins.
        Cash = "Cash",
        /// By a UPI app.
        Upi = "UPI",
        /// A transfer to the provider's account.
        Bank = "Bank",
        /// On paper; it may bounce.
        Cheque = "Cheque",
        /// By a card machine.
        Card = "Card",
        /// By the provider's payment gateway.
        Gateway = "Gateway",
        /// Credit from before there was a ledger.
        BroughtForward = "Brought forward",
    }
}

word_enum! {
    /// What became of a payment.
    pub enum PaymentState as "payment_state" {
        /// It counts.
        Received = "Received",
        /// The bank did not pay it.
        Bounced = "Bounced",
        /// It was taken back.
        Reversed = "Reversed",
    }
}

impl PaymentMethod {
    /// The methods that a person chooses from.
    pub const TAKEN: &'static [Self] = &[Self::Cash, Self::Upi, Self::Bank, Self::Cheque, Self::Card];

    /// Whether a reference names one payment alone. Numbers of cheques and cards repeat.
    pub const fn has_unique_reference(self) -> bool {
        matches!(self, Self::Upi | Self::Bank | Self::Gateway)
    }
}
