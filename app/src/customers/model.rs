//! The words and numbers of customers.

use crate::base::record_number::record_number;
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
    /// How the last mile is built.
    pub enum PlanType as "plan_type" {
        /// Fiber to the home.
        Fiber = "Fiber",
        /// Copper or cable.
        Broadband = "Broadband",
        /// Fixed wireless.
        Wireless = "Wireless",
    }
}

word_enum! {
    /// How often a bill is made.
    pub enum BillingCycle as "billing_cycle" {
        /// Every month.
        Monthly = "Monthly",
        /// Every three months.
        Quarterly = "Quarterly",
        /// Every twelve months.
        Annual = "Annual",
    }
}

impl BillingCycle {
    /// How many months one bill covers.
    pub const fn months(self) -> u32 {
        match self {
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::Annual => 12,
        }
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

word_enum! {
    /// A streaming service that comes with a plan.
    pub enum OttApp {
        /// Netflix
        Netflix = "Netflix",
        /// Amazon Prime Video
        PrimeVideo = "Prime Video",
        /// Disney+ Hotstar
        Hotstar = "Disney+ Hotstar",
        /// SonyLIV
        SonyLiv = "SonyLIV",
        /// ZEE5
        Zee5 = "ZEE5",
        /// Apple TV+
        AppleTv = "Apple TV+",
        /// aha
        Aha = "aha",
        /// Sun NXT
        SunNxt = "Sun NXT",
        /// Hoichoi
        Hoichoi = "Hoichoi",
        /// Discovery+
        Discovery = "Discovery+",
    }
}

record_number! {
    /// The number on a customer's bills: `LM-0001042`.
    pub struct AccountNumber, prefix "LM", called "an account number"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_number_is_parsed_as_people_write_it() {
        for text in ["LM-0001042", "lm-1042", "LM 1042", "1042", " 0001042 "] {
            assert_eq!(AccountNumber::parse(text), Ok(AccountNumber(1042)), "{text}");
        }
        assert_eq!(AccountNumber(1042).to_string(), "LM-0001042");
        for text in ["", "LM-", "0", "-5", "LM-12x", "99999999999999999999"] {
            assert!(AccountNumber::parse(text).is_err(), "{text}");
        }
    }
}
