//! Steps and what they send.

use std::collections::BTreeSet;

use dossier_connector::{Rehearsal, trial};

use super::{holds, manifest, parsed, problems};

fn action(params: &str, steps: &str, examples: &str) -> String {
    manifest(
        "auth:\n  key: { kind: header, name: X-Key, value: \"=config.secret\" }",
        &format!(
            "
  - key: do
    label: Do
    category: A
    effect: write
    verified: assumed
    params: {params}
    steps:
{steps}
    examples:
{examples}"
        ),
    )
}

const CHOICE: &str = "{ properties: { which: { title: Which, type: string }, name: { title: Name, type: string } } }";

#[tokio::test]
async fn of_steps_with_one_name_the_first_that_fits_is_done() {
    let steps = r#"
      - { name: sent, when: "=params.which == 'a'", request: { method: POST, url: "{config.url}/a" } }
      - { name: sent, when: "=params.which == 'b'", request: { method: POST, url: "{config.url}/b" } }
      - { name: sent, request: { method: POST, url: "{config.url}/other" } }
      - { name: after, when: "=sent.body.more", request: { method: POST, url: "{config.url}/after" } }
"#;
    let example = |which: &str, path: &str, more: bool| {
        let after = if more {
            ", { request: { method: POST, url: https://api.corner.example/after }, answer: { status: 200 } }"
        } else {
            ""
        };
        format!(
            "      - {{ name: {which}, params: {{ which: {which} }}, gives: {{ outcome: succeeded }},
          calls: [{{ request: {{ method: POST, url: https://api.corner.example/{path} }}, answer: {{ status: 200, body: {{ more: {more} }} }} }}{after}] }}\n"
        )
    };
    let examples = [example("a", "a", false), example("b", "b", true), example("c", "other", false)].concat();
    holds(&action(CHOICE, steps, &examples)).await;
}

#[tokio::test]
async fn parts_go_out_in_order_and_what_is_null_is_left_out() {
    let steps = r#"
      - name: sent
        request:
          method: POST
          url: "{config.url}/documents"
          auth: key
          body:
            multipart:
              - { name: metadata, json: { idDocType: PASSPORT, name: "=params.name", none: "=params.which" } }
              - { name: note, text: "=params.name" }
              - { name: left, text: "=params.which" }
"#;
    let examples = "
      - { name: parts, params: { name: \"Näme \\\"x\\\"\" }, gives: { outcome: succeeded },
          calls: [{ request: { method: POST, url: https://api.corner.example/documents,
            body: [{ name: metadata, json: { idDocType: PASSPORT, name: \"Näme \\\"x\\\"\" } }, { name: note, text: \"Näme \\\"x\\\"\" }] },
            answer: { status: 200 } }] }";
    holds(&action(CHOICE, steps, examples)).await;
}

#[tokio::test]
async fn a_body_may_be_a_text_of_any_type_a_form_or_pairs() {
    let steps = r#"
      - { name: xml, request: { method: POST, url: "{config.url}/1", body: { text: "<n>{params.name}</n>", type: text/xml } } }
      - { name: form, request: { method: PUT, url: "{config.url}/2", body: { form: { a: "=params.name", b: "=params.which" } } } }
      - name: pairs
        request:
          method: PATCH
          url: "{config.url}/3"
          body: { pairs: { name: n, value: v, missing: "null" }, of: [[City, "=params.name"], [Vendor, null], [Which, "=params.which"], [City, "=params.name"]] }
"#;
    let examples = r#"
      - name: bodies
        params: { name: Köln }
        gives: { outcome: succeeded }
        calls:
          - { request: { method: POST, url: "https://api.corner.example/1", headers: { Content-Type: text/xml }, body: "<n>Köln</n>" }, answer: { status: 200 } }
          - { request: { method: PUT, url: "https://api.corner.example/2", body: { a: Köln } }, answer: { status: 200 } }
          - request: { method: PATCH, url: "https://api.corner.example/3", body: [{ n: City, v: Köln }, { n: Vendor, v: null }, { n: Which, v: null }, { n: City, v: Köln }] }
            answer: { status: 200 }
"#;
    holds(&action(CHOICE, steps, examples)).await;
}

/// The key is all that lets a provider tell a repetition from a second order.
#[tokio::test]
async fn a_repetition_goes_out_under_the_key_of_its_step_and_its_run() {
    let steps = r#"
      - { name: made, request: { method: POST, url: "{config.url}/make", idempotency: Idempotency-Key } }
      - { name: paid, request: { method: POST, url: "{config.url}/pay", idempotency: Idempotency-Key } }
"#;
    let busy = "{ answer: { status: 429, headers: { Retry-After: \"1\" } } }";
    let example = |id: &str| {
        let (done, request) = ("{ answer: { status: 200 } }", format!("{{ id: {id}, reference: A-7 }}"));
        let calls = [busy, done, busy, done].join(", ");
        format!("      - {{ name: run {id}, request: {request}, calls: [{calls}], gives: {{ outcome: succeeded }} }}\n")
    };
    let ids = ["0193b0a4-0000-7000-8000-000000000001", "0193b0a4-0000-7000-8000-000000000002"];
    let mut keys = Vec::new();
    for run in Rehearsal::of(&parsed(&action(CHOICE, steps, &ids.map(example).concat()))) {
        let sent = trial::sent(&run).await;
        assert_eq!(sent.len(), 4);
        let key = |at: usize| sent[at].headers["idempotency-key"].to_str().unwrap().to_owned();
        assert_eq!((key(0), key(2)), (key(1), key(3)), "a repetition is known as one");
        keys.extend([key(0), key(2)]);
    }
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 4, "each step of each run has its own: {keys:?}");
    assert!(keys.iter().all(|key| key.len() >= 32), "nobody comes upon one by chance: {keys:?}");
}

/// The second try did nothing; the first may have been carried out.
#[tokio::test]
async fn a_write_whose_first_try_was_lost_is_unknown_whatever_becomes_of_the_second() {
    let steps = r#"
      - { name: made, request: { method: POST, url: "{config.url}/make", idempotency: Idempotency-Key } }
"#;
    let lost = ["{ answer: { status: 504 } }", "{ broken: interrupted }"];
    let lost = [lost[0], lost[1], "{ answer: { status: 500 } }"];
    let then = [
        "{ broken: connect }, { broken: connect }",
        "{ answer: { status: 429 } }, { answer: { status: 429 } }",
        "{ answer: { status: 500 } }, { answer: { status: 500 } }",
        "{ answer: { status: 409 } }",
        "{ answer: { status: 422 } }",
    ];
    for (lost, then) in lost.iter().flat_map(|lost| then.map(|then| (lost, then))) {
        let calls = format!("{lost}, {then}");
        let example = format!("      - {{ name: one, calls: [{calls}], gives: {{ outcome: unknown }} }}\n");
        holds(&action(CHOICE, steps, &example)).await;
    }
    // What the provider itself says in words it knows the work by decides, but for one: the first try may still go on.
    let steps = r#"
      - name: made
        request:
          method: POST
          url: "{config.url}/make"
          idempotency: Idempotency-Key
        fails: [{ when: "=body.why", class: validation, message: "=body.why" }]
"#;
    for (status, outcome) in [(422, "failed"), (409, "unknown")] {
        let refused = format!("{{ answer: {{ status: {status}, body: {{ why: No such account }} }} }}");
        let example =
            format!("      - {{ name: one, calls: [{}, {refused}], gives: {{ outcome: {outcome} }} }}\n", lost[0]);
        holds(&action(CHOICE, steps, &example)).await;
    }
}

#[tokio::test]
async fn a_query_is_compared_with_all_values_of_a_name() {
    let steps =
        r#"      - { name: sent, request: { method: GET, url: "{config.url}/s", query: { topic: "=['a', 'b']" } } }"#;
    for (wanted, holds) in [("[a, b]", true), ("[a]", false), ("[b, a]", false), ("[a, b, b]", false), ("b", false)] {
        let example = format!(
            "      - {{ name: one, gives: {{ outcome: succeeded }}, calls: [{{ request: {{ method: GET, url: https://api.corner.example/s, query: {{ topic: {wanted} }} }}, answer: {{ status: 200 }} }}] }}"
        );
        let tried = Rehearsal::of(&parsed(&action(CHOICE, steps, &example)))[0].run().await;
        assert_eq!(tried.faults.is_empty(), holds, "{wanted}: {:?}", tried.faults);
    }
}

#[tokio::test]
async fn a_name_in_the_query_may_stand_for_several_values() {
    let steps = r#"      - { name: sent, request: { method: GET, url: "{config.url}/s", query: { topic: "=['a', `null`, 'b']", q: "=params.name" } } }"#;
    let examples = "      - { name: several, gives: { outcome: succeeded }, calls: [{ request: { method: GET, url: https://api.corner.example/s, query: { topic: [a, b] } }, answer: { status: 200 } }] }";
    holds(&action(CHOICE, steps, examples)).await;
}

#[tokio::test]
async fn a_read_is_asked_again_after_the_wait_that_the_provider_names_and_a_write_is_not() {
    let step = |effect: &str, more: &str| {
        format!(
            "      - {{ name: sent, effect: {effect}, request: {{ method: POST, url: \"{{config.url}}/s\"{more} }} }}"
        )
    };
    let busy = "{ answer: { status: 429, headers: { Retry-After: \"2\" } } }";
    let examples =
        |calls: &str, gives: &str| format!("      - {{ name: busy, calls: [{calls}], gives: {{ {gives} }} }}");
    let fine = format!("{busy}, {busy}, {{ answer: {{ status: 200 }} }}");
    holds(&action(CHOICE, &step("read", ""), &examples(&fine, "outcome: succeeded"))).await;
    let limited = "outcome: failed, class: rate_limited";
    holds(&action(CHOICE, &step("write", ""), &examples(busy, limited))).await;
    let three = format!("{busy}, {busy}, {busy}");
    holds(&action(CHOICE, &step("read", ""), &examples(&three, limited))).await;
    let long = busy.replace("\"2\"", "\"900\"");
    holds(&action(CHOICE, &step("read", ""), &examples(&long, limited))).await;
    // With a key that the provider honours, a write is one and the same however often it is sent.
    let key = ", idempotency: Idempotency-Key";
    let same = fine.replace(
        "{ answer",
        "{ request: { method: POST, url: https://api.corner.example/s, headers: { Idempotency-Key: KEY } }, answer",
    );
    // `printf 0193b0a4-0000-7000-8000-000000000001/sent | sha256sum`, its first half: the run's id and the step.
    let same = same.replace("KEY", "fcad6489cc9c4d81d678583970ff1a41");
    holds(&action(CHOICE, &step("write", key), &examples(&same, "outcome: succeeded"))).await;
}

/// The price of asking again is paid by whoever asked for it: only what says that it is busy is asked again.
#[tokio::test]
async fn what_is_refused_is_not_asked_again_whatever_its_headers_say() {
    let step = "      - { name: sent, effect: read, request: { method: GET, url: \"{config.url}/s\" } }";
    for status in [400, 404, 422, 500] {
        let examples = format!(
            "      - {{ name: refused, calls: [{{ answer: {{ status: {status}, headers: {{ Retry-After: \"1\" }} }} }}], gives: {{ outcome: failed }} }}"
        );
        holds(&action(CHOICE, step, &examples)).await;
    }
}

#[tokio::test]
async fn what_fails_after_a_step_that_was_carried_out_says_so() {
    let steps = r#"
      - { name: made, request: { method: POST, url: "{config.url}/make" } }
      - { name: looked, effect: read, request: { method: GET, url: "{config.url}/look" }, fails: [{ when: "=body.why", class: business, message: "=body.why" }] }
"#;
    let examples = "
      - { name: refused, calls: [{ answer: { status: 200 } }, { answer: { status: 422, body: { why: Not yet } } }],
          gives: { outcome: failed, class: business,
            message: \"Corner Checks answered: “Not yet”. An earlier step of this action was carried out, and may have been charged.\" } }
      - { name: breaks, calls: [{ answer: { status: 200 } }, { broken: timeout }], gives: { outcome: unknown } }
      - { name: a gateway loses it, calls: [{ answer: { status: 524, headers: { Retry-After: \"1\" } } }], gives: { outcome: unknown } }";
    holds(&action(CHOICE, steps, examples)).await;
}

#[tokio::test]
async fn a_rule_may_say_that_the_same_can_be_asked_again() {
    let steps = r#"
      - { name: sent, effect: read, request: { method: GET, url: "{config.url}/s" }, succeeds: "=body.ok",
          fails: [{ when: "=body.later", class: unavailable, message: Later, retry: true }] }
"#;
    let examples = "      - { name: later, calls: [{ answer: { status: 200, body: { later: true } } }, { answer: { status: 200, body: { ok: true } } }], gives: { outcome: succeeded } }";
    holds(&action(CHOICE, steps, examples)).await;
}

#[tokio::test]
async fn a_harmless_step_of_a_write_that_broke_is_no_unknown_outcome() {
    let steps = r#"
      - { name: uploaded, effect: read, request: { method: POST, url: "{config.url}/upload" } }
      - { name: checked, request: { method: POST, url: "{config.url}/check" } }
"#;
    let examples = "
      - { name: upload breaks, calls: [{ broken: timeout }], gives: { outcome: failed, class: unavailable } }
      - { name: check breaks, calls: [{ answer: { status: 200 } }, { broken: timeout }], gives: { outcome: unknown } }
      - { name: check is refused a connection, calls: [{ answer: { status: 200 } }, { broken: connect }], gives: { outcome: failed } }";
    holds(&action(CHOICE, steps, examples)).await;
}

#[test]
fn what_only_reads_has_no_step_that_writes() {
    let steps = "      - { name: sent, effect: write, request: { method: GET, url: \"{config.url}/a\" } }";
    let said = problems(&action(CHOICE, steps, "      []").replace("    effect: write\n", "    effect: read\n"));
    assert!(said.contains("An action that only reads cannot have a step that writes"), "{said}");
    let address = "      - { name: sent, request: { method: GET, url: \"{config.plain}/a\" } }";
    let plain = action(CHOICE, address, "      []")
        .replace("    secret: {", "    plain: { title: Plain, type: string }\n    secret: {");
    assert!(problems(&plain).contains("“config.plain” is no address"), "{}", problems(&plain));
}

#[test]
fn steps_that_cannot_be_told_apart_are_refused() {
    let steps = "
      - { name: sent, request: { method: GET, url: \"{config.url}/a\" } }
      - { name: sent, request: { method: GET, url: \"{config.url}/b\" } }
      - { name: two, request: { method: GET, url: \"{config.url}/b\", body: { text: a, json: {} } } }
      - { name: three, request: { method: GET, url: \"{config.url}/b\", body: { json: { a: { $base46: \"=params.name\" } } } } }";
    let said = problems(&action(CHOICE, steps, "      []"));
    assert!(said.contains("The step “sent” stands twice."), "{said}");
    assert!(said.contains("A body is one of json, form, pairs, multipart, text and file."), "{said}");
    assert!(said.contains("“$base46” is no way to write a file. Did you mean “base64”?"), "{said}");
}

#[test]
fn a_field_takes_no_more_files_than_a_run_can_send() {
    let files = |most: usize| {
        let params = format!(
            "{{ properties: {{ docs: {{ title: Documents, type: array, items: {{ type: string, format: file, x-types: [application/pdf] }}, maxItems: {most} }} }} }}"
        );
        action(&params, "      - { name: sent, request: { method: GET, url: \"{config.url}/a\" } }", "      []")
    };
    assert!(!problems(&files(51)).is_empty());
    assert!(problems(&files(51)).contains("A field takes at most 50 files."), "{}", problems(&files(51)));
    parsed(&files(50).replace("    examples:\n      []", ""));
}
