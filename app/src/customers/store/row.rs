//! A row of the table, and its way to a customer.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::contact::{Email, Phone, PinCode};
use crate::customers::model::{
    AccountNumber, Billing, BillingCycle, ChurnRisk, Contact, Customer, Details, Minute, OttApp, PeakHours, Plan,
    PlanType, Relationship, Standing, Status, Usage,
};
use crate::units::{BasisPoints, Kbps, Megabytes, Paise};

/// The columns, as the table spells them.
pub struct CustomerRow {
    pub(super) id: Uuid,
    pub(super) account_number: i64,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) address_line: String,
    pub(super) city: String,
    pub(super) state: String,
    pub(super) pin_code: String,
    pub(super) status: Status,
    pub(super) cancelled_on: Option<NaiveDate>,
    pub(super) cancel_reason: Option<String>,
    pub(super) plan_type: PlanType,
    pub(super) speed_kbps: i32,
    pub(super) price_paise: i64,
    pub(super) billing_cycle: BillingCycle,
    pub(super) ott_apps: Vec<String>,
    pub(super) live_channels: i32,
    pub(super) data_used_mb: i64,
    pub(super) average_speed_kbps: i32,
    pub(super) uptime_bp: i32,
    pub(super) most_used_ott: Option<String>,
    pub(super) peak_hours: Vec<i16>,
    pub(super) customer_since: NaiveDate,
    pub(super) lifetime_value_paise: i64,
    pub(super) churn_risk: ChurnRisk,
    pub(super) nps: i16,
    pub(super) tickets: i32,
    pub(super) last_ticket_on: Option<NaiveDate>,
    pub(super) satisfaction: Option<i16>,
    pub(super) referred_by: Option<i64>,
    pub(super) next_billing_on: NaiveDate,
    pub(super) outstanding_paise: i64,
    pub(super) version: i64,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) deleted_at: Option<DateTime<Utc>>,
}

/// `SELECT` of whole customers with the given rest of the statement, checked when the program is built.
macro_rules! customer_query {
    ($rest:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            CustomerRow,
            r#"SELECT id, account_number, name, email, phone, address_line, city, state, pin_code,
                   status AS "status: _", cancelled_on, cancel_reason, plan_type AS "plan_type: _", speed_kbps, price_paise,
                   billing_cycle AS "billing_cycle: _", ott_apps, live_channels, data_used_mb, average_speed_kbps, uptime_bp,
                   most_used_ott, peak_hours, customer_since, lifetime_value_paise, churn_risk AS "churn_risk: _", nps, tickets,
                   last_ticket_on, satisfaction, referred_by, next_billing_on, outstanding_paise, version, updated_at, deleted_at
               FROM customers "# + $rest
            $(, $bind)*
        )
    };
}
pub(super) use customer_query;

impl From<CustomerRow> for Customer {
    fn from(row: CustomerRow) -> Self {
        Self {
            id: row.id,
            account_number: AccountNumber(row.account_number),
            version: row.version,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
            details: Details {
                standing: standing(row.status, row.cancelled_on, row.cancel_reason),
                contact: Contact {
                    name: row.name,
                    email: Email::from_stored(row.email),
                    phone: Phone::from_stored(row.phone),
                    address_line: row.address_line,
                    city: row.city,
                    state: row.state,
                    pin_code: PinCode::from_stored(row.pin_code),
                },
                plan: Plan {
                    plan_type: row.plan_type,
                    speed: Kbps(row.speed_kbps),
                    price: Paise(row.price_paise),
                    billing_cycle: row.billing_cycle,
                    ott_apps: row.ott_apps.iter().filter_map(|app| OttApp::parse(app)).collect(),
                    live_channels: row.live_channels,
                },
                usage: Usage {
                    data_used: Megabytes(row.data_used_mb),
                    average_speed: Kbps(row.average_speed_kbps),
                    uptime: BasisPoints(row.uptime_bp),
                    most_used_ott: row.most_used_ott.as_deref().and_then(OttApp::parse),
                    peak_hours: peak_hours(&row.peak_hours),
                },
                relationship: Relationship {
                    customer_since: row.customer_since,
                    lifetime_value: Paise(row.lifetime_value_paise),
                    churn_risk: row.churn_risk,
                    nps: row.nps,
                    tickets: row.tickets,
                    last_ticket_on: row.last_ticket_on,
                    satisfaction: row.satisfaction,
                    referred_by: row.referred_by.map(AccountNumber),
                },
                billing: Billing {
                    next_billing_on: row.next_billing_on,
                    outstanding: Paise(row.outstanding_paise),
                },
            },
        }
    }
}

fn standing(status: Status, on: Option<NaiveDate>, reason: Option<String>) -> Standing {
    match status {
        Status::Pending => Standing::Pending,
        Status::Active => Standing::Active,
        Status::Suspended => Standing::Suspended,
        // The table holds both for every cancelled customer.
        Status::Cancelled => Standing::Cancelled {
            on: on.unwrap_or_default(),
            reason: reason.unwrap_or_default(),
        },
    }
}

pub fn peak_hours(minutes: &[i16]) -> Vec<PeakHours> {
    let ranges = minutes.chunks_exact(2);
    ranges
        .map(|ends| PeakHours {
            from: Minute(ends[0]),
            to: Minute(ends[1]),
        })
        .collect()
}
