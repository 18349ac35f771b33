//! Rows in the text format of Postgres's COPY: a line for each row, with a tab between its fields.

use std::fmt::{self, Display, Write};

use app::base::contact::{Email, Phone, PinCode};
use app::base::text::compared;
use app::customers::search::search_text;
use app::leads::store as leads;
use chrono::{DateTime, SecondsFormat, Utc};

use super::customers::Row;
use super::leads::Lead;
use super::services::{Service, ServiceEvent};

/// The columns of `customers` in the order in which [`customer`] writes them.
pub(super) const CUSTOMERS: &str = "COPY customers (id, account_number, name, name_key, email, email_key, phone, \
     address_line, city, state, pin_code, status, cancelled_on, cancel_reason, plan_type, speed_kbps, price_paise, \
     billing_cycle, ott_apps, live_channels, data_used_mb, average_speed_kbps, uptime_bp, most_used_ott, peak_hours, \
     customer_since, churn_risk, nps, tickets, last_ticket_on, satisfaction, referred_by, \
     search_text, created_at, updated_at) FROM STDIN";

/// The columns of `services` in the order in which [`service`] writes them.
pub(super) const SERVICES: &str = "COPY services (id, customer_id, plan_id, status, price_paise, starts_on, anchor_day, paid_through, \
     ends_on, end_reason, login, created_at, updated_at) FROM STDIN";

/// The columns of `service_events` in the order in which [`event`] writes them.
pub(super) const EVENTS: &str = "COPY service_events (id, service_id, kind, cause, reason, effective_on, plan_id, price_paise, \
     plan_before, price_before_paise, created_at, applied_at, told_at) FROM STDIN";

/// The columns of `leads` in the order in which [`lead`] writes them.
pub(super) const LEADS: &str = "COPY leads (id, lead_number, name, name_key, email, email_key, phone, address_line, city, state, \
     pin_code, source, referred_by, plan_type, speed_kbps, expected_value_paise, stage, lost_reason, owner, next_step, \
     next_step_on, notes, customer, position, search_text, created_at, updated_at) FROM STDIN";

/// Adds a customer's line.
pub(super) fn customer(out: &mut String, row: &Row) {
    let data = &row.data;
    let mut line = Line(out);
    line.field(row.id);
    line.field(row.account_number.0);
    line.field(&data.name);
    line.field(compared(&data.name));
    line.field(data.email.as_str());
    line.field(data.email.key());
    line.field(data.phone.as_str());
    line.field(&data.address_line);
    line.field(&data.city);
    line.field(&data.state);
    line.field(data.pin_code.as_str());
    line.field(row.status.as_str());
    line.optional(row.cancelled_on);
    line.optional(row.cancel_reason.as_deref());
    line.field(row.plan.plan_type.as_str());
    line.field(row.plan.speed.0);
    line.field(row.plan.price.0);
    line.field(row.plan.billing_cycle.as_str());
    line.array(row.plan.ott_apps.iter().map(|app| app.as_str()));
    line.field(row.plan.live_channels);
    line.field(data.data_used.0);
    line.field(data.average_speed.0);
    line.field(data.uptime.0);
    line.optional(data.most_used_ott.map(|app| app.as_str()));
    line.array(data.peak_hours.iter().flat_map(|hours| [hours.from.0, hours.to.0]));
    line.field(data.customer_since);
    line.field(data.churn_risk.as_str());
    line.field(data.nps);
    line.field(data.tickets);
    line.optional(data.last_ticket_on);
    line.optional(data.satisfaction);
    line.optional(data.referred_by.map(|number| number.0));
    line.field(search_text(row.account_number, data));
    line.instant(row.created_at);
    line.instant(row.updated_at);
    line.end();
}

/// Adds a service's line.
pub(super) fn service(out: &mut String, row: &Service) {
    let state = &row.state;
    let mut line = Line(out);
    line.field(row.id);
    line.field(row.customer);
    line.field(state.plan);
    line.field(state.status);
    line.field(state.price.0);
    line.field(state.starts_on);
    line.field(state.anchor_day);
    line.optional(state.paid_through);
    line.optional(state.ends_on);
    line.optional(state.end_reason.as_deref());
    line.field(&row.login);
    line.instant(row.created_at);
    line.instant(row.updated_at);
    line.end();
}

/// Adds an event's line.
pub(super) fn event(out: &mut String, row: &ServiceEvent) {
    let event = &row.event;
    let mut line = Line(out);
    line.field(row.id);
    line.field(row.service);
    line.field(event.kind);
    line.field(row.cause);
    line.optional(event.reason.as_deref());
    line.field(event.effective_on);
    line.optional(event.plan.map(|(plan, _)| plan));
    line.optional(event.plan.map(|(_, price)| price.0));
    line.optional(row.before.map(|(plan, _)| plan));
    line.optional(row.before.map(|(_, price)| price.0));
    line.instant(row.created_at);
    // The network knows what lies in the past.
    let applied = row.is_applied.then(|| instant(row.created_at));
    line.optional(applied.as_deref());
    line.optional(applied.as_deref());
    line.end();
}

/// Adds a lead's line.
pub(super) fn lead(out: &mut String, row: &Lead) {
    let data = &row.data;
    let mut line = Line(out);
    line.field(row.id);
    line.field(row.number.0);
    line.field(&data.name);
    line.field(compared(&data.name));
    line.optional(data.email.as_ref().map(Email::as_str));
    line.optional(data.email.as_ref().map(Email::key));
    line.optional(data.phone.as_ref().map(Phone::as_str));
    line.optional(data.address_line.as_ref());
    line.optional(data.city.as_ref());
    line.optional(data.state.as_ref());
    line.optional(data.pin_code.as_ref().map(PinCode::as_str));
    line.field(data.source);
    line.optional(data.referred_by.map(|number| number.0));
    line.optional(data.plan_type);
    line.optional(data.speed.map(|speed| speed.0));
    line.field(data.expected_value.map_or(0, |value| value.0));
    line.field(data.stage);
    line.optional(data.lost_reason.as_ref());
    line.optional(data.owner);
    line.optional(data.next_step.as_ref());
    line.optional(data.next_step_on);
    line.optional(data.notes.as_ref());
    line.optional(row.customer);
    line.field(leads::first_position(row.number));
    line.field(leads::search_text(row.number, data));
    line.instant(row.created_at);
    line.instant(row.updated_at);
    line.end();
}

fn instant(value: DateTime<Utc>) -> String {
    value.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A line under way. A tab follows each of its fields.
pub(super) struct Line<'a>(pub(super) &'a mut String);

impl Line<'_> {
    pub(super) fn field(&mut self, value: impl Display) {
        // Writing to a string never fails.
        let _ = write!(Escaped(self.0), "{value}");
        self.0.push('\t');
    }

    pub(super) fn optional(&mut self, value: Option<impl Display>) {
        match value {
            Some(value) => self.field(value),
            None => self.0.push_str("\\N\t"),
        }
    }

    /// An array of numbers, or of words without quotes and backslashes.
    fn array(&mut self, elements: impl Iterator<Item = impl Display>) {
        let elements: Vec<String> = elements.map(|element| format!("\"{element}\"")).collect();
        self.field(format_args!("{{{}}}", elements.join(",")));
    }

    pub(super) fn instant(&mut self, value: DateTime<Utc>) {
        self.field(instant(value));
    }

    pub(super) fn end(self) {
        self.0.pop();
        self.0.push('\n');
    }
}

/// Escapes the characters that have a meaning in the format.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(['\\', '\t', '\n', '\r']) {
            self.0.push_str(&rest[..at]);
            self.0.push_str(match rest.as_bytes()[at] {
                b'\t' => "\\t",
                b'\n' => "\\n",
                b'\r' => "\\r",
                _ => "\\\\",
            });
            rest = &rest[at + 1..];
        }
        self.0.push_str(rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_valid_for_copy() {
        let mut out = String::new();
        let mut line = Line(&mut out);
        line.field(-7);
        line.field("");
        line.field("tab\tline\nreturn\rback\\slash");
        line.optional(None::<i64>);
        line.optional(Some("\\N"));
        line.array(["Prime Video", "ZEE5"].into_iter());
        line.array(std::iter::empty::<i16>());
        line.instant(DateTime::UNIX_EPOCH);
        line.end();
        let expected = "-7\t\ttab\\tline\\nreturn\\rback\\\\slash\t\\N\t\\\\N\t{\"Prime Video\",\"ZEE5\"}\t{}\t\
             1970-01-01T00:00:00.000000Z\n";
        assert_eq!(out, expected);
    }
}
