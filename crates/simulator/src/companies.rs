//! Invented companies, and the bureau's answer about one.
//!
//! A company follows from the seed and its registration number, or from its name if no number is given: the same
//! question always finds the same company.
//!
//! - Registration numbers have the form `YYYY/NNNNNN/TT`. Other forms, and all that end in `/99`, are not found.
//! - TT says the type: 06 public, 07 private, 08 non profit, 10 external, 21 personal liability, 23 close corporation.
//! - The last N says the status: 8 `Business Rescue`, 9 `Deregistered`, otherwise `In Business`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Value, json};
use time::{Date, Duration, Month};

use crate::chance::Chance;
use crate::directors::{self, Director};
use crate::pdf;

/// What a Company KYC call asks, as its query has it.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Enquiry {
    pub(crate) registration_number: String,
    pub(crate) company_name: String,
    /// JSON as text.
    pub(crate) input_director_list: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Company {
    #[serde(rename = "CompanyName")]
    name: String,
    registration_number: String,
    #[serde(rename = "CompanyStatus")]
    status: &'static str,
    #[serde(rename = "CompanyType")]
    kind: &'static str,
    #[serde(serialize_with = "as_text")]
    registration_date: Date,
    financial_year_end: &'static str,
    physical_address: String,
    tax_number: String,
    directors: Vec<Director>,
}

/// `2014-09-17`.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over so")]
pub(crate) fn as_text<S: serde::Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}

/// The bureau's answer, all of it under HTTP 200: `http_code` in it says what came of the question.
pub(crate) fn answer(seed: u64, enquiry: &Enquiry, transaction: &str) -> Value {
    let refusal = |code: u16, message: &str| json!({ "http_code": code, "status_message": message, "TransactionID": transaction });
    let (number, name) = (enquiry.registration_number.trim(), enquiry.company_name.trim());
    if number.is_empty() && name.is_empty() {
        return refusal(400, "RegistrationNumber or CompanyName is required");
    }
    let mut chance = match number {
        "" => Chance::of(seed, &["company", &name.to_lowercase()]),
        _ => Chance::of(seed, &["registration", number]),
    };
    let number = if number.is_empty() { invent_number(&mut chance) } else { number.to_owned() };
    let Some(registration) = Registration::parse(&number) else {
        return refusal(404, "Registration number not found at CIPC");
    };
    let registered = registration.date(&mut chance);
    let listed = enquiry.input_director_list.trim();
    let directors = if listed.is_empty() {
        directors::invent(&mut chance, registered)
    } else {
        match directors::from_list(&mut chance, registered, listed) {
            Ok(directors) => directors,
            Err(message) => return refusal(400, message),
        }
    };
    let invented_name = invent_name(&mut chance, registration.kind.1);
    let company = Company {
        name: if name.is_empty() { invented_name } else { name.to_owned() },
        status: registration.status(),
        kind: registration.kind.0,
        registration_number: number,
        registration_date: registered,
        financial_year_end: chance.pick(&["February", "February", "June", "December", "March"]),
        physical_address: invent_address(&mut chance),
        tax_number: format!("9{:09}", chance.below(1_000_000_000)),
        directors,
    };
    let report = STANDARD.encode(report(&company));
    json!({
        "http_code": 200,
        "status_message": "OK",
        "Results": [company],
        "EncodedPDF": report,
        "TransactionID": transaction,
    })
}

/// A registration number that the register knows.
struct Registration {
    year: i32,
    last_digit: u8,
    /// The type of company, and how its name ends.
    kind: (&'static str, &'static str),
}

impl Registration {
    fn parse(number: &str) -> Option<Self> {
        let bytes = number.as_bytes();
        let shape = bytes.iter().enumerate().all(|(place, byte)| match place {
            4 | 11 => *byte == b'/',
            _ => byte.is_ascii_digit(),
        });
        if bytes.len() != 14 || !shape {
            return None;
        }
        let year: i32 = number[..4].parse().ok().filter(|year| (1900..=2099).contains(year))?;
        let kind = match &number[12..] {
            "06" => ("Public Company", "Ltd"),
            "07" => ("Private Company", "(Pty) Ltd"),
            "08" => ("Non Profit Company", "NPC"),
            "10" => ("External Company", "Inc"),
            "21" => ("Personal Liability Company", "Inc"),
            "23" => ("Close Corporation", "CC"),
            _ => return None,
        };
        Some(Self { year, last_digit: bytes[10] - b'0', kind })
    }

    fn status(&self) -> &'static str {
        match self.last_digit {
            8 => "Business Rescue",
            9 => "Deregistered",
            _ => "In Business",
        }
    }

    fn date(&self, chance: &mut Chance) -> Date {
        let new_year = Date::from_calendar_date(self.year, Month::January, 1).unwrap_or(Date::MIN);
        new_year + Duration::days(i64::from(chance.below(365)))
    }
}

fn invent_number(chance: &mut Chance) -> String {
    format!("{}/{:06}/07", 1995 + chance.below(29), 100_000 + chance.below(900_000))
}

fn invent_name(chance: &mut Chance, ending: &str) -> String {
    let first = chance.pick(&[
        "Kudu Ridge",
        "Umhlanga",
        "Bloukrans",
        "Tsitsikamma",
        "Marula",
        "Karoo Sky",
        "Thuthuka",
        "Kgotso",
        "Protea Bay",
        "Ubuntu Lane",
        "Drakensview",
        "Lesedi",
    ]);
    let trade = chance.pick(&[
        "Logistics",
        "Trading",
        "Engineering",
        "Foods",
        "Holdings",
        "Textiles",
        "Solar",
        "Properties",
        "Consulting",
        "Farming",
        "Motors",
        "Software",
    ]);
    format!("{first} {trade} {ending}")
}

fn invent_address(chance: &mut Chance) -> String {
    let street = chance.pick(&["Jacaranda", "Acacia", "Kiepersol", "Umdoni", "Wild Fig", "Marula", "Milkwood", "Aloe"]);
    let kind = chance.pick(&["Street", "Avenue", "Road", "Crescent"]);
    let place = chance.pick(&[
        "Hatfield, Pretoria, 0083",
        "Rosebank, Johannesburg, 2196",
        "Observatory, Cape Town, 7925",
        "Musgrave, Durban, 4001",
        "Westdene, Bloemfontein, 9301",
        "Walmer, Gqeberha, 6070",
        "Bendor, Polokwane, 0699",
        "Riverside Park, Mbombela, 1200",
        "Hadison Park, Kimberley, 8301",
        "Baysville, East London, 5241",
    ]);
    format!("{} {street} {kind}, {place}", 1 + chance.below(250))
}

fn report(company: &Company) -> Vec<u8> {
    let mut lines = vec![
        "Simulated: no document of the CIPC. The company and its people are invented.".to_owned(),
        String::new(),
        format!("Registration number: {}", company.registration_number),
        format!("Status: {}", company.status),
        format!("Type: {}", company.kind),
        format!("Registered: {}", company.registration_date),
        format!("Address: {}", company.physical_address),
        String::new(),
        "Directors".to_owned(),
    ];
    // More would run off the one page.
    lines.extend(company.directors.iter().take(30).map(Director::line));
    pdf::page(&company.name, &lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(number: &str, name: &str) -> Value {
        let enquiry = Enquiry {
            registration_number: number.to_owned(),
            company_name: name.to_owned(),
            input_director_list: String::new(),
        };
        answer(1, &enquiry, "t")
    }

    #[test]
    fn the_same_question_finds_the_same_company() {
        assert_eq!(ask("2014/123456/07", ""), ask(" 2014/123456/07 ", ""));
        assert_eq!(
            ask("", "Kgotso Foods")["Results"][0]["TaxNumber"],
            ask("", "KGOTSO foods")["Results"][0]["TaxNumber"]
        );
        assert_ne!(ask("2014/123456/07", "")["Results"], ask("2014/123457/07", "")["Results"]);
    }

    #[test]
    fn a_name_is_echoed_and_the_number_still_decides() {
        let (named, unnamed) = (ask("2014/123456/07", "Elsabé & Seuns"), ask("2014/123456/07", ""));
        assert_eq!(named["Results"][0]["CompanyName"], "Elsabé & Seuns");
        assert_eq!(named["Results"][0]["Directors"], unnamed["Results"][0]["Directors"]);
        assert_eq!(named["Results"][0]["PhysicalAddress"], unnamed["Results"][0]["PhysicalAddress"]);
    }

    #[test]
    fn the_number_says_year_type_and_status() {
        let company = |number| ask(number, "")["Results"][0].clone();
        let rescue = company("2014/123458/07");
        assert!(rescue["RegistrationDate"].as_str().unwrap().starts_with("2014-"));
        assert_eq!(
            (&rescue["CompanyStatus"], &rescue["CompanyType"]),
            (&json!("Business Rescue"), &json!("Private Company"))
        );
        assert_eq!(company("1998/000019/23")["CompanyStatus"], "Deregistered");
        assert_eq!(company("1998/000019/23")["CompanyType"], "Close Corporation");
        assert_eq!(company("2014/123450/06")["CompanyStatus"], "In Business");
    }

    #[test]
    fn other_numbers_are_not_found() {
        let not_found = json!({ "http_code": 404, "status_message": "Registration number not found at CIPC", "TransactionID": "t" });
        for number in
            ["2014/123456/99", "2014/123456", "2014-123456-07", "201é/12345/07", "1899/123456/07", "2014/123456/55"]
        {
            assert_eq!(ask(number, "Some name"), not_found, "{number}");
        }
        assert_eq!(ask(" ", "")["http_code"], 400);
    }

    #[test]
    fn an_invented_registration_number_is_one_that_is_found() {
        for n in 0..200 {
            let found = ask("", &format!("Company {n}"));
            let number = found["Results"][0]["RegistrationNumber"].as_str().unwrap();
            assert_eq!(ask(number, "")["http_code"], 200, "{number}");
        }
    }

    #[test]
    fn the_report_is_a_pdf_with_the_name_of_the_company() {
        let found = ask("2014/123456/07", "Kgotso Foods (Pty) Ltd");
        let pdf = STANDARD.decode(found["EncodedPDF"].as_str().unwrap()).unwrap();
        let pdf = String::from_utf8(pdf).unwrap();
        assert!(pdf.starts_with("%PDF-"));
        assert!(pdf.contains(r"(Kgotso Foods \(Pty\) Ltd) Tj"));
    }
}
