//! What is offered at a PIN code, and whether that is what somebody wants.

use serde::{Deserialize, Serialize};

use crate::base::contact::PinCode;
use crate::base::units::Kbps;
use crate::plans::model::PlanType;

/// The line that somebody wants, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedLine {
    /// Where.
    pub pin_code: Option<PinCode>,
    /// Of which kind.
    pub plan_type: Option<PlanType>,
    /// How fast.
    pub speed: Option<Kbps>,
}

/// Whether a line can be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    /// Whether all that is known of it can be had.
    pub is_available: bool,
    /// What can be had, or why it cannot.
    pub text: String,
}

impl Availability {
    /// The same in one sentence.
    pub fn sentence(self) -> String {
        let Self { is_available, text } = self;
        if is_available {
            format!("Available: {text}")
        } else {
            text
        }
    }

    /// Compares what is wanted with the plan types and the maximum speed that are offered at its PIN code; none where that is not served.
    pub fn new(wanted: &WantedLine, offer: Option<(&[PlanType], Kbps)>) -> Self {
        let no = |text: String| Self {
            is_available: false,
            text,
        };
        let Some(pin_code) = wanted.pin_code.as_ref().map(PinCode::as_str) else {
            return no("Enter a PIN code to check availability".into());
        };
        let Some((plan_types, max_speed)) = offer else {
            return no(format!("Not available at {pin_code} yet"));
        };
        let words: Vec<&str> = plan_types.iter().map(|plan| plan.as_str()).collect();
        let offered = format!("{}, up to {max_speed}", words.join(", "));
        let missing_plan = wanted.plan_type.filter(|plan| !plan_types.contains(plan));
        let missing_speed = wanted.speed.filter(|speed| speed.0 > max_speed.0);
        let missing = missing_plan
            .map(|plan| plan.to_string())
            .or(missing_speed.map(|speed| speed.to_string()));
        match missing {
            Some(missing) => no(format!("No {missing} at {pin_code}; available: {offered}")),
            None => Self {
                is_available: true,
                text: offered,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(
        pin_code: &str,
        plan_type: Option<PlanType>,
        mbps: Option<i32>,
        offer: Option<(&[PlanType], Kbps)>,
    ) -> (bool, String) {
        let wanted = WantedLine {
            pin_code: PinCode::parse(pin_code).ok(),
            plan_type,
            speed: mbps.map(Kbps::mbps),
        };
        let Availability { is_available, text } = Availability::new(&wanted, offer);
        (is_available, text)
    }

    #[test]
    fn a_line_can_be_had_where_plan_type_and_speed_are_offered() {
        use PlanType::{Broadband, Fiber, Wireless};
        let offer = Some((&[Fiber, Wireless][..], Kbps::mbps(500)));
        let offered = "Fiber, Wireless, up to 500 Mbps";
        for (plan_type, mbps) in [
            (None, None),
            (Some(Fiber), Some(500)),
            (Some(Wireless), None),
            (None, Some(50)),
        ] {
            assert_eq!(of("560001", plan_type, mbps, offer), (true, offered.to_owned()));
        }
        for (plan_type, mbps, missing) in [
            (Some(Broadband), None, "Broadband"),
            (Some(Broadband), Some(1_000), "Broadband"),
            (Some(Fiber), Some(1_000), "1 Gbps"),
            (None, Some(600), "600 Mbps"),
        ] {
            let text = format!("No {missing} at 560001; available: {offered}");
            assert_eq!(of("560001", plan_type, mbps, offer), (false, text));
        }
    }

    #[test]
    fn where_nothing_is_offered_or_no_pin_code_is_known_it_says_so() {
        let not_served = (false, "Not available at 560001 yet".to_owned());
        assert_eq!(of("560001", Some(PlanType::Fiber), Some(100), None), not_served);
        let unknown = (false, "Enter a PIN code to check availability".to_owned());
        assert_eq!(of("", Some(PlanType::Fiber), Some(100), None), unknown);
    }
}
