//! GST of a line, in whole paise.

use std::iter::Sum;
use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

use super::state_code::StateCode;
use crate::base::units::{BasisPoints, Paise};

/// Divides, and rounds halves up. Money is never negative where this is used.
pub const fn divide_half_up(number: i64, by: i64) -> i64 {
    (2 * number + by).div_euclid(2 * by)
}

/// Between which states something is supplied: that decides who gets the tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Supply {
    /// Within one state: CGST and SGST, half of the rate each.
    WithinState,
    /// Across states: IGST.
    AcrossStates,
}

impl Supply {
    /// From the provider's state to the customer's.
    pub fn between(provider: StateCode, customer: StateCode) -> Self {
        if provider == customer {
            Self::WithinState
        } else {
            Self::AcrossStates
        }
    }
}

/// An amount without tax, with its tax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taxed {
    /// Without tax.
    pub taxable: Paise,
    /// The centre's half within a state.
    pub cgst: Paise,
    /// The state's half within a state: always as much as CGST.
    pub sgst: Paise,
    /// All of the tax across states.
    pub igst: Paise,
}

impl Taxed {
    /// A line's amount with its tax. Each half is rounded by itself, so that the two are equal.
    pub fn new(taxable: Paise, rate: BasisPoints, supply: Supply) -> Self {
        let part_of = |parts: i64| Paise(divide_half_up(taxable.0 * i64::from(rate.0), 10_000 * parts));
        let half = part_of(2);
        match supply {
            Supply::WithinState => Self {
                taxable,
                cgst: half,
                sgst: half,
                ..Self::default()
            },
            Supply::AcrossStates => Self {
                taxable,
                igst: part_of(1),
                ..Self::default()
            },
        }
    }

    /// The tax.
    pub const fn tax(self) -> Paise {
        Paise(self.cgst.0 + self.sgst.0 + self.igst.0)
    }

    /// With the tax.
    pub const fn total(self) -> Paise {
        Paise(self.taxable.0 + self.tax().0)
    }

    /// What a bill of this amount is rounded by, to whole rupees: -49 to 50 paise. Halves are rounded up.
    pub const fn round_off(self) -> Paise {
        let total = self.total().0;
        Paise(divide_half_up(total, 100) * 100 - total)
    }

    fn each(self, other: Self, of: impl Fn(i64, i64) -> i64) -> Self {
        Self {
            taxable: Paise(of(self.taxable.0, other.taxable.0)),
            cgst: Paise(of(self.cgst.0, other.cgst.0)),
            sgst: Paise(of(self.sgst.0, other.sgst.0)),
            igst: Paise(of(self.igst.0, other.igst.0)),
        }
    }

    /// The smaller of each.
    pub fn at_most(self, other: Self) -> Self {
        self.each(other, i64::min)
    }
}

impl Add for Taxed {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.each(other, |one, other| one + other)
    }
}

impl Sub for Taxed {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.each(other, |one, other| one - other)
    }
}

impl Sum for Taxed {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Computed by hand: taxable and rate, then CGST = SGST, IGST, and the round-off within a state.
    #[test]
    fn tax_is_as_computed_by_hand() {
        for (taxable, rate, half, igst, round_off) in [
            // 699.00 at 18 %: 62.91 twice, 824.82; across states 125.82.
            (69_900, 1_800, 6_291, 12_582, 18),
            // 422.00: 37.98 twice, never 37.98 and 37.97.
            (42_200, 1_800, 3_798, 7_596, 4),
            // 0.05: half of 0.9 paise is 0.45 paise: nothing; the whole is rounded up to one.
            (5, 1_800, 0, 1, -5),
            // 0.06: 0.54 paise each, 1.08 together: the halves are a paisa more.
            (6, 1_800, 1, 1, -8),
            // 100.50 without tax is rounded up.
            (10_050, 0, 0, 0, 50),
            // 100.49 is rounded down.
            (10_049, 0, 0, 0, -49),
            // 1,199.50 at 5 %: 29.9875 each.
            (119_950, 500, 2_999, 5_998, 52 - 100),
            (0, 1_800, 0, 0, 0),
            // The dearest plan for a year at the highest rate.
            (1_200_000_000, 4_000, 240_000_000, 480_000_000, 0),
        ] {
            let within = Taxed::new(Paise(taxable), BasisPoints(rate), Supply::WithinState);
            let across = Taxed::new(Paise(taxable), BasisPoints(rate), Supply::AcrossStates);
            assert_eq!(
                (within.cgst.0, within.sgst.0, within.igst.0),
                (half, half, 0),
                "{taxable}"
            );
            assert_eq!((across.cgst.0, across.sgst.0, across.igst.0), (0, 0, igst), "{taxable}");
            assert_eq!(within.round_off(), Paise(round_off), "{taxable}");
        }
    }

    #[test]
    fn the_states_decide_who_gets_the_tax() {
        let code = |state| StateCode::of(state).expect("a state");
        let karnataka = code("Karnataka");
        assert_eq!(Supply::between(karnataka, karnataka), Supply::WithinState);
        assert_eq!(Supply::between(karnataka, code("Tamil Nadu")), Supply::AcrossStates);
    }

    proptest! {
        #[test]
        fn halves_are_equal_and_a_total_is_whole_rupees(
            taxables in prop::collection::vec((0..=1_200_000_000_i64, 0..=4_000_i32), 1..5), is_within: bool,
        ) {
            let supply = if is_within { Supply::WithinState } else { Supply::AcrossStates };
            let lines = taxables.iter().map(|(taxable, rate)| Taxed::new(Paise(*taxable), BasisPoints(*rate), supply));
            let bill: Taxed = lines.sum();
            prop_assert_eq!(bill.cgst, bill.sgst);
            prop_assert!(bill.igst.0 == 0 || bill.cgst.0 == 0);
            prop_assert!((-49..=50).contains(&bill.round_off().0));
            prop_assert_eq!((bill.total().0 + bill.round_off().0) % 100, 0);
            // Off by at most half a paisa for each rounding.
            let exact: f64 = taxables.iter().map(|(taxable, rate)| *taxable as f64 * f64::from(*rate) / 10_000.0).sum();
            let roundings = taxables.len() as f64 * if is_within { 2.0 } else { 1.0 };
            prop_assert!((bill.tax().0 as f64 - exact).abs() <= roundings * 0.5 + 1e-6);
        }
    }
}
