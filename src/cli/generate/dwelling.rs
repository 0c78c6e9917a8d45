//! House, assets and livestock, as poor or as rich as the family.

use super::life::between;
use super::rng::{Dice, Topic};

/// The sixteen assets of the family file after `kepemilikan_aset`, in its order: how many of a hundred
/// families own it in the poorest decile and in the richest.
const ASSETS: [(u32, u32); 16] = [
    (74, 96), // tabung gas
    (22, 97), // lemari es
    (0, 38),  // AC
    (0, 7),   // pemanas air
    (0, 5),   // telepon rumah
    (18, 93), // TV datar
    (8, 72),  // emas, perhiasan
    (1, 58),  // komputer, laptop, tablet
    (48, 97), // sepeda motor
    (30, 52), // sepeda
    (0, 44),  // mobil
    (2, 1),   // perahu
    (3, 3),   // kapal, perahu motor
    (58, 99), // smartphone
    (14, 46), // lahan lainnya
    (1, 19),  // rumah lainnya
];

/// Position of the car among the assets.
const CAR: usize = 10;

/// What the family file says of a household's house and belongings. Codes of the code book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dwelling {
    /// Status kepemilikan rumah; 1 own.
    pub ownership: u8,
    /// Jenis lantai; 7 bamboo, 8 earth.
    pub floor: u8,
    /// Luas lantai in square metres.
    pub floor_area: u32,
    /// Jenis dinding.
    pub wall: u8,
    /// Jenis atap.
    pub roof: u8,
    /// Sumber air minum.
    pub water: u8,
    /// Sumber penerangan; 1 PLN with a meter.
    pub light: u8,
    /// Daya terpasang (1 is 450 VA), asked where there is a meter.
    pub power: Option<u8>,
    /// Bahan bakar memasak; 4 is a 3 kg gas cylinder, 10 wood.
    pub fuel: u8,
    /// Fasilitas buang air besar; 6 none.
    pub toilet: u8,
    /// Jenis kloset, asked where there is a toilet.
    pub toilet_type: Option<u8>,
    /// Pembuangan akhir tinja.
    pub sewage: u8,
    /// The sixteen assets in the order of the file.
    pub assets: [bool; 16],
    /// Sapi, kerbau, kuda, babi, kambing dan domba.
    pub livestock: [u32; 5],
}

impl Dwelling {
    /// Whether the family owns a car (mobil).
    #[must_use]
    pub fn has_car(&self) -> bool {
        self.assets[CAR]
    }

    pub(super) fn of(seed: u64, index: u64, decile: u8) -> Self {
        let mut dice = Dice::new(seed, index, Topic::Dwelling, 0);
        let light = [1, 2, 3, 4][drawn(&mut dice, [86, 11, 1, 2], [100, 0, 0, 0], decile)];
        let power = [1, 2, 3, 4, 5][drawn(&mut dice, [70, 28, 2, 0, 0], [4, 36, 40, 15, 5], decile)];
        let toilet = [1, 2, 3, 4, 6][drawn(&mut dice, [58, 14, 3, 5, 20], [98, 1, 0, 0, 1], decile)];
        let kind = [1, 2, 3, 4][drawn(&mut dice, [66, 8, 8, 18], [98, 1, 0, 1], decile)];
        Self {
            ownership: [1, 2, 3, 5][drawn(&mut dice, [88, 1, 9, 2], [92, 4, 3, 1], decile)],
            floor: [1, 2, 4, 5, 6, 7, 8][drawn(&mut dice, [0, 12, 12, 3, 46, 3, 24], [7, 78, 9, 1, 4, 0, 1], decile)],
            floor_area: dice.between(18, 40) + u32::from(decile) * dice.between(3, 9),
            wall: [1, 2, 3, 4, 6][drawn(&mut dice, [58, 5, 10, 23, 4], [98, 0, 1, 1, 0], decile)],
            roof: [1, 2, 3, 4, 7][drawn(&mut dice, [0, 88, 4, 6, 2], [5, 91, 2, 2, 0], decile)],
            water: [1, 2, 3, 4, 5, 6, 8, 10]
                [drawn(&mut dice, [0, 8, 8, 26, 32, 14, 10, 2], [9, 40, 18, 24, 8, 1, 0, 0], decile)],
            light,
            power: (light == 1).then_some(power),
            fuel: [0, 1, 3, 4, 10][drawn(&mut dice, [2, 0, 0, 62, 36], [2, 2, 12, 83, 1], decile)],
            toilet,
            toilet_type: (toilet < 5).then_some(kind),
            sewage: [1, 3, 4, 5][drawn(&mut dice, [42, 22, 26, 10], [94, 2, 4, 0], decile)],
            assets: ASSETS.map(|(poor, rich)| drawn(&mut dice, [100 - poor, poor], [100 - rich, rich], decile) == 1),
            livestock: livestock(&mut dice),
        }
    }
}

fn drawn<const N: usize>(dice: &mut Dice, poor: [u32; N], rich: [u32; N], decile: u8) -> usize {
    dice.weighted(&between(&poor, &rich, decile))
}

/// Madura keeps cattle: one family in four has some. Pigs are not kept.
fn livestock(dice: &mut Dice) -> [u32; 5] {
    let mut herd = |probability: f64, most| {
        let size = dice.between(1, most);
        if dice.chance(probability) { size } else { 0 }
    };
    [herd(0.25, 4), herd(0.002, 2), herd(0.001, 1), 0, herd(0.12, 5)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(decile: u8, holds: impl Fn(&Dwelling) -> bool) -> usize {
        (0..2_000).filter(|index| holds(&Dwelling::of(1, *index, decile))).count()
    }

    #[test]
    fn the_poor_live_on_earth_and_the_rich_drive() {
        // 24 and 1 of a hundred; none and 44 of a hundred.
        assert!((400..560).contains(&count(1, |house| house.floor == 8)));
        assert!(count(10, |house| house.floor == 8) < 50);
        assert_eq!(count(1, Dwelling::has_car), 0);
        assert!((780..980).contains(&count(10, Dwelling::has_car)));
    }

    #[test]
    fn power_is_asked_only_where_there_is_a_meter() {
        assert_eq!(count(1, |house| house.power.is_some() != (house.light == 1)), 0);
    }
}
