//! Combined AML: whether a name stands on a list. The lists, the entries and the people are invented.

use serde_json::{Value, json};

use crate::bureau::{Finding, Refusal, Report};
use crate::chance::Chance;
use crate::faces;
use crate::parameters::Parameters;
use crate::pdf;
use crate::wishes::{Wish, Wishes};

struct List {
    name: &'static str,
    category: &'static str,
    reason: &'static str,
}

static LISTS: [List; 5] = [
    List { name: "Invented Sanctions List", category: "Sanctions", reason: "Assets frozen" },
    List { name: "Register of Invented Office Holders", category: "PEP", reason: "Member of a municipal council" },
    List { name: "Invented Debarment Register", category: "Watchlists", reason: "Debarred from public tenders" },
    List { name: "Simulated Court Roll", category: "Crimelists", reason: "Convicted of fraud" },
    List { name: "Invented Family and Associates", category: "PEP", reason: "Related to an office holder" },
];

/// The answer of the library's service.
pub(crate) fn answer(seed: u64, parameters: &Parameters, wishes: &Wishes) -> Result<Finding, Refusal> {
    let names = [parameters.need("FirstName")?, parameters.get("MiddleName"), parameters.need("LastName")?];
    let name = names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
    let result = entry(seed, &name, parameters.get("DateOfBirth"), wishes, true);
    let mut lines = vec!["Simulated: the lists are invented.".to_owned(), format!("Hits: {}", result["TotalHits"])];
    for hit in result["Hits"].as_array().into_iter().flatten() {
        let part = |name: &str| hit[name].as_str().unwrap_or_default().to_owned();
        lines.push(format!("{}, {}, {}", part("List"), part("Category"), hit["Score"]));
    }
    let report = Report::DataUri(pdf::page(&format!("Screening of {name}"), &lines));
    Ok(Finding { results: vec![result], report: Some(report) })
}

/// What is found of a name: one in four has hits, unless it is wished otherwise.
pub(crate) fn entry(seed: u64, name: &str, born: &str, wishes: &Wishes, with_photo: bool) -> Value {
    let mut chance = Chance::of(seed, &["screening", &name.to_lowercase()]);
    let listed = chance.below(4) == 0;
    let hits = if wishes.has(Wish::NoHits) || !(listed || wishes.has(Wish::Hits)) {
        Vec::new()
    } else {
        hits(&mut chance, seed, name, born, with_photo)
    };
    json!({
        "SearchName": name,
        "TotalHits": hits.len(),
        "HighestScore": hits.iter().filter_map(|hit| hit["Score"].as_u64()).max().unwrap_or(0),
        "Outcome": if hits.is_empty() { "No match" } else { "Possible match" },
        "ListsSearched": LISTS.iter().map(|list| list.name).collect::<Vec<_>>(),
        "Hits": hits,
    })
}

fn hits(chance: &mut Chance, seed: u64, name: &str, born: &str, with_photo: bool) -> Vec<Value> {
    let count = 1 + chance.below(3);
    let first = chance.below(5);
    (0..count)
        .filter_map(|index| LISTS.get(usize::try_from((first + index) % 5).ok()?))
        .map(|list| {
            let mut hit = json!({
                "Name": name,
                "List": list.name,
                "Category": list.category,
                "Score": 62 + chance.below(37),
                "MatchType": chance.pick(&["Exact", "Fuzzy", "Phonetic"]),
                "DateOfBirth": (!born.is_empty()).then_some(born),
                "Country": "ZA",
                "Reason": list.reason,
                "ListedOn": format!("20{}-0{}-1{}", 15 + chance.below(10), 1 + chance.below(9), chance.below(10)),
            });
            if with_photo {
                hit["Photo"] = faces::encoded(seed, &format!("{name} {}", list.name)).into();
            }
            hit
        })
        .collect()
}
