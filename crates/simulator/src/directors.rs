//! The directors of a company: those that the caller listed, or invented ones.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{Date, Duration, Month};

use crate::chance::Chance;
use crate::id_number;
use crate::people::Person;

/// A director as the bureau reports one.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Director {
    full_name: String,
    first_name: String,
    surname: String,
    #[serde(rename = "IDNumber")]
    id_number: String,
    #[serde(serialize_with = "crate::companies::as_text")]
    appointment_date: Date,
    status: &'static str,
    /// `Verified`, `Review`, or nothing if no check was asked for.
    check: Option<&'static str>,
}

impl Director {
    /// A line of the report, without the ID number.
    pub(crate) fn line(&self) -> String {
        format!("{}, {}, appointed {}", self.full_name, self.status, self.appointment_date)
    }
}

/// An entry of `InputDirectorList`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    #[serde(rename = "IDNumber")]
    id_number: Option<String>,
    first_name: Option<String>,
    surname: Option<String>,
    #[serde(rename = "DoKYC")]
    do_kyc: Value,
}

impl Listed {
    /// A check is made unless it is declined, in any of the ways that JSON or a form may write no.
    fn is_checked(&self) -> bool {
        match &self.do_kyc {
            Value::Bool(wanted) => *wanted,
            Value::String(word) => !["no", "n", "false", "0"].contains(&word.trim().to_lowercase().as_str()),
            _ => true,
        }
    }
}

/// One to four directors, the first of them active.
pub(crate) fn invent(chance: &mut Chance, registered: Date) -> Vec<Director> {
    let count = 1 + chance.below(4);
    (0..count)
        .map(|index| {
            let appointed = appointment(chance, registered);
            // Between 24 and 60 when appointed.
            let person = Person::invent(chance, appointed.year() - 60, 36);
            let resigned = index > 0 && chance.below(4) == 0;
            let check = chance.pick(&[Some("Verified"), Some("Verified"), Some("Verified"), Some("Review"), None]);
            director(person, appointed, if resigned { "Resigned" } else { "Active" }, check)
        })
        .collect()
}

/// The listed directors, all active. A listed ID number is `Verified` if it is valid and up for `Review` if not.
///
/// # Errors
/// A sentence, if the text is no JSON array of directors.
pub(crate) fn from_list(chance: &mut Chance, registered: Date, list: &str) -> Result<Vec<Director>, &'static str> {
    let listed: Vec<Listed> =
        serde_json::from_str(list).map_err(|_| "InputDirectorList is not a JSON array of directors")?;
    let directors = listed.into_iter().map(|listed| {
        let appointed = appointment(chance, registered);
        let mut person = Person::invent(chance, appointed.year() - 60, 36);
        let checked = listed.is_checked();
        for (field, given) in [
            (&mut person.id_number, listed.id_number),
            (&mut person.first_name, listed.first_name),
            (&mut person.surname, listed.surname),
        ] {
            if let Some(given) = given.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) {
                *field = given;
            }
        }
        let check = if id_number::is_valid(&person.id_number) { "Verified" } else { "Review" };
        director(person, appointed, "Active", checked.then_some(check))
    });
    Ok(directors.collect())
}

fn director(person: Person, appointment_date: Date, status: &'static str, check: Option<&'static str>) -> Director {
    let Person { first_name, surname, id_number } = person;
    let full_name = format!("{first_name} {surname}");
    Director { full_name, first_name, surname, id_number, appointment_date, status, check }
}

/// A day after the registration, in the last decades where the company is older: people in office are alive.
fn appointment(chance: &mut Chance, registered: Date) -> Date {
    let new_year = |year| Date::from_calendar_date(year, Month::January, 1).unwrap_or(Date::MIN);
    let earliest = registered.max(new_year(2000));
    let days = (new_year(2025) - earliest).whole_days().max(1);
    earliest + Duration::days(i64::from(chance.below(u32::try_from(days).unwrap_or(1))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn registered(year: i32) -> Date {
        Date::from_calendar_date(year, Month::March, 3).unwrap()
    }

    #[test]
    fn invented_directors_are_appointed_after_the_registration_and_have_valid_id_numbers() {
        for seed in 0..300 {
            for year in [1924, 2014, 2031] {
                let directors = invent(&mut Chance::of(seed, &["directors"]), registered(year));
                assert!((1..=4).contains(&directors.len()));
                assert_eq!(directors[0].status, "Active");
                for director in directors {
                    assert!(id_number::is_valid(&director.id_number), "{}", director.id_number);
                    assert!(director.appointment_date >= registered(year));
                }
            }
        }
    }

    #[test]
    fn listed_directors_appear_as_they_were_listed() {
        let list = json!([
            { "PersonType": "Director", "IDNumber": "8001015009087", "FirstName": "Refilwe", "Surname": "Kekana", "DoKYC": true },
            { "IDNumber": "8001015009088", "FirstName": "Suren", "Surname": "Moodley" },
            { "IDNumber": "8001015009087", "FirstName": "Dineo", "Surname": "Tau", "DoKYC": "No", "EmailAddress": null },
        ]);
        let directors = from_list(&mut Chance::of(1, &[]), registered(2014), &list.to_string()).unwrap();
        let seen: Vec<_> = directors.iter().map(|d| (d.full_name.as_str(), d.id_number.as_str(), d.check)).collect();
        assert_eq!(
            seen,
            [
                ("Refilwe Kekana", "8001015009087", Some("Verified")),
                ("Suren Moodley", "8001015009088", Some("Review")),
                ("Dineo Tau", "8001015009087", None),
            ]
        );
    }

    #[test]
    fn a_list_that_is_none_is_refused() {
        for list in ["{", "{}", "[1]", "\"text\""] {
            assert!(from_list(&mut Chance::of(1, &[]), registered(2014), list).is_err(), "{list}");
        }
    }
}
