//! The damages that importers of DTSEN really meet, how often each is done, and what an importer should do.

/// What an importer is expected to do with a damaged line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expected {
    /// It has one meaning: put right and loaded.
    Repaired,
    /// Loaded as it is, or with the unusable answer left open, and reported.
    Noted,
    /// The same as another line: counted, not loaded twice.
    Merged,
    /// Not loaded, kept aside and reported.
    SetAside,
}

impl Expected {
    /// As the findings of a release name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Repaired => "repaired",
            Self::Noted => "noted",
            Self::Merged => "merged",
            Self::SetAside => "set_aside",
        }
    }
}

/// One damage. A household has at most one in a quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Damage {
    /// Card number turned into a float, `….0`.
    CardAsFloat,
    /// Apostrophe before the card number.
    CardWithApostrophe,
    /// Card number 0, empty or all zeros, in both files. Gone in the next quarter.
    CardUnusable,
    /// The same family line twice.
    FamilyTwice,
    /// No decile.
    DecileEmpty,
    /// A village code that no region has.
    VillageUnknown,
    /// Region codes without dots.
    CodesUndotted,
    /// No member is the head.
    NoHead,
    /// A family line without member lines.
    NoMembers,
    /// A separator too many in the family line.
    FamilyStraySeparator,
    /// The family line is cut off.
    FamilyCut,
    /// NIK turned into a float, `….0`.
    NikAsFloat,
    /// NIK in powers of ten, its digits lost.
    NikAsExponent,
    /// Apostrophe before the NIK.
    NikWithApostrophe,
    /// Spaces within the NIK.
    NikWithSpaces,
    /// A number of the population register that is no NIK.
    SiakNumber,
    /// The same member line twice.
    PersonTwice,
    /// A person also listed in a second family.
    PersonInTwoFamilies,
    /// A member of a family that the delivery does not have.
    MemberWithoutFamily,
    /// A birth date other than the NIK's.
    BirthDateAgainstNik,
    /// Dead, marked `(ALM)` before the name.
    Dead,
    /// Name in mixed case, with titles.
    NameStyle,
    /// A date as `dd/mm/yyyy`, `dd-mm-yyyy` or with a time of day.
    DateForm,
    /// A code as a float or with spaces.
    CodeForm,
    /// A code that the code book does not have.
    CodeUnknown,
    /// A line of UTF-8 in a file of Latin-1.
    WrongEncoding,
    /// A NUL byte within a name.
    ControlByte,
    /// A separator too many in the member line.
    MemberStraySeparator,
    /// The member line is cut off.
    MemberCut,
}

/// How many of 100,000 households have each damage. With what follows from them (the members of a family that
/// is set aside are set aside too) they touch about 5 of 1,000 lines.
pub const RATES: [(Damage, u32); 29] = [
    (Damage::CardAsFloat, 70),
    (Damage::CardWithApostrophe, 60),
    (Damage::CardUnusable, 80),
    (Damage::FamilyTwice, 80),
    (Damage::DecileEmpty, 90),
    (Damage::VillageUnknown, 30),
    (Damage::CodesUndotted, 80),
    (Damage::NoHead, 50),
    (Damage::NoMembers, 40),
    (Damage::FamilyStraySeparator, 20),
    (Damage::FamilyCut, 20),
    (Damage::NikAsFloat, 90),
    (Damage::NikAsExponent, 50),
    (Damage::NikWithApostrophe, 80),
    (Damage::NikWithSpaces, 50),
    (Damage::SiakNumber, 60),
    (Damage::PersonTwice, 80),
    (Damage::PersonInTwoFamilies, 60),
    (Damage::MemberWithoutFamily, 70),
    (Damage::BirthDateAgainstNik, 80),
    (Damage::Dead, 60),
    (Damage::NameStyle, 80),
    (Damage::DateForm, 80),
    (Damage::CodeForm, 70),
    (Damage::CodeUnknown, 50),
    (Damage::WrongEncoding, 60),
    (Damage::ControlByte, 30),
    (Damage::MemberStraySeparator, 40),
    (Damage::MemberCut, 40),
];

/// A member of a family whose card number is unusable: nothing says which family.
pub const MEMBER_OF_UNUSABLE_CARD: &str = "member_of_unusable_card";
/// A member whose family's line was set aside.
pub const MEMBER_OF_FAMILY_SET_ASIDE: &str = "member_of_family_set_aside";
/// Stray spaces and capitals in the header.
pub const HEADER_STYLE: &str = "header_style";

impl Damage {
    /// A stable name, as the truth file has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CardAsFloat => "card_as_float",
            Self::CardWithApostrophe => "card_with_apostrophe",
            Self::CardUnusable => "card_unusable",
            Self::FamilyTwice => "family_twice",
            Self::DecileEmpty => "decile_empty",
            Self::VillageUnknown => "village_unknown",
            Self::CodesUndotted => "codes_undotted",
            Self::NoHead => "no_head",
            Self::NoMembers => "no_members",
            Self::FamilyStraySeparator => "family_stray_separator",
            Self::FamilyCut => "family_cut",
            Self::NikAsFloat => "nik_as_float",
            Self::NikAsExponent => "nik_as_exponent",
            Self::NikWithApostrophe => "nik_with_apostrophe",
            Self::NikWithSpaces => "nik_with_spaces",
            Self::SiakNumber => "siak_number",
            Self::PersonTwice => "person_twice",
            Self::PersonInTwoFamilies => "person_in_two_families",
            Self::MemberWithoutFamily => "member_without_family",
            Self::BirthDateAgainstNik => "birth_date_against_nik",
            Self::Dead => "dead",
            Self::NameStyle => "name_style",
            Self::DateForm => "date_form",
            Self::CodeForm => "code_form",
            Self::CodeUnknown => "code_unknown",
            Self::WrongEncoding => "wrong_encoding",
            Self::ControlByte => "control_byte",
            Self::MemberStraySeparator => "member_stray_separator",
            Self::MemberCut => "member_cut",
        }
    }

    /// What an importer should do with the line that the damage is reported on.
    #[must_use]
    pub const fn expected(self) -> Expected {
        match self {
            Self::CardAsFloat | Self::CardWithApostrophe | Self::CodesUndotted => Expected::Repaired,
            Self::NikAsFloat | Self::NikWithApostrophe | Self::NikWithSpaces => Expected::Repaired,
            Self::NameStyle | Self::DateForm | Self::CodeForm => Expected::Repaired,
            Self::WrongEncoding | Self::ControlByte => Expected::Repaired,
            Self::CardUnusable | Self::DecileEmpty | Self::NoHead | Self::NoMembers => Expected::Noted,
            Self::NikAsExponent | Self::SiakNumber | Self::BirthDateAgainstNik => Expected::Noted,
            Self::PersonInTwoFamilies | Self::Dead | Self::CodeUnknown => Expected::Noted,
            Self::FamilyTwice | Self::PersonTwice => Expected::Merged,
            Self::VillageUnknown | Self::FamilyStraySeparator | Self::FamilyCut => Expected::SetAside,
            Self::MemberWithoutFamily | Self::MemberStraySeparator | Self::MemberCut => Expected::SetAside,
        }
    }

    /// Whether it needs a member beside the head: the head's line stays whole.
    #[must_use]
    pub const fn needs_another_member(self) -> bool {
        matches!(self, Self::MemberWithoutFamily | Self::MemberStraySeparator | Self::MemberCut | Self::Dead)
    }

    /// Whether the family's line, and with it every member's, is set aside.
    #[must_use]
    pub const fn loses_the_family(self) -> bool {
        matches!(self, Self::VillageUnknown | Self::FamilyStraySeparator | Self::FamilyCut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_damage_has_one_rate_and_a_name_of_its_own() {
        let damages: HashSet<Damage> = RATES.iter().map(|(damage, _)| *damage).collect();
        let names: HashSet<&str> = RATES.iter().map(|(damage, _)| damage.name()).collect();
        assert_eq!((damages.len(), names.len()), (29, 29));
    }
}
