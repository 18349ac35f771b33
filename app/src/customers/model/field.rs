//! The fields of a customer, one by one: what each is called, how it is entered, how it is shown.
//! The form, the columns of the list, the record, the merge of two people's edits and the history all read this table.

use super::sort::Sort;
use super::{BillingCycle, ChurnRisk, OttApp, PlanType, Status};
use crate::contact::STATES;
use crate::words::words;

words! {
    /// A field of a customer. Its word is its name in forms, in the columns that a person chose and in the history.
    pub enum Field {
        /// Full name.
        Name = "name",
        /// Email address.
        Email = "email",
        /// Telephone number.
        Phone = "phone",
        /// House and street.
        AddressLine = "address",
        /// City.
        City = "city",
        /// State or union territory.
        State = "state",
        /// PIN code.
        PinCode = "pin_code",
        /// Status.
        Status = "status",
        /// Date of the cancellation.
        CancelledOn = "cancelled_on",
        /// Reason of the cancellation.
        CancelReason = "cancel_reason",
        /// Plan type.
        PlanType = "plan",
        /// Plan speed.
        Speed = "speed",
        /// Price for a month.
        Price = "price",
        /// Billing cycle.
        BillingCycle = "billing_cycle",
        /// Streaming services.
        OttApps = "ott_apps",
        /// Number of live channels.
        LiveChannels = "live_channels",
        /// Data consumed.
        DataUsed = "data_used",
        /// Delivered speed.
        AverageSpeed = "average_speed",
        /// Uptime.
        Uptime = "uptime",
        /// Most used streaming service.
        MostUsedOtt = "most_used_ott",
        /// Peak usage hours.
        PeakHours = "peak_hours",
        /// First day as a customer.
        CustomerSince = "customer_since",
        /// Lifetime value.
        LifetimeValue = "lifetime_value",
        /// Churn risk.
        ChurnRisk = "churn",
        /// Net promoter score.
        Nps = "nps",
        /// Number of tickets.
        Tickets = "tickets",
        /// Date of the last ticket.
        LastTicketOn = "last_ticket_on",
        /// Satisfaction.
        Satisfaction = "satisfaction",
        /// Who referred the customer.
        ReferredBy = "referred_by",
        /// Date of the next bill.
        NextBillingOn = "next_billing",
        /// Outstanding amount.
        Outstanding = "outstanding",
    }
}

words! {
    /// The fieldsets of the form and the sections of the record.
    pub enum Group {
        /// How to reach the customer.
        Contact = "Contact",
        /// The status.
        Status = "Status",
        /// What was bought.
        Plan = "Plan",
        /// What was used.
        Usage = "Usage",
        /// How it goes.
        Relationship = "Relationship",
        /// What is due.
        Billing = "Billing",
    }
}

impl Group {
    /// The fields of the group, in order.
    pub fn fields(self) -> impl Iterator<Item = Field> {
        Field::ALL.iter().copied().filter(move |field| field.group() == self)
    }
}

/// What kind of input a field wants.
#[derive(Clone, Copy, Debug)]
pub enum Input {
    /// One line.
    Text {
        /// The most characters.
        most: usize,
    },
    /// An email address.
    Email,
    /// A telephone number.
    Phone,
    /// A code of digits.
    Digits {
        /// The most digits and spaces.
        most: usize,
    },
    /// A number with its unit and its range; typed as text with a numeric keyboard, since grouping is allowed.
    Number {
        /// What stands behind the number.
        unit: &'static str,
        /// The least, as typed.
        least: f64,
        /// The most, as typed.
        most: f64,
    },
    /// A calendar date.
    Date,
    /// One of a few words.
    Choice {
        /// The words.
        options: fn() -> Vec<&'static str>,
        /// What the empty choice says, where there is one.
        none: Option<&'static str>,
    },
    /// Any of a few words.
    Choices {
        /// The words.
        options: fn() -> Vec<&'static str>,
    },
    /// Up to three pairs of times.
    Hours,
    /// Another customer, by account number.
    Customer,
}

fn words_of<T: Copy>(all: &'static [T], word: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().copied().map(word).collect()
}

impl Field {
    /// What the field is called on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Email => "Email",
            Self::Phone => "Phone",
            Self::AddressLine => "Address",
            Self::City => "City",
            Self::State => "State",
            Self::PinCode => "PIN code",
            Self::Status => "Status",
            Self::CancelledOn => "Cancelled on",
            Self::CancelReason => "Reason for cancelling",
            Self::PlanType => "Plan type",
            Self::Speed => "Speed",
            Self::Price => "Price",
            Self::BillingCycle => "Billing cycle",
            Self::OttApps => "OTT apps",
            Self::LiveChannels => "Live channels",
            Self::DataUsed => "Data used",
            Self::AverageSpeed => "Average speed",
            Self::Uptime => "Uptime",
            Self::MostUsedOtt => "Most used OTT",
            Self::PeakHours => "Peak usage hours",
            Self::CustomerSince => "Customer since",
            Self::LifetimeValue => "Lifetime value",
            Self::ChurnRisk => "Churn risk",
            Self::Nps => "NPS",
            Self::Tickets => "Tickets",
            Self::LastTicketOn => "Last ticket",
            Self::Satisfaction => "Satisfaction",
            Self::ReferredBy => "Referred by",
            Self::NextBillingOn => "Next bill",
            Self::Outstanding => "Outstanding",
        }
    }

    /// The fieldset and section in which it stands.
    pub fn group(self) -> Group {
        match self {
            field if field <= Self::PinCode => Group::Contact,
            field if field <= Self::CancelReason => Group::Status,
            field if field <= Self::LiveChannels => Group::Plan,
            field if field <= Self::PeakHours => Group::Usage,
            field if field <= Self::ReferredBy => Group::Relationship,
            _ => Group::Billing,
        }
    }

    /// What helps to fill it in, where the label does not say it.
    pub const fn help(self) -> Option<&'static str> {
        Some(match self {
            Self::Phone => "Ten digits, with or without +91",
            Self::PinCode => "Six digits",
            Self::Speed => "50 to 1000",
            Self::Price => "For a month, whatever the billing cycle",
            Self::DataUsed => "In this billing cycle",
            Self::PeakHours => "Up to three ranges, in Indian time; a range may cross midnight",
            Self::LifetimeValue => "All that was ever paid",
            Self::Nps => "-100 to 100",
            Self::Satisfaction => "1 is bad, 5 is excellent",
            Self::ReferredBy => "Type a name and choose, or enter an account number",
            Self::Outstanding => "Billed and not yet paid",
            _ => return None,
        })
    }

    /// How it is entered.
    pub fn input(self) -> Input {
        let number = |unit, least, most| Input::Number { unit, least, most };
        match self {
            Self::Name => Input::Text { most: 120 },
            Self::Email => Input::Email,
            Self::Phone => Input::Phone,
            Self::AddressLine => Input::Text { most: 200 },
            Self::City => Input::Text { most: 80 },
            Self::State => Input::Choice {
                options: || STATES.to_vec(),
                none: Some("Choose a state"),
            },
            Self::PinCode => Input::Digits { most: 7 },
            Self::Status => Input::Choice {
                options: || words_of(Status::ALL, Status::word),
                none: None,
            },
            Self::CancelReason => Input::Text { most: 500 },
            Self::PlanType => Input::Choice {
                options: || words_of(PlanType::ALL, PlanType::word),
                none: None,
            },
            Self::Speed => number("Mbps", 50.0, 1_000.0),
            Self::Price => number("₹ a month", 0.0, 1_000_000.0),
            Self::BillingCycle => Input::Choice {
                options: || words_of(BillingCycle::ALL, BillingCycle::word),
                none: None,
            },
            Self::OttApps => Input::Choices {
                options: || words_of(OttApp::ALL, OttApp::word),
            },
            Self::LiveChannels => number("channels", 0.0, 2_000.0),
            Self::DataUsed => number("GB", 0.0, 1_000_000.0),
            Self::AverageSpeed => number("Mbps", 0.0, 10_000.0),
            Self::Uptime => number("%", 0.0, 100.0),
            Self::MostUsedOtt => Input::Choice {
                options: || words_of(OttApp::ALL, OttApp::word),
                none: Some("Not known"),
            },
            Self::PeakHours => Input::Hours,
            Self::LifetimeValue => number("₹", 0.0, 1_000_000_000.0),
            Self::ChurnRisk => Input::Choice {
                options: || words_of(ChurnRisk::ALL, ChurnRisk::word),
                none: None,
            },
            Self::Nps => number("points", -100.0, 100.0),
            Self::Tickets => number("tickets", 0.0, 100_000.0),
            Self::Satisfaction => Input::Choice {
                options: || vec!["5", "4", "3", "2", "1"],
                none: Some("Not asked yet"),
            },
            Self::ReferredBy => Input::Customer,
            Self::Outstanding => number("₹", 0.0, 1_000_000_000.0),
            Self::CancelledOn | Self::CustomerSince | Self::LastTicketOn | Self::NextBillingOn => Input::Date,
        }
    }

    /// Whether a customer can be without it.
    pub const fn optional(self) -> bool {
        matches!(
            self,
            Self::OttApps
                | Self::MostUsedOtt
                | Self::PeakHours
                | Self::LastTicketOn
                | Self::Satisfaction
                | Self::ReferredBy
        )
    }

    /// The columns that are shown until a person chooses others, in the order of all fields. The name stands before them, always.
    pub const DEFAULT_COLUMNS: &'static [Self] = &[
        Self::Status,
        Self::PlanType,
        Self::Price,
        Self::ChurnRisk,
        Self::Nps,
        Self::NextBillingOn,
        Self::Outstanding,
    ];

    /// The sorts that the column's header offers.
    pub const fn sorts(self) -> &'static [Sort] {
        match self {
            Self::Name => &[Sort::Name, Sort::Account],
            Self::PlanType => &[Sort::Plan, Sort::Speed],
            Self::Speed => &[Sort::Speed],
            Self::Price => &[Sort::Price],
            Self::ChurnRisk => &[Sort::Churn],
            Self::Nps => &[Sort::Nps],
            Self::Outstanding => &[Sort::Outstanding],
            Self::NextBillingOn => &[Sort::NextBilling],
            Self::CustomerSince => &[Sort::Since],
            Self::LifetimeValue => &[Sort::LifetimeValue],
            _ => &[],
        }
    }

    /// Whether the values line up at the right.
    pub fn is_number(self) -> bool {
        matches!(self.input(), Input::Number { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_in_one_group_and_the_groups_follow_one_another() {
        let in_groups: Vec<Field> = Group::ALL.iter().flat_map(|group| group.fields()).collect();
        assert_eq!(in_groups, Field::ALL);
    }

    #[test]
    fn a_field_that_sorts_is_found_from_its_sort() {
        for sort in Sort::ALL {
            assert!(Field::ALL.iter().any(|field| field.sorts().contains(sort)), "{sort}");
        }
    }
}
