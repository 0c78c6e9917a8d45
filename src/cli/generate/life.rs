//! Schooling, work and health of one person, plausible for their age, sex and family's welfare.
//!
//! All draws hang on the person, so that a year later the same person has the same illness and one year more
//! of school. Answers are the codes of the code book; `None` is a question that is not asked at that age.

use super::members::Sex;
use super::rng::{Dice, Topic};

/// Questions on difficulties, in the order of the member file: seeing, hearing, walking, using hands,
/// learning, behaviour, speaking, self-care, remembering.
pub const DIFFICULTIES: usize = 9;

/// What the member file says of a person's life. Codes of the code book.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Life {
    /// Partisipasi sekolah: 1 never, 2 at school, 3 no longer.
    pub schooling: Option<u8>,
    /// Jenjang tertinggi: 3 SD, 8 SMP, 13 SMA, 15 SMK, 18 diploma, 19 S1, 21 S2.
    pub level: Option<u8>,
    /// Kelas tertinggi; 8 is finished.
    pub grade: Option<u8>,
    /// Ijazah tertinggi; 23 is none.
    pub certificate: Option<u8>,
    /// Status bekerja: 1 works, 2 does not.
    pub works: Option<u8>,
    /// Lapangan usaha of the main work.
    pub sector: Option<u8>,
    /// Status dalam pekerjaan; 5 is civil servant, soldier, police, state enterprise.
    pub work_status: Option<u8>,
    /// Kondisi gizi, asked below five years.
    pub nutrition: Option<u8>,
    /// 1 cannot at all … 4 no difficulty, asked from two years on.
    pub difficulties: [Option<u8>; DIFFICULTIES],
    /// Kesedihan: 1 very often … 4 never, asked from ten years on.
    pub sadness: Option<u8>,
    /// Penyakit kronis; 1 is none.
    pub illness: Option<u8>,
}

impl Life {
    /// Whether one of the nine things cannot be done at all or only with much difficulty.
    #[must_use]
    pub fn disabled(&self) -> bool {
        self.difficulties.iter().flatten().any(|answer| *answer <= 2)
    }

    /// The life of the person that `key` names, `age` years old. `welfare` is the family's decile in its first
    /// quarter. The schools of one's youth follow from the year of birth, since they no longer change.
    #[must_use]
    pub(super) fn of(seed: u64, key: u64, age: u32, born: i32, sex: Sex, welfare: u8) -> Self {
        let mut life = Self::default();
        let mut dice = Dice::new(seed, key, Topic::Life, 0);
        let reached = highest_school(&mut dice, born, welfare);
        life.go_to_school(&mut dice, age, reached);
        let mut dice = Dice::new(seed, key, Topic::Life, 1);
        life.go_to_work(&mut dice, age, sex, welfare);
        let mut dice = Dice::new(seed, key, Topic::Life, 2);
        life.be_well_or_ill(&mut dice, age, welfare);
        life
    }

    fn go_to_school(&mut self, dice: &mut Dice, age: u32, reached: usize) {
        if age < 5 {
            return;
        }
        let upper = if dice.chance(0.35) { 15 } else { 13 };
        let at_school = match age {
            7..=12 => Some((3, age - 6, 23)),
            13..=15 if reached >= 2 => Some((8, age - 12, 3)),
            16..=18 if reached >= 3 => Some((upper, age - 15, 8)),
            19..=22 if reached >= 4 => Some((if reached == 4 { 18 } else { 19 }, age - 18, upper)),
            _ => None,
        };
        let (schooling, level, grade, certificate) = match at_school {
            Some((level, grade, certificate)) => (2, Some(level), Some(grade as u8), certificate),
            None if age < 7 || reached == 0 => (1, None, None, 23),
            None => {
                let finished = [3, 3, 8, upper, 18, 19, 21][reached];
                (3, Some(finished), Some(8), finished)
            }
        };
        self.schooling = Some(schooling);
        self.level = level;
        self.grade = grade;
        self.certificate = Some(certificate);
    }

    fn go_to_work(&mut self, dice: &mut Dice, age: u32, sex: Sex, welfare: u8) {
        let (inclined, manner, public) = (dice.fraction(), dice.fraction(), dice.fraction());
        if age < 10 {
            return;
        }
        let share = match (age, sex) {
            (..15, _) => 0.02,
            (15..65, Sex::Male) => 0.9,
            (15..65, Sex::Female) => 0.52,
            (_, Sex::Male) => 0.55,
            (_, Sex::Female) => 0.3,
        };
        let works = self.schooling != Some(2) && inclined < share;
        self.works = Some(if works { 1 } else { 2 });
        if !works {
            return;
        }
        let educated = self.certificate.is_some_and(|certificate| (13..=22).contains(&certificate));
        let in_public_service = 0.004 * f64::from(welfare) + if welfare >= 8 { 0.14 } else { 0.0 };
        if educated && (20..60).contains(&age) && public < in_public_service {
            self.sector = Some(if manner < 0.45 { 21 } else { 20 });
            self.work_status = Some(5);
            return;
        }
        let sector = sector(dice, welfare);
        self.sector = Some(sector);
        self.work_status = Some(work_status(sector, manner));
    }

    fn be_well_or_ill(&mut self, dice: &mut Dice, age: u32, welfare: u8) {
        let poor = 1.0 + 0.06 * f64::from(10 - welfare);
        if age < 5 {
            let drawn = dice.fraction() / poor;
            self.nutrition = Some(if drawn < 0.02 {
                1
            } else if drawn < 0.1 {
                2
            } else if drawn < 0.9 {
                3
            } else {
                8
            });
        }
        if age >= 2 {
            self.difficulties = difficulties(&mut dice.clone(), age, poor);
        }
        if age >= 10 {
            self.sadness = Some([4, 3, 2, 1][dice.clone().weighted(&[80, 15, 4, 1])]);
        }
        self.illness = Some(illness(dice, age));
    }
}

/// 0 none, 1 SD, 2 SMP, 3 SMA or SMK, 4 diploma, 5 S1, 6 S2. The old had fewer schools.
fn highest_school(dice: &mut Dice, born: i32, welfare: u8) -> usize {
    let (poor, rich) = match born {
        2001.. => ([1, 12, 38, 46, 1, 2, 0], [0, 2, 12, 48, 6, 31, 1]),
        1981..=2000 => ([4, 46, 28, 20, 1, 1, 0], [1, 12, 15, 42, 5, 22, 3]),
        1966..=1980 => ([14, 60, 14, 11, 0, 1, 0], [3, 28, 17, 33, 4, 13, 2]),
        _ => ([48, 44, 5, 3, 0, 0, 0], [22, 42, 13, 15, 2, 5, 1]),
    };
    dice.weighted(&between(&poor, &rich, welfare))
}

/// Weights between those of the poorest decile and of the richest.
pub(super) fn between<const N: usize>(poor: &[u32; N], rich: &[u32; N], decile: u8) -> [u32; N] {
    let step = u32::from(decile.clamp(1, 10)) - 1;
    std::array::from_fn(|at| poor[at] * (9 - step) + rich[at] * step)
}

/// A line of work, by code: farming and casual building for the poor, trade and services for the rich.
fn sector(dice: &mut Dice, welfare: u8) -> u8 {
    const SECTORS: [u8; 10] = [1, 2, 4, 5, 8, 11, 12, 13, 14, 24];
    let poor = [40, 5, 9, 10, 5, 14, 8, 3, 2, 4];
    let rich = [12, 3, 4, 3, 14, 8, 30, 9, 9, 8];
    SECTORS[dice.weighted(&between(&poor, &rich, welfare))]
}

/// 1 own account, 2 with unpaid help, 3 with paid help, 4 employee, 6 and 7 casual, 8 unpaid family.
fn work_status(sector: u8, manner: f64) -> u8 {
    let (codes, limits) = match sector {
        1..=5 => ([1, 2, 6, 8], [0.3, 0.55, 0.85]),
        11 => ([7, 4, 1, 3], [0.7, 0.9, 0.97]),
        12 | 14 => ([1, 2, 4, 3], [0.5, 0.75, 0.92]),
        _ => ([4, 1, 7, 2], [0.55, 0.8, 0.95]),
    };
    codes[limits.iter().filter(|limit| manner >= **limit).count()]
}

/// Eight of a hundred among the old are disabled, one of a hundred among the others; many old people have
/// some difficulty.
fn difficulties(dice: &mut Dice, age: u32, poor: f64) -> [Option<u8>; DIFFICULTIES] {
    let mut answers = [Some(4); DIFFICULTIES];
    let (grave, slight) = if age >= 60 { (0.065, 0.35) } else { (0.008, 0.04) };
    let drawn = dice.fraction();
    let weights = if age >= 60 { [6, 5, 8, 2, 1, 0, 1, 4, 4] } else { [2, 2, 3, 2, 2, 1, 3, 1, 1] };
    let which = dice.weighted(&weights);
    if drawn < grave * poor {
        answers[which] = Some(if dice.chance(0.3) { 1 } else { 2 });
    } else if drawn < slight {
        answers[which] = Some(3);
    }
    answers
}

fn illness(dice: &mut Dice, age: u32) -> u8 {
    const ILLNESSES: [u8; 11] = [2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 18];
    let share = match age {
        0..30 => 0.02,
        30..50 => 0.08,
        50..60 => 0.2,
        _ => 0.34,
    };
    let drawn = dice.fraction();
    let weights = if age < 30 { [1, 0, 12, 1, 0, 3, 0, 1, 0, 0, 6] } else { [34, 18, 6, 6, 14, 3, 5, 1, 2, 8, 6] };
    let which = ILLNESSES[dice.weighted(&weights)];
    if drawn < share { which } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(age: u32, welfare: u8, holds: impl Fn(&Life) -> bool) -> f64 {
        let count =
            (0..4_000).filter(|key| holds(&Life::of(1, *key, age, 2026 - age as i32, Sex::Male, welfare))).count();
        count as f64 / 4_000.0
    }

    #[test]
    fn about_eight_of_a_hundred_old_people_are_disabled_and_one_of_the_young() {
        assert!((0.065..0.11).contains(&share(70, 5, Life::disabled)));
        assert!((0.005..0.02).contains(&share(30, 5, Life::disabled)));
    }

    #[test]
    fn the_rich_learn_longer() {
        let finished_upper = |life: &Life| life.certificate.is_some_and(|code| (13..23).contains(&code));
        assert!(share(35, 10, finished_upper) > 2.0 * share(35, 1, finished_upper));
    }

    #[test]
    fn a_pupil_of_ten_is_in_the_fourth_grade_and_does_not_work() {
        let life = Life::of(1, 2, 10, 2015, Sex::Female, 4);
        assert_eq!((life.schooling, life.level, life.grade), (Some(2), Some(3), Some(4)));
        assert_eq!((life.certificate, life.works), (Some(23), Some(2)));
    }
}
