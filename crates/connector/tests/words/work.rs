//! `state`, `poll` and `callback`: work whose end the provider tells later.

use super::{end, holds, manifest, problems, success};
use dossier_connector::Outcome;
use dossier_domain::Work;

const ACTIONS: &str = r#"
  - key: start
    label: Start
    category: A
    effect: write
    decides: true
    verified: assumed
    poll: { action: status, params: { id: "=outputs.id" }, first: 5, most: 600, deadline: 3600 }
    steps: [{ name: started, request: { method: POST, url: "{config.url}/start" } }]
    result:
      state: { from: "=started.body.status", waiting: [new], succeeded: [done], failed: [dead], message: "=started.body.why" }
      outputs: { id: "=started.body.id" }
    examples:
      - { name: accepted, calls: [{ answer: { status: 200, body: { id: 7, status: new } } }], gives: { outcome: waiting, state: waiting, outputs: { id: 7 } } }
      - { name: over at once, calls: [{ answer: { status: 200, body: { id: 7, status: done } } }], gives: { outcome: succeeded, state: succeeded } }
      - { name: an unknown word is no end, calls: [{ answer: { status: 200, body: { id: 7, status: DONE } } }], gives: { outcome: waiting, state: unknown } }
      - { name: no word is no end, calls: [{ answer: { status: 200, text: ok } }], gives: { outcome: waiting, state: unknown } }
      - { name: failed, calls: [{ answer: { status: 200, body: { status: dead, why: No such person } } }], gives: { outcome: failed, class: business, message: No such person } }
      - { name: failed without a reason, calls: [{ answer: { status: 200, body: { status: dead } } }], gives: { outcome: failed, message: Corner Checks answered that its work is “dead”. } }
  - key: status
    label: Status
    category: A
    effect: read
    verified: assumed
    params: { required: [id], properties: { id: { title: ID, type: integer } } }
    steps: [{ name: asked, request: { method: GET, url: "{config.url}/status/{params.id}" } }]
    result: { state: { from: "=asked.body.status", waiting: [new], succeeded: [done], failed: [dead] } }
    examples:
      - { name: asked about failed work, params: { id: 7 }, calls: [{ answer: { status: 200, body: { status: dead } } }], gives: { outcome: succeeded, state: failed } }
"#;

#[tokio::test]
async fn started_work_waits_until_a_known_word_ends_it() {
    holds(&manifest("", ACTIONS)).await;
}

#[tokio::test]
async fn what_the_provider_accepted_is_shown_at_once() {
    let success = success(&manifest("", ACTIONS)).await;
    assert_eq!((success.waits, success.work), (true, Some(Work::Waiting)));
    assert!(success.raw.starts_with(b"{"), "its answer is kept");
}

#[tokio::test]
async fn an_action_that_starts_nothing_never_waits() {
    let text = manifest(
        "",
        &ACTIONS.replace(
            "    poll: { action: status, params: { id: \"=outputs.id\" }, first: 5, most: 600, deadline: 3600 }\n",
            "",
        ),
    );
    let Outcome::Succeeded(success) = end(&text).await else { panic!("a success") };
    assert!(!success.waits && success.work == Some(Work::Waiting));
}

#[test]
fn a_poll_must_ask_with_an_action_that_reads_and_answers() {
    let said = problems(&manifest("", &ACTIONS.replace("effect: read", "effect: write")));
    assert!(said.contains("“status” writes, so it cannot be asked again and again."), "{said}");
    let said = problems(&manifest("", &ACTIONS.replace("action: status", "action: statu")));
    assert!(said.contains("There is no action “statu” to ask with. Did you mean “status”?"), "{said}");
    let said =
        problems(&manifest("", &ACTIONS.replace("params: { id: \"=outputs.id\" }", "params: { di: \"=outputs.id\" }")));
    assert!(said.contains("“status” has no field “di”."), "{said}");
    let said = problems(&manifest("", &ACTIONS.replace("\"=outputs.id\" }, first", "\"=outputs.ident\" }, first")));
    assert!(said.contains("Start has no output “ident”."), "{said}");
    let said = problems(&manifest("", &ACTIONS.replace("params: { id: \"=outputs.id\" }, first", "first")));
    assert!(said.contains("“status” cannot be asked without its field “id”."), "{said}");
    let said = problems(&manifest("", &ACTIONS.replace("failed: [dead] } }", "failed: [done] } }")));
    assert!(said.contains("“done” has two states."), "{said}");
}
