//! Choices that follow from a seed.

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// Draws them.
pub struct Dice(StdRng);

impl Dice {
    /// Those of one who takes part, by number.
    pub fn of(seed: u64, number: u64) -> Self {
        Self(StdRng::seed_from_u64(seed.wrapping_mul(1_000).wrapping_add(number)))
    }

    /// From 0 to one less than this, which is more than 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.random_range(0..end)
    }

    /// True so many times of a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of them, where there are any.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        (!of.is_empty()).then(|| &of[usize::try_from(self.below(of.len() as u64)).unwrap()])
    }
}
