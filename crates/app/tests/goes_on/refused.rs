//! A database or a folder of files that takes nothing more, as when a disk is full, at each stage of a run: nothing is sent
//! that has no row, and what was sent is neither lost nor sent again.

use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use dossier_app::AppError;
use dossier_app::runs::Run;
use dossier_connector::is_sign_in;
use dossier_domain::{ExchangeState, RequestId, RunId, RunState};
use dossier_storage::{channels, exchanges, results, runs, testing};
use dossier_testkit::{Desk, Firm, Visitor};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::follow::{basic, find, until};
use crate::kestrel;

/// Longer than a worker may be silent.
const SILENCE: Duration = Duration::from_secs(31);
/// Longer than it is tried to store an answer.
const TOO_LONG: Duration = Duration::from_secs(7);
/// The rows of calls that carry something out.
const CALLS: &str = "NEW.step NOT LIKE 'auth.%'";

fn company() -> Value {
    json!({ "reference": "K1", "registrationNumber": "2014/187452/07" })
}

async fn company_kyc(firm: &Firm<'_>) -> (RequestId, RunId) {
    let request = firm.request("Kwantu").await;
    (request, firm.start(request, "company_kyc", company()).await.unwrap())
}

/// Waits until the provider has answered so many calls of `service`.
async fn answered(desk: &Desk, service: &str, times: usize) {
    desk.until("the provider has answered", |desk| {
        let ledger = desk.simulator.ledger();
        ledger.iter().filter(|entry| entry.service == service && entry.status.is_some()).count() == times
    })
    .await;
}

/// How the calls of a run stand, without sign-ins.
async fn calls(desk: &Desk, firm: &Firm<'_>, run: RunId) -> Vec<ExchangeState> {
    let all = exchanges::states(&mut desk.database.db.read(firm.scope()).await.unwrap(), run).await.unwrap();
    all.into_iter().filter(|(step, _)| !is_sign_in(step)).map(|(_, state)| state).collect()
}

async fn ended(desk: &Desk, firm: &Firm<'_>, run: RunId) -> Run {
    for _ in 0..5 {
        desk.clock.advance(SILENCE);
        desk.app.nudge();
        // The clock stands still while it is carried out, so that its lease does not end meanwhile.
        for _ in 0..200 {
            let found = find(desk, firm, run).await;
            if !found.state.is_live() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
    panic!("waited in vain for an end");
}

#[tokio::test]
async fn an_order_that_cannot_be_recorded_is_refused_and_nothing_of_it_is_left() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    desk.database.refuse("INSERT", "audit_event", "NEW.action = 'run.started'").await;
    let request = firm.request("Kwantu").await;
    let refused = firm.start(request, "company_kyc", company()).await;
    assert!(matches!(refused, Err(AppError::Internal(_))), "{refused:?}");
    desk.database.accept("audit_event").await;
    let left = runs::latest(&mut desk.database.db.read(firm.scope()).await.unwrap(), request).await.unwrap();
    assert_eq!((left, desk.simulator.ledger().len()), (Vec::new(), 0));
    assert_eq!(firm.run(request, "company_kyc", company()).await.state, RunState::Succeeded);
}

#[tokio::test]
async fn a_run_that_no_worker_can_take_stays_queued_until_one_can() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    desk.database.refuse("UPDATE", "run", "NEW.worker IS NOT NULL").await;
    let (_, run) = company_kyc(&firm).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(find(&desk, &firm, run).await.state, RunState::Queued);
    desk.database.accept("run").await;
    assert_eq!((ended(&desk, &firm, run).await.state, desk.calls("Company KYC")), (RunState::Succeeded, 1));
}

/// ACT-10
#[tokio::test]
async fn nothing_is_sent_while_the_row_of_its_call_cannot_be_written() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    desk.database.refuse("INSERT", "exchange", CALLS).await;
    let (_, run) = company_kyc(&firm).await;
    // Each attempt is made in other hands.
    let mut hands = Vec::new();
    while hands.len() < 3 {
        let found =
            until(&desk, &firm, run, SILENCE, |run| run.worker.is_some() && run.worker != hands.last().cloned());
        hands.push(found.await.worker.unwrap());
    }
    assert_eq!((desk.calls("Company KYC"), desk.calls("Token")), (0, 1));
    desk.database.accept("exchange").await;
    let ended = ended(&desk, &firm, run).await;
    assert_eq!((ended.state, desk.calls("Company KYC")), (RunState::Succeeded, 1), "{:?}", ended.message);
}

#[tokio::test]
async fn an_answer_that_cannot_be_recorded_for_a_moment_is_recorded_after_it() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    for (table, what, when) in [("exchange", "UPDATE", CALLS), ("result", "INSERT", "NEW.action = 'company_kyc'")] {
        let before = desk.calls("Company KYC");
        desk.database.refuse(what, table, when).await;
        let (_, run) = company_kyc(&firm).await;
        answered(&desk, "Company KYC", before + 1).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(find(&desk, &firm, run).await.state, RunState::Running, "{table}");
        desk.database.accept(table).await;
        let ended = firm.ended(run).await;
        assert_eq!((ended.state, desk.calls("Company KYC")), (RunState::Succeeded, before + 1), "{:?}", ended.message);
        assert_eq!(calls(&desk, &firm, run).await, [ExchangeState::Answered]);
    }
}

/// ACT-10: with its row as `sending`, the run ends as unknown by itself.
#[tokio::test]
async fn a_write_whose_answer_cannot_be_recorded_is_unknown_and_not_sent_again() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    desk.database.refuse("UPDATE", "exchange", CALLS).await;
    let (_, run) = company_kyc(&firm).await;
    let ended = firm.ended(run).await;
    assert_eq!(ended.state, RunState::Unknown, "{:?}", ended.message);
    let said = ended.message.unwrap();
    assert!(said.contains("could not be recorded"), "{said}");
    desk.database.accept("exchange").await;
    desk.clock.advance(SILENCE);
    desk.app.nudge();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!((calls(&desk, &firm, run).await, desk.calls("Company KYC")), (vec![ExchangeState::Sending], 1));
}

/// ACT-10: the answer itself is kept with its call.
#[tokio::test]
async fn a_write_whose_end_cannot_be_stored_is_left_to_its_lease_and_unknown_then() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    desk.database.refuse("INSERT", "result", "NEW.action = 'company_kyc'").await;
    let (_, run) = company_kyc(&firm).await;
    answered(&desk, "Company KYC", 1).await;
    tokio::time::sleep(TOO_LONG).await;
    assert_eq!(find(&desk, &firm, run).await.state, RunState::Running);
    desk.database.accept("result").await;
    let ended = ended(&desk, &firm, run).await;
    assert_eq!((ended.state, desk.calls("Company KYC")), (RunState::Unknown, 1));
    assert_eq!(calls(&desk, &firm, run).await, [ExchangeState::Answered]);
}

#[tokio::test]
async fn the_end_that_a_question_brings_is_asked_for_again_when_it_could_not_be_stored() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Naledi Khumalo").await;
    let run = firm.run(request, "run_workflow", basic("")).await;
    assert_eq!(run.state, RunState::Waiting);
    desk.database.refuse("INSERT", "result", "NEW.action = 'workflow_status'").await;
    for _ in 0..40 {
        desk.clock.advance(Duration::from_secs(5));
        desk.app.nudge();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(find(&desk, &firm, run.id).await.state, RunState::Waiting, "the end was told and could not be stored");
    desk.database.accept("result").await;
    let ended = until(&desk, &firm, run.id, SILENCE, |run| run.state != RunState::Waiting).await;
    assert_eq!((ended.state, desk.calls("Basic KYC")), (RunState::Succeeded, 1));
    let stored = results::current(&mut desk.database.db.read(firm.scope()).await.unwrap(), request).await.unwrap();
    assert_eq!(stored.len(), 2, "the answer that told the end is kept, once");
}

/// CHAN-6: what is answered with 503 is sent again.
#[tokio::test]
async fn a_callback_that_cannot_be_kept_is_refused_so_that_it_is_sent_again() {
    let (desk, _kestrel, host) = kestrel::desk("", |builder| builder).await;
    let firm = kestrel::firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Naledi Khumalo").await;
    let run = firm.run(request, "check", json!({ "reference": "R1" })).await;
    let token = {
        let mut tx = desk.database.db.read(firm.scope()).await.unwrap();
        channels::callback_token(&mut tx, firm.channel()).await.unwrap().unwrap().expose_secret().to_owned()
    };
    let body = json!({ "id": "1", "check": "C-R1", "state": "done", "at": "2026-11-23T12:00:09Z" }).to_string();
    let signature = kestrel::signature(body.as_bytes());
    let mut provider = Visitor::new(desk.router());
    let mut send = async || {
        let headers = [("x-signature", signature.as_str()), ("content-type", "application/json")];
        let address = format!("/callbacks/{token}");
        provider.send(Method::POST, &address, &headers, Body::from(body.clone())).await.status
    };
    desk.database.refuse("INSERT", "inbound_event", "TRUE").await;
    assert_eq!(send().await, 503);
    desk.database.accept("inbound_event").await;
    // Kept, but not handled: that is done later.
    desk.database.refuse("UPDATE", "inbound_event", "TRUE").await;
    assert_eq!(send().await, 202);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(find(&desk, &firm, run.id).await.state, RunState::Waiting);
    desk.database.accept("inbound_event").await;
    let ended = until(&desk, &firm, run.id, SILENCE, |run| run.state != RunState::Waiting).await;
    assert_eq!(ended.state, RunState::Succeeded);
}

/// The real thing: SQLite may not take another page. Only the one connection that writes is told so.
#[tokio::test]
async fn runs_that_meet_a_full_database_are_neither_lost_nor_doubled() {
    let desk = Desk::open().await;
    if desk.database.file().is_none() {
        return;
    }
    let firm = desk.firm("Aloe Bank").await;
    let limit = async |sql| {
        let mut tx = desk.database.db.write(firm.scope()).await.unwrap();
        testing::execute(&mut tx, sql, &[]).await.unwrap();
        tx.commit().await.unwrap();
    };
    let mut requests = Vec::new();
    for n in 0..40 {
        requests.push(firm.request(&format!("Kwantu {n}")).await);
    }
    limit("PRAGMA max_page_count = 1").await;
    let (mut started, mut refused) = (Vec::new(), 0);
    for (n, request) in requests.into_iter().enumerate() {
        let params = json!({ "reference": format!("K{n} sim:slow=50ms"), "registrationNumber": "2014/187452/07" });
        match firm.start(request, "company_kyc", params).await {
            Ok(run) => started.push((n, run)),
            Err(AppError::Internal(_)) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused > 0, "the control: it became full");
    tokio::time::sleep(TOO_LONG).await;
    limit("PRAGMA max_page_count = 1000000").await;
    for (n, run) in started {
        let ended = ended(&desk, &firm, run).await;
        let charged = desk.simulator.tallies().get(&format!("K{n} sim:slow=50ms")).map_or(0, |tally| tally.charged);
        match ended.state {
            RunState::Succeeded => assert_eq!(charged, 1),
            RunState::Unknown => assert!(charged <= 1),
            other => panic!("{other}: {:?}", ended.message),
        }
        assert!(calls(&desk, &firm, run).await.len() as u64 >= charged);
    }
    let request = firm.request("Kwantu again").await;
    assert_eq!(firm.run(request, "company_kyc", company()).await.state, RunState::Succeeded);
}

/// An answer that brings a file.
async fn with_photo(firm: &Firm<'_>) -> (RequestId, RunId) {
    let request = firm.request("Naledi Khumalo").await;
    let params = json!({ "permissiblePurpose": "Admin Purpose", "idNumber": "8001015009087", "reference": "N1",
        "enquiryReason": "Onboarding" });
    (request, firm.start(request, "dha_with_photo", params).await.unwrap())
}

#[tokio::test]
async fn an_answer_with_a_file_waits_for_a_folder_that_comes_back_however_late() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (files, away) = (desk.database.files(), desk.database.folder.path().join("away"));
    // Also the superuser cannot write there.
    let vanish = || std::fs::rename(&files, &away).and_then(|()| std::fs::write(&files, b"")).unwrap();
    let come_back = || std::fs::remove_file(&files).and_then(|()| std::fs::rename(&away, &files)).unwrap();
    vanish();
    let (_, run) = with_photo(&firm).await;
    answered(&desk, "DHA with photo", 1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    come_back();
    assert_eq!(firm.ended(run).await.state, RunState::Succeeded);

    vanish();
    let (_, run) = with_photo(&firm).await;
    answered(&desk, "DHA with photo", 2).await;
    tokio::time::sleep(TOO_LONG).await;
    come_back();
    let ended = firm.ended(run).await;
    assert_eq!(calls(&desk, &firm, run).await, [ExchangeState::Answered], "the answer is kept with its call");
    assert_eq!(desk.calls("DHA with photo"), 2);
    assert_eq!(ended.state, RunState::Succeeded, "what was paid for is not lost: {:?}", ended.message);
}
