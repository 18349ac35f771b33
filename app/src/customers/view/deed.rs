//! What was done to a customer, and the sentence that tells it.

use crate::customers::model::CustomerName;
use crate::words::words;

words! {
    /// What was done to a customer.
    pub enum Deed {
        /// Made.
        Created = "created",
        /// Edited.
        Saved = "saved",
        /// Edited, with what somebody else changed at the same time.
        Merged = "merged",
        /// Marked as deleted.
        Deleted = "deleted",
        /// Taken back from the deleted.
        Restored = "restored",
    }
}

impl Deed {
    /// The notice's sentence. Who is new is found again by the account number.
    pub fn told(self, customer: &CustomerName) -> String {
        let CustomerName {
            account_number, name, ..
        } = customer;
        match self {
            Self::Created => format!("Customer {name} created: {account_number}"),
            Self::Merged => format!("Customer {name} saved, with what somebody else changed meanwhile"),
            deed => format!("Customer {name} {deed}"),
        }
    }
}
