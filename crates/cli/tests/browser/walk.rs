//! The whole way of an operator, and of those who may not go it.

use std::net::Ipv4Addr;
use std::path::Path;

use dossier_simulator::Simulator;
use dossier_testkit::browser::Options;
use dossier_testkit::{Caller, Find};
use dossier_vault::MasterKey;
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::hand::{EMAIL, FIRST_NAME, ID_NUMBER, OPERATOR, Person, SURNAME, VIEWER};
use crate::{derived, scan};

const REFERENCE: &str = "Quaggafontein Wind Farm (Pty) Ltd";

/// Signs in, makes a request, runs Company KYC with a director, reads result and log, signs out.
async fn walk(person: &Person) {
    let browser = &person.browser;
    person.signs_in_as(OPERATOR).await.unwrap();
    person.makes_request(REFERENCE).await.unwrap();
    person.chooses_company_kyc().await.unwrap();
    browser.fill(Find::Label("Company name"), REFERENCE).await.unwrap();
    browser.fill(Find::Label("Registration number"), "2014/187452/07").await.unwrap();
    person.adds_director(ID_NUMBER).await.unwrap();
    person.sends_the_form().await.unwrap();

    browser.find(Find::Words("is in business")).await.unwrap();
    browser.find(Find::Words(&format!("{FIRST_NAME} {SURNAME}"))).await.unwrap();
    let page = person.source().await;
    assert!(!page.contains(ID_NUMBER), "an ID number is masked");
    assert!(page.contains("••••••••••089"), "its last three digits are shown");

    browser.click(Find::Css("nav.tabs a[href$='/logs']")).await.unwrap();
    browser.click(Find::Css("a.row-link")).await.unwrap();
    browser.find(Find::Words("0c4fb641-f410-4f2e-b06e-d43ea8a94e54")).await.unwrap();
    let page = person.source().await;
    assert!(page.contains("redacted"), "the token was taken out");
    for taken_out in [ID_NUMBER, FIRST_NAME, SURNAME, EMAIL] {
        assert!(!page.contains(taken_out), "{taken_out} was taken out");
    }
    let secret = client_secret(&person.folder.path().join("data"));
    assert!(!page.contains(&secret));
    person.signs_out().await.unwrap();
    browser.find(Find::Words("signed out")).await.unwrap();
}

pub(crate) fn client_secret(data: &Path) -> String {
    let key = MasterKey::from_text(&std::fs::read_to_string(data.join("master.key")).unwrap()).unwrap();
    derived::secret(&key, derived::CLIENT_SECRET).expose_secret().to_owned()
}

/// Asks a simulator for a token, as the connector does.
async fn token(simulator: &str, secret: &str) -> String {
    let form = [("grant_type", "client_credentials"), ("client_id", "dossier-demo"), ("client_secret", secret)];
    let reply = Caller::new(simulator).post("/auth/token", &form).await;
    assert_eq!(reply.status, 200, "the simulator takes the secret");
    serde_json::from_str::<Value>(&reply.text).unwrap()["access_token"].as_str().unwrap().to_owned()
}

/// The tokens that the demo's simulator has issued: another one with the same seed issues the same, in the same order.
async fn issued(demo: &str, secret: &str) -> Vec<String> {
    let last = token(demo, secret).await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let (client_id, client_secret) = ("dossier-demo".to_owned(), secret.to_owned());
    let twin = Simulator::start(listener, dossier_simulator::Options { seed: 1, client_id, client_secret });
    let mut tokens: Vec<String> = Vec::new();
    while tokens.last() != Some(&last) {
        assert!(tokens.len() < 100, "the twin issues the same tokens");
        tokens.push(token(&twin.url(), secret).await);
    }
    tokens
}

/// LOG-2, NFR-3: the walk with scripts, and then every byte that is left of it.
#[tokio::test]
async fn an_operator_checks_a_company_and_leaves_nothing_readable_on_disk() {
    let person = Person::with(Options::default()).await;
    walk(&person).await;
    let complaints = person.browser.complaints().await.unwrap();
    assert!(complaints.is_empty(), "{complaints:?}");

    let Person { browser, demo, folder } = person;
    browser.close().await.unwrap();
    let data = folder.path().join("data");
    let secret = client_secret(&data);
    let tokens = issued(&demo.said.simulator, &secret).await;
    assert!(tokens.len() > 1, "the demo used at least one, and the last is our own");
    let users = demo.said.users.clone();

    // While it runs, the write-ahead log beside the database holds what is new; afterwards the database does.
    let mut secrets = vec![secret, ID_NUMBER.to_owned(), FIRST_NAME.to_owned(), SURNAME.to_owned(), EMAIL.to_owned()];
    secrets.extend(tokens);
    secrets.extend(users.into_iter().map(|user| user.password));
    stand_nowhere(&data, &secrets);
    assert_eq!(demo.end_by("TERM").code, Some(0));
    stand_nowhere(&data, &secrets);

    for (number, spelling) in scan::spellings(&secrets[0]).into_iter().enumerate() {
        let control = data.join(format!("control-{number}"));
        std::fs::write(&control, format!("before {spelling} after")).unwrap();
        assert!(scan::found(&data, &secrets[0]).iter().any(|(path, _)| *path == control), "the scan finds {spelling}");
    }
}

fn stand_nowhere(data: &Path, secrets: &[String]) {
    for secret in secrets {
        assert_eq!(scan::found(data, secret), [], "{secret} stands nowhere");
    }
    assert!(!scan::found(data, REFERENCE).is_empty(), "the scan finds what does stand there");
}

#[tokio::test]
async fn an_operator_checks_a_company_without_scripts() {
    let person = Person::with(Options { javascript: false, ..Options::default() }).await;
    person.opens("/sign-in").await.unwrap();
    walk(&person).await;
}

#[tokio::test]
async fn a_viewer_reads_why_nothing_can_be_run() {
    let person = Person::with(Options::default()).await;
    person.signs_in_as(VIEWER).await.unwrap();
    person.browser.click(Find::Link("Kwantu Solar Components (Pty) Ltd")).await.unwrap();
    person.browser.find(Find::Words("kyc:execute")).await.unwrap();
    let request = person.browser.path().await.unwrap();
    assert!(!person.browser.has(Find::Link("Run Company KYC")).await.unwrap());
    assert!(!person.browser.has(Find::Button("Run Get Auth Token")).await.unwrap());

    person.opens(&format!("{request}/actions/company_kyc")).await.unwrap();
    person.browser.find(Find::Words("403")).await.unwrap();
    person.browser.find(Find::Words("kyc:execute")).await.unwrap();
}

#[tokio::test]
async fn whoever_is_not_let_in_reads_why() {
    let person = Person::with(Options::default()).await;
    let (browser, email) = (&person.browser, &person.demo.user(OPERATOR).email);
    person.signs_in_with(email, "not-the-password").await.unwrap();
    browser.find(Find::Css("[role=alert]")).await.unwrap();
    let typed = browser.find(Find::Label("E-mail address")).await.unwrap().prop("value").await.unwrap();
    assert_eq!(typed.as_ref(), Some(email), "nothing typed is lost");
    assert!(!person.source().await.contains("not-the-password"));

    person.holds_session("0000000000000000000000000000000000000000000").await;
    person.opens("/requests").await.unwrap();
    browser.find(Find::Label("Password")).await.unwrap();
    assert!(browser.path().await.unwrap().starts_with("/sign-in"), "an unknown session is none");
    browser.find(Find::Words("Your session has ended")).await.unwrap();

    person.signs_in_as(OPERATOR).await.unwrap();
    for nothing in ["/nothing", "/requests/00000000-0000-7000-8000-000000000000", "/requests/not-an-id"] {
        person.opens(nothing).await.unwrap();
        browser.find(Find::Words("There is nothing here")).await.unwrap();
    }
}
