//! The cells of the list, straight from the columns that they need and no others: see `Field::cell` for those of a whole customer.

use sqlx::postgres::PgRow;
use sqlx::{Decode, Postgres, Row, Type};

use super::row::peak_hours;
use super::segments::Segment;
use crate::contact::Phone;
use crate::customers::model::field::Field;
use crate::customers::model::{AccountNumber, BillingCycle, OttApp};
use crate::customers::view::cell::Cell;
use crate::units::{BasisPoints, Kbps, Megabytes, Paise};

/// The table's columns that a field's cell is made of beside the customer's segment, in the order in which [`cell`] takes them.
pub const fn columns(field: Field) -> Option<&'static str> {
    Some(match field {
        Field::Name => "name",
        Field::Email => "email",
        Field::Phone => "phone",
        Field::AddressLine => "address_line",
        Field::City => "city",
        Field::State => "state",
        Field::PinCode => "pin_code",
        // The segment says it, in a number: a word of Postgres's takes ten times as long to write and to read.
        Field::Status | Field::ChurnRisk => return None,
        Field::CancelledOn => "cancelled_on",
        Field::CancelReason => "cancel_reason",
        Field::PlanType | Field::Speed => "speed_kbps",
        Field::Price => "price_paise",
        Field::BillingCycle => "billing_cycle",
        Field::OttApps => "ott_apps",
        Field::LiveChannels => "live_channels",
        Field::DataUsed => "data_used_mb",
        Field::AverageSpeed => "average_speed_kbps",
        Field::Uptime => "uptime_bp",
        Field::MostUsedOtt => "most_used_ott",
        Field::PeakHours => "peak_hours",
        Field::CustomerSince => "customer_since",
        Field::LifetimeValue => "lifetime_value_paise",
        Field::Nps => "nps",
        Field::Tickets => "tickets",
        Field::LastTicketOn => "last_ticket_on",
        Field::Satisfaction => "satisfaction",
        Field::ReferredBy => "referred_by",
        Field::NextBillingOn => "next_billing_on",
        Field::Outstanding => "outstanding_paise",
    })
}

/// The values of a row, one after the other.
pub struct Values<'r> {
    row: &'r PgRow,
    at: usize,
}

impl<'r> Values<'r> {
    /// The values of a row from one on.
    pub const fn from(row: &'r PgRow, at: usize) -> Self {
        Self { row, at }
    }

    /// The next value. Its type is the column's, as the statement was written: comparing the two again for each value of each row takes
    /// longer than reading it.
    ///
    /// # Errors
    /// Where it cannot be read as that.
    pub fn next<T: Decode<'r, Postgres> + Type<Postgres>>(&mut self) -> Result<T, sqlx::Error> {
        self.at += 1;
        self.row.try_get_unchecked(self.at - 1)
    }

    /// The segment whose number is the next value.
    ///
    /// # Errors
    /// Where it is no segment's.
    pub fn segment(&mut self) -> Result<Segment, sqlx::Error> {
        let number = self.next()?;
        Segment::of_number(number).ok_or_else(|| sqlx::Error::Decode(format!("there is no segment {number}").into()))
    }

    fn text(&mut self) -> Result<Cell, sqlx::Error> {
        Ok(Cell::maybe(self.next::<Option<String>>()?))
    }

    fn number<T>(&mut self, unit: impl Fn(T) -> String) -> Result<Cell, sqlx::Error>
    where
        T: Decode<'r, Postgres> + Type<Postgres>,
    {
        Ok(Cell::Text(unit(self.next()?)))
    }
}

/// The cell of a field, made of the customer's segment and the next values.
///
/// # Errors
/// Where they have other types.
pub fn cell(field: Field, segment: Segment, values: &mut Values<'_>) -> Result<Cell, sqlx::Error> {
    match field {
        Field::Name
        | Field::Email
        | Field::AddressLine
        | Field::City
        | Field::State
        | Field::PinCode
        | Field::CancelReason => values.text(),
        Field::Phone => values.number(|phone| Phone::from_stored(phone).to_string()),
        Field::Status => Ok(Cell::Status(segment.status)),
        Field::CancelledOn | Field::LastTicketOn | Field::CustomerSince => Ok(Cell::date(values.next()?)),
        Field::PlanType => Ok(Cell::Plan(segment.plan_type, Kbps(values.next()?).to_string())),
        Field::Speed | Field::AverageSpeed => values.number(|speed| Kbps(speed).to_string()),
        Field::Price | Field::LifetimeValue => values.number(|amount| Paise(amount).to_string()),
        Field::BillingCycle => values.number(|cycle: BillingCycle| cycle.to_string()),
        Field::OttApps => {
            let apps: Vec<String> = values.next()?;
            Ok(Cell::list(
                &apps.iter().filter_map(|app| OttApp::parse(app)).collect::<Vec<_>>(),
            ))
        }
        Field::LiveChannels | Field::Tickets => values.number(|count: i32| count.to_string()),
        Field::DataUsed => values.number(|data| Megabytes(data).to_string()),
        Field::Uptime => values.number(|share| BasisPoints(share).to_string()),
        Field::MostUsedOtt => {
            let app: Option<&str> = values.next()?;
            Ok(Cell::maybe(app.and_then(OttApp::parse).map(OttApp::word)))
        }
        Field::PeakHours => Ok(Cell::list(&peak_hours(&values.next::<Vec<i16>>()?))),
        Field::ChurnRisk => Ok(Cell::Risk(segment.churn_risk)),
        Field::Nps => values.number(|score: i16| score.to_string()),
        Field::Satisfaction => Ok(Cell::score(values.next()?)),
        Field::ReferredBy => {
            let account: Option<i64> = values.next()?;
            Ok(Cell::maybe(account.map(|number| AccountNumber(number).to_string())))
        }
        Field::NextBillingOn => Ok(Cell::next_bill(segment.status, values.next()?)),
        Field::Outstanding => Ok(Cell::Due(Paise(values.next()?))),
    }
}
