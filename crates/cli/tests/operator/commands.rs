//! `dossier tenant`, `licence` and `user`: what they answer, and what they refuse.

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::place::{EMAIL, PASSWORD, Place};

const NOMSA: &str = "nomsa@karoo.example";

/// The names of the fields, in their order.
fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

async fn set_up() -> Place {
    let place = Place::new().await;
    place.set_up();
    place
}

fn add_nomsa(role: &str) -> Vec<&str> {
    vec!["user", "add", NOMSA, "--name", "Nomsa Cele", "--role", role, "--password-file", "password"]
}

#[tokio::test]
async fn nothing_is_made_by_asking_a_place_that_is_not_set_up() {
    let place = Place::new().await;
    if place.on_postgres() {
        return;
    }
    std::fs::write(place.path("master.key"), dossier_vault::MasterKey::generate().to_text().expose_secret()).unwrap();
    let before = place.contents();
    for command in [vec!["tenant", "list"], vec!["user", "list"], vec!["licence", "list"]] {
        assert_eq!(place.error(&command)["code"], "not_set_up");
    }
    assert!(place.contents() == before);
}

/// TENANT-5. The shapes are promised in docs/commands.md.
#[tokio::test]
async fn tenants_are_added_listed_shown_and_renamed() {
    let place = set_up().await;
    let added = place.json(&[
        "tenant",
        "add",
        "Protea Trust",
        "--time-zone",
        "UTC",
        "--module",
        "kyc",
        "--module",
        "kyc-sumsub",
    ]);
    assert_eq!(keys(&added), ["changed", "tenant"]);
    let fields = ["id", "name", "time_zone", "created_at", "modules", "users", "administrators"];
    assert_eq!(keys(&added["tenant"]), fields);
    let modules = json!([{ "module": "kyc", "until": null, "valid": true }, { "module": "kyc-sumsub", "until": null, "valid": true }]);
    assert_eq!(added["tenant"]["modules"], modules);
    assert_eq!(added["tenant"]["users"], json!({ "all": 0, "active": 0 }));

    let listed = place.json(&["tenant", "list"]);
    assert_eq!(keys(&listed), ["tenants"]);
    assert_eq!(keys(&listed["tenants"][0]), fields);
    assert_eq!(listed["tenants"][0]["administrators"], json!([EMAIL]));

    let renamed = place.json(&["tenant", "rename", "protea trust", "Protea Bank"]);
    assert_eq!((&renamed["changed"], &renamed["tenant"]["name"]), (&json!(true), &json!("Protea Bank")));
    assert_eq!(place.json(&["tenant", "rename", "Protea Bank", "Protea Bank"])["changed"], false);
    let id = renamed["tenant"]["id"].as_str().unwrap();
    assert_eq!(place.json(&["tenant", "show", id])["tenant"], renamed["tenant"]);
    let several = place.error(&["tenant", "show"]);
    assert_eq!(several["fields"][0]["field"], "tenant");
    assert!(several["message"].as_str().unwrap().contains("Karoo Bank, Protea Bank"), "{several}");
    assert_eq!(place.error(&["tenant", "add", "karoo bank"])["fields"][0]["field"], "name");
    let table = place.run(&["tenant", "list"]).out;
    assert!(table.starts_with("NAME") && table.contains("Protea Bank"), "{table}");
}

/// TENANT-2, TENANT-5
#[tokio::test]
async fn a_licence_is_granted_to_the_end_of_a_day_and_ended() {
    let place = set_up().await;
    let granted = place.json(&["licence", "grant", "kyc-sumsub", "--until", "2099-12-31"]);
    assert_eq!(keys(&granted), ["changed", "tenant", "modules"]);
    let sumsub = |answer: &Value| {
        answer["modules"].as_array().unwrap().iter().find(|entry| entry["module"] == "kyc-sumsub").unwrap().clone()
    };
    let until = "2099-12-31T22:00:00Z";
    assert_eq!(
        sumsub(&granted),
        json!({ "module": "kyc-sumsub", "until": until, "valid": true }),
        "where the tenant works"
    );
    assert_eq!(place.json(&["licence", "grant", "kyc-sumsub", "--until", until])["changed"], false);

    let ended = place.json(&["licence", "end", "kyc-sumsub"]);
    assert_eq!((&ended["changed"], &sumsub(&ended)["valid"]), (&json!(true), &json!(false)));
    let again = place.json(&["licence", "end", "kyc-sumsub"]);
    assert_eq!((&again["changed"], sumsub(&again)), (&json!(false), sumsub(&ended)), "it keeps the end that it had");
    let listed = place.json(&["licence", "list"]);
    assert_eq!(keys(&listed), ["licences", "known"]);
    assert_eq!(listed["licences"][0]["modules"], ended["modules"]);
    assert_eq!(listed["known"][0], "kyc");
}

#[tokio::test]
async fn an_unknown_module_is_refused_with_those_that_are_known() {
    let place = set_up().await;
    let error = place.error(&["licence", "grant", "kyc-intoch"]);
    assert_eq!((&error["code"], &error["fields"][0]["field"]), (&json!("invalid"), &json!("module")));
    let said = error["message"].as_str().unwrap();
    assert!(said.contains("“kyc-intoch”") && said.contains("kyc, kyc-intouch, "), "{said}");
    let error = place.error(&["licence", "end", "kyc-intoch"]);
    assert!(error["message"].as_str().unwrap().contains("Karoo Bank does not have"), "{error}");
    for until in ["tomorrow", "2020-01-01"] {
        assert_eq!(place.error(&["licence", "grant", "kyc", "--until", until])["fields"][0]["field"], "until");
    }
}

/// TENANT-6
#[tokio::test]
async fn a_second_administrator_with_the_same_address_is_refused_in_every_tenant() {
    let place = set_up().await;
    place.json(&["tenant", "add", "Protea Trust"]);
    for tenant in ["Karoo Bank", "Protea Trust"] {
        let loud = EMAIL.to_uppercase();
        let add = [
            "user",
            "add",
            &loud,
            "--name",
            "Thandi Two",
            "--role",
            "administrator",
            "--generate-password",
            "--tenant",
            tenant,
        ];
        let error = place.error(&add);
        assert_eq!((&error["code"], &error["fields"][0]["field"]), (&json!("invalid"), &json!("email")));
    }
    assert_eq!(place.json(&["user", "list"])["users"].as_array().unwrap().len(), 1);
}

/// ACCESS-5
#[tokio::test]
async fn people_are_added_and_given_other_roles() {
    let place = set_up().await;
    let added = place.json(&add_nomsa("kyc-operator"));
    assert_eq!(keys(&added), ["changed", "user"], "a password that was given is not repeated");
    assert_eq!(keys(&added["user"]), ["id", "email", "name", "active", "roles", "tenant", "created_at"]);
    assert_eq!(added["user"]["roles"], json!(["KYC Operator"]));
    assert_eq!(added["user"]["tenant"]["name"], "Karoo Bank");
    let roles = place.json(&["user", "roles", NOMSA, "auditor", "kyc-viewer"]);
    assert_eq!((&roles["changed"], &roles["user"]["roles"]), (&json!(true), &json!(["Auditor", "KYC Viewer"])));
    assert_eq!(place.json(&["user", "roles", NOMSA, "kyc-viewer", "auditor"])["changed"], false);
    let error = place.error(&["user", "roles", NOMSA, "boss"]);
    assert!(error["message"].as_str().unwrap().contains("There are: administrator, auditor, "), "{error}");
    let nobody = ["user", "reset", "nobody@karoo.example", "--generate-password"];
    assert_eq!(place.error(&nobody)["fields"][0]["field"], "email");
    assert_eq!(place.error(&["user", "reset", NOMSA])["code"], "usage", "nobody can be asked");
}

/// TENANT-6: beside a running server, at once.
#[tokio::test(flavor = "multi_thread")]
async fn people_can_sign_in_as_long_as_they_may_and_with_their_last_password_only() {
    let place = set_up().await;
    let server = place.serve();
    place.json(&add_nomsa("kyc-operator"));
    assert!(server.lets_in(NOMSA, PASSWORD).await);
    assert_eq!(place.json(&["user", "deactivate", NOMSA])["user"]["active"], false);
    assert_eq!(place.json(&["user", "deactivate", NOMSA])["changed"], false);
    assert!(!server.lets_in(NOMSA, PASSWORD).await);
    assert_eq!(place.json(&["user", "activate", NOMSA])["user"]["active"], true);
    assert!(server.lets_in(NOMSA, PASSWORD).await);
    let reset = place.json(&["user", "reset", NOMSA, "--generate-password"]);
    let password = reset["password"].as_str().unwrap();
    assert!(!server.lets_in(NOMSA, PASSWORD).await, "the old one is no use");
    assert!(server.lets_in(NOMSA, password).await);
    server.end();
}

/// ACCESS-5
#[tokio::test]
async fn the_last_administrator_cannot_be_taken_away() {
    let place = set_up().await;
    for command in [vec!["user", "deactivate", EMAIL], vec!["user", "roles", EMAIL, "kyc-viewer"]] {
        let error = place.error(&command);
        assert_eq!(error["code"], "conflict");
        assert!(
            error["message"].as_str().unwrap().starts_with("Thandi Maseko is the last active administrator"),
            "{error}"
        );
    }
    place.json(&add_nomsa("administrator"));
    assert_eq!(place.json(&["user", "deactivate", EMAIL])["changed"], true);
}

#[tokio::test]
async fn a_password_comes_from_standard_input_too() {
    let place = set_up().await;
    let script = "printf 'a-pass phrase of one line\\nand no more\\n' | \"$0\" user reset \"$1\" --password-file -";
    let ended =
        dossier_testkit::Program::start("sh", &place.path("."), &["-c", script, crate::place::DOSSIER, EMAIL], &[])
            .end();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(!ended.out.contains("a-pass phrase"));
    assert!(place.serve().lets_in(EMAIL, "a-pass phrase of one line").await);
}

#[tokio::test]
async fn a_wrong_command_line_is_json_for_programs_and_words_for_people() {
    let place = Place::new().await;
    let error = place.error(&["user", "add"]);
    assert_eq!(error["code"], "usage");
    let ended = place.run(&["user", "add"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.starts_with("error: the following required arguments"), "{}", ended.err);
}

/// TENANT-6
#[tokio::test]
async fn a_link_to_set_a_password_is_made_for_who_can_sign_in() {
    let place = set_up().await;
    place.json(&add_nomsa("administrator"));
    let made = place.json(&["user", "link", NOMSA]);
    assert_eq!(keys(&made), ["changed", "user", "link", "until"]);
    let link = made["link"].as_str().unwrap();
    assert!(link.contains("/link/") && link.len() > 48, "{link}");
    let again = place.json(&["user", "link", NOMSA]);
    assert_ne!(again["link"], made["link"], "each has a secret of its own");
    place.json(&["user", "deactivate", NOMSA]);
    let refused = place.error(&["user", "link", NOMSA]);
    assert_eq!(refused["code"], "conflict");
    assert!(refused["message"].as_str().unwrap().contains("Activate first"), "{refused}");
}
