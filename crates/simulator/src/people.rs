//! Invented South Africans. The names are common ones of nine language communities, combined by chance; no real
//! person is meant.

use time::{Date, Month};

use crate::chance::Chance;
use crate::id_number::{self, Sex};

/// Somebody who does not exist.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) first_name: String,
    pub(crate) surname: String,
    /// With a valid check digit.
    pub(crate) id_number: String,
}

struct Community {
    women: &'static [&'static str],
    men: &'static [&'static str],
    surnames: &'static [&'static str],
}

static COMMUNITIES: [Community; 9] = [
    // isiZulu
    Community {
        women: &["Nomvula", "Thandeka", "Zanele", "Nokuthula", "Ntombi"],
        men: &["Sibusiso", "Mandla", "Bheki", "Sifiso", "Themba"],
        surnames: &["Mkhize", "Ngcobo", "Buthelezi", "Mthembu", "Cele", "Hlongwane"],
    },
    // isiXhosa
    Community {
        women: &["Nomonde", "Lindiwe", "Bulelwa", "Noluthando", "Zukiswa"],
        men: &["Mzwandile", "Luyanda", "Sizwe", "Vuyani", "Ayanda"],
        surnames: &["Mqhayi", "Gqola", "Ndzimela", "Qwabe", "Sontonga", "Mfenyana"],
    },
    // Afrikaans
    Community {
        women: &["Annelie", "Marietjie", "Elsabé", "Chantelle", "Ilse"],
        men: &["Hendrik", "Gideon", "Kobus", "Renier", "Dawid"],
        surnames: &["van der Merwe", "Botha", "Esterhuizen", "Labuschagne", "Février", "du Preez"],
    },
    // English
    Community {
        women: &["Margaret", "Heather", "Claire", "Rosalind", "Bridget"],
        men: &["Graham", "Alistair", "Neville", "Duncan", "Trevor"],
        surnames: &["Hartley", "Whitfield", "Ashdown", "Prescott", "Lockwood", "Fairbairn"],
    },
    // Sesotho and Setswana
    Community {
        women: &["Lerato", "Palesa", "Boitumelo", "Keneilwe", "Dineo"],
        men: &["Thabo", "Tshepo", "Kagiso", "Lebohang", "Mpho"],
        surnames: &["Mokoena", "Molefe", "Tau", "Modise", "Khumong", "Seabi"],
    },
    // Sepedi
    Community {
        women: &["Mmabatho", "Refilwe", "Raesibe", "Mahlatse", "Tebogo"],
        men: &["Phuti", "Lesiba", "Matome", "Kgabo", "Hlompho"],
        surnames: &["Mphahlele", "Ledwaba", "Maponya", "Kekana", "Rapetsoa", "Mashilo"],
    },
    // Tshivenda
    Community {
        women: &["Mashudu", "Takalani", "Rendani", "Livhuwani", "Azwindini"],
        men: &["Mulalo", "Ndivhuwo", "Tshilidzi", "Fhatuwani", "Rofhiwa"],
        surnames: &["Netshitenzhe", "Mudau", "Ramabulana", "Nemavhola", "Tshivhase", "Makhado"],
    },
    // Xitsonga
    Community {
        women: &["Tintswalo", "Nkhensani", "Basani", "Hlayisani", "Ripfumelo"],
        men: &["Vutomi", "Amukelani", "Hlulani", "Nyiko", "Risimati"],
        surnames: &["Baloyi", "Chauke", "Maluleke", "Nkuna", "Shivambo", "Rikhotso"],
    },
    // Families from India, Gqeberha to Durban
    Community {
        women: &["Priya", "Kavitha", "Fatima", "Anjali", "Yasmin"],
        men: &["Rajesh", "Imraan", "Suren", "Yusuf", "Vishal"],
        surnames: &["Naidoo", "Pillay", "Moodley", "Ebrahim", "Govindsamy", "Essop"],
    },
];

impl Person {
    /// Somebody born in one of the `span` years from `first_year` on.
    pub(crate) fn invent(chance: &mut Chance, first_year: i32, span: u32) -> Self {
        let community = community(chance);
        let sex = chance.pick(&[Sex::Female, Sex::Male]);
        let first_names = community.first_names(sex);
        let born = birthday(chance, first_year, span);
        Self {
            first_name: chance.pick(first_names).to_owned(),
            surname: chance.pick(community.surnames).to_owned(),
            id_number: id_number::write(born, sex, chance.below(5_000)),
        }
    }

    /// Who has this ID number, always the same under a seed.
    pub(crate) fn of_id(seed: u64, id_number: &str) -> Self {
        let mut chance = Chance::of(seed, &["person", id_number]);
        let community = community(&mut chance);
        Self {
            first_name: chance.pick(community.first_names(id_number::sex(id_number))).to_owned(),
            surname: chance.pick(community.surnames).to_owned(),
            id_number: id_number.to_owned(),
        }
    }
}

impl Community {
    fn first_names(&self, sex: Sex) -> &'static [&'static str] {
        if sex == Sex::Female { self.women } else { self.men }
    }
}

fn community(chance: &mut Chance) -> &'static Community {
    &COMMUNITIES[usize::try_from(chance.below(9)).unwrap_or_default()]
}

fn birthday(chance: &mut Chance, first_year: i32, span: u32) -> Date {
    let year = first_year + i32::try_from(chance.below(span)).unwrap_or_default();
    let ordinal = u16::try_from(1 + chance.below(365)).unwrap_or(1);
    // Every year has 365 days at least, so the fallback serves years outside the calendar only.
    Date::from_ordinal_date(year, ordinal)
        .or_else(|_| Date::from_calendar_date(1980, Month::January, 1))
        .unwrap_or(Date::MIN)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn invented_people_differ_and_carry_valid_id_numbers_of_their_years() {
        let people: Vec<Person> = (0..500).map(|n| Person::invent(&mut Chance::of(n, &["person"]), 1960, 10)).collect();
        for person in &people {
            assert!(id_number::is_valid(&person.id_number), "{}", person.id_number);
            assert!(person.id_number.starts_with('6'), "{}", person.id_number);
        }
        let distinct: BTreeSet<_> = people.iter().map(|person| (&person.first_name, &person.surname)).collect();
        assert!(distinct.len() > 200, "only {} different names", distinct.len());
    }
}
