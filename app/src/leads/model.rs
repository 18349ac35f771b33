//! The words and numbers of leads.

use crate::base::record_number::record_number;
use crate::base::word_enum::word_enum;

record_number! {
    /// The number by which people call a lead: `LD-0000042`. It grows with each lead.
    pub struct LeadNumber, prefix "LD", called "a lead number"
}

word_enum! {
    /// How far a lead has come, in the order of the board's columns.
    pub enum Stage as "lead_stage" {
        /// Nobody has spoken with them yet.
        New = "New",
        /// Spoken with.
        Contacted = "Contacted",
        /// Wants a line, and can have one.
        Qualified = "Qualified",
        /// Has a proposal.
        Proposal = "Proposal",
        /// Became a customer.
        Won = "Won",
        /// Will not; has a reason.
        Lost = "Lost",
    }
}

impl Stage {
    /// Whether something is still to be done.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Won | Self::Lost)
    }
}

word_enum! {
    /// Where a lead came from.
    pub enum LeadSource {
        /// A form on the website.
        Website = "Website",
        /// A customer told them.
        Referral = "Referral",
        /// Came into the shop.
        WalkIn = "Walk-in",
        /// Called.
        Phone = "Phone",
        /// Answered a campaign.
        Campaign = "Campaign",
        /// A partner sent them.
        Partner = "Partner",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_number_is_parsed_as_people_write_it() {
        for text in ["LD-0000042", "ld-42", "42", " LD 42 "] {
            assert_eq!(LeadNumber::parse(text), Ok(LeadNumber(42)), "{text}");
        }
        assert_eq!(LeadNumber(42).to_string(), "LD-0000042");
        for text in ["", "LM-42", "0", "x"] {
            assert!(LeadNumber::parse(text).is_err(), "{text}");
        }
    }
}
