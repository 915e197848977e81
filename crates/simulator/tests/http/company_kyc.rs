use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::bench::{LIBRARY, json_of, start};

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_company_comes_with_its_directors_and_a_report() {
    let bench = start().await;
    let (status, answer) = json_of(bench.company(&[("RegistrationNumber", "2014/123456/07")])).await;
    assert_eq!(status, 200);
    assert_eq!(keys(&answer), ["http_code", "status_message", "Results", "EncodedPDF", "TransactionID"]);
    assert_eq!((&answer["http_code"], &answer["status_message"]), (&json!(200), &json!("OK")));
    let company = &answer["Results"][0];
    assert_eq!(
        keys(company),
        [
            "CompanyName",
            "RegistrationNumber",
            "CompanyStatus",
            "CompanyType",
            "RegistrationDate",
            "FinancialYearEnd",
            "PhysicalAddress",
            "TaxNumber",
            "Directors"
        ]
    );
    assert_eq!(company["RegistrationNumber"], "2014/123456/07");
    assert_eq!(company["CompanyStatus"], "In Business");
    let date = company["RegistrationDate"].as_str().unwrap();
    assert!(date.len() == 10 && date.starts_with("2014-"), "{date}");
    assert_eq!(
        keys(&company["Directors"][0]),
        ["FullName", "FirstName", "Surname", "IDNumber", "AppointmentDate", "Status", "Check"]
    );
    let report = STANDARD.decode(answer["EncodedPDF"].as_str().unwrap()).unwrap();
    assert!(report.starts_with(b"%PDF-"));
}

#[tokio::test]
async fn the_listed_directors_and_the_given_name_come_back() {
    let bench = start().await;
    let list =
        json!([{ "IDNumber": "8001015009087", "FirstName": "Thandeka", "Surname": "O'Neil & Sons", "DoKYC": "Yes" }]);
    let query = [("CompanyName", "Kgotso Foods (Pty) Ltd"), ("InputDirectorList", &list.to_string())];
    let (_, answer) = json_of(bench.company(&query)).await;
    let company = &answer["Results"][0];
    assert_eq!(company["CompanyName"], "Kgotso Foods (Pty) Ltd");
    assert_eq!(company["Directors"].as_array().unwrap().len(), 1);
    let director = &company["Directors"][0];
    assert_eq!(director["FullName"], "Thandeka O'Neil & Sons");
    assert_eq!((&director["IDNumber"], &director["Check"]), (&json!("8001015009087"), &json!("Verified")));
}

#[tokio::test]
async fn what_is_not_found_is_said_under_http_200() {
    let bench = start().await;
    let (status, answer) = json_of(bench.company(&[("RegistrationNumber", "2014/123456/99")])).await;
    assert_eq!((status, &answer["http_code"]), (200, &json!(404)));
    assert_eq!(answer["status_message"], "Registration number not found at CIPC");
    assert_eq!(answer.get("Results"), None);
    let (status, answer) = json_of(bench.company(&[("CompanyName", "A"), ("InputDirectorList", "{")])).await;
    assert_eq!((status, &answer["http_code"]), (200, &json!(400)));
}

#[tokio::test]
async fn two_calls_find_the_same_company_in_two_transactions() {
    let bench = start().await;
    let query = [("CompanyName", "Kgotso Foods")];
    let ((_, first), (_, second)) = (json_of(bench.company(&query)).await, json_of(bench.company(&query)).await);
    assert_eq!(first["Results"], second["Results"]);
    assert_ne!(first["TransactionID"], second["TransactionID"]);
}

#[tokio::test]
async fn another_service_of_the_library_is_not_known() {
    let bench = start().await;
    let request = bench.post(LIBRARY).query(&[("id", "bdd053aa-0000-4000-8000-425fc5a165a8")]);
    let (status, answer) = json_of(request).await;
    assert_eq!((status, &answer["http_code"]), (404, &json!(404)));
}
