//! Who issues the bills.

use serde::{Deserialize, Serialize};

use super::state_code::StateCode;
use super::upi::UpiId;
use crate::base::contact::{Gstin, PinCode};

/// What bills say of the provider, and how they are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// Street and number.
    pub address_line: String,
    /// The city.
    pub city: String,
    /// One of [`crate::base::contact::STATES`].
    pub state: String,
    /// Where letters go.
    pub pin_code: PinCode,
    /// Under which it pays GST; it begins with the state's code.
    pub gstin: Gstin,
    /// Where transfers go, in lines as they are printed.
    pub bank_details: Option<String>,
    /// Where UPI pays to.
    pub upi_id: Option<UpiId>,
    /// The series of bills: what their numbers begin with.
    pub bill_series: String,
    /// The series of credit notes.
    pub note_series: String,
    /// How many days after its issue a bill is due.
    pub due_days: i16,
    /// How many days later a bill that is not paid suspends services; none suspends nobody.
    pub grace_days: Option<i16>,
}

impl Provider {
    /// The state's code in GST.
    pub fn state_code(&self) -> Option<StateCode> {
        StateCode::of(&self.state)
    }

    /// The address in one line.
    pub fn address(&self) -> String {
        address(&self.address_line, &self.city, &self.state, &self.pin_code)
    }
}

/// An address in one line, as bills print it.
pub fn address(line: &str, city: &str, state: &str, pin_code: &PinCode) -> String {
    format!("{line}, {city}, {state} {}", pin_code.as_str())
}
