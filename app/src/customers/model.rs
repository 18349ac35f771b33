//! What a customer is. A value that exists is valid: what people type is read by `codec.rs` alone.

use chrono::NaiveDate;
use std::fmt;

use crate::base::contact::{Email, Phone, PinCode};
use crate::base::time::HourRange;
use crate::base::units::{BasisPoints, Kbps, Megabytes, Paise};
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

/// The number on a customer's bills: `LM-0001042`. At least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountNumber(pub i64);

impl AccountNumber {
    /// Reads `LM-0001042`, `lm 1042` and `1042`.
    ///
    /// # Errors
    /// Says what an account number looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let plain = text.trim().to_ascii_lowercase();
        let digits = match plain.strip_prefix("lm") {
            Some(rest) => rest.trim_start_matches(['-', ' ']),
            None => &plain,
        };
        let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        match digits.parse() {
            Ok(number) if all_digits && number > 0 => Ok(Self(number)),
            _ => Err("Enter an account number like LM-0001042.".into()),
        }
    }
}

impl fmt::Display for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LM-{:07}", self.0)
    }
}

/// How to reach a customer, and where the line ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// 1 to 120 characters.
    pub name: String,
    /// Unique among live customers, whatever its case.
    pub email: Email,
    /// E.164.
    pub phone: Phone,
    /// House and street, 1 to 200 characters.
    pub address_line: String,
    /// 1 to 80 characters.
    pub city: String,
    /// One of [`crate::base::contact::STATES`].
    pub state: String,
    /// Six digits.
    pub pin_code: PinCode,
}

/// A customer's status, with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// Signed up, not yet connected.
    Pending,
    /// Connected and billed.
    Active,
    /// Cut off for a while.
    Suspended,
    /// Gone.
    Cancelled {
        /// The last day.
        on: NaiveDate,
        /// Why, in 1 to 500 characters.
        reason: String,
    },
}

impl Lifecycle {
    /// The status alone.
    pub const fn status(&self) -> Status {
        match self {
            Self::Pending => Status::Pending,
            Self::Active => Status::Active,
            Self::Suspended => Status::Suspended,
            Self::Cancelled { .. } => Status::Cancelled,
        }
    }
}

/// What a customer has bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How the line is built.
    pub plan_type: PlanType,
    /// 50 Mbps to 1 Gbps.
    pub speed: Kbps,
    /// For a month, whatever the billing cycle.
    pub price: Paise,
    /// How often a bill is made.
    pub billing_cycle: BillingCycle,
    /// Streaming services that come with it, in the order of [`OttApp::ALL`].
    pub ott_apps: Vec<OttApp>,
    /// How many television channels come with it.
    pub live_channels: i32,
}

/// What a customer has made of it, in the current billing cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Data consumed.
    pub data_used: Megabytes,
    /// Delivered speed, on average.
    pub average_speed: Kbps,
    /// Share of the time in which the line was up.
    pub uptime: BasisPoints,
    /// The streaming service used most.
    pub most_used_ott: Option<OttApp>,
    /// Up to three ranges.
    pub peak_hours: Vec<HourRange>,
}

/// How the customer and the provider get along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relationship {
    /// The first day.
    pub customer_since: NaiveDate,
    /// All that the customer has paid.
    pub lifetime_value: Paise,
    /// How likely the customer is to leave.
    pub churn_risk: ChurnRisk,
    /// Net promoter score, -100 to 100.
    pub nps: i16,
    /// Support tickets so far.
    pub tickets: i32,
    /// When the last ticket was opened.
    pub last_ticket_on: Option<NaiveDate>,
    /// 1 to 5; none where the customer was never asked.
    pub satisfaction: Option<i16>,
    /// The customer who brought this one.
    pub referred_by: Option<AccountNumber>,
}

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Billing {
    /// The day of the next bill.
    pub next_billing_on: NaiveDate,
    /// Billed and not paid.
    pub outstanding: Paise,
}

/// All of a customer that people enter and edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerData {
    /// How to reach the customer.
    pub contact: Contact,
    /// The status.
    pub lifecycle: Lifecycle,
    /// What was bought.
    pub plan: Plan,
    /// What was used.
    pub usage: Usage,
    /// How it goes.
    pub relationship: Relationship,
    /// What is due.
    pub billing: Billing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_number_is_read_as_people_write_it() {
        for text in ["LM-0001042", "lm-1042", "LM 1042", "1042", " 0001042 "] {
            assert_eq!(AccountNumber::parse(text), Ok(AccountNumber(1042)), "{text}");
        }
        assert_eq!(AccountNumber(1042).to_string(), "LM-0001042");
        for text in ["", "LM-", "0", "-5", "LM-12x", "99999999999999999999"] {
            assert!(AccountNumber::parse(text).is_err(), "{text}");
        }
    }
}
