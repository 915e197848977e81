//! What goes wrong at the provider or on the way to it.

use std::time::Duration;

use dossier_domain::BuiltInRole;
use dossier_testkit::Desk;

use super::{NUMBER, form, outcome, run};

/// ACT-6, ACT-7, ACT-8
#[tokio::test]
async fn every_failure_is_a_sentence_and_stores_nothing() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    for (marker, said) in [
        ("redirect", "InTouch Secure Services gave an answer that was not expected (status 307)."),
        ("error-in-200", "InTouch Secure Services answered: “The source is not available”."),
    ] {
        let request = firm.request("Kwantu").await;
        let reference = format!("K sim:{marker}");
        let pairs = [("reference", reference.as_str()), ("registrationNumber", NUMBER)];
        let before = desk.calls("Company KYC");
        let words = outcome(&mut operator, request, "company_kyc", &pairs).await.words();
        assert!(words.contains(&format!("Company KYC failed. {said} Nothing was stored.")), "{marker}: {words}");
        assert!(words.contains("No result yet") && words.contains("Draft"), "{marker}: {words}");
        assert_eq!(desk.calls("Company KYC"), before + 1, "{marker}: a write is not repeated by itself");
        let log = operator.get(&format!("/requests/{request}/logs")).await;
        assert!(log.words().contains("POST"), "{marker}: the call stands in the log: {}", log.words());
    }
    assert_eq!(desk.calls("Redirected"), 0, "no redirect is followed");
}

/// LOG-1
#[tokio::test]
async fn a_token_that_was_withdrawn_is_replaced_once() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let pairs = [("reference", "K1 sim:401-once"), ("registrationNumber", NUMBER)];
    let page = outcome(&mut operator, request, "company_kyc", &pairs).await;
    assert!(page.words().contains("Company KYC succeeded."), "{}", page.words());
    let services: Vec<_> = desk.simulator.ledger().iter().map(|entry| (entry.service.clone(), entry.status)).collect();
    let told = |service: &str, status| (service.to_owned(), Some(status));
    let expected = [told("Token", 200), told("Company KYC", 401), told("Token", 200), told("Company KYC", 200)];
    assert_eq!(services, expected);
    let log = operator.get(&format!("/requests/{request}/logs")).await;
    assert_eq!(log.text.matches("class=\"row-link\"").count(), 4, "every call stands in the log");
    assert!(log.words().contains("attempt 2"), "{}", log.words());
}

/// ACT-10
#[tokio::test]
async fn a_write_without_a_whole_answer_is_unknown_and_runs_again_only_on_an_explicit_yes() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    for (marker, said) in [
        ("hang-up", "broke before the answer was complete."),
        ("truncated", "broke before the answer was complete."),
        ("timeout", "gave no whole answer within 5 seconds."),
        ("500", "cannot answer at the moment (status 500)."),
        ("malformed", "answered in a way that Dossier does not know (status 200)."),
    ] {
        let request = firm.request("Kwantu").await;
        let reference = format!("K sim:{marker}");
        let pairs = [("reference", reference.as_str()), ("registrationNumber", NUMBER)];
        let before = desk.calls("Company KYC");
        let words = outcome(&mut operator, request, "company_kyc", &pairs).await.words();
        assert!(words.contains("The outcome of Company KYC is unknown."), "{marker}: {words}");
        assert!(words.contains(said), "{marker}: {words}");
        assert!(words.contains("InTouch Secure Services may have done what was asked."), "{marker}: {words}");
        assert!(words.contains("Outcome unknown") && words.contains("Draft"), "{marker}: {words}");
        let later = operator.get(&format!("/requests/{request}")).await.words();
        assert!(later.contains("The outcome of Company KYC is unknown."), "it stays until it is known: {later}");

        let page = form(&mut operator, request, "company_kyc").await.words();
        assert!(page.contains("Nobody knows how the run of") && page.contains("and billed it"), "{page}");
        let again = [("reference", "K again"), ("registrationNumber", NUMBER)];
        let refused = run(&mut operator, request, "company_kyc", &again).await;
        assert_eq!(refused.status, 422, "{marker}");
        let words = refused.words();
        assert!(words.contains("Say yes to running Company KYC again: an earlier outcome is not known."), "{words}");
        assert!(refused.text.contains("name=\"_again\"") && refused.text.contains("value=\"K again\""));
        assert_eq!(desk.calls("Company KYC"), before + 1, "{marker}: nothing was sent without the yes");

        // Runs of one instant have no order.
        desk.clock.advance(Duration::from_secs(1));
        let yes = [&again[..], &[("_again", "true")]].concat();
        let words = outcome(&mut operator, request, "company_kyc", &yes).await.words();
        assert!(words.contains("Company KYC succeeded."), "{marker}: {words}");
        assert!(words.contains("The outcome of Company KYC is unknown."), "success does not settle it: {words}");
        let third = run(&mut operator, request, "company_kyc", &again).await.words();
        assert!(third.contains("Say yes to running Company KYC again"), "until then (ACT-10): {third}");
        let list = operator.get("/requests").await.words();
        assert!(list.contains("Outcome unknown"), "the list asks for somebody: {list}");
        assert_eq!(desk.calls("Company KYC"), before + 2, "{marker}");
    }
}
