//! Numbers of bills: a series, the financial year, and a count without a gap, like `LM/26-27/0000001`.

use std::fmt;

use chrono::{Datelike, NaiveDate};

/// The longest number that GST allows.
const MOST: usize = 16;

/// A financial year of India, from April to March, by the calendar year in which it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FinancialYear(pub i16);

impl FinancialYear {
    /// The year that a day is in.
    pub fn of(day: NaiveDate) -> Self {
        let began_before = day.month() < 4;
        Self((day.year() - i32::from(began_before)) as i16)
    }
}

impl fmt::Display for FinancialYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.0.rem_euclid(100), (self.0 + 1).rem_euclid(100))
    }
}

/// The number of a document; none where the series is full, since no longer number is allowed.
pub fn document_number(series: &str, year: FinancialYear, count: i64) -> Option<String> {
    let start = format!("{series}/{year}/");
    let digits = MOST.checked_sub(start.len())?.min(7);
    let number = format!("{start}{count:0digits$}");
    (number.len() <= MOST).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_financial_year_begins_in_april() {
        for (day, year, text) in [
            ("2026-04-01", 2026, "26-27"),
            ("2027-03-31", 2026, "26-27"),
            ("2027-04-01", 2027, "27-28"),
            ("2026-12-01", 2026, "26-27"),
            ("2099-12-31", 2099, "99-00"),
        ] {
            let found = FinancialYear::of(day.parse().expect("a date"));
            assert_eq!((found, &*found.to_string()), (FinancialYear(year), text), "{day}");
        }
    }

    #[test]
    fn a_number_has_at_most_16_characters() {
        let number = |series, count| document_number(series, FinancialYear(2026), count);
        assert_eq!(number("LM", 1).as_deref(), Some("LM/26-27/0000001"));
        assert_eq!(number("LM", 9_999_999).as_deref(), Some("LM/26-27/9999999"));
        assert_eq!(number("LM", 10_000_000), None);
        assert_eq!(number("L", 10_000_000).as_deref(), Some("L/26-27/10000000"));
        assert_eq!(number("LAST", 1).as_deref(), Some("LAST/26-27/00001"));
        assert_eq!(number("LAST", 100_000), None);
    }
}
