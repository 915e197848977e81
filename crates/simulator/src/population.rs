//! DHA with photo: what the population register says of an ID number.

use serde_json::{Value, json};
use time::{Date, Duration};

use crate::bureau::{Finding, Refusal};
use crate::chance::Chance;
use crate::faces;
use crate::id_number::{self, Sex};
use crate::parameters::Parameters;
use crate::people::Person;
use crate::wishes::{Wish, Wishes};

/// The answer of the library's service.
pub(crate) fn answer(seed: u64, parameters: &Parameters, wishes: &Wishes) -> Result<Finding, Refusal> {
    let number = parameters.id_number()?;
    if wishes.has(Wish::NotFound) {
        return Err(Refusal::not_found("ID number not found at DHA"));
    }
    let mut result = entry(seed, &Person::of_id(seed, number), wishes.has(Wish::Deceased));
    result["Photo"] = format!("data:image/png;base64,{}", faces::encoded(seed, number)).into();
    Ok(Finding { results: vec![result], report: None })
}

/// What the register says, without the photo.
pub(crate) fn entry(seed: u64, person: &Person, deceased: bool) -> Value {
    let Person { first_name, surname, id_number } = person;
    let mut chance = Chance::of(seed, &["population", id_number]);
    let born = id_number::born(id_number).unwrap_or(Date::MIN);
    let issued = born + Duration::days(365 * 16 + i64::from(chance.below(700)));
    let died = born + Duration::days(365 * 21 + i64::from(chance.below(900)));
    json!({
        "IDNumber": id_number,
        "FirstName": first_name,
        "Surname": surname,
        "DateOfBirth": born.to_string(),
        "Gender": if id_number::sex(id_number) == Sex::Male { "Male" } else { "Female" },
        "Citizenship": if id_number.get(10..11) == Some("1") { "Permanent resident" } else { "South African" },
        "CountryOfBirth": "South Africa",
        "LifeStatus": if deceased { "Deceased" } else { "Alive" },
        "DateOfDeath": deceased.then(|| died.to_string()),
        "MaritalStatus": chance.pick(&["Single", "Married", "Married", "Divorced"]),
        "IDCardIssued": true,
        "IDIssueDate": issued.to_string(),
        "OnHANIS": true,
    })
}
