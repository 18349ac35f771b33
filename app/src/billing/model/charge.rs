//! What the next bill of a service is for, and how much.

use chrono::NaiveDate;

use super::period::{Cycle, Period, day_after};
use super::tax::{Supply, Taxed};
use crate::base::units::{BasisPoints, Paise};

/// What a service's bills are made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Billable {
    /// For a month, without GST.
    pub price: Paise,
    /// The rate of GST.
    pub rate: BasisPoints,
    /// How often, and on which day of the month.
    pub cycle: Cycle,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day, where that is known.
    pub ends_on: Option<NaiveDate>,
    /// The last day that is billed; none where nothing is.
    pub paid_through: Option<NaiveDate>,
    /// The first day after that which is billed all the same: a bill between two others was credited.
    pub billed_from: Option<NaiveDate>,
}

/// A line of a bill, before it has a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The days.
    pub period: Period,
    /// What they cost.
    pub amount: Taxed,
}

impl Billable {
    /// The next line; none where the service has ended and all of it is billed.
    pub fn next_charge(&self, supply: Supply) -> Option<Charge> {
        let from = match self.paid_through {
            Some(last) => day_after(last)?,
            None => self.starts_on,
        };
        let whole = self.cycle.period_from(from)?;
        let before_next = self.billed_from.and_then(|day| day.pred_opt());
        let period = whole.period.until(before_next)?.until(self.ends_on)?;
        let price = Paise(self.price.0 * i64::from(whole.months));
        Some(Charge {
            period,
            amount: Taxed::new(whole.whole.prorate(price, period), self.rate, supply),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn fiber(months: u32) -> Billable {
        Billable {
            price: Paise(69_900),
            rate: BasisPoints(1_800),
            cycle: Cycle { anchor_day: 1, months },
            starts_on: day("2026-11-09"),
            ends_on: None,
            paid_through: None,
            billed_from: None,
        }
    }

    fn next(service: &Billable) -> Option<(String, String, i64)> {
        let charge = service.next_charge(Supply::WithinState)?;
        let Period { from, to } = charge.period;
        Some((from.to_string(), to.to_string(), charge.amount.taxable.0))
    }

    #[test]
    fn a_bill_is_for_the_next_days_in_advance() {
        let expected = |from: &str, to: &str, paise| Some((from.to_owned(), to.to_owned(), paise));
        let mut service = fiber(3);
        // 22 of 30 days.
        assert_eq!(next(&service), expected("2026-11-09", "2026-11-30", 51_260));
        service.paid_through = Some(day("2026-11-30"));
        assert_eq!(next(&service), expected("2026-12-01", "2027-02-28", 209_700));
        // It ends after 45 of 90 days.
        service.ends_on = Some(day("2027-01-14"));
        assert_eq!(next(&service), expected("2026-12-01", "2027-01-14", 104_850));
        service.paid_through = service.ends_on;
        assert_eq!(next(&service), None);
    }

    #[test]
    fn a_gap_is_billed_up_to_the_bill_behind_it() {
        let mut service = fiber(1);
        service.paid_through = Some(day("2026-11-30"));
        service.billed_from = Some(day("2026-12-11"));
        // 10 of 31 days.
        let expected = ("2026-12-01".to_owned(), "2026-12-10".to_owned(), 22_548);
        assert_eq!(next(&service), Some(expected));
    }
}
