//! What the pages say, requirement by requirement.

use super::markup::read;
use super::{every_page, of, page};

/// REQ-1
#[test]
fn without_a_channel_the_form_gives_way_to_who_can_set_one_up() {
    let has_form = |html: &str| html.contains(r#"name="reference""#);
    assert!(has_form(&page("request-new")));
    assert!(
        !has_form(&page("request-new-set-up")) && page("request-new-set-up").contains(r#"href="/settings/channels""#)
    );
    assert!(page("request-new-ask").contains("kyc:create"));
    assert!(page("request-new-ask").contains("<bdi>Riaan Coetzee</bdi> or <bdi>Ayesha Patel</bdi> can do it."));
}

/// ACT-3
#[test]
fn a_refused_form_keeps_what_was_typed() {
    let html = page("action-form-refused");
    for typed in [
        "Kwantu Solar Components (Pty) Ltd",
        "840227000000",
        "1979-06-12",
        "+27 82 000 0147",
        "New business account.\nSource of funds.",
    ] {
        assert!(html.contains(typed), "{typed}");
    }
    let elements = read(&html);
    let chosen: Vec<_> = of(&elements, "option")
        .into_iter()
        .filter(|option| option.get("selected").is_some())
        .map(|o| o.get("value"))
        .collect();
    assert_eq!(chosen, [Some("f")]);
}

/// ACT-3
#[test]
fn rows_can_be_added_and_removed_without_a_script() {
    let html = page("action-form");
    let elements = read(&html);
    let buttons = |name| -> Vec<_> {
        of(&elements, "button")
            .into_iter()
            .filter(|b| b.get("name") == Some(name) && b.get("formnovalidate").is_some())
            .filter_map(|b| b.get("value"))
            .collect()
    };
    assert_eq!(buttons("_add"), ["directors"]);
    assert_eq!(buttons("_remove"), ["directors[0]", "directors[1]", "directors[{n}]"]);
    let form = elements
        .iter()
        .position(|element| {
            element.name == "form" && element.get("action") == Some("/requests/0193/actions/company-kyc")
        })
        .unwrap();
    let first = elements[form..].iter().find(|element| element.name == "button").unwrap();
    assert_eq!(first.get("name"), None, "Enter in a field must not remove a row");
}

/// ACT-9
#[test]
fn an_action_that_has_run_says_so_before_it_runs_again() {
    assert!(page("action-form-before").contains("This has run before"));
    assert!(page("action-form-before").contains("which bills it again"));
    assert!(page("action-form-unknown").contains(r#"name="_again""#));
    assert!(!page("action-form").contains("has run before") && page("action-form").contains("InTouch bills each run."));
}

/// ACT-11
#[test]
fn who_may_not_run_reads_why_and_finds_no_button() {
    let html = page("request-viewer");
    assert!(html.contains("You can look, but not run") && html.contains("kyc:execute"));
    assert!(!html.contains("/actions/") && !html.contains("Run an action"));
}

/// ACT-10
#[test]
fn only_a_page_on_which_something_runs_looks_again_by_itself() {
    every_page(|sample, elements| {
        let moving = ["request-running", "run-queued", "run-queued-viewer", "run-running"];
        let expected = moving.contains(&sample.name.as_str()).then_some("2");
        let refresh = of(elements, "meta").into_iter().find(|meta| meta.get("http-equiv") == Some("refresh"));
        assert_eq!(refresh.and_then(|meta| meta.get("content")), expected, "without scripts");
        assert_eq!(elements.iter().find_map(|element| element.get("data-refresh")), expected, "with scripts");
        assert!(refresh.is_none_or(|meta| meta.parent.is_some_and(|at| elements[at].name == "noscript")));
    });
}

/// LOG-1
#[test]
fn the_log_shows_one_call_in_full() {
    let html = page("logs");
    let elements = read(&html);
    let rows: Vec<_> = of(&elements, "a")
        .into_iter()
        .filter(|a| a.get("class") == Some("row-link"))
        .map(|a| a.get("aria-expanded"))
        .collect();
    assert_eq!(rows.iter().filter(|open| **open == Some("true")).count(), 1);
    assert_eq!(rows.len(), 13);
    let detail = elements.iter().find(|element| element.get("class") == Some("exchange")).unwrap();
    for words in
        ["Thandeka Mkhize", "authorization", "Bearer redacted", "\"CompanyStatus\": \"In Business\"", "0193593d-4be8"]
    {
        assert!(detail.text.contains(words), "{words}");
    }
    for words in ["Timed out", "TLS refused", "No such host", "404", "No answer recorded"] {
        assert!(html.contains(words), "{words}");
    }
}

/// RESULT-2
#[test]
fn a_masked_value_stands_on_no_page_in_full() {
    let html = page("request");
    assert!(html.contains("••••••••••081") && html.contains("hidden, ends in 081"));
}

#[test]
fn a_score_is_text_beside_its_pictures_and_its_bar_only_repeats_it() {
    let html = page("result-faces");
    let elements = read(&html);
    let scores: Vec<_> = elements.iter().filter(|element| element.get("class") == Some("score")).collect();
    let said: Vec<_> = scores.iter().map(|score| score.text.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert!(said[0].starts_with("Score 93.4 %") && said[0].ends_with("Its limit is 80 %."), "{said:?}");
    assert!(said[1].starts_with("Score NO_MATCH") && said[2] == "No score came with the answer.", "{said:?}");
    assert!(scores.iter().all(|score| score.get("data-tone") == Some("calm")), "no rule knows a score");
    assert_eq!(elements.iter().filter(|element| element.get("class") == Some("track")).count(), 1);
    for img in of(&elements, "img") {
        assert!(img.get("alt").is_some_and(|alt| !alt.is_empty()), "{img:?}");
    }
    assert!(html.contains("Not available") && html.contains("Photo of the register"));
}

#[test]
fn a_refusal_names_the_permission_and_who_can_give_it() {
    let html = page("error-1-403");
    assert!(html.contains("<code>kyc:execute</code>") && html.contains("<bdi>Riaan Coetzee</bdi> or "));
    let signed_out = page("error-alone-3-404");
    assert!(signed_out.contains(r#"href="/sign-in""#) && !signed_out.contains("Protea"), "nothing of a tenant");
    every_page(|sample, elements| {
        if sample.name.starts_with("error-") && !sample.name.contains("hostile") {
            assert!(elements.iter().any(|e| e.name == "code" && e.text == "0193-59e2-77aa"), "the number to give");
        }
    });
}
