//! Each kind of deed leaves its event, with its words.

use dossier_app::setup;
use dossier_domain::Email;
use dossier_testkit::{Firm, PASSWORD};

use super::*;

/// What the log says, over all of its pages.
async fn log(firm: &Firm<'_>) -> String {
    let mut auditor = firm.visitor(BuiltInRole::Auditor).await;
    let mut words = String::new();
    let mut next = Some(LOG.to_owned());
    while let Some(path) = next {
        let page = auditor.get(&path).await;
        words.push_str(&page.words());
        next = link(&page, "next");
    }
    words
}

/// AUDIT-1
#[tokio::test]
async fn sign_ins_good_and_bad_are_told_with_whose_they_were_and_from_where() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    assert_eq!(viewer.post("/sign-out", &[("", "")]).await.status, 303);
    let email = firm.email(BuiltInRole::Manager);
    let refused = viewer.post("/sign-in", &[("email", email.as_str()), ("password", "not the password")]).await;
    assert_eq!(refused.status, 422, "{}", refused.words());
    firm.deactivate(BuiltInRole::Operator).await;
    let email = firm.email(BuiltInRole::Operator);
    viewer.post("/sign-in", &[("email", email.as_str()), ("password", PASSWORD)]).await;
    let log = log(&firm).await;
    for says in [
        "KYC Viewer of Aloe Bank signed in From 127.0.0.1",
        "KYC Viewer of Aloe Bank signed out From 127.0.0.1",
        "Somebody tried to sign in as KYC Manager of Aloe Bank and was refused From 127.0.0.1",
        "Somebody tried to sign in as KYC Operator of Aloe Bank and was refused",
    ] {
        assert!(log.contains(says), "{says}: {log}");
    }
}

/// AUDIT-1
#[tokio::test]
async fn what_the_operator_does_to_users_roles_and_the_licence_is_told_with_before_and_after() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let person = setup::find_user(&desk.app, &Email::parse(&firm.email(BuiltInRole::Viewer)).unwrap()).await.unwrap();
    setup::set_roles(&desk.app, &person, &["kyc-manager"]).await.unwrap();
    setup::deactivate(&desk.app, &person).await.unwrap();
    setup::activate(&desk.app, &person).await.unwrap();
    setup::reset(&desk.app, &person, &"another long password".into()).await.unwrap();
    let end = dossier_domain::Timestamp::from_micros(1_830_290_400_000_000);
    firm.license(&[("kyc", None), ("kyc-intouch", Some(end))]).await;
    setup::rename_tenant(&desk.app, firm.tenant, "Aloe Savings").await.unwrap();
    let log = log(&firm).await;
    let name = "KYC Viewer of Aloe Bank";
    for says in [
        "The operator added this tenant From command line".to_owned(),
        format!("The operator added {name}"),
        format!("The operator changed the roles of {name} Roles: from “KYC Viewer” to “KYC Manager”"),
        format!("The operator deactivated {name}"),
        format!("The operator activated {name} again"),
        format!("The operator gave {name} another password"),
        "The operator changed the licence Modules: from “module kyc, module kyc-intouch” to “".to_owned(),
        "The operator gave this tenant another name Name: from “Aloe Bank” to “Aloe Savings”".to_owned(),
    ] {
        assert!(log.contains(&says), "{says}: {log}");
    }
    let mut auditor = firm.visitor(BuiltInRole::Auditor).await;
    let page = opened(&mut auditor, LOG, "The operator changed the licence").await.words();
    assert!(page.contains("module kyc-intouch until 1 Jan 2028, 00:00"), "in the tenant's zone: {page}");
}

/// AUDIT-1, AUDIT-3
#[tokio::test]
async fn requests_runs_results_files_and_exports_are_told() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu Solar").await;
    firm.run(request, "company_kyc", json!({ "reference": "K1", "registrationNumber": NUMBER })).await;
    firm.run(request, "company_kyc", json!({ "reference": "K sim:error-in-200", "registrationNumber": NUMBER })).await;
    let picture = firm.attach(request, "selfie.png", "image/png", &dossier_testkit::picture::png("selfie")).await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let here = format!("/requests/{request}");
    let (page, logs) = (viewer.get(&here).await, viewer.get(&format!("{here}/logs")).await);
    let id = |page: &Page, before: &str| page.text.split_once(before).unwrap().1[..36].to_owned();
    for path in [
        format!("{here}/files/{picture}/image"),
        format!("{here}/results/{}/raw", id(&page, "/results/")),
        format!("{here}/logs/{}/response", id(&logs, "?open=")),
        "/requests.csv".to_owned(),
    ] {
        assert_eq!(viewer.get(&path).await.status, 200, "{path}");
    }
    assert_eq!(viewer.get(&format!("{here}/logs/{}/neither", id(&logs, "?open="))).await.status, 404);
    let log = log(&firm).await;
    let (who, viewer) = ("KYC Operator of Aloe Bank", "KYC Viewer of Aloe Bank");
    for says in [
        format!("{who} created the request Kwantu Solar"),
        format!("{who} started Company KYC in Kwantu Solar From this server"),
        format!("{who} got a result of Company KYC in Kwantu Solar"),
        format!("{who} had Company KYC fail in Kwantu Solar"),
        format!("{who} got another verdict for Kwantu Solar Verdict: from “none” to “pass”"),
        format!("{viewer} opened the file selfie.png of Kwantu Solar From 127.0.0.1"),
        format!("{viewer} downloaded the answer to Company KYC in Kwantu Solar"),
        format!("{viewer} downloaded what a call of Kwantu Solar carried"),
        format!("{viewer} exported the list of requests"),
        "KYC Manager of Aloe Bank added the channel InTouch main".to_owned(),
    ] {
        assert!(log.contains(&says), "{says}: {log}");
    }
}

/// AUDIT-2
#[tokio::test]
async fn what_cannot_be_written_down_is_not_opened_exported_or_saved() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu Solar").await;
    let picture = firm.attach(request, "selfie.png", "image/png", &dossier_testkit::picture::png("selfie")).await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let settings =
        [("_version", "1"), ("name", "Another"), ("time_zone", "Africa/Johannesburg"), ("dates", "day-month")];
    let file = format!("/requests/{request}/files/{picture}");
    desk.database.refuse("INSERT", "audit_event", "1 = 1").await;
    for path in [file.as_str(), "/requests.csv", "/settings/audit.csv"] {
        let page = administrator.get(path).await;
        assert_eq!(page.status, 500, "{path}");
        assert!(!page.text.contains("Kwantu") && !page.text.contains("PNG"), "{path}: {}", page.text);
    }
    assert_eq!(administrator.post("/settings/general", &settings).await.status, 500);
    assert!(!administrator.get("/requests").await.words().contains("Another"), "the name is as it was");
    desk.database.accept("audit_event").await;
    for path in [file.as_str(), "/requests.csv", "/settings/audit.csv"] {
        assert_eq!(administrator.get(path).await.status, 200, "the control: {path}");
    }
    assert_eq!(administrator.post("/settings/general", &settings).await.status, 303, "the control");
}
