//! A lead's data, and what makes them of a form.

use chrono::NaiveDate;
use uuid::Uuid;

use super::model::{LeadSource, Stage};
use super::spec::{SPEC, field};
use crate::base::contact::{Email, Phone, PinCode};
use crate::base::spec::SubjectSpec;
use crate::base::units::{Kbps, Paise};
use crate::customers::model::AccountNumber;
use crate::plans::model::PlanType;
use crate::record::codec::{DraftReader, RecordCodec, record_data};
use crate::record::draft::Draft;
use crate::served_pin_codes::model::WantedLine;

record_data! {
    /// All of a lead that people enter and edit.
    pub struct LeadData {
        /// 1 to 120 characters.
        name: String = field::NAME,
        /// E.164. There is a phone number or an email.
        phone: Option<Phone> = field::PHONE,
        /// Others may have the same.
        email: Option<Email> = field::EMAIL,
        /// House and street, 1 to 200 characters.
        address_line: Option<String> = field::ADDRESS,
        /// 1 to 80 characters.
        city: Option<String> = field::CITY,
        /// One of [`crate::base::contact::STATES`].
        state: Option<String> = field::STATE,
        /// Six digits.
        pin_code: Option<PinCode> = field::PIN_CODE,
        /// Where the lead came from.
        source: LeadSource = field::SOURCE,
        /// The customer who told them.
        referred_by: Option<AccountNumber> = field::REFERRED_BY,
        /// What kind of line they want.
        plan_type: Option<PlanType> = field::PLAN_TYPE,
        /// 50 Mbps to 1 Gbps.
        speed: Option<Kbps> = field::SPEED,
        /// What they would pay a month; more than nothing.
        expected_value: Option<Paise> = field::EXPECTED_VALUE,
        /// How far the lead has come.
        stage: Stage = field::STAGE,
        /// Why, in 1 to 500 characters, of a lost lead alone.
        lost_reason: Option<String> = field::LOST_REASON,
        /// The user who works the lead.
        owner: Option<Uuid> = field::OWNER,
        /// What is to be done, in 1 to 200 characters.
        next_step: Option<String> = field::NEXT_STEP,
        /// When, as a date in India.
        next_step_on: Option<NaiveDate> = field::NEXT_STEP_ON,
        /// 1 to 4,000 characters, several lines.
        notes: Option<String> = field::NOTES,
    }
}

impl LeadData {
    /// The line that they want.
    pub fn wanted_line(&self) -> WantedLine {
        WantedLine {
            pin_code: self.pin_code.clone(),
            plan_type: self.plan_type,
            speed: self.speed,
        }
    }
}

/// Leads, as a subject that has records.
pub struct Leads;

impl RecordCodec for Leads {
    type Data = LeadData;

    const SPEC: &'static SubjectSpec = &SPEC;

    fn check(reader: &mut DraftReader<'_>) {
        reader.require_one(&[field::PHONE, field::EMAIL], "Enter a phone number or an email.");
    }

    fn defaults(_today: NaiveDate) -> Draft {
        let mut draft = Draft::default();
        draft.put(field::SOURCE, LeadSource::Phone);
        draft.put(field::STAGE, Stage::New);
        draft
    }

    fn title(data: &LeadData) -> &str {
        &data.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::contact::STATES;
    use proptest::option::of;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn valid_draft() -> Draft {
        let mut draft = Leads::defaults(NaiveDate::default());
        draft.put(field::NAME, "Asha Rao");
        draft.put(field::PHONE, "98450 12345");
        draft
    }

    #[test]
    fn a_name_and_a_phone_number_or_an_email_are_enough() {
        let errors = Leads::parse(&Leads::defaults(NaiveDate::default())).expect_err("too little");
        assert_eq!(errors.keys().collect::<Vec<_>>(), [field::NAME, field::PHONE]);
        assert_eq!(errors[field::PHONE], "Enter a phone number or an email.");
        assert!(Leads::parse(&valid_draft()).is_ok());
        let mut draft = valid_draft();
        draft.put(field::PHONE, " ");
        draft.put(field::EMAIL, "asha@example.in");
        assert!(Leads::parse(&draft).is_ok());
        draft.put(field::EMAIL, "asha");
        let errors = Leads::parse(&draft).expect_err("no address");
        assert_eq!(errors.keys().collect::<Vec<_>>(), [field::EMAIL]);
    }

    #[test]
    fn what_is_wrong_is_refused_with_a_sentence() {
        for (field, wrong) in [
            (field::SPEED, vec!["49", "1001"]),
            (field::EXPECTED_VALUE, vec!["0", "-1", "1000001"]),
            (field::STAGE, vec!["", "won"]),
            (field::SOURCE, vec!["", "Radio"]),
            (field::OWNER, vec!["Arjun"]),
            (field::REFERRED_BY, vec!["LD-0000042"]),
            (field::STATE, vec!["Atlantis"]),
            (field::NEXT_STEP_ON, vec!["tomorrow"]),
        ] {
            for text in wrong {
                let mut draft = valid_draft();
                draft.put(field, text);
                let errors = Leads::parse(&draft).expect_err(text);
                assert_eq!(errors.keys().collect::<Vec<_>>(), [field], "{field} {text}");
                assert!(errors[field].ends_with('.'), "a sentence: {}", errors[field]);
            }
        }
    }

    #[test]
    fn only_a_lost_lead_has_a_reason() {
        let mut draft = valid_draft();
        draft.put(field::STAGE, Stage::Lost);
        let errors = Leads::parse(&draft).expect_err("no reason");
        assert_eq!(errors.keys().collect::<Vec<_>>(), [field::LOST_REASON]);
        draft.put(field::LOST_REASON, "Too dear");
        assert!(Leads::parse(&draft).is_ok());
        draft.put(field::STAGE, Stage::Won);
        assert_eq!(Leads::parse(&draft).map(|data| data.lost_reason), Ok(None));
    }

    prop_compose! {
        fn any_data()(
            name in "[A-Z][a-z]{1,9} [A-Z][a-z]{1,9}", phone in "[6-9][0-9]{9}", email in of("[a-z]{1,12}"),
            address in of("[1-9]{1,3} Road"), city in of("[A-Z][a-z]{2,9}"), state in of(select(STATES)), pin in of("[1-9][0-9]{5}"),
            source in select(LeadSource::ALL), referrer in of(1..9_999_999_i64), plan_type in of(select(PlanType::ALL)),
            speed in of(50_000..=1_000_000_i32), value in of(100..=100_000_000_i64), stage in select(Stage::ALL),
            owner in of(any::<u128>()), step in of("[A-Z][a-z]{2,9}"), days in of(0..20_000_i64), notes in of("[a-z]{1,9}(\n[a-z ]{0,9}[a-z]){0,5}"),
        ) -> LeadData {
            let first = NaiveDate::from_ymd_opt(1990, 1, 1).expect("a date");
            LeadData {
                name, phone: Phone::parse(&phone).ok(), email: email.and_then(|local| Email::parse(&format!("{local}@example.in")).ok()),
                address_line: address, city, state: state.map(str::to_owned), pin_code: pin.and_then(|pin| PinCode::parse(&pin).ok()),
                source, referred_by: referrer.map(AccountNumber), plan_type, speed: speed.map(Kbps), expected_value: value.map(Paise),
                stage, lost_reason: (stage == Stage::Lost).then(|| "Too dear".into()), owner: owner.map(Uuid::from_u128),
                next_step: step, next_step_on: days.map(|days| first + chrono::Duration::days(days)), notes,
            }
        }
    }

    proptest! {
        #[test]
        fn lead_data_round_trips_through_a_draft(data in any_data()) {
            prop_assert_eq!(Leads::parse(&Leads::draft(&data)), Ok(data));
        }

        #[test]
        fn any_text_is_answered_without_a_panic(field in select(SPEC.fields), text in "\\PC{0,60}") {
            let mut draft = valid_draft();
            draft.set(field.name, vec![text.clone(), text]);
            let _ = Leads::parse(&draft);
        }
    }
}
