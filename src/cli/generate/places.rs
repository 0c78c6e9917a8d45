//! Where households live: the 281 villages of the regency, bigger ones with more of them.
//!
//! Villages are dealt in rounds of [`ROUND`] households, each round with the same share for each village. So
//! the rank of a household within its district can be computed, which is what makes its numbers unique
//! without remembering any that were given out.

use super::rng::{Dice, Topic};
use std::sync::LazyLock;

const REGIONS: &str = include_str!("../../../data/regions_3526.csv");

/// Households in one round over all villages.
pub const ROUND: u32 = 4_000;

/// Coprime with [`ROUND`], so that stepping by it visits every place of a round once.
const STRIDE: u32 = 1_597;

/// How heavy each district (kecamatan) weighs, by the last two digits of its code: rough weights of our own
/// choosing that make the town and the wide northern and eastern districts big; no official count.
const DISTRICT_WEIGHTS: [u32; 18] = [85, 65, 65, 50, 48, 76, 60, 48, 58, 72, 50, 40, 70, 34, 62, 52, 56, 86];

/// A village (desa or kelurahan) with its district.
#[derive(Debug, PartialEq, Eq)]
pub struct Village {
    /// Dotted Kemendagri code, `35.26.01.2009`.
    pub code: String,
    /// Its name as in the list of regions.
    pub name: String,
    /// The district's name.
    pub district: String,
    /// Position of the district, from 0.
    district_position: usize,
}

impl Village {
    /// The district's dotted code, `35.26.01`.
    #[must_use]
    pub fn district_code(&self) -> &str {
        &self.code[..8]
    }

    /// The last two digits of the district's code.
    #[must_use]
    pub fn district_digits(&self) -> &str {
        &self.code[6..8]
    }

    /// Whether it is a kelurahan, an urban village (its code's last part begins with 1).
    #[must_use]
    pub fn is_urban(&self) -> bool {
        self.code[9..].starts_with('1')
    }
}

/// Where a household's place in the order puts it.
#[derive(Debug, Clone, Copy)]
pub struct Home {
    /// The village.
    pub village: &'static Village,
    /// How many households of the same district come before, over all rounds.
    pub rank: u32,
}

/// All villages, in the order of the list of regions.
#[must_use]
pub fn villages() -> &'static [Village] {
    static VILLAGES: LazyLock<Vec<Village>> = LazyLock::new(read_villages);
    &VILLAGES
}

fn read_villages() -> Vec<Village> {
    let mut reader = csv::Reader::from_reader(REGIONS.as_bytes());
    let rows: Vec<[String; 3]> =
        reader.records().flatten().map(|row| [0, 2, 3].map(|at| row.get(at).unwrap_or_default().to_owned())).collect();
    let district_of = |code: &str| {
        rows.iter()
            .filter(|[_, level, _]| level == "district")
            .position(|[district, ..]| code.starts_with(district.as_str()))
    };
    let district_name = |code: &str| {
        let found = rows.iter().find(|[district, ..]| district == &code[..8]);
        found.map_or_else(String::new, |[_, _, name]| name.clone())
    };
    rows.iter()
        .filter(|[_, level, _]| level == "village")
        .filter_map(|[code, _, name]| {
            Some(Village {
                district: district_name(code),
                district_position: district_of(code)?,
                code: code.clone(),
                name: name.clone(),
            })
        })
        .collect()
}

struct Round {
    /// Which village stands at each place of a round.
    village_at: Vec<usize>,
    /// How many places before it belong to the same district.
    rank_at: Vec<u32>,
    /// Places of each district.
    in_district: [u32; 18],
}

static ONE_ROUND: LazyLock<Round> = LazyLock::new(|| {
    let shares = village_shares();
    let village_at: Vec<usize> =
        (0..shares.len()).flat_map(|village| std::iter::repeat_n(village, shares[village] as usize)).collect();
    let mut in_district = [0; 18];
    let rank_at = village_at
        .iter()
        .map(|village| {
            let count = &mut in_district[villages()[*village].district_position];
            *count += 1;
            *count - 1
        })
        .collect();
    Round { village_at, rank_at, in_district }
});

/// How many of a round's households each village has. Sums to [`ROUND`]: what rounding down leaves over goes
/// to those that lost most by it.
fn village_shares() -> Vec<u32> {
    let weight = |village: &Village| if village.is_urban() { 3.0 } else { 2.0 };
    let mut in_district = [0.0; 18];
    for village in villages() {
        in_district[village.district_position] += weight(village);
    }
    let all: u32 = DISTRICT_WEIGHTS.iter().sum();
    let exact: Vec<f64> = villages()
        .iter()
        .map(|village| {
            let district = village.district_position;
            f64::from(ROUND * DISTRICT_WEIGHTS[district]) / f64::from(all) * weight(village) / in_district[district]
        })
        .collect();
    let mut shares: Vec<u32> = exact.iter().map(|share| *share as u32).collect();
    let mut by_loss: Vec<usize> = (0..shares.len()).collect();
    by_loss.sort_by(|a, b| exact[*b].fract().total_cmp(&exact[*a].fract()));
    let left = ROUND - shares.iter().sum::<u32>();
    for village in by_loss.into_iter().take(left as usize) {
        shares[village] += 1;
    }
    shares
}

/// Where the household with this place in the order lives at first.
#[must_use]
pub fn home(seed: u64, place: u32) -> Home {
    let turned = Dice::new(seed, 0, Topic::Pattern, 0).below(ROUND);
    let (round, at) = (place / ROUND, (place % ROUND * STRIDE + turned) % ROUND);
    let village = &villages()[ONE_ROUND.village_at[at as usize]];
    Home { village, rank: round * ONE_ROUND.in_district[village.district_position] + ONE_ROUND.rank_at[at as usize] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_round_visits_each_of_the_281_villages() {
        let seen: HashSet<&str> = (0..ROUND).map(|at| home(7, at).village.code.as_str()).collect();
        assert_eq!(seen.len(), 281);
    }

    #[test]
    fn no_two_households_of_a_district_share_a_rank() {
        let ranks: HashSet<(&str, u32)> =
            (0..3 * ROUND).map(|place| home(7, place)).map(|home| (home.village.district_code(), home.rank)).collect();
        assert_eq!(ranks.len(), 12_000);
    }

    #[test]
    fn bigger_districts_have_more_households() {
        let count = |code| (0..ROUND).filter(|place| home(7, *place).village.district_code() == code).count();
        // Galis weighs 86 of 1,077 and Tragah 34, that is 319.4 and 126.3 of 4,000, before each of their
        // villages is rounded.
        assert!((count("35.26.18") as f64 - 319.4).abs() < 12.0);
        assert!((count("35.26.14") as f64 - 126.3).abs() < 10.0);
    }
}
