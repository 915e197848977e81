//! What a form asks for depends on what is chosen, without scripts too.

use dossier_domain::BuiltInRole;
use serde_json::json;

use crate::provider::{desk, firm, path};

/// ACT-3
#[tokio::test]
async fn the_choice_is_a_step_of_its_own_and_then_stands_above_what_it_brings() {
    let (desk, lens, host) = desk().await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let first = operator.get(&path(request)).await;
    assert!(first.text.contains("Continue") && !first.text.contains("name=\"note\""), "{}", first.words());
    assert!(first.text.contains("enctype=\"multipart/form-data\""));
    let key = first.hidden("_key").to_owned();

    let nothing = operator.post(&path(request), &[("_key", key.as_str()), ("workflow", ""), ("_branch", "")]).await;
    assert_eq!(nothing.status, 422);
    assert!(nothing.words().contains("Choose one from the list."), "{}", nothing.words());
    assert!(!nothing.text.contains("name=\"note\""), "it is still the first step");

    let chosen = [("_key", key.as_str()), ("workflow", "paper"), ("_branch", "")];
    let paper = operator.post(&path(request), &chosen).await;
    assert_eq!(paper.status, 200);
    for field in ["name=\"front\"", "name=\"more\"", "name=\"note\"", "name=\"level\""] {
        assert!(paper.text.contains(field), "{field}");
    }
    assert!(paper.text.contains("value=\"3\""), "a branch has defaults");
    assert!(!paper.text.contains("name=\"checks\"") && paper.text.contains("aria-label=\"Change Workflow\""));
    assert_eq!(paper.hidden("_key"), key, "it is the same form");

    let changed = [
        ("_key", key.as_str()),
        ("workflow", "person"),
        ("note", "N1"),
        ("IDNumber", "123"),
        ("level", "9"),
        ("_branch", "workflow"),
    ];
    let person = operator.post(&path(request), &changed).await;
    assert!(person.text.contains("name=\"checks\"") && !person.text.contains("name=\"front\""));
    assert!(person.text.contains("value=\"N1\"") && person.text.contains("value=\"123\""), "nothing typed is lost");
    let carried = person.text.contains("<input type=\"hidden\" name=\"level\" value=\"9\">");
    assert!(carried, "what was typed for the other choice goes along");
    let back = [&changed[..1], &[("workflow", "paper"), ("level", "9"), ("IDNumber", "123"), ("_branch", "workflow")]]
        .concat();
    assert!(operator.post(&path(request), &back).await.text.contains("value=\"9\""));
    assert_eq!(lens.asked(), 0);
}

/// ACT-4
#[tokio::test]
async fn errors_of_a_branch_stand_at_its_fields_and_what_was_ticked_stays() {
    let (desk, lens, host) = desk().await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let key = operator.get(&path(request)).await.hidden("_key").to_owned();
    let send = [("_key", key.as_str()), ("workflow", "person"), ("IDNumber", "12"), ("checks", "credit")];
    let refused = operator.post(&path(request), &send).await;
    assert_eq!(refused.status, 422);
    assert!(refused.words().contains("An ID number has 13 digits. This one has 2."), "{}", refused.words());
    assert!(refused.text.contains("value=\"credit\" checked"), "{}", refused.text);
    assert!(!refused.text.contains("value=\"pep\" checked"));

    let neither = operator.post(&path(request), &[("_key", key.as_str()), ("workflow", "person")]).await;
    assert!(neither.words().contains("ID number: Give the ID number or a note."), "{}", neither.words());

    let both = [
        ("_key", key.as_str()),
        ("workflow", "person"),
        ("IDNumber", "8001015009087"),
        ("checks", "credit"),
        ("checks", "pep"),
    ];
    let sent = operator.post(&path(request), &both).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    assert!(lens.got(br#""checks":["credit","pep"]"#));
}

/// ACT-5
#[tokio::test]
async fn choices_come_from_what_an_earlier_action_brought_and_else_the_field_is_typed() {
    let (desk, _, host) = desk().await;
    let firm = firm(&desk, "Aloe Bank", host).await;
    let request = firm.request("Kwantu").await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let key = operator.get(&path(request)).await.hidden("_key").to_owned();
    let chosen = [("_key", key.as_str()), ("workflow", "paper"), ("kind", "Permit"), ("_branch", "")];
    let typed = operator.post(&path(request), &chosen).await;
    assert!(typed.text.contains("id=\"kind\" name=\"kind\" type=\"text\""), "{}", typed.text);
    firm.run(request, "types", json!({})).await;
    let listed = operator.post(&path(request), &chosen).await;
    assert!(listed.text.contains("<select id=\"kind\"") && listed.words().contains("Identity card"), "{}", listed.text);
    assert!(listed.text.contains("<option value=\"Permit\" selected>"), "what was typed is not lost");
}
