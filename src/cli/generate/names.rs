//! Made-up names of people and hamlets, in the manner of Bangkalan. Any likeness to a person is chance.

use super::members::Sex;
use super::rng::Dice;

const MALE: [&str; 40] = [
    "Samsul", "Hasan", "Rofi", "Mahfud", "Zainal", "Fathor", "Syaiful", "Imam", "Subairi", "Taufik", "Munir", "Rahmat",
    "Hosen", "Jamal", "Sahid", "Badrus", "Khoirul", "Ridwan", "Wahyu", "Bahrul", "Slamet", "Suhari", "Marzuki",
    "Dofir", "Halil", "Anwar", "Sukri", "Nawawi", "Mustofa", "Arif", "Ghofur", "Latif", "Karim", "Basir", "Yusuf",
    "Ilyas", "Faruk", "Rasyid", "Hamdan", "Saleh",
];
const FEMALE: [&str; 40] = [
    "Aisyah",
    "Maimunah",
    "Halimah",
    "Suhartini",
    "Zubaidah",
    "Romlah",
    "Hosniyah",
    "Fatim",
    "Juma'ati",
    "Khotijah",
    "Nurul",
    "Masruroh",
    "Sulastri",
    "Rukmini",
    "Satimah",
    "Badriyah",
    "Laila",
    "Musyarofah",
    "Hamidah",
    "Wardah",
    "Suliha",
    "Munawaroh",
    "Rohemah",
    "Sumiati",
    "Faridah",
    "Yuliana",
    "Ningsih",
    "Hasanah",
    "Maryam",
    "Toyyibah",
    "Istianah",
    "Rofiqoh",
    "Latifah",
    "Jamilah",
    "Anisa",
    "Kamilah",
    "Sakdiyah",
    "Nafisah",
    "Ulfa",
    "Zahroh",
];
const MALE_BEFORE: [&str; 6] = ["Moh.", "Ahmad", "Abd.", "Achmad", "Nur", "Moch."];
const FEMALE_BEFORE: [&str; 5] = ["Siti", "Nur", "Sitti", "Dewi", "Ummi"];
/// Some carry the letters of Madurese spelling, which is why deliveries are not plain ASCII.
const HAMLETS: [&str; 24] = [
    "Krajan",
    "Songèh",
    "Tambâk",
    "Bungkal",
    "Lembung",
    "Pandian",
    "Tengah",
    "Barat Leke",
    "Timur Leke",
    "Rongkemasan",
    "Gunung Pote",
    "Kampèk",
    "Pesisir",
    "Tlangoh",
    "Sumber Pocong",
    "Bârâ' Lorong",
    "Karang Anyar",
    "Morombuh",
    "Pancor",
    "Jârân",
    "Saksak",
    "Betès",
    "Duko",
    "Galisan",
];

/// A name of one to three words, in capitals as deliveries write names.
#[must_use]
pub fn person(dice: &mut Dice, sex: Sex) -> String {
    let (before, given): (&[&str], &[&str]) = match sex {
        Sex::Male => (&MALE_BEFORE, &MALE),
        Sex::Female => (&FEMALE_BEFORE, &FEMALE),
    };
    let first = *dice.pick(given);
    let name = match dice.weighted(&[25, 40, 20, 15]) {
        0 => first.to_owned(),
        1 => format!("{} {first}", dice.pick(before)),
        2 => format!("{first} {}", dice.pick(given)),
        _ => format!("{} {first} {}", dice.pick(before), dice.pick(given)),
    };
    name.to_uppercase()
}

/// A hamlet (dusun).
#[must_use]
pub fn hamlet(dice: &mut Dice) -> &'static str {
    let hamlet: &&'static str = dice.pick(&HAMLETS);
    hamlet
}

/// The name as a careless hand writes it: mixed case, with a title before and a degree behind.
#[must_use]
pub fn with_titles(name: &str, sex: Sex) -> String {
    let mixed: Vec<String> = name
        .split(' ')
        .enumerate()
        .map(|(position, word)| match position {
            0 => word.to_lowercase(),
            _ => word.chars().take(1).chain(word.to_lowercase().chars().skip(1)).collect(),
        })
        .collect();
    let title = if sex == Sex::Male { "H." } else { "Hj." };
    format!("{title} {}, S.Pd", mixed.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_careless_hand_mixes_case_and_adds_titles() {
        assert_eq!(with_titles("AHMAD FARUK", Sex::Male), "H. ahmad Faruk, S.Pd");
    }
}
