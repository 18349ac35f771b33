//! Which bills a payment or a credit note pays: the oldest first. What is left of it is credit, which the next bill uses.

use uuid::Uuid;

use crate::base::units::Paise;

/// What is open of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenBill {
    /// The bill.
    pub id: Uuid,
    /// What is not paid of it.
    pub open: Paise,
}

/// What bills are paid from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A payment.
    Payment(Uuid),
    /// A credit note, and the bill that it credits: it pays that one before all others.
    CreditNote(Uuid, Uuid),
}

/// What is left of a payment or a credit note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    /// Of which.
    pub source: Source,
    /// What it has not paid yet.
    pub open: Paise,
}

/// A part of a payment or a credit note that pays a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// The bill.
    pub bill: Uuid,
    /// What pays it.
    pub source: Source,
    /// How much.
    pub amount: Paise,
}

/// Pays bills from credits, both the oldest first, until one of the two is used up.
pub fn allocate(bills: &mut [OpenBill], credits: &mut [Credit]) -> Vec<Allocation> {
    let mut allocations = Vec::new();
    for credit in credits.iter_mut() {
        let own = match credit.source {
            Source::CreditNote(_, of_bill) => bills.iter_mut().find(|bill| bill.id == of_bill),
            Source::Payment(_) => None,
        };
        allocations.extend(own.and_then(|bill| pay(bill, credit)));
    }
    for credit in credits {
        allocations.extend(bills.iter_mut().filter_map(|bill| pay(bill, credit)));
    }
    allocations
}

fn pay(bill: &mut OpenBill, credit: &mut Credit) -> Option<Allocation> {
    let amount = bill.open.min(credit.open);
    bill.open.0 -= amount.0;
    credit.open.0 -= amount.0;
    (amount.0 > 0).then_some(Allocation {
        bill: bill.id,
        source: credit.source,
        amount,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bills(open: &[i64]) -> Vec<OpenBill> {
        let bill = |(at, open): (usize, &i64)| OpenBill {
            id: Uuid::from_u128(at as u128),
            open: Paise(*open),
        };
        open.iter().enumerate().map(bill).collect()
    }

    fn payment(number: u128, open: i64) -> Credit {
        Credit {
            source: Source::Payment(Uuid::from_u128(100 + number)),
            open: Paise(open),
        }
    }

    fn note_of(bill: u128, open: i64) -> Credit {
        Credit {
            source: Source::CreditNote(Uuid::from_u128(200), Uuid::from_u128(bill)),
            open: Paise(open),
        }
    }

    fn open(bills: &[OpenBill]) -> Vec<i64> {
        bills.iter().map(|bill| bill.open.0).collect()
    }

    #[test]
    fn the_oldest_bill_is_paid_first_and_the_rest_is_credit() {
        let (mut owed, mut credits) = (bills(&[500, 300]), [payment(1, 600)]);
        assert_eq!(allocate(&mut owed, &mut credits).len(), 2);
        assert_eq!((open(&owed), credits[0].open), (vec![0, 200], Paise(0)));
        let mut credits = [payment(2, 150), payment(3, 100)];
        let made = allocate(&mut owed, &mut credits);
        assert_eq!(made.iter().map(|made| made.amount.0).collect::<Vec<_>>(), [150, 50]);
        assert_eq!(
            (open(&owed), credits.map(|credit| credit.open.0)),
            (vec![0, 0], [0, 50])
        );
    }

    #[test]
    fn a_credit_note_pays_its_own_bill_before_older_ones() {
        let (mut owed, mut credits) = (bills(&[500, 300]), [payment(1, 100), note_of(1, 400)]);
        allocate(&mut owed, &mut credits);
        assert_eq!(
            (open(&owed), credits.map(|credit| credit.open.0)),
            (vec![300, 0], [0, 0])
        );
        // Of a bill that is paid, it pays others.
        let (mut owed, mut credits) = (bills(&[500, 0]), [note_of(1, 300)]);
        allocate(&mut owed, &mut credits);
        assert_eq!(open(&owed), [200, 0]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_bill_stays_open_beside_credit(
            owed in prop::collection::vec(0..1_000_i64, 0..8), paid in prop::collection::vec((0..1_000_i64, 0..9_u128), 0..8),
        ) {
            let mut owed = bills(&owed);
            let mut credits: Vec<Credit> = paid
                .iter()
                .enumerate()
                .map(|(at, (open, of))| if *of > 7 { payment(at as u128, *open) } else { note_of(*of, *open) })
                .collect();
            let (bills_before, credits_before) = (owed.clone(), credits.clone());
            let made = allocate(&mut owed, &mut credits);
            let sum = |amounts: &mut dyn Iterator<Item = i64>| amounts.sum::<i64>();
            let allocated = sum(&mut made.iter().map(|made| made.amount.0));
            prop_assert!(made.iter().all(|made| made.amount.0 > 0));
            for (after, before) in owed.iter().zip(&bills_before) {
                let of_bill = sum(&mut made.iter().filter(|made| made.bill == after.id).map(|made| made.amount.0));
                prop_assert_eq!(after.open.0 + of_bill, before.open.0);
            }
            let open_credit = sum(&mut credits.iter().map(|credit| credit.open.0));
            prop_assert_eq!(open_credit + allocated, sum(&mut credits_before.iter().map(|credit| credit.open.0)));
            prop_assert!(open_credit == 0 || owed.iter().all(|bill| bill.open.0 == 0));
        }
    }
}
