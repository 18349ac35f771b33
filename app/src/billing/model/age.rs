//! How long an amount has been due.

use chrono::{Days, NaiveDate};

use crate::base::word_enum::word_enum;

word_enum! {
    /// For how many days something has been due. What is not due yet is in the first.
    pub enum Age {
        /// Up to 30.
        Days30 = "0–30 days",
        /// 31 to 60.
        Days60 = "31–60 days",
        /// 61 to 90.
        Days90 = "61–90 days",
        /// More than 90.
        Over90 = "Over 90 days",
    }
}

impl Age {
    /// The age of what was due on a day.
    pub fn of(due_on: NaiveDate, today: NaiveDate) -> Self {
        match (today - due_on).num_days() {
            ..=30 => Self::Days30,
            31..=60 => Self::Days60,
            61..=90 => Self::Days90,
            _ => Self::Over90,
        }
    }

    /// The due days of this age: the first and the last, where it has one.
    pub fn due_days(self, today: NaiveDate) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let before = |days| today.checked_sub_days(Days::new(days));
        match self {
            Self::Days30 => (before(30), None),
            Self::Days60 => (before(60), before(31)),
            Self::Days90 => (before(90), before(61)),
            Self::Over90 => (None, before(91)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_due_day_is_of_one_age() {
        let today: NaiveDate = "2028-03-01".parse().expect("a date");
        for days in -400..400_i64 {
            let due_on = today - chrono::Duration::days(days);
            let is_in = |age: &&Age| {
                let (first, last) = age.due_days(today);
                first.is_none_or(|first| first <= due_on) && last.is_none_or(|last| due_on <= last)
            };
            let ages: Vec<&Age> = Age::ALL.iter().filter(is_in).collect();
            assert_eq!(ages, [&Age::of(due_on, today)], "{days}");
        }
        let ages = [-1, 30, 31, 60, 61, 90, 91].map(|days| Age::of(today - chrono::Duration::days(days), today));
        let expected = [
            Age::Days30,
            Age::Days30,
            Age::Days60,
            Age::Days60,
            Age::Days90,
            Age::Days90,
            Age::Over90,
        ];
        assert_eq!(ages, expected);
    }
}
