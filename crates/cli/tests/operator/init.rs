//! `dossier init`: once, twice, cut off, and where something else stands.

use std::time::{Duration, Instant};

use dossier_app::{App, setup};
use dossier_connector::Registry;
use dossier_domain::Ids;
use dossier_outbound::{Client, Policy};
use dossier_storage::{BlobStore, Db, Settings};
use dossier_vault::MasterKey;
use secrecy::ExposeSecret;

use crate::place::{EMAIL, PASSWORD, Place};

fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

/// Where the database of the place is, once it is set up.
fn settings(place: &Place) -> Settings {
    match (place.url("dossier_app"), place.url("dossier_system")) {
        (Some(url), Some(system_url)) => Settings::Postgres { url, system_url },
        _ => Settings::Sqlite { path: place.path("dossier-data/dossier.db") },
    }
}

/// TENANT-5
#[tokio::test(flavor = "multi_thread")]
async fn after_init_the_server_starts_and_its_administrator_signs_in() {
    let place = Place::new().await;
    let said = place.set_up();
    assert_eq!(said["changed"], true);
    for part in ["configuration", "master_key", "database", "tenant", "administrator"] {
        assert_eq!(said[part]["made"], true, "{part}");
    }
    assert_eq!((&said["tenant"]["name"], &said["administrator"]["email"]), (&"Karoo Bank".into(), &EMAIL.into()));
    assert!(said["administrator"].get("password").is_none(), "it was given, so it is not repeated");
    assert!(said["next"].as_str().unwrap().starts_with("dossier serve --config /"));
    let server = place.serve();
    assert!(server.lets_in(EMAIL, PASSWORD).await);
    assert!(!server.lets_in(EMAIL, "another-password").await, "the control");
    assert_eq!(place.set_up()["changed"], false, "beside it, nothing is changed either");
    server.end();
}

#[cfg(unix)]
#[tokio::test]
async fn key_and_configuration_are_for_their_owner_only_and_the_owners_address_is_not_written() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new().await;
    place.set_up();
    for file in ["master.key", "dossier.toml"] {
        let mode = std::fs::metadata(place.path(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let written = std::fs::read_to_string(place.path("dossier.toml")).unwrap();
    assert_eq!(written.contains("dossier_system"), place.on_postgres(), "{written}");
    assert!(!written.contains("dossier_owner"), "{written}");
}

#[tokio::test]
async fn a_second_init_changes_nothing_and_says_so() {
    let place = Place::new().await;
    place.set_up();
    let before = place.contents();
    let again = place.set_up();
    assert_eq!(again["changed"], false);
    for part in ["configuration", "master_key", "database", "tenant", "administrator"] {
        assert_eq!(again[part]["made"], false, "{part}");
    }
    let bare = place.run(&["init"]);
    assert_eq!(bare.code, Some(0), "{}", bare.err);
    assert!(bare.out.starts_with("Everything is there already; nothing was changed."), "{}", bare.out);
    assert!(place.contents() == before, "not a byte");
    assert_eq!(place.json(&["user", "list"])["users"].as_array().unwrap().len(), 1);
}

/// Killed as soon as `seen` is there, it is finished by the next one; a key that data may have been sealed with stays.
async fn is_finished_after_a_kill(seen: &str) {
    let place = Place::new().await;
    let arguments = place.init(&[]);
    let program = place.start(&words(&arguments));
    let deadline = Instant::now() + Duration::from_mins(1);
    while !place.path(seen).exists() {
        assert!(Instant::now() < deadline, "waited in vain for {seen}");
        std::hint::spin_loop();
    }
    program.signal("KILL");
    program.end();
    let key = std::fs::read_to_string(place.path("master.key")).unwrap();
    MasterKey::from_text(key.trim()).unwrap_or_else(|e| panic!("a whole key: {e}"));

    place.set_up();
    assert_eq!(std::fs::read_to_string(place.path("master.key")).unwrap(), key);
    assert_eq!(place.json(&["tenant", "list"])["tenants"].as_array().unwrap().len(), 1);
    assert_eq!(place.json(&["user", "list"])["users"].as_array().unwrap().len(), 1);
    assert_eq!(place.set_up()["changed"], false);
    let server = place.serve();
    assert!(server.lets_in(EMAIL, PASSWORD).await);
    server.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_init_that_is_killed_after_the_key_is_finished_by_the_next_one() {
    is_finished_after_a_kill("master.key").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_init_that_is_killed_after_the_configuration_is_finished_by_the_next_one() {
    is_finished_after_a_kill("dossier.toml").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_init_that_is_killed_at_the_database_is_finished_by_the_next_one() {
    is_finished_after_a_kill("dossier-data").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_init_that_is_killed_before_the_tenant_is_finished_by_the_next_one() {
    is_finished_after_a_kill("dossier-data/files").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_everything_was_set_up_once_and_the_data_are_gone_nothing_begins_anew_unless_somebody_says_so() {
    let place = Place::new().await;
    if !matches!(settings(&place), Settings::Sqlite { .. }) {
        // There a database stands apart from the folder, and does not vanish with it.
        return;
    }
    place.set_up();
    std::fs::remove_dir_all(place.path("dossier-data")).unwrap();
    let before = place.contents();
    let arguments = place.init(&[]);
    let error = place.error(&words(&arguments));
    let said = error["message"].as_str().unwrap();
    assert!(
        error["code"] == "data_missing" && said.contains("not mounted") && said.contains("--begin-empty"),
        "{said}"
    );
    assert!(place.contents() == before, "not a byte");
    let arguments = place.init(&["--begin-empty"]);
    assert_eq!(place.json(&words(&arguments))["database"]["made"], true);
}

/// Cut off between the tenant and its administrator.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_without_an_administrator_gets_one_and_no_other_tenant_is_made() {
    let place = Place::new().await;
    let key = MasterKey::generate();
    std::fs::write(place.path("master.key"), key.to_text().expose_secret()).unwrap();
    std::fs::create_dir(place.path("dossier-data")).unwrap();
    if let Some(owner) = place.url("dossier_owner") {
        dossier_storage::migrate(&owner).await.unwrap();
    }
    let db = Db::open(&settings(&place), key).await.unwrap();
    let blobs = BlobStore::local(&place.path("dossier-data/files")).unwrap();
    let client = Client::new(Policy::default()).unwrap();
    let app = App::new(db.clone(), blobs, Registry::built_in().unwrap(), client, Ids::default(), None).unwrap();
    setup::add_tenant(&app, "Karoo Bank", "UTC", &[("kyc".to_owned(), None)]).await.unwrap();
    db.close().await;

    let said = place.set_up();
    let made =
        ["master_key", "database", "tenant", "configuration", "administrator"].map(|part| said[part]["made"] == true);
    assert_eq!(made, [false, false, false, true, true], "{said}");
    assert_eq!(place.json(&["tenant", "list"])["tenants"].as_array().unwrap().len(), 1);
    assert!(place.serve().lets_in(EMAIL, PASSWORD).await);
}

#[tokio::test]
async fn a_key_that_does_not_fit_or_is_missing_is_told_and_nothing_is_changed() {
    let place = Place::new().await;
    place.set_up();
    let (key, configuration) = (place.path("master.key"), place.path("dossier.toml"));
    let right = std::fs::read_to_string(&key).unwrap();
    std::fs::write(&key, MasterKey::generate().to_text().expose_secret()).unwrap();
    let before = place.contents();
    let arguments = place.init(&[]);
    for command in [words(&arguments), vec!["user", "list"], vec!["tenant", "add", "Protea"]] {
        let error = place.error(&command);
        assert_eq!(error["code"], "wrong_key");
        assert_eq!(error["message"], "This master key is not the one that the data was sealed with.");
    }
    assert!(place.contents() == before);

    std::fs::remove_file(&key).unwrap();
    // Also where the configuration is gone too, so that everything looks new but the database.
    for _ in 0..2 {
        let error = place.error(&words(&arguments));
        assert_eq!(error["code"], "key_missing", "{error}");
        assert!(!key.exists(), "no new one is made");
        let _ = std::fs::remove_file(&configuration);
    }
    assert!(!configuration.exists());
    std::fs::write(&key, right).unwrap();
    assert_eq!(place.set_up()["administrator"]["made"], false, "with its key it is as it was");
}

#[tokio::test]
async fn what_cannot_be_made_is_refused_before_anything_is() {
    let place = Place::new().await;
    std::fs::write(place.path("short"), "too short").unwrap();
    let before = place.contents();
    let refused = |further: &[&str], code: &str, words: &str| {
        let mut arguments = vec!["init", "--tenant", "Karoo Bank", "--admin-email", EMAIL, "--admin-name", "Thandi"];
        let given = place.init(&[]);
        let from = given.iter().position(|argument| argument == "--database-url").unwrap_or(given.len());
        arguments.extend(given[from..].iter().map(String::as_str));
        arguments.extend(further);
        let error = place.error(&arguments);
        assert_eq!(error["code"], code, "{error}");
        assert!(error["message"].as_str().unwrap().contains(words), "{error}");
    };
    refused(&[], "usage", "--password-file FILE or --generate-password");
    refused(&["--password-file", "short"], "invalid", "at least 12 characters");
    refused(&["--generate-password", "--module", "kyc-nowhere"], "invalid", "There are: kyc, kyc-intouch");
    refused(&["--generate-password", "--time-zone", "Karoo"], "invalid", "“Karoo” is no time zone");
    refused(&["--generate-password", "--public-url", "localhost:8443"], "failed", "public_url is not an address");
    refused(&["--generate-password", "--providers", "nowhere"], "failed", "The folder of providers");
    if !place.on_postgres() {
        let (app, system) = ("postgres://dossier_app:hunter2@127.0.0.1:1/x", "postgres://dossier_system@127.0.0.1:1/x");
        let nobody = ["--generate-password", "--database-url", app, "--database-system-url", system];
        refused(&nobody, "database", "The database at 127.0.0.1:1 cannot be reached: ");
        refused(&nobody[..3], "failed", "PostgreSQL takes both");
    }
    assert!(place.contents() == before, "nothing was made");
}

#[tokio::test]
async fn a_postgres_without_its_owners_address_says_that_it_is_needed_once() {
    let place = Place::new().await;
    if !place.on_postgres() {
        return;
    }
    let mut arguments = place.init(&[]);
    let at = arguments.iter().position(|argument| argument == "--database-owner-url").unwrap();
    arguments.drain(at..at + 2);
    let error = place.error(&words(&arguments));
    assert_eq!(error["code"], "usage");
    assert!(error["message"].as_str().unwrap().contains("DOSSIER_DATABASE_OWNER_URL"), "{error}");
    assert!(!place.path("master.key").exists() && !place.path("dossier.toml").exists());
}

#[tokio::test]
async fn a_flag_that_contradicts_the_configuration_is_refused_rather_than_ignored() {
    let place = Place::new().await;
    place.set_up();
    let before = place.contents();
    let error = place.error(&["init", "--data", "elsewhere"]);
    assert_eq!(error["code"], "conflict");
    assert!(error["message"].as_str().unwrap().contains("says something else than --data"), "{error}");
    assert!(place.contents() == before);
}

#[tokio::test]
async fn a_password_that_is_made_up_is_shown_once_and_the_key_only_when_it_is_asked_for() {
    let place = Place::new().await;
    let arguments = place.init(&["--show-key"]);
    let mut arguments = words(&arguments);
    let at = arguments.iter().position(|argument| *argument == "--password-file").unwrap();
    arguments.splice(at..at + 2, ["--generate-password"]);
    let said = place.json(&arguments);
    let password = said["administrator"]["password"].as_str().unwrap().to_owned();
    let key = std::fs::read_to_string(place.path("master.key")).unwrap();
    assert_eq!(said["master_key"]["key"], key.trim());
    assert!(password.len() >= 12);
    assert!(!place.json(&["init"]).to_string().contains(&password), "not a second time");
    assert!(place.serve().lets_in(EMAIL, &password).await);
}
