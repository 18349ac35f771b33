//! What a person has typed into the form, as text; `reader.rs` makes valid details of it. The same code in the browser and on the server.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::field::{Field, Input};
use super::{BillingCycle, ChurnRisk, Details, PeakHours, PlanType, Standing, Status};

/// The text of every field, as typed or as an input would hold it. A field may have several values; an empty one is as good as none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Draft(BTreeMap<Field, Vec<String>>);

/// What is wrong, field by field, in the order of the form. Each message says what is allowed.
pub type Errors = BTreeMap<Field, String>;

impl Draft {
    /// All values of a field.
    pub fn values(&self, field: Field) -> &[String] {
        self.0.get(&field).map_or(&[], Vec::as_slice)
    }

    /// The one value of a field, as typed; empty where there is none.
    pub fn value(&self, field: Field) -> &str {
        self.values(field).first().map_or("", String::as_str)
    }

    /// Replaces the values of a field.
    pub fn set(&mut self, field: Field, values: Vec<String>) {
        if values.iter().all(String::is_empty) {
            self.0.remove(&field);
        } else {
            self.0.insert(field, values);
        }
    }

    /// Adds a value to a field.
    pub fn push(&mut self, field: Field, value: String) {
        self.0.entry(field).or_default().push(value);
    }

    /// Whether two drafts say the same about a field.
    pub fn agrees(&self, other: &Self, field: Field) -> bool {
        let said =
            |draft: &Self| -> Vec<String> { draft.values(field).iter().filter(|v| !v.is_empty()).cloned().collect() };
        said(self) == said(other)
    }

    /// What a field says, for people and for the history: `Netflix, ZEE5`, `21:00-00:00`; none where it is empty.
    pub fn said(&self, field: Field) -> Option<String> {
        let values = self.values(field);
        let parts: Vec<String> = match field.input() {
            Input::Hours => values
                .chunks(2)
                .filter(|pair| !pair[0].is_empty())
                .map(|pair| pair.join("-"))
                .collect(),
            _ => values.iter().filter(|value| !value.is_empty()).cloned().collect(),
        };
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// What a new customer begins with.
    pub fn for_new(today: NaiveDate) -> Self {
        let next_billing = today + chrono::Months::new(1);
        let defaults = [
            (Field::Status, Status::Pending.word().to_owned()),
            (Field::PlanType, PlanType::Fiber.word().to_owned()),
            (Field::Speed, "100".to_owned()),
            (Field::BillingCycle, BillingCycle::Monthly.word().to_owned()),
            (Field::LiveChannels, "0".to_owned()),
            (Field::DataUsed, "0".to_owned()),
            (Field::AverageSpeed, "0".to_owned()),
            (Field::Uptime, "100".to_owned()),
            (Field::CustomerSince, today.to_string()),
            (Field::LifetimeValue, "0".to_owned()),
            (Field::ChurnRisk, ChurnRisk::Low.word().to_owned()),
            (Field::Nps, "0".to_owned()),
            (Field::Tickets, "0".to_owned()),
            (Field::NextBillingOn, next_billing.to_string()),
            (Field::Outstanding, "0".to_owned()),
        ];
        Self(
            defaults
                .into_iter()
                .map(|(field, value)| (field, vec![value]))
                .collect(),
        )
    }

    /// The draft that an edit of these details begins with; `parse` is its inverse.
    pub fn of(details: &Details) -> Self {
        let mut draft = Self::default();
        for field in Field::ALL {
            draft.set(*field, values_of(details, *field));
        }
        draft
    }
}

/// A field of valid details as an input holds it.
fn values_of(details: &Details, field: Field) -> Vec<String> {
    let Details {
        contact,
        standing,
        plan,
        usage,
        relationship,
        billing,
    } = details;
    let optional = |value: Option<String>| value.unwrap_or_default();
    let one = match field {
        Field::OttApps => return plan.ott_apps.iter().map(ToString::to_string).collect(),
        Field::PeakHours => {
            let ends = |hours: &PeakHours| [hours.from.to_string(), hours.to.to_string()];
            return usage.peak_hours.iter().flat_map(ends).collect();
        }
        Field::Name => contact.name.clone(),
        Field::Email => contact.email.as_str().to_owned(),
        Field::Phone => contact.phone.to_string(),
        Field::AddressLine => contact.address_line.clone(),
        Field::City => contact.city.clone(),
        Field::State => contact.state.clone(),
        Field::PinCode => contact.pin_code.as_str().to_owned(),
        Field::Status => standing.status().to_string(),
        Field::CancelledOn => match standing {
            Standing::Cancelled { on, .. } => on.to_string(),
            _ => String::new(),
        },
        Field::CancelReason => match standing {
            Standing::Cancelled { reason, .. } => reason.clone(),
            _ => String::new(),
        },
        Field::PlanType => plan.plan_type.to_string(),
        Field::Speed => plan.speed.text(),
        Field::Price => plan.price.text(),
        Field::BillingCycle => plan.billing_cycle.to_string(),
        Field::LiveChannels => plan.live_channels.to_string(),
        Field::DataUsed => usage.data_used.text(),
        Field::AverageSpeed => usage.average_speed.text(),
        Field::Uptime => usage.uptime.text(),
        Field::MostUsedOtt => optional(usage.most_used_ott.map(|app| app.to_string())),
        Field::CustomerSince => relationship.customer_since.to_string(),
        Field::LifetimeValue => relationship.lifetime_value.text(),
        Field::ChurnRisk => relationship.churn_risk.to_string(),
        Field::Nps => relationship.nps.to_string(),
        Field::Tickets => relationship.tickets.to_string(),
        Field::LastTicketOn => optional(relationship.last_ticket_on.map(|on| on.to_string())),
        Field::Satisfaction => optional(relationship.satisfaction.map(|score| score.to_string())),
        Field::ReferredBy => optional(relationship.referred_by.map(|account| account.to_string())),
        Field::NextBillingOn => billing.next_billing_on.to_string(),
        Field::Outstanding => billing.outstanding.text(),
    };
    vec![one]
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::contact::{Email, Phone, PinCode, STATES};
    use crate::customers::model::field::Group;
    use crate::customers::model::{Billing, Contact, Minute, OttApp, Plan, Relationship, Usage};
    use crate::units::{BasisPoints, Kbps, Megabytes, Paise};
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    /// A draft that is valid, to be bent by each test.
    pub(crate) fn valid_draft() -> Draft {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a date");
        let mut draft = Draft::for_new(today);
        for (field, value) in [
            (Field::Name, "Asha Rao"),
            (Field::Email, "asha.rao@example.in"),
            (Field::Phone, "98450 12345"),
            (Field::AddressLine, "12 MG Road"),
            (Field::City, "Bengaluru"),
            (Field::State, "Karnataka"),
            (Field::PinCode, "560 001"),
            (Field::Price, "1,367"),
        ] {
            draft.set(field, vec![value.to_owned()]);
        }
        draft
    }

    #[test]
    fn a_new_draft_wants_only_who_and_the_price() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a date");
        let errors = Draft::for_new(today).parse().expect_err("too little");
        let wanted: Vec<Field> = errors.keys().copied().collect();
        let mut expected: Vec<Field> = Group::Contact.fields().collect();
        expected.push(Field::Price);
        assert_eq!(wanted, expected);
        assert!(valid_draft().parse().is_ok());
    }

    #[test]
    fn numbers_are_held_to_their_ranges() {
        for (field, wrong) in [
            (Field::Speed, vec!["49", "1001", "fast", ""]),
            (Field::Price, vec!["-1", "1.234", "1000001"]),
            (Field::Uptime, vec!["100.01", "-1"]),
            (Field::Nps, vec!["-101", "101", "1.5"]),
            (Field::Satisfaction, vec!["0", "6"]),
            (Field::LastTicketOn, vec!["2026-02-30", "23-11-2026", "1889-01-01"]),
            (Field::State, vec!["Atlantis"]),
            (Field::Status, vec!["active", "Gone"]),
        ] {
            for text in wrong {
                let mut draft = valid_draft();
                draft.set(field, vec![text.to_owned()]);
                let errors = draft.parse().expect_err(text);
                assert_eq!(errors.keys().collect::<Vec<_>>(), [&field], "{field} {text}");
                assert!(errors[&field].ends_with('.'), "a sentence: {}", errors[&field]);
            }
        }
    }

    #[test]
    fn a_cancellation_wants_a_date_and_a_reason_and_nothing_else_has_them() {
        let mut draft = valid_draft();
        draft.set(Field::Status, vec!["Cancelled".into()]);
        let errors = draft.parse().expect_err("no date");
        assert_eq!(
            errors.keys().collect::<Vec<_>>(),
            [&Field::CancelledOn, &Field::CancelReason]
        );
        draft.set(Field::CancelledOn, vec!["2026-11-01".into()]);
        draft.set(Field::CancelReason, vec!["Moved away".into()]);
        assert!(draft.parse().is_ok());
        draft.set(Field::Status, vec!["Active".into()]);
        assert_eq!(draft.parse().map(|details| details.standing), Ok(Standing::Active));
    }

    #[test]
    fn peak_hours_come_in_pairs() {
        let with = |times: &[&str]| {
            let mut draft = valid_draft();
            draft.set(Field::PeakHours, times.iter().map(ToString::to_string).collect());
            draft
        };
        let draft = with(&["21:00", "00:00", "", "", "07:00", "09:30"]);
        assert_eq!(
            draft.said(Field::PeakHours).as_deref(),
            Some("21:00-00:00, 07:00-09:30")
        );
        assert_eq!(draft.parse().map(|details| details.usage.peak_hours.len()), Ok(2));
        for times in [&["21:00"][..], &["21:00", ""], &["21:00", "21:00"], &["25:00", "01:00"]] {
            assert!(with(times).parse().is_err(), "{times:?}");
        }
    }

    prop_compose! {
        /// Any valid details, edges included.
        pub(crate) fn any_details()(
            name in "[A-Z][a-z]{1,9} [A-Z][a-z]{1,9}", local in "[a-z]{1,12}[0-9]{0,6}", phone in "[6-9][0-9]{9}",
            state in select(STATES), pin in "[1-9][0-9]{5}",
            status in select(Status::ALL), plan_type in select(PlanType::ALL), cycle in select(BillingCycle::ALL),
            risk in select(ChurnRisk::ALL), apps in subsequence(OttApp::ALL, 0..5), most_used in proptest::option::of(select(OttApp::ALL)),
            numbers in (50_000..=1_000_000_i32, 0..=100_000_000_i64, 0..=2_000_i32, 0..=1_000_000_000_i64, 0..=10_000_000_i32, 0..=10_000_i32),
            more in (0..=100_000_000_000_i64, -100..=100_i16, 1..=100_000_i32, 0..=100_000_000_000_i64),
            satisfaction in proptest::option::of(1..=5_i16),
            hours in proptest::collection::vec((0..1440_i16, 1..1440_i16), 0..=3),
            days in proptest::array::uniform4(0..20_000_i64), last_ticket in any::<bool>(),
        ) -> Details {
            let first = NaiveDate::from_ymd_opt(1990, 1, 1).expect("a date");
            let [since, billing, ticket, cancelled] = days.map(|days| first + chrono::Duration::days(days));
            Details {
                contact: Contact {
                    name, email: Email::parse(&format!("{local}@example.in")).expect("an address"),
                    phone: Phone::parse(&phone).expect("a number"), address_line: "1 Road".into(), city: "Pune".into(),
                    state: state.to_owned(), pin_code: PinCode::parse(&pin).expect("a code"),
                },
                standing: match status {
                    Status::Pending => Standing::Pending,
                    Status::Active => Standing::Active,
                    Status::Suspended => Standing::Suspended,
                    Status::Cancelled => Standing::Cancelled { on: cancelled, reason: "Moved".into() },
                },
                plan: Plan {
                    plan_type, speed: Kbps(numbers.0), price: Paise(numbers.1), billing_cycle: cycle, ott_apps: apps,
                    live_channels: numbers.2,
                },
                usage: Usage {
                    data_used: Megabytes(numbers.3), average_speed: Kbps(numbers.4), uptime: BasisPoints(numbers.5),
                    most_used_ott: most_used,
                    peak_hours: hours.into_iter()
                        .map(|(from, length)| PeakHours { from: Minute(from), to: Minute((from + length) % 1440) }).collect(),
                },
                relationship: Relationship {
                    customer_since: since, lifetime_value: Paise(more.0), churn_risk: risk, nps: more.1, tickets: more.2,
                    last_ticket_on: last_ticket.then_some(ticket), satisfaction, referred_by: None,
                },
                billing: Billing { next_billing_on: billing, outstanding: Paise(more.3) },
            }
        }
    }

    proptest! {
        #[test]
        fn details_survive_their_draft(details in any_details()) {
            prop_assert_eq!(Draft::of(&details).parse(), Ok(details));
        }

        #[test]
        fn any_text_is_answered_without_a_panic(field in select(Field::ALL), text in "\\PC{0,60}") {
            let mut draft = valid_draft();
            draft.set(field, vec![text.clone(), text]);
            let _ = draft.parse();
        }
    }
}
