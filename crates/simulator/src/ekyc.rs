//! Individual eKYC: whether a person lives where and is reached as they say.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::bureau::{Finding, Refusal, Report};
use crate::chance::Chance;
use crate::id_number;
use crate::parameters::Parameters;
use crate::pdf;
use crate::people::Person;
use crate::wishes::{Wish, Wishes};

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct InputPerson {
    #[serde(rename = "IDNumber")]
    id_number: String,
    first_name: String,
    surname: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct InputAddress {
    line1: String,
    post_code: String,
}

/// The answer of the library's service. The ID number stands in `InputPerson`, or in `IDNumber`.
pub(crate) fn answer(seed: u64, parameters: &Parameters, wishes: &Wishes) -> Result<Finding, Refusal> {
    let given: InputPerson = parameters.json("InputPerson")?;
    let address: InputAddress = parameters.json("InputAddress")?;
    let number = if given.id_number.trim().is_empty() { parameters.id_number()? } else { given.id_number.trim() };
    if !id_number::is_valid(number) {
        return Err(Refusal::invalid("InputPerson has no valid IDNumber"));
    }
    if wishes.has(Wish::NotFound) {
        return Err(Refusal::not_found("No record of this person"));
    }
    let mut person = Person::of_id(seed, number);
    for (field, given) in [(&mut person.first_name, &given.first_name), (&mut person.surname, &given.surname)] {
        if !given.trim().is_empty() {
            given.trim().clone_into(field);
        }
    }
    let result = entry(seed, &person, &address, parameters, wishes.has(Wish::NoMatch));
    let lines = [
        "Simulated: no report of a bureau. The person is invented.".to_owned(),
        format!("Address: {}", result["AddressMatch"].as_str().unwrap_or_default()),
        format!("Verdict: {}", result["Verdict"].as_str().unwrap_or_default()),
    ];
    let heading = format!("{} {}", person.first_name, person.surname);
    Ok(Finding { results: vec![result], report: Some(Report::Plain(pdf::page(&heading, &lines))) })
}

fn entry(seed: u64, person: &Person, address: &InputAddress, parameters: &Parameters, unlike: bool) -> Value {
    let Person { first_name, surname, id_number } = person;
    let mut chance = Chance::of(seed, &["ekyc", id_number]);
    let word = |given: &str| match given {
        "" => "Not checked",
        _ if unlike => "None",
        _ => "Match",
    };
    let address_match = match word(&address.line1) {
        "Match" if address.post_code.is_empty() => "Partial",
        word => word,
    };
    let mut sources = Vec::new();
    if address_match != "None" {
        for (source, year) in [("Credit bureau", 2026), ("Telecoms", 2025), ("Deeds office", 2024)] {
            if sources.is_empty() || chance.below(3) > 0 {
                sources.push(json!({ "Source": source, "LastSeen": format!("{year}-{:02}-15", 1 + chance.below(2)) }));
            }
        }
    }
    json!({
        "IDNumber": id_number,
        "FirstName": first_name,
        "Surname": surname,
        "IdentityMatch": if unlike { "None" } else { "Match" },
        "SurnameMatch": if unlike { "None" } else { "Match" },
        "AddressMatch": address_match,
        "EmailMatch": word(parameters.get("InputEmail")),
        "TelephoneMatch": word(parameters.get("InputTelephone")),
        "EmployerMatch": word(parameters.get("InputEmployer")),
        "Sources": sources,
        "Score": if unlike { 12 } else { 78 + chance.below(22) },
        "Verdict": if unlike { "Review" } else { "Verified" },
    })
}
