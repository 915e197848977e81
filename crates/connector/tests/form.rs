//! What a form reads, refuses and gives back.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::LazyLock;

use dossier_connector::{FieldKind, Form, Manifest, Names, Registry};
use dossier_domain::Timestamp;
use proptest::prelude::*;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

type Pairs = Vec<(String, String)>;

fn pairs(list: &[(&str, &str)]) -> Pairs {
    list.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn errors(form: &Form, list: &[(&str, &str)]) -> Vec<(String, String)> {
    form.read(&pairs(list)).unwrap_err().into_iter().map(|e| (e.field, e.message)).collect()
}

fn error(field: &str, message: &str) -> (String, String) {
    (field.to_owned(), message.to_owned())
}

fn company_kyc() -> Form {
    let registry = Registry::built_in().unwrap();
    registry.get("intouch").unwrap().action("company_kyc").unwrap().form.clone()
}

fn channel() -> Form {
    Registry::built_in().unwrap().get("intouch").unwrap().config.clone()
}

/// A form with a field of each kind.
fn every_kind() -> Form {
    let text = r#"manifest: 1
key: kinds
name: Kinds
version: "1"
description: Every kind of field
module: kyc-kinds
config: {}
actions:
  - key: all
    label: All
    category: Things
    effect: read
    verified: assumed
    params:
      required: [text]
      properties:
        text: { title: Text, type: string, maxLength: 20, minLength: 2 }
        long: { title: Long text, type: string, x-widget: textarea }
        json: { title: Settings, type: string, x-widget: json }
        count: { title: Count, type: integer, minimum: 1, maximum: 9 }
        score: { title: Score, type: number }
        yes: { title: Agreed, type: boolean }
        born: { title: Date of birth, type: string, format: date }
        mail: { title: E-mail address, type: string, format: email }
        phone: { title: Phone number, type: string, format: phone }
        kind: { title: Kind, type: string, oneOf: [{ const: sms, title: SMS }, { const: email, title: E-mail }] }
        rows:
          title: Rows
          type: array
          maxItems: 3
          items:
            required: [name]
            properties:
              name: { title: Name, type: string }
              tick: { title: Tick, type: boolean }
    steps:
      - { name: a, request: { method: GET, url: "https://example.org" } }
"#;
    Manifest::parse(text).unwrap().action("all").unwrap().form.clone()
}

/// ACT-3, ACT-4
#[test]
fn company_kyc_asks_for_what_the_guide_lists_and_requires_the_reference_and_a_number_or_a_name() {
    let form = company_kyc();
    let fields: Vec<_> = form.fields.iter().map(|f| (f.title.as_str(), f.required)).collect();
    assert_eq!(
        fields,
        [
            ("Reference", true),
            ("Company name", false),
            ("Registration number", false),
            ("Permissible purpose", false),
            ("Enquiry reason", false),
            ("Directors", false),
        ]
    );
    let either = error("registrationNumber", "Enter the registration number, or the company name.");
    let reference = error("reference", "Enter the reference.");
    assert_eq!(errors(&form, &[("reference", "  ")]), [reference, either.clone()]);
    assert_eq!(errors(&form, &[("reference", "Kwantu"), ("companyName", " ")]), [either]);
    for (name, value) in [("companyName", "Kwantu"), ("registrationNumber", "2014/187452/07")] {
        assert!(form.read(&pairs(&[("reference", "Kwantu"), (name, value)])).is_ok(), "{name} is enough");
    }
}

/// ACT-3
#[test]
fn rows_of_a_group_are_read_in_order_and_blank_ones_vanish() {
    let value = company_kyc().read(&pairs(&[
        ("reference", " Kwantu "),
        ("companyName", " Kwantu Solar"),
        ("registrationNumber", ""),
        ("csrf", "x"),
        ("directors[4].FirstName", "Fatima"),
        ("directors[4].Surname", "Adams"),
        ("directors[4].DoKYC", "on"),
        ("directors[0].FirstName", "Nomvula"),
        ("directors[0].IDNumber", "8001015009087"),
        ("directors[2].FirstName", " "),
        ("directors[2].DoKYC", "on"),
    ]));
    assert_eq!(
        value.unwrap(),
        json!({"reference": "Kwantu", "companyName": "Kwantu Solar", "directors": [
            {"FirstName": "Nomvula", "IDNumber": "8001015009087", "DoKYC": false},
            {"FirstName": "Fatima", "Surname": "Adams", "DoKYC": true},
        ]})
    );
}

#[test]
fn an_error_in_a_row_stands_at_the_number_that_the_row_has_in_the_form() {
    let errors = errors(
        &company_kyc(),
        &[
            ("reference", "Kwantu"),
            ("registrationNumber", "2014-187452"),
            ("permissiblePurpose", "Curiosity"),
            ("directors[1].FirstName", ""),
            ("directors[3].IDNumber", "840227000000"),
            ("directors[7].EmailAddress", "jp.rossouw@"),
        ],
    );
    assert_eq!(
        errors,
        [
            error("registrationNumber", "A registration number looks like 2014/187452/07."),
            error("permissiblePurpose", "Choose one of the values offered for the permissible purpose."),
            error("directors[3].IDNumber", "An ID number has 13 digits. This one has 12."),
            error("directors[7].EmailAddress", "Add what comes after the @, for example name@company.example."),
        ]
    );
}

#[test]
fn every_kind_says_what_to_write() {
    let form = every_kind();
    let long = "x".repeat(21);
    for (name, value, message) in [
        ("text", "x", "The text has at least 2 characters. This one has 1."),
        ("text", long.as_str(), "The text can have at most 20 characters. This one has 21."),
        ("text", "a\u{7}b", "The text has a character in it that cannot be seen. Type it again."),
        ("json", "{\"a\": }", "This is not JSON. Look at line 1, column 7."),
        ("count", "1.5", "Enter the count as a whole number."),
        ("count", "0", "The count is at least 1."),
        ("count", "10", "The count is at most 9."),
        ("score", "much", "Enter the score as a number, such as 12.5."),
        ("score", "NaN", "Enter the score as a number, such as 12.5."),
        ("born", "1980-13-01", "Write the date as year, month and day, for example 2026-11-23."),
        ("mail", "nobody", "An e-mail address has an @ in it, for example name@company.example."),
        ("phone", "call", "Write the number with its country code, for example +27 82 123 4567."),
        ("kind", "fax", "Choose one of the values offered for the kind."),
    ] {
        let mut list = vec![(name, value)];
        if name != "text" {
            list.push(("text", "fine"));
        }
        assert_eq!(errors(&form, &list), [error(name, message)]);
    }
}

#[test]
fn a_required_cell_is_missed_where_the_row_has_something_else() {
    let form = every_kind();
    let ticked = form.read(&pairs(&[("text", "fine"), ("rows[0].tick", "on"), ("rows[0].name", "")])).unwrap();
    assert_eq!(ticked.get("rows"), None, "a tick alone is no row: it may stand from the start");
    let value = json!({"text": "fine", "rows": [{"tick": true}]});
    let found: Vec<_> = form.check(&value).into_iter().map(|e| (e.field, e.message)).collect();
    assert_eq!(found, [error("rows[0].name", "Enter the name.")]);
}

#[test]
fn json_from_programs_is_held_to_the_same_rules() {
    let form = every_kind();
    assert_eq!(form.check(&json!({"text": "fine", "count": 3, "yes": true, "json": {"any": [1]}})), []);
    for (value, field) in [
        (json!([]), ""),
        (json!({}), "text"),
        (json!({"text": null}), "text"),
        (json!({"text": 1}), "text"),
        (json!({"text": "fine", "yes": "true"}), "yes"),
        (json!({"text": "fine", "count": "3"}), "count"),
        (json!({"text": "fine", "rows": {}}), "rows"),
        (json!({"text": "fine", "rows": [1]}), "rows[0]"),
        (json!({"text": "fine", "rows": [{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}]}), "rows"),
        (json!({"text": "fine", "txet": "?"}), "txet"),
    ] {
        let found: Vec<_> = form.check(&value).into_iter().map(|e| e.field).collect();
        assert_eq!(found, [field], "{value}");
    }
    assert!(form.check(&json!({"text": "fine", "txet": "?"}))[0].message.ends_with("Did you mean “text”?"));
}

/// ACT-5, CHAN-4
#[test]
fn defaults_come_from_the_manifest_the_request_and_its_outputs() {
    let names = Names {
        request_id: "1".to_owned(),
        reference: "Kwantu Solar".to_owned(),
        actor: "Thandi".to_owned(),
        config: json!({"level": "basic"}),
        outputs: json!({"trackingId": "t-1"}),
        now: Timestamp::from_micros(0),
    };
    let manifest = Registry::built_in().unwrap().get("intouch").unwrap();
    let default = |action: &str| manifest.action(action).unwrap().form.defaults(&names);
    assert_eq!(default("company_kyc"), pairs(&[("reference", "Kwantu Solar")]));
    assert_eq!(default("workflow_status"), pairs(&[("trackingId", "t-1")]));
    let nothing = Names { outputs: Value::Null, ..names.clone() };
    assert_eq!(manifest.action("workflow_status").unwrap().form.defaults(&nothing), []);
    let channel = manifest.config.defaults(&nothing);
    assert!(
        channel.contains(&(
            "injectionUrl".to_owned(),
            "https://api.intouch.io/injection/api/v3/initiateWorkflow".to_owned()
        ))
    );
    assert_eq!(channel.len(), 7, "the addresses and the two paths");
}

/// CHAN-4
#[test]
fn a_channel_without_its_required_fields_is_refused_at_each_of_them() {
    let found = errors(&channel(), &[("authUrl", " "), ("baseUrl", "api.intouch.io"), ("clientSecret", " \t ")]);
    assert_eq!(
        found,
        [
            error("authUrl", "Enter the auth URL."),
            error("baseUrl", "Write the whole address, for example https://api.example.org."),
            error("identityUrl", "Enter the identity URL."),
            error("injectionUrl", "Enter the injection URL."),
            error("coreUrl", "Enter the core URL."),
            error("clientId", "Enter the client ID."),
            error("clientSecret", "Enter the client secret."),
        ]
    );
}

/// CHAN-5
#[test]
fn a_secret_that_is_set_may_stay_blank_and_is_never_among_the_pairs() {
    let form = channel();
    let mut all = form.defaults(&Names::default());
    all.push(("clientId".to_owned(), "dossier".to_owned()));
    assert_eq!(form.read(&all).unwrap_err().len(), 1);
    let (config, secrets) = form.split(form.keeping(&["clientSecret"]).read(&all).unwrap());
    assert!(secrets.is_empty() && config["clientId"] == "dossier");
    all.push(("clientSecret".to_owned(), " s3cret with spaces ".to_owned()));
    let value = form.read(&all).unwrap();
    assert!(form.pairs(&value).iter().all(|(name, _)| name != "clientSecret"));
    let (config, secrets) = form.split(value);
    assert_eq!(secrets["clientSecret"].expose_secret(), " s3cret with spaces ", "as it was typed");
    assert_eq!(config.get("clientSecret"), None);
    assert!(matches!(form.field("clientSecret").unwrap().kind, FieldKind::Secret));
}

#[test]
fn names_that_look_like_cells_and_are_none_are_passed_over() {
    let value = company_kyc().read(&pairs(&[
        ("reference", "Kwantu"),
        ("companyName", "Kwantu"),
        ("directors[x].FirstName", "a"),
        ("directors[-1].FirstName", "a"),
        ("directors[99999999999999999999].FirstName", "a"),
        ("directors[0]FirstName", "a"),
        ("directors", "a"),
        ("directors[0].Unknown", "a"),
    ]));
    assert_eq!(value.unwrap(), json!({"reference": "Kwantu", "companyName": "Kwantu"}));
}

/// Text that a browser would send back as it was: no control characters, not blank, no space at its ends.
fn words() -> impl Strategy<Value = String> {
    "[\\PC&&[^\\s]]([\\PC]{0,10}[\\PC&&[^\\s]])?"
        .prop_filter("trims to itself", |s| s.trim() == s && s.chars().count() >= 2)
}

fn filled() -> impl Strategy<Value = Value> {
    let row = (words(), any::<bool>()).prop_map(|(name, tick)| json!({"name": name, "tick": tick}));
    let leaf = prop_oneof![any::<i64>().prop_map(|n| json!([n])), words().prop_map(|w| json!({"a": w}))];
    (words(), words(), leaf, 1..10_i64, any::<bool>(), proptest::collection::vec(row, 1..4)).prop_map(
        |(text, long, json, count, yes, rows)| {
            json!({"text": text, "long": format!("{long}\nb"), "json": json, "count": count, "score": 1.5, "yes": yes,
                "born": "1980-01-01", "kind": "sms", "rows": rows})
        },
    )
}

static EVERY_KIND: LazyLock<Form> = LazyLock::new(every_kind);
static COMPANY_KYC: LazyLock<Form> = LazyLock::new(company_kyc);

proptest! {
    #[test]
    fn what_a_form_reads_it_can_draw_and_read_again(value in filled()) {
        let form = &*EVERY_KIND;
        prop_assert_eq!(form.check(&value), []);
        let pairs = form.pairs(&value);
        prop_assert_eq!(form.read(&pairs).unwrap(), value);
    }

    #[test]
    fn no_pairs_bring_a_form_to_fall(list in proptest::collection::vec(("[a-z\\[\\].0-9]{0,12}|rows\\[[0-9]{1,3}\\]\\.(name|tick)|text|json|count", any::<String>()), 0..12)) {
        let _ = EVERY_KIND.read(&list);
        let _ = COMPANY_KYC.read(&list);
    }
}

#[test]
fn a_form_with_far_too_many_rows_or_fields_is_told_so_once_and_not_row_by_row() {
    let form = company_kyc();
    let many: Pairs = (0..37_000).map(|n| (format!("directors[{n}].IDNumber"), "x".to_owned())).collect();
    let refused = form.read(&many).unwrap_err();
    let rows: Vec<_> = refused.iter().filter(|e| e.field.starts_with("directors")).collect();
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert!(rows[0].message.contains("at most") && rows[0].message.contains("37000"), "{rows:?}");
    let list: Vec<Value> = (0..37_000).map(|n| json!({"IDNumber": n})).collect();
    assert!(form.check(&json!({ "directors": list })).len() < 20);
    let unknown: serde_json::Map<String, Value> = (0..20_000).map(|n| (format!("f{n}"), Value::Null)).collect();
    assert_eq!(form.check(&Value::Object(unknown)).len(), 100);
}
