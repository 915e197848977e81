//! The services of the library beside Company KYC.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::bench::{LIBRARY, json_of, start};

const DHA: &str = "bdd053aa-239b-4f4c-96e3-425fc5a165a8";
const EKYC: &str = "eca10fd3-791d-4d3e-a3a7-b5ca57b67968";
const AML: &str = "fbfdb214-8d5b-417e-b49b-7afb0c0d7b78";
const BANK: &str = "a81c2585-5ab6-460c-ae47-782015c1805b";
const ID: (&str, &str) = ("IDNumber", "8001015009087");

#[tokio::test]
async fn dha_knows_a_person_and_shows_a_face_as_a_data_uri() {
    let bench = start().await;
    let (status, answer) = json_of(bench.library(DHA, "Naidoo", &[ID])).await;
    assert_eq!((status, &answer["http_code"]), (200, &json!(200)));
    let person = &answer["Results"][0];
    assert_eq!((&person["DateOfBirth"], &person["Gender"]), (&json!("1980-01-01"), &json!("Male")));
    assert_eq!(person["LifeStatus"], "Alive");
    let photo = person["Photo"].as_str().unwrap().strip_prefix("data:image/png;base64,").unwrap();
    assert!(STANDARD.decode(photo).unwrap().starts_with(b"\x89PNG"));
    let entry = bench.last();
    assert_eq!((entry.service.as_str(), entry.charged), ("DHA with photo", true));
    assert!(entry.names.contains(&"IDNumber".to_owned()));
    let (_, dead) = json_of(bench.library(DHA, "sim:deceased", &[ID])).await;
    assert_eq!(dead["Results"][0]["LifeStatus"], "Deceased");
    let (_, nobody) = json_of(bench.library(DHA, "sim:not-found", &[ID])).await;
    assert_eq!((&nobody["http_code"], bench.last().charged), (&json!(404), false));
}

#[tokio::test]
async fn ekyc_compares_what_was_given_and_brings_a_report() {
    let bench = start().await;
    let query = [
        ID,
        ("InputPerson", r#"{"IDNumber":"8001015009087","FirstName":"Refilwe","Surname":"Kekana"}"#),
        ("InputAddress", r#"{"Line1":"1 Aloe Road","PostCode":"0083"}"#),
        ("InputEmail", "r@example.com"),
    ];
    let (_, answer) = json_of(bench.library(EKYC, "Naidoo", &query)).await;
    let result = &answer["Results"][0];
    assert_eq!((&result["Surname"], &result["AddressMatch"]), (&json!("Kekana"), &json!("Match")));
    assert_eq!((&result["EmailMatch"], &result["EmployerMatch"]), (&json!("Match"), &json!("Not checked")));
    assert!(STANDARD.decode(answer["EncodedPDF"].as_str().unwrap()).unwrap().starts_with(b"%PDF-"));
    let (_, unlike) = json_of(bench.library(EKYC, "sim:no-match", &query)).await;
    assert_eq!(unlike["Results"][0]["Verdict"], "Review");
    let (_, broken) = json_of(bench.library(EKYC, "Naidoo", &[ID, ("InputAddress", "{")])).await;
    assert_eq!(broken["status_message"], "InputAddress is not the JSON it should be");
}

#[tokio::test]
async fn aml_finds_hits_with_lists_and_scores_or_none() {
    let bench = start().await;
    let name = [("FirstName", "Refilwe"), ("LastName", "Kekana"), ("IncludeDeceasedPersons", "No")];
    let (_, answer) = json_of(bench.library(AML, "sim:hits", &name)).await;
    let result = &answer["Results"][0];
    let hits = result["Hits"].as_array().unwrap();
    assert_eq!(result["TotalHits"], json!(hits.len()));
    for hit in hits {
        assert!(hit["List"].is_string() && hit["Score"].as_u64().unwrap() <= 100, "{hit}");
        assert!(STANDARD.decode(hit["Photo"].as_str().unwrap()).unwrap().starts_with(b"\x89PNG"));
    }
    assert!(!hits.is_empty() && answer["EncodedPDF"].as_str().unwrap().starts_with("data:application/pdf;base64,"));
    let (_, none) = json_of(bench.library(AML, "sim:no-hits", &name)).await;
    assert_eq!((&none["Results"][0]["TotalHits"], &none["Results"][0]["Hits"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn a_bank_account_is_verified_or_closed() {
    let bench = start().await;
    let account = [("BankAccountNumber", "62001234567"), ("Bank", "Invented Bank")];
    let (_, open) = json_of(bench.library(BANK, "Naidoo", &account)).await;
    assert_eq!(open["Results"][0]["Message"], "Account verified");
    let (_, closed) = json_of(bench.library(BANK, "sim:account-closed", &account)).await;
    assert_eq!(closed["Results"][0]["AccountOpen"], "No");
}

#[tokio::test]
async fn what_is_missing_is_named_and_nothing_is_charged() {
    let bench = start().await;
    for (request, message) in [
        (bench.post(LIBRARY).query(&[("id", DHA)]), "PermissiblePurpose is required"),
        (
            bench.post(LIBRARY).query(&[("id", DHA), ("PermissiblePurpose", "Curiosity")]),
            "PermissiblePurpose is not one of the permitted",
        ),
        (bench.library(DHA, "a", &[]), "IDNumber is required"),
        (bench.library(DHA, "a", &[("IDNumber", "8001015009088")]), "IDNumber is not a valid ID number"),
        (bench.library(AML, "a", &[("FirstName", "Refilwe")]), "LastName is required"),
        (
            bench.library(BANK, "a", &[("BankAccountNumber", "12")]),
            "BankAccountNumber is not a number of 6 to 16 digits",
        ),
    ] {
        let (status, answer) = json_of(request).await;
        assert_eq!((status, &answer["http_code"], &answer["status_message"]), (200, &json!(400), &json!(message)));
        assert!(!bench.last().charged);
    }
    assert_eq!(json_of(bench.library(DHA, "a", &[ID]).json(&json!({}))).await.0, 400, "a body is not wanted");
}
