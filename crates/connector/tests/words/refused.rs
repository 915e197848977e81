//! What else a manifest may get wrong, and what it is told.

use super::{manifest, problems};

const ACTION: &str = "  - { key: a, label: A, category: A, effect: read, verified: assumed, steps: [{ name: s, request: { method: GET, url: \"{config.url}\" } }] }";

#[test]
fn hosts_limits_pointers_and_tests_are_held_against_what_they_can_be() {
    let said = |parts: &str| problems(&manifest(parts, ACTION));
    assert!(said("hosts: [\"*.com\"]").contains("“*.com” is no host."));
    assert!(said("limits: { per_second: 0 }").contains("nothing could be called"));
    assert!(said("limits: { at_once: 0 }").contains("nothing could be called"));
    assert!(said("redact: { pointers: [data/name] }").contains("“data/name” is no pointer. Begin it with /"));
    let key = "auth: { key: { kind: header, name: X-Key, value: \"=config.secret\" } }\n";
    let takes_no_call = said(&format!("{key}test: {{ auth: key }}"));
    assert!(takes_no_call.contains("“key” takes no call, so it cannot be tested by itself."), "{takes_no_call}");
    assert!(said(&format!("{key}test: {{ auth: kye }}")).contains("Did you mean “key”?"));
}

#[test]
fn attachments_name_a_step_that_exists_and_one_source() {
    let with = |rule: &str| {
        problems(&manifest(
            "",
            &ACTION.replace("] }\n", "").replace("}] }", &format!("}}], result: {{ attachments: [{rule}] }} }}")),
        ))
    };
    assert!(with("{ name: a, body: sss }").contains("There is no step “sss”."));
    assert!(with("{ name: a }").contains("A file is found by one of base64, url and body."));
    assert!(with("{ name: a, body: s, url: \"=s.body\" }").contains("Keep one of them."));
}
