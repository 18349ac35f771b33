//! Customers as text of a form, and back.

use chrono::{Months, NaiveDate};

use super::model::{
    AccountNumber, Billing, BillingCycle, ChurnRisk, Contact, CustomerData, Lifecycle, OttApp, Plan, PlanType,
    Relationship, Status, Usage,
};
use super::spec::{SPEC, field};
use crate::base::spec::SubjectSpec;
use crate::base::time::HourRange;
use crate::base::units::{BasisPoints, Kbps, Megabytes, Paise};
use crate::record::codec::RecordCodec;
use crate::record::draft::Draft;
use crate::record::validate::DraftValidator;

/// Customers, as a subject that has records.
pub struct Customers;

impl RecordCodec for Customers {
    type Data = CustomerData;

    const SPEC: &'static SubjectSpec = &SPEC;

    fn draft(data: &CustomerData) -> Draft {
        let CustomerData {
            contact,
            lifecycle,
            plan,
            usage,
            relationship,
            billing,
        } = data;
        let ends = |range: &HourRange| [range.from.to_string(), range.to.to_string()];
        let mut draft = Draft::default();
        draft.put(field::NAME, &contact.name);
        draft.put(field::EMAIL, contact.email.as_str());
        draft.put(field::PHONE, &contact.phone);
        draft.put(field::ADDRESS, &contact.address_line);
        draft.put(field::CITY, &contact.city);
        draft.put(field::STATE, &contact.state);
        draft.put(field::PIN_CODE, contact.pin_code.as_str());
        draft.put(field::STATUS, lifecycle.status());
        if let Lifecycle::Cancelled { on, reason } = lifecycle {
            draft.put(field::CANCELLED_ON, on);
            draft.put(field::CANCEL_REASON, reason);
        }
        draft.put(field::PLAN_TYPE, plan.plan_type);
        draft.put(field::SPEED, plan.speed.input_text());
        draft.put(field::PRICE, plan.price.input_text());
        draft.put(field::BILLING_CYCLE, plan.billing_cycle);
        draft.set(field::OTT_APPS, plan.ott_apps.iter().map(ToString::to_string).collect());
        draft.put(field::LIVE_CHANNELS, plan.live_channels);
        draft.put(field::DATA_USED, usage.data_used.input_text());
        draft.put(field::AVERAGE_SPEED, usage.average_speed.input_text());
        draft.put(field::UPTIME, usage.uptime.input_text());
        draft.put_optional(field::MOST_USED_OTT, usage.most_used_ott);
        draft.set(field::PEAK_HOURS, usage.peak_hours.iter().flat_map(ends).collect());
        draft.put(field::CUSTOMER_SINCE, relationship.customer_since);
        draft.put(field::LIFETIME_VALUE, relationship.lifetime_value.input_text());
        draft.put(field::CHURN_RISK, relationship.churn_risk);
        draft.put(field::NPS, relationship.nps);
        draft.put(field::TICKETS, relationship.tickets);
        draft.put_optional(field::LAST_TICKET_ON, relationship.last_ticket_on);
        draft.put_optional(field::SATISFACTION, relationship.satisfaction);
        draft.put_optional(field::REFERRED_BY, relationship.referred_by);
        draft.put(field::NEXT_BILLING_ON, billing.next_billing_on);
        draft.put(field::OUTSTANDING, billing.outstanding.input_text());
        draft
    }

    fn check(values: &mut DraftValidator) {
        values.optional(field::REFERRED_BY, account_number);
        let last_ticket = values.optional(field::LAST_TICKET_ON, DraftValidator::date);
        if values.number(field::TICKETS) == Some(0) && matches!(last_ticket, Some(Some(_))) {
            let message = "Leave this empty, or count at least one ticket.";
            values.error(field::LAST_TICKET_ON, message);
        }
    }

    fn read(values: &mut DraftValidator) -> Option<CustomerData> {
        Some(CustomerData {
            contact: Contact {
                name: values.text(field::NAME)?,
                email: values.email(field::EMAIL)?,
                phone: values.phone(field::PHONE)?,
                address_line: values.text(field::ADDRESS)?,
                city: values.text(field::CITY)?,
                state: values.word(field::STATE, |text| Some(text.to_owned()))?,
                pin_code: values.pin_code(field::PIN_CODE)?,
            },
            lifecycle: lifecycle(values)?,
            plan: Plan {
                plan_type: values.word(field::PLAN_TYPE, PlanType::parse)?,
                speed: Kbps(values.number(field::SPEED)?),
                price: Paise(values.number(field::PRICE)?),
                billing_cycle: values.word(field::BILLING_CYCLE, BillingCycle::parse)?,
                ott_apps: values.words(field::OTT_APPS, OttApp::parse)?,
                live_channels: values.number(field::LIVE_CHANNELS)?,
            },
            usage: Usage {
                data_used: Megabytes(values.number(field::DATA_USED)?),
                average_speed: Kbps(values.number(field::AVERAGE_SPEED)?),
                uptime: BasisPoints(values.number(field::UPTIME)?),
                most_used_ott: values
                    .optional(field::MOST_USED_OTT, |values, field| values.word(field, OttApp::parse))?,
                peak_hours: values.hours(field::PEAK_HOURS)?,
            },
            relationship: Relationship {
                customer_since: values.date(field::CUSTOMER_SINCE)?,
                lifetime_value: Paise(values.number(field::LIFETIME_VALUE)?),
                churn_risk: values.word(field::CHURN_RISK, ChurnRisk::parse)?,
                nps: values.number(field::NPS)?,
                tickets: values.number(field::TICKETS)?,
                last_ticket_on: values.optional(field::LAST_TICKET_ON, DraftValidator::date)?,
                satisfaction: values.optional(field::SATISFACTION, |values, field| {
                    values.word(field, |text| text.parse().ok())
                })?,
                referred_by: values.optional(field::REFERRED_BY, account_number)?,
            },
            billing: Billing {
                next_billing_on: values.date(field::NEXT_BILLING_ON)?,
                outstanding: Paise(values.number(field::OUTSTANDING)?),
            },
        })
    }

    fn defaults(today: NaiveDate) -> Draft {
        let mut draft = Draft::default();
        draft.put(field::STATUS, Status::Pending);
        draft.put(field::PLAN_TYPE, PlanType::Fiber);
        draft.put(field::SPEED, 100);
        draft.put(field::BILLING_CYCLE, BillingCycle::Monthly);
        draft.put(field::UPTIME, 100);
        draft.put(field::CUSTOMER_SINCE, today);
        draft.put(field::CHURN_RISK, ChurnRisk::Low);
        draft.put(field::NEXT_BILLING_ON, today + Months::new(1));
        for nothing_yet in [
            field::LIVE_CHANNELS,
            field::DATA_USED,
            field::AVERAGE_SPEED,
            field::LIFETIME_VALUE,
            field::NPS,
            field::TICKETS,
            field::OUTSTANDING,
        ] {
            draft.put(nothing_yet, 0);
        }
        draft
    }

    fn title(data: &CustomerData) -> &str {
        &data.contact.name
    }
}

fn account_number(values: &mut DraftValidator, field: &str) -> Option<AccountNumber> {
    values.value(field, AccountNumber::parse)
}

/// A cancellation has a date and a reason, and nothing else has them.
fn lifecycle(values: &mut DraftValidator) -> Option<Lifecycle> {
    Some(match values.word(field::STATUS, Status::parse)? {
        Status::Pending => Lifecycle::Pending,
        Status::Active => Lifecycle::Active,
        Status::Suspended => Lifecycle::Suspended,
        Status::Cancelled => Lifecycle::Cancelled {
            on: values.date(field::CANCELLED_ON)?,
            reason: values.text(field::CANCEL_REASON)?,
        },
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::base::contact::{Email, Phone, PinCode, STATES};
    use crate::base::time::Minute;
    use crate::customers::spec::section;
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 23).expect("a date")
    }

    /// A draft that is valid, to be bent by each test.
    pub(crate) fn valid_draft() -> Draft {
        let mut draft = Customers::defaults(today());
        for (field, value) in [
            (field::NAME, "Asha Rao"),
            (field::EMAIL, "asha.rao@example.in"),
            (field::PHONE, "98450 12345"),
            (field::ADDRESS, "12 MG Road"),
            (field::CITY, "Bengaluru"),
            (field::STATE, "Karnataka"),
            (field::PIN_CODE, "560 001"),
            (field::PRICE, "1,367"),
        ] {
            draft.put(field, value);
        }
        draft
    }

    #[test]
    fn a_new_draft_wants_only_who_and_the_price() {
        let errors = Customers::parse(&Customers::defaults(today())).expect_err("too little");
        let mut expected: Vec<&str> = SPEC.fields_of(section::CONTACT).map(|field| field.name).collect();
        expected.push(field::PRICE);
        expected.sort_unstable();
        assert_eq!(errors.keys().collect::<Vec<_>>(), expected);
        assert!(Customers::parse(&valid_draft()).is_ok());
    }

    #[test]
    fn numbers_are_held_to_their_ranges() {
        for (field, wrong) in [
            (field::SPEED, vec!["49", "1001", "fast", ""]),
            (field::PRICE, vec!["-1", "1.234", "1000001"]),
            (field::UPTIME, vec!["100.01", "-1"]),
            (field::NPS, vec!["-101", "101", "1.5"]),
            (field::SATISFACTION, vec!["0", "6"]),
            (field::LAST_TICKET_ON, vec!["2026-02-30", "23-11-2026", "1889-01-01"]),
            (field::STATE, vec!["Atlantis"]),
            (field::STATUS, vec!["active", "Gone"]),
        ] {
            for text in wrong {
                let mut draft = valid_draft();
                draft.put(field, text);
                let errors = Customers::parse(&draft).expect_err(text);
                assert_eq!(errors.keys().collect::<Vec<_>>(), [field], "{field} {text}");
                assert!(errors[field].ends_with('.'), "a sentence: {}", errors[field]);
            }
        }
    }

    #[test]
    fn a_message_says_what_is_allowed() {
        for (field, message) in [
            (field::NAME, "Enter the customer's full name."),
            (field::STATE, "Choose a state."),
            (
                field::SPEED,
                "Enter a number with at most 3 decimals from 50 to 1,000 (Mbps).",
            ),
            (
                field::PRICE,
                "Enter a number with at most 2 decimals from 0 to 10,00,000 (₹ a month).",
            ),
            (field::NPS, "Enter a whole number from -100 to 100 (points)."),
            (field::CHURN_RISK, "Choose one of High, Medium, Low."),
        ] {
            let mut draft = valid_draft();
            draft.put(field, "");
            let errors = Customers::parse(&draft).expect_err(field);
            assert_eq!(errors[field], message);
        }
    }

    #[test]
    fn a_cancellation_wants_a_date_and_a_reason_and_nothing_else_has_them() {
        let mut draft = valid_draft();
        draft.put(field::STATUS, "Cancelled");
        let errors = Customers::parse(&draft).expect_err("no date");
        assert_eq!(
            errors.keys().collect::<Vec<_>>(),
            [field::CANCEL_REASON, field::CANCELLED_ON]
        );
        draft.put(field::CANCELLED_ON, "2026-11-01");
        draft.put(field::CANCEL_REASON, "Moved away");
        assert!(Customers::parse(&draft).is_ok());
        draft.put(field::STATUS, "Active");
        assert_eq!(
            Customers::parse(&draft).map(|data| data.lifecycle),
            Ok(Lifecycle::Active)
        );
    }

    #[test]
    fn peak_hours_come_in_pairs() {
        let with = |times: &[&str]| {
            let mut draft = valid_draft();
            draft.set(field::PEAK_HOURS, times.iter().map(ToString::to_string).collect());
            draft
        };
        let draft = with(&["21:00", "00:00", "", "", "07:00", "09:30"]);
        let peak_hours = SPEC.field(field::PEAK_HOURS).expect("a field");
        assert_eq!(
            draft.display_text(peak_hours).as_deref(),
            Some("21:00-00:00, 07:00-09:30")
        );
        assert_eq!(Customers::parse(&draft).map(|data| data.usage.peak_hours.len()), Ok(2));
        for times in [&["21:00"][..], &["21:00", ""], &["21:00", "21:00"], &["25:00", "01:00"]] {
            assert!(Customers::parse(&with(times)).is_err(), "{times:?}");
        }
    }

    prop_compose! {
        /// Any valid data, edges included.
        pub(crate) fn any_data()(
            name in "[A-Z][a-z]{1,9} [A-Z][a-z]{1,9}", local in "[a-z]{1,12}[0-9]{0,6}", phone in "[6-9][0-9]{9}",
            state in select(STATES), pin in "[1-9][0-9]{5}",
            status in select(Status::ALL), plan_type in select(PlanType::ALL), cycle in select(BillingCycle::ALL),
            risk in select(ChurnRisk::ALL), apps in subsequence(OttApp::ALL, 0..5), most_used in proptest::option::of(select(OttApp::ALL)),
            numbers in (50_000..=1_000_000_i32, 0..=100_000_000_i64, 0..=2_000_i32, 0..=1_000_000_000_i64, 0..=10_000_000_i32, 0..=10_000_i32),
            more in (0..=100_000_000_000_i64, -100..=100_i16, 1..=100_000_i32, 0..=100_000_000_000_i64),
            satisfaction in proptest::option::of(1..=5_i16),
            hours in proptest::collection::vec((0..1440_i16, 1..1440_i16), 0..=3),
            days in proptest::array::uniform4(0..20_000_i64), last_ticket in any::<bool>(),
        ) -> CustomerData {
            let first = NaiveDate::from_ymd_opt(1990, 1, 1).expect("a date");
            let [since, billing, ticket, cancelled] = days.map(|days| first + chrono::Duration::days(days));
            CustomerData {
                contact: Contact {
                    name, email: Email::parse(&format!("{local}@example.in")).expect("an address"),
                    phone: Phone::parse(&phone).expect("a number"), address_line: "1 Road".into(), city: "Pune".into(),
                    state: state.to_owned(), pin_code: PinCode::parse(&pin).expect("a code"),
                },
                lifecycle: match status {
                    Status::Pending => Lifecycle::Pending,
                    Status::Active => Lifecycle::Active,
                    Status::Suspended => Lifecycle::Suspended,
                    Status::Cancelled => Lifecycle::Cancelled { on: cancelled, reason: "Moved".into() },
                },
                plan: Plan {
                    plan_type, speed: Kbps(numbers.0), price: Paise(numbers.1), billing_cycle: cycle, ott_apps: apps,
                    live_channels: numbers.2,
                },
                usage: Usage {
                    data_used: Megabytes(numbers.3), average_speed: Kbps(numbers.4), uptime: BasisPoints(numbers.5),
                    most_used_ott: most_used,
                    peak_hours: hours.into_iter()
                        .map(|(from, length)| HourRange { from: Minute(from), to: Minute((from + length) % 1440) }).collect(),
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
        fn data_survive_their_draft(data in any_data()) {
            prop_assert_eq!(Customers::parse(&Customers::draft(&data)), Ok(data));
        }

        #[test]
        fn any_text_is_answered_without_a_panic(field in select(SPEC.fields), text in "\\PC{0,60}") {
            let mut draft = valid_draft();
            draft.set(field.name, vec![text.clone(), text]);
            let _ = Customers::parse(&draft);
        }
    }
}
