//! Company KYC: its form, its result and its files.

use dossier_domain::BuiltInRole;
use dossier_testkit::Desk;

use super::{NUMBER, form, link, outcome, run, send};

const ID: &str = "8001015009087";

/// RESULT-3
#[tokio::test]
async fn a_result_says_when_it_ran_for_whom_and_how_long_the_provider_took() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let page =
        outcome(&mut operator, request, "company_kyc", &[("reference", "K1"), ("registrationNumber", NUMBER)]).await;
    let words = page.words();
    assert!(words.contains("Ran 23 Nov 2026, 14:00 by KYC Operator of Aloe Bank"), "{words}");
    let (_, took) = words.split_once("InTouch Secure Services took ").unwrap_or_else(|| panic!("{words}"));
    assert!(took.split(". ").next().is_some_and(|took| took.ends_with(" ms") || took.ends_with(" s")), "{took}");
}

/// ACT-3, ACT-4, ACT-7, RESULT-1, STATUS-2, STATUS-6
#[tokio::test]
async fn it_brings_the_company_and_its_directors() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu Solar Components (Pty) Ltd").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let pairs = [
        ("reference", "K1"),
        ("registrationNumber", NUMBER),
        ("directors[0].FirstName", "Naledi"),
        ("directors[0].Surname", "Khumalo"),
        ("directors[0].IDNumber", ID),
        ("directors[1].FirstName", ""),
    ];
    let page = outcome(&mut operator, request, "company_kyc", &pairs).await;
    let words = page.words();
    for said in ["Company KYC succeeded.", NUMBER, "is in business", "Directors", "Naledi Khumalo", "Pass", "Pending"] {
        assert!(words.contains(said), "{said} in {words}");
    }
    assert!(
        words.contains("by KYC Operator of Aloe Bank") && words.contains("InTouch Secure Services took"),
        "{words}"
    );
    assert!(words.contains("••••••••••087"), "PII-1: the ID number is masked in the table: {words}");
    assert!(!page.text.contains(ID), "PII-1");

    let raw = operator.get(&link(&page, &format!("/requests/{request}/results/"))).await;
    assert_eq!((raw.status, raw.header("content-type")), (200, "application/json"));
    assert!(raw.header("content-disposition").starts_with("attachment; filename=\"company_kyc.json\""));
    assert!(raw.text.contains("••••••••••087") && raw.text.contains("Khumalo") && !raw.text.contains(ID), "PII-1");

    let opens = link(&page, &format!("/requests/{request}/files/"));
    let opened = operator.get(&opens).await;
    assert!(opens.ends_with("/document") && words.contains("Open Download"), "{opens}: {words}");
    assert_eq!((opened.header("content-type"), opened.header("content-disposition")), ("application/pdf", "inline"));
    let pdf = operator.get(opens.trim_end_matches("/document")).await;
    assert_eq!((pdf.status, pdf.header("content-type")), (200, "application/pdf"));
    assert!(pdf.header("content-disposition").starts_with("attachment; filename=\"cipc-report.pdf\""));
    assert!(pdf.header("content-security-policy").contains("sandbox"), "a file never runs as one of our pages");
    assert!(pdf.text.starts_with("%PDF-1.") && pdf.text.trim_end().ends_with("%%EOF"));
    let deeds = firm.deeds().await;
    for (deed, times) in [("file.opened", 2), ("result.downloaded", 1)] {
        assert_eq!(deeds.iter().filter(|done| *done == deed).count(), times, "AUDIT-3: {deed} in {deeds:?}");
    }
    let list = operator.get("/requests").await.words();
    assert!(list.contains("Pending Pass"), "STATUS-6: {list}");
    assert_ne!(desk.keeps(ID), Some(true), "the ID number stands nowhere in clear");
}

/// ACT-3, ACT-5
#[tokio::test]
async fn its_form_knows_the_reference_and_takes_rows_in_and_out() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu \"Solar\"").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let page = form(&mut operator, request, "company_kyc").await;
    assert!(page.text.contains("name=\"reference\" required"), "required fields are marked");
    assert!(page.text.contains("value=\"Kwantu &#34;Solar&#34;\""), "the reference is there already");
    assert!(page.words().contains("bills each run"), "{}", page.words());
    assert!(page.text.contains("<option value=\"Admin Purpose\">"), "fixed choices are a drop-down");
    assert!(page.text.contains("<textarea id=\"enquiryReason\""), "long text gets a larger box");
    assert!(!page.text.contains("name=\"directors[0]"), "no row yet");

    let key = page.hidden("_key").to_owned();
    let typed = [("reference", "K1"), ("companyName", "<Kwantu>"), ("directors[0].Surname", "Khumalo")];
    let add = [&typed[..], &[("_add", "directors")]].concat();
    let page = send(&mut operator, request, "company_kyc", &key, &add).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("value=\"&#60;Kwantu&#62;\"") && page.text.contains("value=\"Khumalo\""));
    assert!(
        page.text.contains("name=\"directors[1].IDNumber\"") && !page.text.contains("name=\"directors[2].IDNumber\"")
    );
    assert_eq!(page.hidden("_key"), key, "still the same form");

    let remove = [&typed[..], &[("directors[1].Surname", "Botha"), ("_remove", "directors[0]")]].concat();
    let page = send(&mut operator, request, "company_kyc", &key, &remove).await;
    assert!(page.text.contains("name=\"directors[0].Surname\"") && page.text.contains("value=\"Botha\""));
    assert!(!page.text.contains("Khumalo") && !page.text.contains("name=\"directors[1].Surname\""));
    assert_eq!(firm.deeds().await.iter().filter(|deed| *deed == "run.started").count(), 0, "nothing has run");
}

/// ACT-3
#[tokio::test]
async fn refused_fields_are_named_where_they_stand_and_nothing_typed_is_lost() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let pairs = [
        ("reference", " "),
        ("companyName", "Kept <b>"),
        ("registrationNumber", "2014/1"),
        ("permissiblePurpose", "Curiosity"),
        ("directors[0].FirstName", "Kept too"),
        ("directors[0].IDNumber", "800101500908"),
        ("directors[0].EmailAddress", "nobody"),
    ];
    let page = run(&mut operator, request, "company_kyc", &pairs).await;
    assert_eq!(page.status, 422);
    let words = page.words();
    for said in [
        "Nothing was sent. Five fields need another look.",
        "Enter the reference.",
        "A registration number looks like 2014/187452/07.",
        "An ID number has 13 digits. This one has 12.",
        "Director 1, ID number",
    ] {
        assert!(words.contains(said), "{said} in {words}");
    }
    for (name, value) in pairs {
        if !value.trim().is_empty() && name != "permissiblePurpose" {
            let value = value.replace('<', "&#60;").replace('>', "&#62;");
            assert!(page.text.contains(&format!("value=\"{value}\"")), "{name} is still there");
        }
    }
    assert!(page.text.matches("aria-invalid=\"true\"").count() >= 5, "{}", page.text);
    assert_eq!(firm.deeds().await.iter().filter(|deed| *deed == "run.started").count(), 0);
    assert_eq!(desk.simulator.ledger().len(), 0, "nothing was sent");
}

/// ACT-6, ACT-7, ACT-9
#[tokio::test]
async fn an_error_under_a_good_status_is_quoted_and_the_earlier_result_stays() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    outcome(&mut operator, request, "company_kyc", &[("reference", "K1"), ("registrationNumber", NUMBER)]).await;
    let again = form(&mut operator, request, "company_kyc").await.words();
    assert!(again.contains("This has run before") && again.contains("which bills it again"), "{again}");

    let wrong = [("reference", "K2"), ("registrationNumber", "2014/187452/99")];
    let words = outcome(&mut operator, request, "company_kyc", &wrong).await.words();
    let said = "Company KYC failed. InTouch Secure Services answered: “Registration number not found at CIPC”. \
                Nothing was stored. The result of 23 Nov 2026, 14:00 stays.";
    assert!(words.contains(said), "{words}");
    assert!(words.contains(NUMBER) && words.contains("Directors"), "the earlier result is on show: {words}");
    let deeds = firm.deeds().await;
    assert_eq!(deeds.iter().filter(|deed| *deed == "output.saved").count(), 1, "{deeds:?}");
    assert_eq!(deeds.iter().filter(|deed| *deed == "run.failed").count(), 1, "{deeds:?}");
}

/// STATUS-1, STATUS-2
#[tokio::test]
async fn a_first_try_that_fails_leaves_the_request_a_draft() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let wrong = [("reference", "K2"), ("registrationNumber", "2014/187452/99")];
    let words = outcome(&mut operator, request, "company_kyc", &wrong).await.words();
    assert!(words.contains("Draft") && !words.contains("Pending"), "{words}");
    assert!(words.contains("No result yet"), "{words}");
}

/// STATUS-6: the last digit of the number says the company's status to the simulator.
#[tokio::test]
async fn what_the_register_says_is_the_verdict_of_the_request() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    for (number, verdict, said) in [
        ("2014/187452/07", "Pass", "is in business"),
        ("2014/187458/07", "Review", "is in business rescue"),
        ("2014/187459/07", "Fail", "is deregistered"),
    ] {
        let request = firm.request("Kwantu").await;
        let pairs = [("reference", "K1"), ("registrationNumber", number)];
        let words = outcome(&mut operator, request, "company_kyc", &pairs).await.words();
        assert!(words.contains(&format!("Pending Verdict: {verdict} Channel")), "{words}");
        assert!(words.contains(said), "{words}");
    }
}

/// ACCESS-4, ACT-11
#[tokio::test]
async fn a_viewer_sees_the_actions_and_why_they_cannot_be_run() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let page = viewer.get(&format!("/requests/{request}")).await;
    let words = page.words();
    for said in ["Get Auth Token", "Workflow Status", "Company KYC", "You can look, but not run.", "kyc:execute"] {
        assert!(words.contains(said), "{said} in {words}");
    }
    assert!(words.contains("Administrator of Aloe Bank can give it to you."), "{words}");
    assert!(!page.text.contains(&format!("/requests/{request}/actions/")), "nothing to press");
    for action in ["company_kyc", "get_auth_token", "workflow_status", "no_such_action"] {
        let page = send(&mut viewer, request, action, "key", &[("reference", "K1")]).await;
        assert_eq!(page.status, 403, "{action}");
        assert!(page.words().contains("kyc:execute"), "{action}: {}", page.words());
    }
    assert_eq!(desk.simulator.ledger().len(), 0);

    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let page = operator.get(&format!("/requests/{request}")).await;
    assert!(page.text.contains(&format!("/requests/{request}/actions/company_kyc")), "the control");
    assert_eq!(form(&mut operator, request, "no_such_action").await.status, 404);
}
