//! Random numbers that are the same in every run. Each row has a generator of its own, so that a row does not depend on the rows before it.
//!
//! Only integers and the four operations on `f64` are used, whose results are the same on every machine.

use chrono::{DateTime, Utc};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use uuid::Uuid;

/// What a generator is for: the same row number in two streams gives different numbers.
#[derive(Clone, Copy)]
pub(super) enum RngStream {
    Customers = 1,
    Leads = 2,
    Users = 3,
    Phones = 4,
    ServedPinCodes = 5,
    Plans = 6,
    Services = 7,
    Holidays = 8,
    Ledger = 9,
}

/// The random number generator of one row.
pub(super) struct SeededRng(Xoshiro256PlusPlus);

impl SeededRng {
    /// The generator of a row. The same three arguments give the same numbers.
    pub(super) fn new(rng_seed: u64, stream: RngStream, row: u64) -> Self {
        // Odd multipliers spread neighbouring numbers over all 64 bits, and the generator's own seeding mixes them further.
        let seed = rng_seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ row.wrapping_mul(0xd1b5_4a32_d192_ed03)
            ^ (stream as u64).wrapping_mul(0xaef1_7502_108e_f2d9);
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// At least 0, below 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// At least 0, below `end`, each with the same probability. `end` must not be 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        // The high half of the product. Its bias is below 2^-40 for the small ends that the seed uses.
        ((u128::from(self.0.next_u64()) * u128::from(end)) >> 64) as u64
    }

    /// From `least` to `most`, both included, each with the same probability.
    pub(super) fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least + 1).unsigned_abs()) as i64
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// An element of a list, each with the same probability. The list must not be empty.
    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// An element of a list, skewed as names are: the first six times as often as an even choice, the last rarely. The list must not be
    /// empty.
    pub(super) fn pick_skewed<T: Copy>(&mut self, list: &[T]) -> T {
        let unit = self.unit();
        let index = (unit * (0.16 + 0.84 * unit) * list.len() as f64) as usize;
        list[index.min(list.len() - 1)]
    }

    /// A value of a list, as often as its weight says. The weights must not all be 0.
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

    /// From -2 to 2, mostly from -1 to 1: the sum of four uniform numbers, nearly normally distributed.
    pub(super) fn about_zero(&mut self) -> f64 {
        self.unit() + self.unit() + self.unit() + self.unit() - 2.0
    }

    /// A UUIDv7 with this instant.
    pub(super) fn uuid(&mut self, at: DateTime<Utc>) -> Uuid {
        let mut random = [0; 10];
        self.0.fill_bytes(&mut random);
        uuid::Builder::from_unix_timestamp_millis(at.timestamp_millis().unsigned_abs(), &random).into_uuid()
    }
}
