//! Running actions at the pages, against the simulator over real HTTP.

use dossier_domain::{BuiltInRole, RequestStatus, RunState};
use dossier_testkit::Desk;
use serde_json::json;

/// ACT-4, ACT-7, RESULT-1
#[tokio::test]
async fn company_kyc_brings_the_company_and_its_directors() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu Solar Components (Pty) Ltd").await;
    let run =
        firm.run(request, "company_kyc", json!({ "reference": "K1", "registrationNumber": "2014/187452/07" })).await;
    assert_eq!((run.state, run.message), (RunState::Succeeded, None));

    let page = firm.visitor(BuiltInRole::Viewer).await.get(&format!("/requests/{request}?run={}", run.id)).await;
    let words = page.words();
    assert!(words.contains("Company KYC succeeded."), "{words}");
    assert!(words.contains("2014/187452/07") && words.contains("Directors"), "{words}");
    assert!(words.contains("Pending"), "the first success starts the work: {words}");
    let _ = RequestStatus::Pending;
}
