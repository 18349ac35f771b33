//! Rows in Postgres's binary COPY format, as the manual's page on COPY describes it under "Binary Format".

use app::contact::fold;
use app::customers::model::{AccountNumber, Standing};
use app::customers::search::search_text;
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::customers::Row;
use super::leads::Lead;

/// Begins the data of every COPY.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Ends it: a row of -1 fields.
pub(super) const TRAILER: &[u8] = &(-1_i16).to_be_bytes();

/// The columns of `customers` in the order in which [`customer`] writes them.
pub(super) const CUSTOMERS: &str = "COPY customers (id, account_number, name, name_key, email, email_key, phone, \
     address_line, city, state, pin_code, status, cancelled_on, cancel_reason, plan_type, speed_kbps, price_paise, \
     billing_cycle, ott_apps, live_channels, data_used_mb, average_speed_kbps, uptime_bp, most_used_ott, peak_hours, \
     customer_since, lifetime_value_paise, churn_risk, nps, tickets, last_ticket_on, satisfaction, referred_by, \
     next_billing_on, outstanding_paise, search_text, created_at, updated_at) FROM STDIN (FORMAT binary)";

/// The columns of `leads` in the order in which [`lead`] writes them.
pub(super) const LEADS: &str = "COPY leads (id, name, email, phone, city, source, stage, plan_type, \
     expected_value_paise, owner, next_step, next_step_on, created_at, updated_at) FROM STDIN (FORMAT binary)";

const TEXT_OID: i32 = 25;
const INT2_OID: i32 = 21;

/// Adds a customer to what is sent.
pub(super) fn customer(out: &mut Vec<u8>, row: &Row) {
    let details = &row.details;
    let (contact, plan, usage) = (&details.contact, &details.plan, &details.usage);
    let (relationship, billing) = (&details.relationship, &details.billing);
    let (cancelled_on, cancel_reason) = match &details.standing {
        Standing::Cancelled { on, reason } => (Some(*on), Some(reason.as_str())),
        _ => (None, None),
    };
    out.extend(38_i16.to_be_bytes());
    uuid(out, row.id);
    int8(out, row.account_number.0);
    text(out, &contact.name);
    text(out, &fold(&contact.name));
    text(out, contact.email.as_str());
    text(out, &contact.email.key());
    text(out, contact.phone.as_str());
    text(out, &contact.address_line);
    text(out, &contact.city);
    text(out, &contact.state);
    text(out, contact.pin_code.as_str());
    text(out, details.standing.status().word());
    optional(out, cancelled_on, date);
    optional(out, cancel_reason, text);
    text(out, plan.plan_type.word());
    int4(out, plan.speed.0);
    int8(out, plan.price.0);
    text(out, plan.billing_cycle.word());
    array(out, TEXT_OID, &plan.ott_apps, |out, app| text(out, app.word()));
    int4(out, plan.live_channels);
    int8(out, usage.data_used.0);
    int4(out, usage.average_speed.0);
    int4(out, usage.uptime.0);
    optional(out, usage.most_used_ott, |out, app| text(out, app.word()));
    let minutes = usage.peak_hours.iter().flat_map(|hours| [hours.from.0, hours.to.0]);
    array(out, INT2_OID, &minutes.collect::<Vec<i16>>(), |out, minute| {
        int2(out, *minute)
    });
    date(out, relationship.customer_since);
    int8(out, relationship.lifetime_value.0);
    text(out, relationship.churn_risk.word());
    int2(out, relationship.nps);
    int4(out, relationship.tickets);
    optional(out, relationship.last_ticket_on, date);
    optional(out, relationship.satisfaction, int2);
    optional(out, relationship.referred_by, |out, AccountNumber(number)| {
        int8(out, number)
    });
    date(out, billing.next_billing_on);
    int8(out, billing.outstanding.0);
    text(out, &search_text(row.account_number, contact));
    timestamp(out, row.created_at);
    timestamp(out, row.updated_at);
}

/// Adds a lead to what is sent.
pub(super) fn lead(out: &mut Vec<u8>, row: &Lead, owner: Uuid) {
    out.extend(14_i16.to_be_bytes());
    uuid(out, row.id);
    text(out, &row.name);
    text(out, row.email.as_str());
    text(out, row.phone.as_str());
    text(out, row.city);
    text(out, row.source);
    text(out, row.stage);
    text(out, row.plan_type.word());
    int8(out, row.expected_value.0);
    uuid(out, owner);
    text(out, row.next_step);
    optional(out, row.next_step_on, date);
    timestamp(out, row.created_at);
    timestamp(out, row.updated_at);
}

/// A field: the number of its bytes, then the bytes.
fn field(out: &mut Vec<u8>, bytes: &[u8]) {
    // Nothing here is near the 2 GiB that the format allows.
    out.extend((bytes.len() as i32).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn text(out: &mut Vec<u8>, value: &str) {
    field(out, value.as_bytes());
}

fn int2(out: &mut Vec<u8>, value: i16) {
    field(out, &value.to_be_bytes());
}

fn int4(out: &mut Vec<u8>, value: i32) {
    field(out, &value.to_be_bytes());
}

fn int8(out: &mut Vec<u8>, value: i64) {
    field(out, &value.to_be_bytes());
}

fn uuid(out: &mut Vec<u8>, value: Uuid) {
    field(out, value.as_bytes());
}

/// Days since the first of 2000, which is day 730,120 of the common era.
fn date(out: &mut Vec<u8>, value: NaiveDate) {
    use chrono::Datelike;
    int4(out, value.num_days_from_ce() - 730_120);
}

/// Microseconds since 2000 began, in UTC.
fn timestamp(out: &mut Vec<u8>, value: DateTime<Utc>) {
    int8(out, value.timestamp_micros() - 946_684_800_000_000);
}

fn optional<T>(out: &mut Vec<u8>, value: Option<T>, write: impl FnOnce(&mut Vec<u8>, T)) {
    match value {
        Some(value) => write(out, value),
        // A length of -1 is NULL.
        None => out.extend((-1_i32).to_be_bytes()),
    }
}

fn array<T>(out: &mut Vec<u8>, oid: i32, values: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    let at = out.len();
    out.extend([0; 4]);
    let dimensions = i32::from(!values.is_empty());
    for number in [dimensions, 0, oid] {
        out.extend(number.to_be_bytes());
    }
    if dimensions == 1 {
        // How many, and the index of the first.
        for number in [values.len() as i32, 1] {
            out.extend(number.to_be_bytes());
        }
    }
    for value in values {
        write(out, value);
    }
    let length = (out.len() - at - 4) as i32;
    out[at..at + 4].copy_from_slice(&length.to_be_bytes());
}
