//! All seventeen actions in each mood of the provider: however one ends, the page says so in words that an operator can act on.
//!
//! Each action has a channel of its own, so that none is spared because of how another one fared, and all run at once.

use std::fmt::Write as _;

use dossier_app::grant::Read;
use dossier_app::requests::{self, Draft};
use dossier_domain::{BuiltInRole, RequestId, RunState};
use dossier_simulator::TRACKING_COMPLETED;
use dossier_testkit::picture::{ImageFormat, picture};
use dossier_testkit::{Desk, Firm, Page, Visitor};
use futures_util::future::join_all;

use super::{NUMBER, form};

const PROVIDER: &str = "InTouch Secure Services";

struct Action {
    key: &'static str,
    label: &'static str,
    /// Whether it changes something at the provider.
    writes: bool,
    pairs: &'static [(&'static str, &'static str)],
    files: &'static [&'static str],
}

const fn read(key: &'static str, label: &'static str, pairs: &'static [(&'static str, &'static str)]) -> Action {
    Action { key, label, writes: false, pairs, files: &[] }
}

const fn write(
    key: &'static str,
    label: &'static str,
    pairs: &'static [(&'static str, &'static str)],
    files: &'static [&'static str],
) -> Action {
    Action { key, label, writes: true, pairs, files }
}

/// The first three are what others begin with.
const ACTIONS: [Action; 17] = [
    read("get_auth_token", "Get Auth Token", &[]),
    read("get_organisation_phase_two_id", "Get Organisation Phase Two ID", &[]),
    write("upload_files", "Upload File(s)", &[("what", "one")], &["media"]),
    write(
        "send_consent_request",
        "Send Consent Request",
        &[
            ("shortHand", "email"),
            ("email", "s.dlamini@mail.example"),
            ("termsLink", "https://protea-ridge.example/terms"),
        ],
        &[],
    ),
    write("update_consent_request", "Update Consent Request", &[("requestId", "C-1"), ("shortHand", "SMS")], &[]),
    write("rerequest_consent", "Rerequest Consent", &[("requestId", "C-1")], &[]),
    read("consent_status", "Consent Status", &[("consentId", "C-1")]),
    read("consent_request_status", "Consent Request Status", &[("requestId", "C-1")]),
    read("get_consent_types", "Get Consent Types", &[]),
    read("get_consent_types_by_contact", "Get Consent Types By Contact", &[("contact", "s.dlamini@mail.example")]),
    read("get_consent_document", "Get Consent Document", &[("consentId", "C-1")]),
    write("company_kyc", "Company KYC", &[("registrationNumber", NUMBER)], &[]),
    write("identity_document_ocr", "Identity Document OCR", &[], &["frontImage", "backImage"]),
    write("face_compare", "Face Compare", &[], &["target", "face"]),
    write("passive_liveness", "Passive Liveness", &[], &["media"]),
    write(
        "run_workflow",
        "Run Workflow",
        &[("workflow", "basic"), ("idNumber", "8001015009087"), ("reference", "K1")],
        &[],
    ),
    read("workflow_status", "Workflow Status", &[("trackingId", TRACKING_COMPLETED)]),
];

/// Where the provider's services stand. Company KYC has the beginning of another's address, so its reference orders its mood.
const SERVICES: &[&str] = &["/consent", "/library/api/v3/files", "/injection", "/core"];
/// Where those stand that other actions ask before they begin: lost there, nothing of them was sent.
const BEFORE: &[&str] = &["/identity", "/library/api/v3/upload", "/auth"];
/// Those that ask for something else first: where that went well, it cannot be said that nothing was stored.
const IN_STEPS: &[&str] = &["run_workflow", "identity_document_ocr", "face_compare", "passive_liveness"];

/// What no operator can act on: words of protocols, of libraries and of the system.
const JARGON: &[&str] = &[
    "HTTP",
    "JSON",
    "timeout",
    "timed out",
    "null",
    "None",
    "Some(",
    "Err(",
    "Error",
    "error",
    "::",
    "{",
    "}",
    "manifest",
    "exchange",
    "payload",
    "parse",
    "reqwest",
    "hyper",
    "redirect",
    "socket",
    "undefined",
    "schema",
    "\\",
];

/// What can be done next: one of these stands in whatever did not go well.
const NEXT: &[&str] =
    &["run it again.", "Ask InTouch", "ask InTouch", "show the calls to InTouch", "tell the operator"];

/// What the page says first: who hears it, its title and its text.
fn banner(page: &Page) -> Option<(String, String)> {
    let (_, after) = page.text.split_once("<div class=\"banner\"")?;
    let (_, after) = after.split_once("<strong>")?;
    let (title, after) = after.split_once("</strong>")?;
    let text = after.split_once("</div>")?.0;
    let text = text.split_once("</p>").map_or("", |(text, _)| text);
    let words = |text: &str| {
        Page { text: text.to_owned(), status: 200, headers: page.headers.clone(), bytes: Vec::new() }.words()
    };
    Some((words(title), words(text)))
}

/// What is wrong with how the end of a run is told.
fn wrong(action: &Action, mood: &str, state: RunState, page: &Page) -> Vec<String> {
    let Some((title, text)) = banner(page) else { return vec!["nothing is told".to_owned()] };
    let (label, mut wrong) = (action.label, Vec::new());
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{what}: {title} {text}"));
        }
    };
    // The provider's own words are as they are.
    let (before, own) = text.split_once('“').unwrap_or((&text, ""));
    let ours = [before, own.split_once('”').map_or("", |(_, after)| after)].concat();
    must(JARGON.iter().all(|word| !title.contains(word) && !ours.contains(word)), "jargon");
    must(text.is_empty() || text.ends_with('.'), "no whole sentence");
    must(!text.contains(". ."), "an empty sentence");
    // A number of a protocol is only a note to words that say the same.
    let bare = text.match_indices("status ").all(|(at, _)| text[..at].ends_with('(') || text[..at].ends_with("with "));
    must(bare, "a number in place of words");
    match state {
        RunState::Succeeded => must(title == format!("{label} succeeded."), "not told as done"),
        RunState::Waiting => must(title == format!("{label} was accepted."), "not told as accepted"),
        RunState::Failed => {
            must(title == format!("{label} failed."), "not told as failed");
            let stored = IN_STEPS.contains(&action.key) || text.contains("Nothing was stored.");
            must(stored, "not told that nothing is stored");
            must(NEXT.iter().any(|next| text.contains(next)), "not told what to do");
            must(!text.contains("may have done"), "a failure that may be none");
        }
        RunState::Unknown => {
            must(title == format!("The outcome of {label} is unknown."), "not told as unknown");
            must(text.contains(&format!("{PROVIDER} may have done what was asked.")), "not told what may be");
            must(text.ends_with(&format!("Ask {PROVIDER} before you run it again.")), "not told to ask first");
            must(text.matches("run it again").count() == 1 && !text.contains("Run it again"), "told to run it blindly");
            must(action.writes, "a read that nobody knows about");
        }
        other => must(false, &format!("it is {other}")),
    }
    let lost = ["timeout", "hang-up", "truncated", "huge", "drip", "500", "malformed"].contains(&mood);
    let fine = ["401-once"].contains(&mood) || mood.starts_with("slow");
    match (lost, fine) {
        (true, _) if action.writes => must(state == RunState::Unknown, "a lost write is not unknown"),
        (_, true) => must(state != RunState::Unknown, "unknown for no reason"),
        _ => must(state == RunState::Failed, "it did not fail"),
    }
    wrong
}

/// A request on a channel of its own.
async fn request(desk: &Desk, firm: &Firm<'_>, action: &Action) -> RequestId {
    let channel = firm.add_channel(action.key, action.label).await.unwrap();
    let grant = firm.member(BuiltInRole::Operator).await.grant::<Read>().unwrap();
    let draft = Draft { channel: channel.to_string(), reference: action.label.to_owned(), key: desk.app.form_key() };
    requests::create(&desk.app, &grant, &draft).await.unwrap()
}

/// Sends the form of an action, waits for the end, and opens the page that tells it.
async fn run(
    firm: &Firm<'_>,
    mut visitor: Visitor,
    request: RequestId,
    action: &Action,
    mood: &str,
) -> (RunState, Page) {
    let key = if action.pairs.is_empty() && action.files.is_empty() {
        visitor.get(&format!("/requests/{request}")).await.hidden("_key").to_owned()
    } else {
        form(&mut visitor, request, action.key).await.hidden("_key").to_owned()
    };
    let reference = format!("K1 sim:{mood}");
    let mut pairs = [&[("_key", key.as_str())], action.pairs].concat();
    if action.key == "company_kyc" {
        pairs.push(("reference", &reference));
    }
    let card = picture(60, 80, ImageFormat::Jpeg);
    let files: Vec<(&str, &str, &[u8])> = action.files.iter().map(|field| (*field, "card.jpg", &card[..])).collect();
    let path = format!("/requests/{request}/actions/{}", action.key);
    let sent = if files.is_empty() {
        visitor.post(&path, &pairs).await
    } else {
        visitor.post_files(&path, &pairs, &files).await
    };
    assert_eq!(sent.status, 303, "{}: {}", action.key, sent.words());
    let id = sent.location().split_once("run=").unwrap().1.parse().unwrap();
    let ended = firm.ended(id).await;
    (ended.state, visitor.get(sent.location()).await)
}

/// Orders a mood at these services.
async fn misbehave(desk: &Desk, mood: &str, services: &[&str]) {
    for service in services {
        desk.misbehave_often(mood, service, if mood.ends_with("once") { 1 } else { 200 }).await;
    }
}

/// All seventeen in a mood.
async fn meet(mood: &'static str) -> String {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let visitor = firm.visitor(BuiltInRole::Operator).await;
    let mut asked = Vec::new();
    for action in &ACTIONS {
        asked.push((action, request(&desk, &firm, action).await));
    }
    let (first, others) = asked.split_at(3);
    let run = async |(action, request): &(&'static Action, RequestId)| {
        (*action, run(&firm, visitor.clone(), *request, action, mood).await)
    };
    // Their channels are signed in from now on.
    for (_, request) in &first[1..] {
        assert_eq!(run(&(first[1].0, *request)).await.1.0, RunState::Succeeded);
    }
    misbehave(&desk, mood, SERVICES).await;
    let mut ends = join_all(others.iter().map(run)).await;
    misbehave(&desk, mood, BEFORE).await;
    ends.extend(join_all(first.iter().map(run)).await);
    let mut faults = String::new();
    for (action, (state, page)) in &ends {
        for fault in wrong(action, mood, *state, page) {
            writeln!(faults, "{mood}, {}: {fault}", action.key).unwrap();
        }
    }
    desk.close().await;
    faults
}

/// Two moods at a time: each has a desk with connections of its own, and the database of the tests has only so many.
async fn meet_all(moods: &[&'static str]) {
    let mut faults = String::new();
    for pair in moods.chunks(2) {
        faults.push_str(&join_all(pair.iter().map(|mood| meet(mood))).await.concat());
    }
    assert!(faults.is_empty(), "{} faults:\n{faults}", faults.lines().count());
}

/// ACT-1, ACT-7, ACT-8, ACT-10
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_answered_an_operator_reads_what_to_do() {
    meet_all(&["error-in-200", "malformed", "500", "429", "401", "401-once", "slow=50ms", "expired-link"]).await;
}

/// ACT-7, ACT-8: none is followed, wherever it leads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_an_answer_leads_an_operator_reads_what_to_do() {
    meet_all(&["redirect", "redirect-loopback", "redirect-metadata", "redirect-private"]).await;
}

/// ACT-7, ACT-8, ACT-10
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_whole_answer_comes_an_operator_reads_what_to_do() {
    meet_all(&["timeout", "hang-up", "truncated"]).await;
}

/// ACT-7, ACT-8, ACT-10
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_an_answer_never_ends_an_operator_reads_what_to_do() {
    meet_all(&["huge", "drip"]).await;
}
