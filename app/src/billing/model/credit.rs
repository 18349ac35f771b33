//! What a credit note takes back of a bill's line.

use super::tax::{Supply, Taxed};
use crate::base::units::{BasisPoints, Paise};

/// What a credit of `taxable` takes of a line of which `left` is not credited yet; none where that is more than is left. The tax is that of
/// the amount, and the last credit of a line takes what is left of its tax: the credits of a line add up to the line.
pub fn credit_line(left: Taxed, taxable: Paise, rate: BasisPoints, supply: Supply) -> Option<Taxed> {
    match taxable.cmp(&left.taxable) {
        _ if taxable.0 < 0 => None,
        std::cmp::Ordering::Greater => None,
        std::cmp::Ordering::Equal => Some(left),
        std::cmp::Ordering::Less => Some(Taxed::new(taxable, rate, supply).at_most(left)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_credit_of_a_line_takes_what_is_left() {
        let rate = BasisPoints(1_800);
        let line = Taxed::new(Paise(33_333), rate, Supply::WithinState);
        let first = credit_line(line, Paise(11_111), rate, Supply::WithinState).expect("a part");
        assert_eq!((first.cgst, first.sgst), (Paise(1_000), Paise(1_000)));
        let left = line - first;
        assert_eq!(credit_line(left, Paise(22_223), rate, Supply::WithinState), None);
        assert_eq!(credit_line(left, Paise(-1), rate, Supply::WithinState), None);
        assert_eq!(credit_line(left, left.taxable, rate, Supply::WithinState), Some(left));
    }

    proptest! {
        #[test]
        fn credits_of_a_line_add_up_to_it(
            taxable in 0..1_000_000_i64, rate in 0..=4_000_i32, is_within: bool, parts in prop::collection::vec(0..300_000_i64, 0..9),
        ) {
            let (rate, supply) = (BasisPoints(rate), if is_within { Supply::WithinState } else { Supply::AcrossStates });
            let mut left = Taxed::new(Paise(taxable), rate, supply);
            for part in parts {
                if let Some(credited) = credit_line(left, Paise(part), rate, supply) {
                    prop_assert_eq!(credited.cgst, credited.sgst);
                    left = left - credited;
                    prop_assert!([left.taxable, left.cgst, left.sgst, left.igst].iter().all(|rest| rest.0 >= 0));
                }
            }
            let last = credit_line(left, left.taxable, rate, supply).expect("the rest");
            prop_assert_eq!(left - last, Taxed::default());
        }
    }
}
