//! The text in which a search finds a customer.

use super::codec::CustomerData;
use super::model::AccountNumber;
use crate::base::search;

/// The text that a search looks in.
pub fn search_text(account_number: AccountNumber, data: &CustomerData) -> String {
    let place = [Some(data.city.as_str()), Some(data.pin_code.as_str())];
    let (email, phone) = (Some(data.email.as_str()), Some(&data.phone));
    search::person_text(&data.name, place, email, phone, &account_number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::search::SearchTerms;
    use crate::customers::codec::Customers;
    use crate::customers::codec::tests::valid_draft;
    use crate::customers::spec::field;
    use crate::record::codec::RecordCodec as _;

    fn text_of(name: &str, email: &str) -> String {
        let mut draft = valid_draft();
        draft.put(field::NAME, name);
        draft.put(field::EMAIL, email);
        search_text(AccountNumber(1042), &Customers::parse(&draft).expect("valid"))
    }

    fn finds(text: &str, search: &str) -> bool {
        SearchTerms::parse(search).matches(text)
    }

    #[test]
    fn every_part_is_found_in_any_letter_case() {
        let text = text_of("Asha O'Neil-Rao", "asha_100%@mail.example.in");
        for search in [
            "asha",
            "SHA",
            "o'neil",
            "neil",
            "rao asha",
            "o'neil-r",
            "il-rao beng",
            "bengaluru",
            "560001",
            "5600",
            "NGAL",
            "asha_100%",
            "100%",
            "example.in",
            "98450",
            "98450 12345",
            "+91 98450-12345",
            "098450 12345",
            "LM-0001042",
            "lm-1042",
            "1042",
            "lm-000",
            "lm-10",
            "098450",
            "0091 98450 12345",
            "98450.12345",
            "a",
            "r",
            "be",
            "9",
            "10",
            "a rao",
            "  asha   rao ",
            "",
        ] {
            assert!(finds(&text, search), "{search}");
        }
        for search in [
            "x",
            "ha",
            "sh",
            "asha x",
            "ashaz",
            "_",
            "a%a",
            "45",
            "lm-2",
            "\\",
            "ha o'neil",
        ] {
            assert!(!finds(&text, search), "{search}");
        }
    }

    #[test]
    fn devanagari_is_found_in_any_normalization() {
        let text = text_of("प्रिया देशमुख", "p@example.in");
        for search in ["प्रिया", "देश", "द", "शमु"] {
            assert!(finds(&text, search), "{search}");
        }
        // QA as one character and as KA with a nukta: the same after NFC.
        assert!(finds(&text_of("\u{958}लम", "p@example.in"), "\u{915}\u{93c}लम"));
    }
}
