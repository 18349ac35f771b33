//! The words and numbers of customers.

pub use crate::base::account_number::AccountNumber;
use crate::base::word_enum::word_enum;

word_enum! {
    /// Where a customer stands with the provider.
    pub enum Status as "customer_status" {
        /// Signed up, not yet connected.
        Pending = "Pending",
        /// Connected and billed.
        Active = "Active",
        /// Cut off for a while, usually for dues.
        Suspended = "Suspended",
        /// Gone; has a date and a reason.
        Cancelled = "Cancelled",
    }
}

word_enum! {
    /// How likely a customer is to leave; the riskiest first, as the list sorts them.
    pub enum ChurnRisk as "churn_risk" {
        /// About to leave.
        High = "High",
        /// Might leave.
        Medium = "Medium",
        /// Stays.
        Low = "Low",
    }
}
