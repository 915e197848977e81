//! What each step of a workflow finds, with its documents and images as pre-signed links.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::links::{Links, Paper};
use crate::people::Person;
use crate::wishes::{Wish, Wishes};
use crate::workflows::Pair;
use crate::{bank_account, population, screening};

/// Where the links of a step are made.
pub(crate) struct Desk<'a> {
    pub(crate) seed: u64,
    pub(crate) tracking: &'a str,
    pub(crate) links: &'a mut Links,
    pub(crate) now: OffsetDateTime,
}

impl Desk<'_> {
    /// What this step found of this person.
    pub(crate) fn result(&mut self, step: &str, person: &Person, pairs: &[Pair], wishes: &Wishes) -> Value {
        let Person { first_name, surname, id_number } = person;
        let full_name = format!("{first_name} {surname}");
        let text = |name: &str| Pair::find(pairs, name).unwrap_or_default();
        match step {
            "DHA" => {
                let mut result = population::entry(self.seed, person, wishes.has(Wish::Deceased));
                result["Photo"] = self.sign(step, Paper::Face(id_number.clone()), wishes).into();
                result
            }
            "Individual KYC" => {
                let matched = !wishes.has(Wish::NoMatch);
                let result = json!({
                    "IDNumber": id_number,
                    "FirstName": first_name,
                    "Surname": surname,
                    "AddressMatch": matched,
                    "Address": { "Line1": text("AddressLine1"), "City": text("City"), "PostalCode": text("PostalCode") },
                    "Sources": if matched { 3 } else { 0 },
                });
                self.with_report(result, step, &full_name, wishes)
            }
            "Screening" => {
                let searched = [text("FullName"), text("FirstAndLastName"), &full_name];
                let name = searched.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
                let mut result = screening::entry(self.seed, name, "", wishes, false);
                result["Matches"] = result["Hits"].take();
                if let Some(result) = result.as_object_mut() {
                    result.remove("Hits");
                }
                self.with_report(result, step, name, wishes)
            }
            "Bank account" => {
                let asked = ["Bank", "BankBranchCode", "BankAccountNumber", "BankAccountType"].map(text);
                bank_account::entry(self.seed, asked, wishes)
            }
            "Credit check" => self.with_report(
                json!({ "IDNumber": id_number, "Score": 642, "Band": "Average", "Defaults": 0, "Judgments": 0,
                    "Accounts": [{ "Type": "Retail", "Status": "Up to date", "OpenedOn": "2019-04-11" }] }),
                step,
                &full_name,
                wishes,
            ),
            "Credit pre-assessment" => json!({
                "IDNumber": id_number, "Score": 642, "Band": "Average", "Defaults": 0, "Recommendation": "Proceed",
            }),
            "Consumer trace" => json!({
                "IDNumber": id_number,
                "FirstName": first_name,
                "Surname": surname,
                "Telephones": [{ "Number": "+27110000017", "Kind": "Work", "LastSeen": "2025-11-03" }],
                "Addresses": [{ "Line1": "14 Jacaranda Street", "Suburb": "Hatfield", "City": "Pretoria",
                    "PostalCode": "0083", "LastSeen": "2025-08-19" }],
                "Employers": [{ "Name": "Kudu Ridge Trading (Pty) Ltd", "LastSeen": "2024-02-28" }],
            }),
            _ => json!({ "Outcome": "Done" }),
        }
    }

    fn with_report(&mut self, mut result: Value, step: &str, about: &str, wishes: &Wishes) -> Value {
        let lines = vec!["Simulated: no report of a bureau. The person is invented.".to_owned(), about.to_owned()];
        let url = self.sign(step, Paper::Report(step.to_owned(), lines), wishes);
        let name = format!("{}.pdf", step.to_lowercase().replace(' ', "-"));
        result["Documents"] = json!([{ "Name": name, "MediaType": "application/pdf", "Url": url }]);
        result
    }

    fn sign(&mut self, step: &str, paper: Paper, wishes: &Wishes) -> String {
        self.links.sign(&[self.tracking, step], paper, wishes, self.now)
    }
}
