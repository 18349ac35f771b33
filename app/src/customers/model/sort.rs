//! What customers can be sorted by.

use crate::words::words;

words! {
    /// What the list can be sorted by.
    pub enum Sort {
        /// By the folded name.
        Name = "name",
        /// By account number.
        Account = "account",
        /// By plan type: Fiber, Broadband, Wireless.
        Plan = "plan",
        /// By the plan's speed.
        Speed = "speed",
        /// By the price for a month.
        Price = "price",
        /// By churn risk: High, Medium, Low.
        Churn = "churn",
        /// By net promoter score.
        Nps = "nps",
        /// By the outstanding amount.
        Outstanding = "outstanding",
        /// By the date of the next bill.
        NextBilling = "next_billing",
        /// By the first day as a customer.
        Since = "since",
        /// By lifetime value.
        LifetimeValue = "lifetime_value",
    }
}

impl Sort {
    /// What a header calls it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Account => "Account number",
            Self::Plan => "Plan",
            Self::Speed => "Speed",
            Self::Price => "Price",
            Self::Churn => "Churn risk",
            Self::Nps => "NPS",
            Self::Outstanding => "Outstanding",
            Self::NextBilling => "Next bill",
            Self::Since => "Customer since",
            Self::LifetimeValue => "Lifetime value",
        }
    }
}
