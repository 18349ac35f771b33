//! A customer's data, and what makes them of a form.

use chrono::NaiveDate;
use uuid::Uuid;

use super::model::{AccountNumber, ChurnRisk};

use super::spec::{SPEC, field};
use crate::base::contact::{Email, Gstin, Phone, PinCode};
use crate::base::field_value::{FieldValue, first};
use crate::base::spec::{FieldSpec, SubjectSpec};
use crate::base::time::HourRange;
use crate::base::units::{BasisPoints, Kbps, Megabytes};
use crate::plans::model::OttApp;
use crate::record::codec::{DraftReader, RecordCodec, record_data};
use crate::record::draft::Draft;

record_data! {
    /// All of a customer that people enter and edit.
    pub struct CustomerData {
        /// 1 to 120 characters.
        name: String = field::NAME,
        /// Unique among live customers, whatever its case.
        email: Email = field::EMAIL,
        /// E.164.
        phone: Phone = field::PHONE,
        /// House and street, 1 to 200 characters.
        address_line: String = field::ADDRESS,
        /// 1 to 80 characters.
        city: String = field::CITY,
        /// One of [`crate::base::contact::STATES`].
        state: String = field::STATE,
        /// Six digits.
        pin_code: PinCode = field::PIN_CODE,
        /// Of a customer who is a business.
        gstin: Option<Gstin> = field::GSTIN,
        /// Of a new customer: the plan that is ordered.
        plan: Option<Uuid> = field::PLAN,
        /// Of a new customer: the day on which the service starts.
        starts_on: Option<NaiveDate> = field::STARTS_ON,
        /// Data consumed in the current billing cycle.
        data_used: Megabytes = field::DATA_USED,
        /// Delivered speed, on average.
        average_speed: Kbps = field::AVERAGE_SPEED,
        /// Share of the time in which the line was up.
        uptime: BasisPoints = field::UPTIME,
        /// The streaming service used most.
        most_used_ott: Option<OttApp> = field::MOST_USED_OTT,
        /// Up to three ranges.
        peak_hours: Vec<HourRange> = field::PEAK_HOURS,
        /// The first day.
        customer_since: NaiveDate = field::CUSTOMER_SINCE,
        /// How likely the customer is to leave.
        churn_risk: ChurnRisk = field::CHURN_RISK,
        /// Net promoter score, -100 to 100.
        nps: i16 = field::NPS,
        /// Support tickets so far.
        tickets: i32 = field::TICKETS,
        /// When the last ticket was opened.
        last_ticket_on: Option<NaiveDate> = field::LAST_TICKET_ON,
        /// 1 to 5; none where the customer was never asked.
        satisfaction: Option<i16> = field::SATISFACTION,
        /// The customer who brought this one.
        referred_by: Option<AccountNumber> = field::REFERRED_BY,
        /// Until when the customer has promised to pay.
        promised_on: Option<NaiveDate> = field::PROMISED_ON,
    }
}

/// Customers, as a subject that has records.
pub struct Customers;

impl RecordCodec for Customers {
    type Data = CustomerData;

    const SPEC: &'static SubjectSpec = &SPEC;

    fn check(reader: &mut DraftReader<'_>) {
        let last_ticket: Option<Option<NaiveDate>> = reader.get(field::LAST_TICKET_ON);
        if reader.get(field::TICKETS) == Some(0_i32) && last_ticket.flatten().is_some() {
            reader.error(field::LAST_TICKET_ON, "Leave this empty, or count at least one ticket.");
        }
    }

    fn defaults(today: NaiveDate) -> Draft {
        let mut draft = Draft::default();
        draft.put(field::STARTS_ON, today);
        draft.put(field::UPTIME, 100);
        draft.put(field::CUSTOMER_SINCE, today);
        draft.put(field::CHURN_RISK, ChurnRisk::Low);
        for nothing_yet in [field::DATA_USED, field::AVERAGE_SPEED, field::NPS, field::TICKETS] {
            draft.put(nothing_yet, 0);
        }
        draft
    }

    fn title(data: &CustomerData) -> &str {
        &data.name
    }
}

impl FieldValue for AccountNumber {
    fn read(texts: &[String], _: &FieldSpec) -> Result<Self, String> {
        Self::parse(first(texts))
    }

    fn write(&self) -> Vec<String> {
        vec![self.to_string()]
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::base::contact::STATES;
    use crate::base::time::Minute;
    use crate::customers::spec::section;
    use proptest::prelude::*;
    use proptest::sample::select;

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
        ] {
            draft.put(field, value);
        }
        draft
    }

    #[test]
    fn a_new_draft_lacks_only_contact_and_plan() {
        let errors = Customers::parse_new(&Draft::default(), today()).expect_err("too little");
        let mut expected: Vec<&str> = SPEC.fields_of(section::CONTACT).map(|field| field.name).collect();
        expected.retain(|name| *name != field::GSTIN);
        expected.extend([field::PLAN, field::STARTS_ON]);
        expected.sort_unstable();
        assert_eq!(errors.keys().collect::<Vec<_>>(), expected);
        assert!(Customers::parse(&valid_draft()).is_ok());
    }

    #[test]
    fn a_new_customer_has_what_the_form_asks_for_and_the_defaults() {
        assert!(SPEC.new_fields().count() <= 14, "it fits one screen");
        let mut draft = valid_draft();
        draft.put(field::PLAN, Uuid::nil());
        draft.put(field::TICKETS, 5);
        let data = Customers::parse_new(&draft, today()).expect("a customer");
        assert_eq!((data.plan, data.starts_on), (Some(Uuid::nil()), Some(today())));
        assert_eq!(data.tickets, 0, "nobody asked for it");
        // Of a stored one both are the service's.
        let data = Customers::parse(&draft).expect("a customer");
        assert_eq!((data.plan, data.starts_on), (None, None));
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        for (field, wrong) in [
            (field::AVERAGE_SPEED, vec!["-1", "10001", "fast", ""]),
            (field::DATA_USED, vec!["-1", "1.2345", "1000000.001"]),
            (field::UPTIME, vec!["100.01", "-1"]),
            (field::NPS, vec!["-101", "101", "1.5"]),
            (field::SATISFACTION, vec!["0", "6"]),
            (field::LAST_TICKET_ON, vec!["2026-02-30", "23/11", "1889-01-01"]),
            (field::STATE, vec!["Atlantis"]),
            (field::GSTIN, vec!["27AAPFU0939F1Z", "27AAPFU0939F1ZX"]),
            (field::CHURN_RISK, vec!["high", "None"]),
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
            (field::AVERAGE_SPEED, "Enter a speed from 0 to 10,000 Mbps."),
            (field::TICKETS, "Enter a whole number from 0 to 1,00,000."),
            (field::NPS, "Enter a whole number from −100 to 100."),
            (field::CHURN_RISK, "Choose one of High, Medium, Low."),
        ] {
            let mut draft = valid_draft();
            draft.put(field, "");
            let errors = Customers::parse(&draft).expect_err(field);
            assert_eq!(errors[field], message);
        }
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
            Some("21:00–00:00, 07:00–09:30")
        );
        assert_eq!(Customers::parse(&draft).map(|data| data.peak_hours.len()), Ok(2));
        for times in [
            &["21:00"][..],
            &["21:00", ""],
            &["21:00", "21:00"],
            &["25:00", "01:00"],
            &["21:", "01:00"],
            &["", "", "9", "x"],
        ] {
            assert!(Customers::parse(&with(times)).is_err(), "{times:?}");
        }
        let errors = Customers::parse(&with(&["21:00", "1:"])).expect_err("half a time");
        assert_eq!(
            errors[field::PEAK_HOURS],
            "“1:” is no time of day. Enter times like 21:00 or 9:30 pm."
        );
    }

    #[test]
    fn every_input_is_normalized_before_it_is_judged() {
        for (field, typed, expected) in [
            (field::NAME, " Asha \u{200b} Rao ", "Asha Rao"),
            (field::EMAIL, "  asha\u{200b}.twin@Example.in", "asha.twin@example.in"),
            (
                field::PHONE,
                "\u{2068}tel:+91 (0) 98450\u{2011}12345\u{2069}",
                "+91 98450 12345",
            ),
            (field::PIN_CODE, "                 ५६० ००१", "560001"),
            (field::GSTIN, "２７ aapfu 0939f\u{2011}1zv", "27AAPFU0939F1ZV"),
            (field::DATA_USED, "                 1367.50", "1367.5"),
            (field::DATA_USED, "1,367.50 GB", "1367.5"),
            (field::DATA_USED, "１３６７．５", "1367.5"),
            (field::AVERAGE_SPEED, "   100 Mbps", "100"),
            (field::NPS, "\u{2212}40", "-40"),
            (field::UPTIME, "99.5 %", "99.5"),
            (field::CUSTOMER_SINCE, " 23/11/2026 ", "2026-11-23"),
            (field::LAST_TICKET_ON, "\u{200b}", ""),
            (field::REFERRED_BY, " lm567\u{200b} ", "LM-0000567"),
        ] {
            let mut draft = valid_draft();
            draft.put(field::TICKETS, 1);
            draft.put(field, typed);
            let data = Customers::parse(&draft).unwrap_or_else(|errors| panic!("{typed}: {errors:?}"));
            assert_eq!(Customers::draft(&data).value(field), expected, "{typed}");
        }
        for (field, typed) in [
            (field::NAME, "\u{200b}"),
            (field::NAME, "\u{2800}\u{3164}"),
            (field::CITY, " \u{feff}"),
        ] {
            let mut draft = valid_draft();
            draft.put(field, typed);
            assert!(
                Customers::parse(&draft).expect_err("blank").contains_key(field),
                "{typed:?}"
            );
        }
    }

    prop_compose! {
        /// Any valid data, edges included.
        pub(crate) fn any_data()(
            name in "[A-Z][a-z]{1,9} [A-Z][a-z]{1,9}", local in "[a-z]{1,12}[0-9]{0,6}", phone in "[6-9][0-9]{9}",
            state in select(STATES), pin in "[1-9][0-9]{5}",
            risk in select(ChurnRisk::ALL), most_used in proptest::option::of(select(OttApp::ALL)),
            numbers in (0..=1_000_000_000_i64, 0..=10_000_000_i32, 0..=10_000_i32),
            more in (-100..=100_i16, 1..=100_000_i32),
            satisfaction in proptest::option::of(1..=5_i16),
            hours in proptest::collection::vec((0..1440_i16, 1..1440_i16), 0..=3),
            days in proptest::array::uniform3(0..20_000_i64), last_ticket in any::<bool>(), gstin in any::<bool>(),
        ) -> CustomerData {
            let first = NaiveDate::from_ymd_opt(1990, 1, 1).expect("a date");
            let [since, ticket, promised] = days.map(|days| first + chrono::Duration::days(days));
            CustomerData {
                name, email: Email::parse(&format!("{local}@example.in")).expect("an address"),
                phone: Phone::parse(&phone).expect("a number"), address_line: "1 Road".into(), city: "Pune".into(),
                state: state.to_owned(), pin_code: PinCode::parse(&pin).expect("a code"),
                gstin: gstin.then(|| Gstin::parse("27AAPFU0939F1ZV").expect("a GSTIN")),
                plan: None, starts_on: None, data_used: Megabytes(numbers.0), average_speed: Kbps(numbers.1),
                uptime: BasisPoints(numbers.2), most_used_ott: most_used,
                peak_hours: hours.into_iter()
                    .map(|(from, length)| HourRange { from: Minute(from), to: Minute((from + length) % 1440) }).collect(),
                customer_since: since, churn_risk: risk, nps: more.0, tickets: more.1,
                last_ticket_on: last_ticket.then_some(ticket), satisfaction, referred_by: None,
                promised_on: last_ticket.then_some(promised),
            }
        }
    }

    proptest! {
        #[test]
        fn customer_data_round_trips_through_a_draft(data in any_data()) {
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
