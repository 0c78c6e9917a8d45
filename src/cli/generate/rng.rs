//! Chance that is the same on every machine and in every version: SplitMix64, keyed by what is drawn.
//!
//! The generators of the `rand` crate may change their streams between versions; a delivery that is named
//! by its seed must not. Each draw has a key of its own (seed, household, topic, turn), so that what happens
//! in the second quarter never shifts what was drawn for the first.

/// What a stream of chance is for. The numbers are part of the format: changing one changes deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// How the villages' pattern is turned for this seed.
    Pattern = 1,
    /// Who lives in a household.
    Composition = 2,
    /// Its decile in the first quarter.
    Decile = 3,
    /// House, assets and livestock.
    Dwelling = 4,
    /// Address and card.
    Place = 5,
    /// Names.
    Name = 6,
    /// Schooling, work and health of one person.
    Life = 7,
    /// Who leaves the regency.
    Leave = 8,
    /// Who arrives.
    Arrive = 9,
    /// Whose decile changes.
    Step = 10,
    /// Who moves to another village.
    Move = 11,
    /// Who dies.
    Death = 12,
    /// Who is born.
    Birth = 13,
    /// Whose grown child founds a family.
    Split = 14,
    /// Who moves in with another family.
    Merge = 15,
    /// Which line is damaged, and how.
    Damage = 16,
}

/// Mixes a number so that near ones come out far apart (the finaliser of SplitMix64).
#[must_use]
pub const fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// One stream of chance.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The stream of `topic` for the thing that `key` names, in its `turn` (a quarter, or 0).
    #[must_use]
    pub const fn new(seed: u64, key: u64, topic: Topic, turn: u64) -> Self {
        Self(mix(seed ^ mix(key ^ mix((topic as u64) << 32 | turn))))
    }

    const fn next(&mut self) -> u64 {
        let drawn = mix(self.0);
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        drawn
    }

    /// A number from 0 to `bound` − 1 (0 where `bound` is 0).
    pub const fn below(&mut self, bound: u32) -> u32 {
        (((self.next() >> 32) * bound as u64) >> 32) as u32
    }

    /// A number from `low` to `high`, both included.
    pub const fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// A number from 0 to below 1.
    pub const fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Yes with the given probability.
    pub const fn chance(&mut self, probability: f64) -> bool {
        self.fraction() < probability
    }

    /// One of several.
    ///
    /// # Panics
    /// On an empty slice; every caller's list is a constant.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u32) as usize]
    }

    /// The position of one of several weights, each as likely as it is heavy.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (position, weight) in weights.iter().enumerate() {
            if left < *weight {
                return position;
            }
            left -= weight;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_splitmix64() {
        // The first outputs of the reference implementation for the seed 1234567.
        let mut dice = Dice(1_234_567);
        assert_eq!(dice.next(), 6_457_827_717_110_365_317);
        assert_eq!(dice.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn weights_of_nothing_are_never_drawn() {
        let mut dice = Dice::new(1, 2, Topic::Name, 0);
        assert!((0..1_000).all(|_| dice.weighted(&[0, 3, 0, 1]) % 2 == 1));
    }
}
