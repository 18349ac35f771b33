//! Chance that can be repeated: every row has dice of its own, so that a row is the same however many rows stand before it.
//!
//! Only whole numbers and the four operations on `f64` are used, which every machine computes alike.

use chrono::{DateTime, Utc};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use uuid::Uuid;

/// What a row is, so that the dice of two tables differ.
#[derive(Clone, Copy)]
pub(super) enum Table {
    Customers = 1,
    Leads = 2,
    Users = 3,
    Phones = 4,
}

/// The dice of one row.
pub(super) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// The dice of a row, the same for the same three.
    pub(super) fn new(rng_seed: u64, table: Table, row: u64) -> Self {
        // Odd multipliers spread neighbouring numbers over all 64 bits; the generator's own seeding mixes them further.
        let seed = rng_seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ row.wrapping_mul(0xd1b5_4a32_d192_ed03)
            ^ (table as u64).wrapping_mul(0xaef1_7502_108e_f2d9);
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// From 0, below 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From 0, below `end`, all alike. `end` must not be 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        // The high half of the product: the bias is below 2^-40 for the small ends that are asked for here.
        ((u128::from(self.0.next_u64()) * u128::from(end)) >> 64) as u64
    }

    /// From `least` to `most`, both included.
    pub(super) fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least + 1).unsigned_abs()) as i64
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of a list, all alike. The list must not be empty.
    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// One of a list, the first six times as often as an even choice would and the last rarely, as names are.
    pub(super) fn pick_skewed<T: Copy>(&mut self, list: &[T]) -> T {
        let unit = self.unit();
        let index = (unit * (0.16 + 0.84 * unit) * list.len() as f64) as usize;
        list[index.min(list.len() - 1)]
    }

    /// One of a list of values with their weights, which must not all be 0.
    pub(super) fn pick_weighted<T: Copy>(&mut self, list: &[(T, u32)]) -> T {
        let total: u32 = list.iter().map(|(_, weight)| weight).sum();
        let mut left = self.below(u64::from(total)) as u32;
        for (value, weight) in list {
            if left < *weight {
                return *value;
            }
            left -= weight;
        }
        list[0].0
    }

    /// About 0, mostly within 1, never beyond 2: the sum of four even chances.
    pub(super) fn about_zero(&mut self) -> f64 {
        self.unit() + self.unit() + self.unit() + self.unit() - 2.0
    }

    /// A UUIDv7 of an instant.
    pub(super) fn uuid(&mut self, at: DateTime<Utc>) -> Uuid {
        let mut random = [0; 10];
        self.0.fill_bytes(&mut random);
        uuid::Builder::from_unix_timestamp_millis(at.timestamp_millis().unsigned_abs(), &random).into_uuid()
    }
}
