//! A field's value as it is shown: in the list, on the record.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::customers::model::field::Field;
use crate::customers::model::{ChurnRisk, Customer, Details, OttApp, PlanType, Standing, Status};
use crate::ui::dates;
use crate::units::Paise;

/// A value as it is shown, before it is drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cell {
    /// There is none.
    #[serde(rename = "0")]
    None,
    /// Plain text.
    #[serde(rename = "t")]
    Text(String),
    /// A status, drawn as a tag.
    #[serde(rename = "s")]
    Status(Status),
    /// A churn risk, drawn as bars with its word.
    #[serde(rename = "r")]
    Risk(ChurnRisk),
    /// A plan and its speed.
    #[serde(rename = "p")]
    Plan(PlanType, String),
    /// An amount that matters where it is not zero.
    #[serde(rename = "m")]
    Due(Paise),
    /// A date with its distance from today.
    #[serde(rename = "d", serialize_with = "dates::write")]
    Day(NaiveDate),
}

impl Cell {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Text where there is a value.
    pub fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::None, Self::text)
    }

    /// Several values in one text.
    pub fn list(values: &[impl ToString]) -> Self {
        if values.is_empty() {
            return Self::None;
        }
        Self::Text(values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    }

    /// A date where there is one.
    pub fn date(date: Option<NaiveDate>) -> Self {
        Self::maybe(date.map(dates::day))
    }

    /// A satisfaction score.
    pub fn score(score: Option<i16>) -> Self {
        Self::maybe(score.map(|score| format!("{score} of 5")))
    }

    /// The next bill; a customer who is gone gets none.
    pub fn next_bill(status: Status, on: NaiveDate) -> Self {
        match status {
            Status::Cancelled => Self::None,
            _ => Self::Day(on),
        }
    }
}

impl Field {
    /// The field's value as it is shown.
    pub fn cell(self, customer: &Customer) -> Cell {
        let Details {
            contact,
            standing,
            plan,
            usage,
            relationship,
            billing,
        } = &customer.details;
        match self {
            Self::Name => Cell::text(&contact.name),
            Self::Email => Cell::text(contact.email.as_str()),
            Self::Phone => Cell::text(contact.phone.to_string()),
            Self::AddressLine => Cell::text(&contact.address_line),
            Self::City => Cell::text(&contact.city),
            Self::State => Cell::text(&contact.state),
            Self::PinCode => Cell::text(contact.pin_code.as_str()),
            Self::Status => Cell::Status(standing.status()),
            Self::CancelledOn => match standing {
                Standing::Cancelled { on, .. } => Cell::date(Some(*on)),
                _ => Cell::None,
            },
            Self::CancelReason => match standing {
                Standing::Cancelled { reason, .. } => Cell::text(reason),
                _ => Cell::None,
            },
            Self::PlanType => Cell::Plan(plan.plan_type, plan.speed.to_string()),
            Self::Speed => Cell::text(plan.speed.to_string()),
            Self::Price => Cell::text(plan.price.to_string()),
            Self::BillingCycle => Cell::text(plan.billing_cycle.word()),
            Self::OttApps => Cell::list(&plan.ott_apps),
            Self::LiveChannels => Cell::text(plan.live_channels.to_string()),
            Self::DataUsed => Cell::text(usage.data_used.to_string()),
            Self::AverageSpeed => Cell::text(usage.average_speed.to_string()),
            Self::Uptime => Cell::text(usage.uptime.to_string()),
            Self::MostUsedOtt => Cell::maybe(usage.most_used_ott.map(OttApp::word)),
            Self::PeakHours => Cell::list(&usage.peak_hours),
            Self::CustomerSince => Cell::date(Some(relationship.customer_since)),
            Self::LifetimeValue => Cell::text(relationship.lifetime_value.to_string()),
            Self::ChurnRisk => Cell::Risk(relationship.churn_risk),
            Self::Nps => Cell::text(relationship.nps.to_string()),
            Self::Tickets => Cell::text(relationship.tickets.to_string()),
            Self::LastTicketOn => Cell::date(relationship.last_ticket_on),
            Self::Satisfaction => Cell::score(relationship.satisfaction),
            Self::ReferredBy => Cell::maybe(relationship.referred_by.map(|account| account.to_string())),
            Self::NextBillingOn => Cell::next_bill(standing.status(), billing.next_billing_on),
            Self::Outstanding => Cell::Due(billing.outstanding),
        }
    }
}
