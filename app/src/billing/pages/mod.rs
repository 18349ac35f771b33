//! The pages about money: payments, receipts, bills, credit notes, statements, dues, and the provider's details.

mod answer_page;
mod bill;
mod bill_forms;
mod dues;
mod money;
mod payment;
mod provider;
mod receipt;
mod statement;

use leptos::prelude::*;

use crate::base::audit::EntityKind;
use crate::record::subject::RecordExtra;

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Taking a payment.
    TakePayment,
    /// A receipt.
    Receipt,
    /// Marking a payment as bounced or reversed.
    Reverse,
    /// Issuing a bill.
    IssueBill,
    /// A bill or a credit note.
    Bill,
    /// Crediting a bill.
    Credit,
    /// A customer's statement.
    Statement,
    /// What is due, by its age.
    Dues,
    /// The provider's details.
    Provider,
}

impl Page {
    /// Renders the page.
    pub fn view(self) -> AnyView {
        match self {
            Self::TakePayment => payment::take_payment_page(),
            Self::Receipt => receipt::receipt_page(),
            Self::Reverse => receipt::reverse_page(),
            Self::IssueBill => bill_forms::issue_page(),
            Self::Bill => bill::bill_page(),
            Self::Credit => bill_forms::credit_page(),
            Self::Statement => statement::statement_page(),
            Self::Dues => dues::dues_page(),
            Self::Provider => provider::provider_page(),
        }
    }
}

/// A customer's money, on the customer's record.
pub static CUSTOMER_MONEY: RecordExtra = RecordExtra {
    of: EntityKind::Customer,
    prepare: money::customer_money,
};
