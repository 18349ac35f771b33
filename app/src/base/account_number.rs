//! The numbers of customers.

use super::record_number::record_number;

record_number! {
    /// The number on a customer's bills: `LM-0001042`.
    pub struct AccountNumber, prefix "LM", called "an account number"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_number_is_parsed_as_people_write_it() {
        for text in ["LM-0001042", "lm-1042", "LM 1042", "1042", " 0001042 "] {
            assert_eq!(AccountNumber::parse(text), Ok(AccountNumber(1042)), "{text}");
        }
        assert_eq!(AccountNumber(1042).to_string(), "LM-0001042");
        for text in ["", "LM-", "0", "-5", "LM-12x", "99999999999999999999"] {
            assert!(AccountNumber::parse(text).is_err(), "{text}");
        }
    }
}
