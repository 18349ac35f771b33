//! Which days a bill covers.

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::tax::divide_half_up;
use crate::base::units::Paise;

/// Days from one to another, both of them included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

impl Period {
    /// How many days it has.
    pub fn days(self) -> i64 {
        (self.to - self.from).num_days() + 1
    }

    /// The part of it up to a day; none where that is before it.
    pub fn until(self, last: Option<NaiveDate>) -> Option<Self> {
        let to = last.map_or(self.to, |last| last.min(self.to));
        (to >= self.from).then_some(Self { to, ..self })
    }

    /// What a part of its days costs, where all of it costs `amount`.
    pub fn prorate(self, amount: Paise, part: Self) -> Paise {
        Paise(divide_half_up(amount.0 * part.days(), self.days()))
    }

    /// What the days before `day` cost, and the rest. The rest is the whole minus the first, so that nothing is lost between them.
    pub fn split(self, amount: Paise, day: NaiveDate) -> (Paise, Paise) {
        let before = day_before(day).and_then(|last| self.until(Some(last)));
        let first = before.map_or(Paise(0), |part| self.prorate(amount, part));
        (first, Paise(amount.0 - first.0))
    }
}

/// The day after.
pub fn day_after(day: NaiveDate) -> Option<NaiveDate> {
    day.checked_add_days(Days::new(1))
}

/// The day before.
pub fn day_before(day: NaiveDate) -> Option<NaiveDate> {
    day.checked_sub_days(Days::new(1))
}

/// How often a service is billed, and from which day of the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// 1 to 31. In a shorter month it is the last day, and in the next one the same day again.
    pub anchor_day: u32,
    /// How many months a bill covers.
    pub months: u32,
}

/// Days that are billed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CyclePeriod {
    /// The days.
    pub period: Period,
    /// The period that they are a part of, which begins and ends at anchor days.
    pub whole: Period,
    /// How many months that has.
    pub months: u32,
}

impl Cycle {
    /// The period that begins on a day. From an anchor day it is a whole one; from another day it is what is left of the month up to the next
    /// anchor day. None beyond the calendar.
    pub fn period_from(self, from: NaiveDate) -> Option<CyclePeriod> {
        let month = from.year() * 12 + from.month0() as i32;
        let begun = if self.anchor(month)? <= from { month } else { month - 1 };
        let start = self.anchor(begun)?;
        let months = if start == from { self.months } else { 1 };
        let to = day_before(self.anchor(begun + months as i32)?)?;
        Some(CyclePeriod {
            period: Period { from, to },
            whole: Period { from: start, to },
            months,
        })
    }

    /// The anchor day of a month that is counted from the year 0.
    fn anchor(self, month: i32) -> Option<NaiveDate> {
        let first = |month: i32| NaiveDate::from_ymd_opt(month.div_euclid(12), month.rem_euclid(12) as u32 + 1, 1);
        let last = day_before(first(month + 1)?)?;
        first(month)?.with_day(self.anchor_day.min(last.day()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn period(from: &str, to: &str) -> Period {
        Period {
            from: day(from),
            to: day(to),
        }
    }

    /// The last days of periods that follow one another.
    fn ends(anchor_day: u32, months: u32, from: &str, count: usize) -> Vec<String> {
        let cycle = Cycle { anchor_day, months };
        let periods = std::iter::successors(cycle.period_from(day(from)), |last| {
            cycle.period_from(day_after(last.period.to)?)
        });
        periods.take(count).map(|period| period.period.to.to_string()).collect()
    }

    #[test]
    fn the_31st_does_not_drift() {
        assert_eq!(
            ends(31, 1, "2027-01-31", 4),
            ["2027-02-27", "2027-03-30", "2027-04-29", "2027-05-30"]
        );
        // A leap year.
        assert_eq!(ends(30, 1, "2028-01-30", 2), ["2028-02-28", "2028-03-29"]);
        assert_eq!(ends(31, 3, "2026-11-30", 2), ["2027-02-27", "2027-05-30"]);
        assert_eq!(ends(29, 12, "2028-02-29", 2), ["2029-02-27", "2030-02-27"]);
        assert_eq!(ends(1, 1, "2026-12-01", 2), ["2026-12-31", "2027-01-31"]);
    }

    #[test]
    fn what_is_left_of_a_month_comes_before_a_whole_period() {
        let cycle = Cycle {
            anchor_day: 1,
            months: 3,
        };
        let rest = cycle.period_from(day("2026-11-23")).expect("a period");
        assert_eq!(rest.period, period("2026-11-23", "2026-11-30"));
        assert_eq!((rest.whole, rest.months), (period("2026-11-01", "2026-11-30"), 1));
        assert_eq!(ends(1, 3, "2026-11-23", 2), ["2026-11-30", "2027-02-28"]);
        // Before the anchor day, the month began in the one before.
        let cycle = Cycle {
            anchor_day: 31,
            months: 1,
        };
        let rest = cycle.period_from(day("2026-03-15")).expect("a period");
        assert_eq!(rest.whole, period("2026-02-28", "2026-03-30"));
        assert_eq!(rest.period, period("2026-03-15", "2026-03-30"));
    }

    #[test]
    fn a_part_is_paid_by_its_days() {
        let november = period("2026-11-01", "2026-11-30");
        // 699.00 for 8 of 30 days is 186.40; the rest 512.60.
        assert_eq!(
            november.split(Paise(69_900), day("2026-11-09")),
            (Paise(18_640), Paise(51_260))
        );
        assert_eq!(
            november.split(Paise(69_900), day("2026-11-01")),
            (Paise(0), Paise(69_900))
        );
        assert_eq!(
            november.split(Paise(69_900), day("2026-10-01")),
            (Paise(0), Paise(69_900))
        );
        assert_eq!(
            november.split(Paise(69_900), day("2026-12-01")),
            (Paise(69_900), Paise(0))
        );
        // Half a paisa is rounded up: 1 paisa for 15 of 30 days.
        assert_eq!(november.split(Paise(1), day("2026-11-16")), (Paise(1), Paise(0)));
        assert_eq!(november.until(Some(day("2026-10-31"))), None);
        assert_eq!(november.until(None), Some(november));
    }

    /// Each pair of days of a leap year, as a period, split on each of its days by an odd price.
    #[test]
    fn parts_of_every_period_of_a_leap_year_add_up() {
        const PRICE: Paise = Paise(69_907);
        let days: Vec<NaiveDate> = day("2028-01-01").iter_days().take(366).collect();
        for (at, from) in days.iter().enumerate() {
            for to in &days[at..] {
                let whole = Period { from: *from, to: *to };
                let mut last = Paise(0);
                for split in days[at..].iter().take_while(|split| *split <= to) {
                    let (first, rest) = whole.split(PRICE, *split);
                    assert_eq!(first.0 + rest.0, PRICE.0);
                    // Exact to half a paisa, and never less for more days.
                    let (count, of) = ((*split - *from).num_days(), whole.days());
                    let off = 2 * (first.0 * of - PRICE.0 * count);
                    assert!(
                        (-of < off && off <= of) && first >= last,
                        "{whole:?} before {split}: {first}"
                    );
                    last = first;
                }
            }
        }
    }

    proptest! {
        #[test]
        fn periods_follow_one_another_without_gap_or_overlap(
            start in 0..20_000_u64, anchor_day in 1..=31_u32, months in prop::sample::select(vec![1_u32, 3, 12]),
        ) {
            let cycle = Cycle { anchor_day, months };
            let mut from = day("1990-01-01") + Days::new(start);
            for count in 0..30 {
                let next = cycle.period_from(from).expect("a period");
                prop_assert_eq!(next.period.from, from);
                prop_assert!(next.period.to >= from && next.whole.from <= from && next.whole.to == next.period.to);
                // From the second one on they are whole, and begin on the anchor day or the last of a shorter month.
                if count > 0 {
                    prop_assert_eq!(next.whole, next.period);
                    prop_assert_eq!(next.months, months);
                    let is_last = day_after(from).expect("a day").day() == 1;
                    prop_assert!(from.day() == anchor_day || (is_last && from.day() < anchor_day));
                }
                from = day_after(next.period.to).expect("a day");
            }
        }
    }
}
