//! The codes of states in GST: the first two digits of a GSTIN, and the place of supply of a bill.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::contact::STATES;

/// The two digits of a state or union territory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StateCode(u8);

/// In the order of [`crate::base::contact::STATES`].
const CODES: &[u8] = &[
    35, 37, 12, 18, 10, 4, 22, 26, 7, 30, 24, 6, 2, 1, 20, 29, 32, 38, 31, 23, 27, 14, 17, 15, 13, 21, 34, 3, 8, 11,
    33, 36, 16, 9, 5, 19,
];

const _: () = assert!(CODES.len() == STATES.len(), "each state has a code");

impl StateCode {
    /// The code of a state, by its name.
    pub fn of(state: &str) -> Option<Self> {
        let place = STATES.iter().position(|name| *name == state)?;
        CODES.get(place).copied().map(Self)
    }

    /// Reads the two digits.
    pub fn parse(digits: &str) -> Option<Self> {
        let is_number = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        let code = digits.parse().ok().filter(|_| is_number)?;
        CODES.contains(&code).then_some(Self(code))
    }

    /// The name of the state.
    pub fn state(self) -> &'static str {
        let place = CODES.iter().position(|code| *code == self.0);
        place.and_then(|place| STATES.get(place)).copied().unwrap_or_default()
    }
}

impl fmt::Display for StateCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_its_own_code() {
        for state in STATES {
            let code = StateCode::of(state).expect(state);
            assert_eq!(code.state(), *state);
            assert_eq!(StateCode::parse(&code.to_string()), Some(code), "{state}");
        }
        for (state, code) in [
            ("Karnataka", "29"),
            ("Tamil Nadu", "33"),
            ("Maharashtra", "27"),
            ("Jammu and Kashmir", "01"),
            ("Andhra Pradesh", "37"),
            ("Telangana", "36"),
            ("Ladakh", "38"),
            ("Delhi", "07"),
            ("West Bengal", "19"),
            ("Uttar Pradesh", "09"),
        ] {
            assert_eq!(StateCode::of(state).map(|code| code.to_string()).as_deref(), Some(code));
        }
        for text in ["", "7", "007", "25", "28", "99", "+7", "x1"] {
            assert_eq!(StateCode::parse(text), None, "{text}");
        }
        assert_eq!(StateCode::of("Atlantis"), None);
    }
}
