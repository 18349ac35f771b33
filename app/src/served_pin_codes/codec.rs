//! A served PIN code's data, and what makes them of a form.

use chrono::NaiveDate;

use super::spec::{SPEC, field};
use crate::base::contact::PinCode;
use crate::base::spec::SubjectSpec;
use crate::base::units::Kbps;
use crate::plans::model::PlanType;
use crate::record::codec::{RecordCodec, record_data};
use crate::record::draft::Draft;

record_data! {
    /// All of a served PIN code that people enter and edit.
    pub struct ServedPinCodeData {
        /// Unique among the live ones.
        pin_code: PinCode = field::PIN_CODE,
        /// 1 to 120 characters.
        area: String = field::AREA,
        /// 1 to 80 characters.
        city: String = field::CITY,
        /// At least one, in their order and each once.
        plan_types: Vec<PlanType> = field::PLAN_TYPES,
        /// 50 Mbps to 1 Gbps.
        max_speed: Kbps = field::MAX_SPEED,
        /// 1 to 1,000 characters, several lines.
        notes: Option<String> = field::NOTES,
    }
}

/// Served PIN codes, as a subject that has records.
pub struct ServedPinCodes;

impl RecordCodec for ServedPinCodes {
    type Data = ServedPinCodeData;

    const SPEC: &'static SubjectSpec = &SPEC;

    fn defaults(_today: NaiveDate) -> Draft {
        Draft::default()
    }

    fn title(data: &ServedPinCodeData) -> &str {
        data.pin_code.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::option::of;
    use proptest::prelude::*;
    use proptest::sample::subsequence;

    #[test]
    fn all_but_the_notes_is_required_and_what_is_wrong_is_refused_with_a_sentence() {
        let errors = ServedPinCodes::parse(&Draft::default()).expect_err("nothing");
        let required = ["area", "city", "max_speed", "pin_code", "plan_types"];
        assert_eq!(errors.keys().collect::<Vec<_>>(), required);
        assert_eq!(errors[field::PLAN_TYPES], "Choose at least one of the plan types.");
        let mut draft = Draft::default();
        for (name, text) in [
            (field::PIN_CODE, "012345"),
            (field::AREA, " "),
            (field::CITY, "\u{202e}\u{200b}"),
            (field::PLAN_TYPES, "Copper"),
            (field::MAX_SPEED, "49"),
        ] {
            draft.put(name, text);
        }
        let errors = ServedPinCodes::parse(&draft).expect_err("all wrong");
        assert_eq!(errors.keys().collect::<Vec<_>>(), required);
        assert!(errors.values().all(|message| message.ends_with('.')), "{errors:?}");
    }

    prop_compose! {
        fn any_data()(
            pin in "[1-9][0-9]{5}", area in "[A-Z][a-z]{2,9}", city in "[A-Z][a-z]{2,9}",
            plan_types in subsequence(PlanType::ALL, 1..=PlanType::ALL.len()), speed in 50_000..=1_000_000_i32,
            notes in of("[a-z]{1,9}(\n[a-z ]{0,9}[a-z]){0,5}"),
        ) -> ServedPinCodeData {
            let pin_code = PinCode::parse(&pin).expect("six digits");
            ServedPinCodeData { pin_code, area, city, plan_types, max_speed: Kbps(speed), notes }
        }
    }

    proptest! {
        #[test]
        fn the_data_round_trip_through_a_draft(data in any_data()) {
            prop_assert_eq!(ServedPinCodes::parse(&ServedPinCodes::draft(&data)), Ok(data));
        }
    }
}
