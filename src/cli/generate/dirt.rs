//! A household's lines in the two files, and the damage done to them.

use super::columns::{family_row, member_row};
use super::damage::{Damage, Expected, MEMBER_OF_FAMILY_SET_ASIDE, MEMBER_OF_UNUSABLE_CARD, RATES};
use super::households::GeneratedHousehold;
use super::lists::{self, Origin};
use super::rng::{Dice, Topic};
use super::row::{Form, Row};
use super::{names, numbers};
use chrono::{Datelike, NaiveDate};

/// What an importer should find on a line, and do.
pub type Fault = (&'static str, Expected);

/// A line to be written.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its fields.
    pub row: Row,
    /// How it is written out.
    pub form: Form,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// A household's lines in the two files.
#[derive(Debug, Clone)]
pub struct Lines {
    /// In the family file.
    pub family: Vec<Line>,
    /// In the member file.
    pub members: Vec<Line>,
}

impl Line {
    fn whole(row: Row) -> Self {
        Self { row, form: Form::Whole, faults: Vec::new() }
    }

    fn fault(&mut self, damage: Damage) {
        self.faults.push((damage.name(), damage.expected()));
    }
}

/// The household's lines as they should be. Who is listed dead is noted, for that is no damage of the file.
#[must_use]
pub fn clean_lines(household: &GeneratedHousehold) -> Lines {
    let family = family_row(household);
    let member_line = |member| Line::whole(member_row(household, member, &family));
    let mut members: Vec<Line> = household.members.iter().map(member_line).collect();
    for (line, member) in members.iter_mut().zip(&household.members) {
        if member.deceased {
            line.fault(Damage::Dead);
        }
    }
    Lines { members, family: vec![Line::whole(family)] }
}

/// The household's lines with the damage of this quarter, if it has one.
#[must_use]
pub fn dirty_lines(seed: u64, household: &GeneratedHousehold, quarter: u32) -> Lines {
    let mut lines = clean_lines(household);
    if let Some(damage) = damage_of(seed, household, quarter) {
        let mut dice = Dice::new(seed, household.index, Topic::Damage, 100 + u64::from(quarter));
        match damage {
            Damage::PersonInTwoFamilies => list_at_neighbour(&mut lines, seed, household, quarter),
            _ if is_of_family(damage) => harm_family(damage, &mut lines, &mut dice),
            _ => harm_member(damage, &mut lines, household, &mut dice),
        }
    }
    lines
}

/// The damage that this household has in a dirty delivery of this quarter.
#[must_use]
pub fn damage_of(seed: u64, household: &GeneratedHousehold, quarter: u32) -> Option<Damage> {
    let damage = drawn(seed, household.index, quarter)?;
    let possible = match damage {
        Damage::PersonInTwoFamilies => neighbour(seed, household, quarter).is_some(),
        _ if damage.needs_another_member() => household.members.len() >= 2,
        _ => true,
    };
    // A household with a listed dead has its finding already.
    (possible && household.members.iter().all(|member| !member.deceased)).then_some(damage)
}

fn drawn(seed: u64, index: u64, quarter: u32) -> Option<Damage> {
    let mut left = Dice::new(seed, index, Topic::Damage, quarter.into()).below(100_000);
    for (damage, rate) in RATES {
        if left < rate {
            return Some(damage);
        }
        left -= rate;
    }
    None
}

/// The nearest undamaged household of an earlier place.
fn neighbour(seed: u64, household: &GeneratedHousehold, quarter: u32) -> Option<GeneratedHousehold> {
    let place = Origin::of(household.index).place();
    (place.saturating_sub(20)..place)
        .rev()
        .map(u64::from)
        .filter(|index| drawn(seed, *index, quarter).is_none())
        .find_map(|index| lists::household(seed, index, quarter))
}

const fn is_of_family(damage: Damage) -> bool {
    use Damage::*;
    damage.loses_the_family()
        || matches!(damage, CardAsFloat | CardWithApostrophe | CardUnusable | FamilyTwice)
        || matches!(damage, DecileEmpty | CodesUndotted | NoHead | NoMembers)
}

fn harm_family(damage: Damage, lines: &mut Lines, dice: &mut Dice) {
    const CARD: &str = "nomor_kartu_keluarga";
    const VILLAGE: &str = "kode_kelurahan_desa";
    let Lines { family, members } = lines;
    let line = &mut family[0];
    let card = line.row.get(CARD).to_owned();
    match damage {
        Damage::CardAsFloat => line.row.set(CARD, &format!("{card}.0")),
        Damage::CardWithApostrophe => line.row.set(CARD, &format!("'{card}")),
        Damage::CardUnusable => {
            let unusable = *dice.pick(&["0", "", "0000000000000000"]);
            line.row.set(CARD, unusable);
            for member in members.iter_mut() {
                member.row.set(CARD, unusable);
                member.faults.push((MEMBER_OF_UNUSABLE_CARD, Expected::SetAside));
            }
        }
        Damage::DecileEmpty => line.row.set("desil_nasional", ""),
        Damage::VillageUnknown => {
            let district = line.row.get("kode_kecamatan").to_owned();
            line.row.set(VILLAGE, &format!("{district}.2999"));
        }
        Damage::CodesUndotted => undot(&mut line.row),
        Damage::NoHead => members[0].row.set("status_hubungan_keluarga", "8"),
        Damage::NoMembers => members.clear(),
        Damage::FamilyStraySeparator => line.form = Form::StraySeparator,
        Damage::FamilyCut => line.form = cut(dice),
        _ => {}
    }
    if damage == Damage::FamilyTwice {
        let mut again = line.clone();
        again.fault(damage);
        family.push(again);
        return;
    }
    line.fault(damage);
    if damage.loses_the_family() {
        for member in members {
            member.faults.push((MEMBER_OF_FAMILY_SET_ASIDE, Expected::SetAside));
        }
    }
}

fn undot(row: &mut Row) {
    for column in ["kode_kabupaten_kota", "kode_kecamatan", "kode_kelurahan_desa"] {
        let undotted = row.get(column).replace('.', "");
        row.set(column, &undotted);
    }
}

/// Somewhere in the middle: within a field, or between two.
fn cut(dice: &mut Dice) -> Form {
    Form::Cut(0.2 + 0.6 * dice.fraction())
}

fn harm_member(damage: Damage, lines: &mut Lines, household: &GeneratedHousehold, dice: &mut Dice) {
    const NIK: &str = "nomor_induk_kependudukan";
    const BIRTH: &str = "tanggal_lahir";
    let first = u32::from(damage.needs_another_member());
    let position = dice.between(first, household.members.len() as u32 - 1) as usize;
    let (line, member) = (&mut lines.members[position], &household.members[position]);
    let nik = &member.nik;
    match damage {
        Damage::NikAsFloat => line.row.set(NIK, &format!("{nik}.0")),
        Damage::NikAsExponent => line.row.set(NIK, &format!("{}.{}E+15", &nik[..1], &nik[1..4])),
        Damage::NikWithApostrophe => line.row.set(NIK, &format!("'{nik}")),
        Damage::NikWithSpaces => {
            let parts = [&nik[..6], &nik[6..12], &nik[12..]];
            line.row.set(NIK, &parts.join(" "));
        }
        // The register numbers those without a NIK in a range of its own; 00 is no province.
        Damage::SiakNumber => line.row.set(NIK, &format!("00{}", &nik[2..])),
        Damage::MemberWithoutFamily => {
            line.row.set("nomor_kartu_keluarga", &numbers::card_of_nobody(&household.home));
        }
        Damage::BirthDateAgainstNik => line.row.set(BIRTH, &another_year(member.birth_date).to_string()),
        Damage::Dead => line.row.set("nama", &format!("(ALM) {}", member.name)),
        Damage::NameStyle => line.row.set("nama", &names::with_titles(&member.name, member.sex)),
        Damage::DateForm => {
            let form = *dice.pick(&["%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d 00:00:00"]);
            line.row.set(BIRTH, &member.birth_date.format(form).to_string());
        }
        Damage::CodeForm => {
            let form = *dice.pick(&["1.0", " 1 ", "01"]);
            let sex = form.replace('1', &(member.sex as u8).to_string());
            line.row.set("jenis_kelamin", &sex);
        }
        Damage::CodeUnknown => line.row.set("status_kawin", "97"),
        Damage::WrongEncoding => {
            line.row.set("dusun_ktp", "SONGÈH");
            line.form = Form::Utf8;
        }
        Damage::ControlByte => line.row.set("nama", &format!("{}\0", member.name)),
        Damage::MemberStraySeparator => line.form = Form::StraySeparator,
        Damage::MemberCut => line.form = cut(dice),
        _ => {}
    }
    if damage == Damage::PersonTwice {
        let mut again = line.clone();
        again.fault(damage);
        lines.members.insert(position + 1, again);
    } else {
        line.fault(damage);
    }
}

/// The same day two years later or earlier; 1 March where that year has no 29 February.
fn another_year(date: NaiveDate) -> NaiveDate {
    let year = if date.year() > 2000 { date.year() - 2 } else { date.year() + 2 };
    let first_of_march = NaiveDate::from_ymd_opt(year, 3, 1);
    date.with_year(year).or(first_of_march).unwrap_or(date)
}

/// The last member is listed a second time, as another relative in the family next door.
fn list_at_neighbour(lines: &mut Lines, seed: u64, household: &GeneratedHousehold, quarter: u32) {
    let (Some(host), Some(guest)) = (neighbour(seed, household, quarter), lines.members.last()) else {
        return;
    };
    let mut again = guest.clone();
    again.row.set("nomor_kartu_keluarga", &host.kk_number);
    again.row.set("status_hubungan_keluarga", "8");
    again.fault(Damage::PersonInTwoFamilies);
    lines.members.push(again);
}
