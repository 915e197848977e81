//! Examples that do not hold, and examples that cannot be right: what their author is told, and where.

use super::{manifest, parsed, problems};
use dossier_connector::{Manifest, Problem, Rehearsal};

/// A manifest with one action, which sends what is typed, and with these examples of it.
fn with(examples: &str) -> String {
    let action = r#"
  - key: look
    label: Look
    category: A
    effect: read
    verified: assumed
    params: { required: [name], properties: { name: { title: Name, type: string }, kind: { title: Kind, type: string, enum: [a, b] } } }
    steps:
      - { name: seen, request: { method: POST, url: "{config.url}/look", body: { json: { name: "=params.name", more: { kind: "=params.kind", list: [1, 2] } } } } }
    result: { outputs: { x: "=seen.body.x" }, display: { summary: "Seen {seen.body.x}." } }
    examples:
"#;
    manifest("", &format!("{action}{examples}"))
}

async fn faults(text: &str) -> Vec<Problem> {
    Rehearsal::of(&parsed(text)).first().unwrap().run().await.faults
}

/// Each fault with the text from its place on.
async fn told(text: &str) -> Vec<(String, String)> {
    let from = |fault: &Problem| {
        let line = text.lines().nth(usize::try_from(fault.line).unwrap() - 1).unwrap_or_default();
        line[usize::try_from(fault.column).unwrap() - 1..].split(':').next().unwrap_or_default().to_owned()
    };
    faults(text).await.iter().map(|fault| (from(fault), fault.said())).collect()
}

#[tokio::test]
async fn bodies_and_outputs_that_differ_are_told_by_their_paths_at_their_places() {
    let text = with(
        r"      - name: otherwise
        params: { name: Nomsa Dube, kind: a }
        calls:
          - request:
              method: POST
              url: https://api.corner.example/look
              body:
                name: Nomsa Dubbe
                more: { kind: a, list: [1, 3], extra: true }
            answer: { status: 200, body: { x: 7 } }
        gives:
          outcome: succeeded
          outputs: { x: 8 }
",
    );
    let wanted = [
        ("x", "What the outputs hold differs at /x: wanted 8, found 7. Mend the manifest, or the example."),
        ("name", "Call 1: the body differs at /name: wanted \"Nomsa Dubbe\", found \"Nomsa Dube\"."),
        ("3], extra", "Call 1: the body differs at /more/list/1: wanted 3, found 2."),
        ("extra", "Call 1: the body differs at /more/extra: wanted true, found nothing."),
    ];
    assert_eq!(told(&text).await, wanted.map(|(at, said)| (at.to_owned(), said.to_owned())));
}

#[tokio::test]
async fn why_a_run_ended_otherwise_is_told_and_not_what_follows_from_it() {
    let text = with(
        r"      - name: a choice that there is not
        params: { name: Nomsa Dube, kind: c }
        calls:
          - answer: { status: 200, body: { x: 7 } }
        gives:
          outcome: succeeded
          verdict: none
          summary: Seen 7.
          outputs: { x: 7 }
",
    );
    let cause = "It ended so because: kind: Choose one of the values offered for the kind.";
    let said =
        format!("The outcome should be “succeeded”, and is “failed”. {cause} Mend the manifest, or the example.");
    assert_eq!(told(&text).await, [("outcome".to_owned(), said)]);

    let silent = text.replace("          outcome: succeeded\n", "");
    let told = told(&silent).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].1.starts_with(&format!("It brought no result. {cause}")), "{told:?}");
}

#[tokio::test]
async fn a_call_that_the_example_does_not_have_is_told_once() {
    let text = with(
        "      - { name: no calls, params: { name: Nomsa Dube }, gives: { outcome: succeeded, summary: Seen 7. } }\n",
    );
    let said = "After the calls of the example, one more went out: POST https://api.corner.example/look.";
    let faults = faults(&text).await;
    assert_eq!(faults.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>(), [said]);
}

#[test]
fn names_of_fields_and_words_that_do_not_exist_are_refused_where_they_stand() {
    let example =
        |part: &str| with(&format!("      - name: a slip\n        calls: [{{ answer: {{ status: 200 }} }}]\n{part}"));
    let given = "        params: { name: Nomsa Dube }\n        gives: { outcome: succeeded }\n";
    assert!(Manifest::parse(&example(given)).is_ok(), "the control");
    for (part, said) in [
        ("config: { ulr: \"https://a.example\" }", "The channel has no field “ulr”. Did you mean “url”?"),
        ("params: { nam: Nomsa Dube }", "The action has no field “nam”. Did you mean “name”?"),
        ("gives: { verdict: passs }", "“passs” is no verdict. Did you mean “pass”?"),
        ("gives: { class: busines }", "“busines” is no class of failures. Did you mean “business”?"),
        ("gives: { state: wating }", "“wating” is no state of work. Did you mean “waiting”?"),
        ("gives: { refused: forge }", "“forge” is no reason to refuse a callback. Did you mean “forged”?"),
        ("gives: { event: { subjet: a } }", "“subjet” is not told of an event. Did you mean “subject”?"),
    ] {
        let gives = if part.starts_with("gives") { "" } else { "        gives: { outcome: succeeded }\n" };
        let text = example(&format!("        {part}\n{gives}"));
        let line = text.lines().position(|line| line.trim() == part).unwrap() + 1;
        let found = problems(&text);
        assert!(found.starts_with(&format!("{line}:")) && found.ends_with(said), "{found}");
    }
}

#[test]
fn a_file_of_examples_is_held_against_the_forms_too() {
    let manifest = parsed(&with("      - { name: none, params: { name: A }, gives: { outcome: failed } }\n"));
    let text = "- name: a slip\n  action: look\n  config:\n    sekret: k-1\n  params: { name: A }\n  gives: { outcome: failed }\n";
    let refused = Rehearsal::read(&manifest, text).err().unwrap();
    let said: Vec<String> = refused.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["4:5: The channel has no field “sekret”. Did you mean “secret”?"]);
    assert!(Rehearsal::read(&manifest, &text.replace("sekret", "secret")).is_ok(), "the control");
}
