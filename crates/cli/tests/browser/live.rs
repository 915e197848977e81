//! Pages that follow what happens, in Chromium. The portal is one of the test's own process, so that it can be asked how
//! many streams are open, and so that there are two tenants.

use dossier_app::news;
use dossier_domain::BuiltInRole;
use dossier_testkit::{Browser, Desk, Find, PASSWORD};
use serde_json::{Value, json};

use crate::portal::Portal;

async fn stays(browser: &Browser) {
    assert_eq!(browser.run("return window.stays").await.unwrap(), true, "the page was not loaded again");
    let complaints = browser.complaints().await.unwrap();
    let own = complaints.iter().filter(|words| !words.contains("Transition was skipped"));
    assert_eq!(own.collect::<Vec<_>>(), Vec::<&String>::new());
}

/// What is said to those who hear the page.
async fn said(browser: &Browser, words: &str) {
    let script = "return document.querySelector('body > p[role=status]')?.textContent ?? ''";
    let until = format!("{words} is said");
    let told = browser.wait_for(&until, async |client| {
        Ok(client.execute(script, Vec::new()).await?.as_str().is_some_and(|told| told.contains(words)))
    });
    told.await.unwrap();
}

/// Waits until so many streams are open.
async fn streams(desk: &Desk, count: usize) {
    desk.until(&format!("{count} streams are open"), |desk| news::streams(&desk.app) == count).await;
}

fn company() -> Value {
    json!({ "reference": "K1", "registrationNumber": "2014/187452/07" })
}

/// TENANT-1, ACT-6
#[tokio::test]
async fn a_new_request_and_the_end_of_a_run_show_in_every_browser_of_the_tenant_and_in_no_other() {
    let desk = Desk::open().await;
    let (firm, other) = (desk.firm("Aloe Bank").await, desk.firm("Fynbos Trust").await);
    let first = firm.request("Sneeuberg Wool").await;
    other.request("Their first").await;
    let portal = Portal::open(&desk.app, "127.0.0.1:0").await;
    let list = portal.person(&firm, BuiltInRole::Viewer, "/requests").await;
    let request = portal.person(&firm, BuiltInRole::Operator, &format!("/requests/{first}")).await;
    let foreign = portal.person(&other, BuiltInRole::Administrator, "/requests").await;
    streams(&desk, 3).await;

    firm.request("Kwantu Solar").await;
    list.find(Find::Link("Kwantu Solar")).await.unwrap();
    said(&list, "New: Kwantu Solar").await;
    firm.run(first, "company_kyc", company()).await;
    request.find(Find::Words("Directors")).await.unwrap();
    said(&request, "Company KYC: now succeeded").await;
    list.find(Find::Css("tr[data-fresh] .pill[data-tone]")).await.unwrap();
    said(&list, "Sneeuberg Wool: now").await;

    other.request("Their second").await;
    foreign.find(Find::Link("Their second")).await.unwrap();
    let seen = foreign.run("return document.documentElement.textContent").await.unwrap();
    assert!(!seen.as_str().unwrap().contains("Kwantu"), "nothing of another tenant");
    for browser in [&list, &request, &foreign] {
        stays(browser).await;
    }
}

/// What a person does to a page stays: focus, what is unfolded, and above all what was typed.
#[tokio::test]
async fn what_a_person_has_typed_unfolded_and_focused_outlasts_what_happens() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu Solar").await;
    let portal = Portal::open(&desk.app, "127.0.0.1:0").await;
    let browser = portal.person(&firm, BuiltInRole::Operator, "/requests").await;
    browser.run("document.querySelector('.row-link').focus()").await.unwrap();
    firm.request("Sneeuberg Wool").await;
    browser.find(Find::Link("Sneeuberg Wool")).await.unwrap();
    assert_eq!(browser.run("return document.activeElement.textContent").await.unwrap(), "Kwantu Solar");
    stays(&browser).await;

    portal.stand(&browser, &format!("/requests/{request}")).await;
    browser.click(Find::Css("details.menu > summary")).await.unwrap();
    firm.run(request, "company_kyc", company()).await;
    browser.find(Find::Words("Directors")).await.unwrap();
    assert_eq!(browser.run("return document.querySelector('details.menu').open").await.unwrap(), true);
    stays(&browser).await;

    let notes = format!("/requests/{request}/notes");
    portal.stand(&browser, &notes).await;
    browser.fill(Find::Css("textarea"), "Half a thought").await.unwrap();
    let mut colleague = firm.visitor(BuiltInRole::Manager).await;
    let key = colleague.get(&notes).await.hidden("_key").to_owned();
    let added = colleague.post(&notes, &[("_key", key.as_str()), ("note", "Seen at the branch.")]).await;
    assert_eq!(added.status, 303, "{}", added.words());
    browser.find(Find::Words("Seen at the branch.")).await.unwrap();
    let typed = "const area = document.querySelector('textarea'); return [area.value, area === document.activeElement]";
    assert_eq!(browser.run(typed).await.unwrap(), json!(["Half a thought", true]));
    stays(&browser).await;

    desk.misbehave("hang-up", "/injection").await;
    let basic = json!({ "workflow": "basic", "idNumber": "8001015009087", "reference": "K2" });
    let unknown = firm.run(request, "run_workflow", basic).await.id;
    let run = format!("/requests/{request}/runs/{unknown}");
    portal.stand(&browser, &run).await;
    browser.fill(Find::Css("form.form [name=reason]"), "I was about to say").await.unwrap();
    let fields = [("ended", "failed"), ("reason", "The provider has said so.")];
    assert_eq!(colleague.post(&format!("{run}/settle"), &fields).await.status, 303);
    browser.find(Find::Words("This page has changed since.")).await.unwrap();
    let typed = "return document.querySelector('form.form [name=reason]').value";
    assert_eq!(browser.run(typed).await.unwrap(), "I was about to say");
    stays(&browser).await;
    browser.click(Find::Link("Show the page as it is now")).await.unwrap();
    browser.find(Find::Words("The provider has said so.")).await.unwrap();
    assert!(!browser.has(Find::Css("form.form")).await.unwrap(), "there is nothing to say any more");
}

#[tokio::test]
async fn a_page_out_of_sight_holds_no_stream_and_catches_up_when_it_is_back() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.request("Kwantu Solar").await;
    let portal = Portal::open(&desk.app, "127.0.0.1:0").await;
    let browser = portal.person(&firm, BuiltInRole::Viewer, "/requests").await;
    streams(&desk, 1).await;
    let page = browser.client().window().await.unwrap();
    browser.client().minimize_window().await.unwrap();
    browser
        .wait_for("the page is out of sight", async |client| {
            Ok(client.execute("return document.hidden", Vec::new()).await? == true)
        })
        .await
        .unwrap();
    streams(&desk, 0).await;
    firm.request("Sneeuberg Wool").await;
    assert!(!browser.run("return document.body.textContent").await.unwrap().as_str().unwrap().contains("Sneeuberg"));
    browser.client().set_window_rect(0, 0, 1280, 900).await.unwrap();
    browser.client().switch_to_window(page).await.unwrap();
    browser.find(Find::Link("Sneeuberg Wool")).await.unwrap();
    streams(&desk, 1).await;
    stays(&browser).await;
}

#[tokio::test]
async fn a_page_recovers_when_its_server_was_away_and_says_when_the_sign_in_has_ended() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.request("Kwantu Solar").await;
    let portal = Portal::open(&desk.app, "127.0.0.1:0").await;
    let browser = portal.person(&firm, BuiltInRole::Viewer, "/requests").await;
    streams(&desk, 1).await;
    let address = portal.address.to_string();
    portal.close().await;
    firm.request("Sneeuberg Wool").await;
    let next = desk.another_process().await;
    let portal = Portal::open(&next, &address).await;
    browser.find(Find::Link("Sneeuberg Wool")).await.unwrap();
    assert_eq!(browser.run("return window.stays").await.unwrap(), true);

    let mut elsewhere = firm.visitor(BuiltInRole::Viewer).await;
    assert_eq!(elsewhere.post("/account/sessions/end", &[("password", PASSWORD)]).await.status, 303);
    browser.find(Find::Words("Your session has ended")).await.unwrap();
    portal.close().await;
}
