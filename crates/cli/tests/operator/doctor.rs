//! `dossier doctor`: each fault is made, found, and was not there before.

use std::path::Path;

use dossier_testkit::bucket::{BUCKET, SECRET_KEY, Service};
use dossier_vault::MasterKey;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::place::Place;

/// What the doctor says, and its exit code.
fn look(place: &Place) -> (Value, i32) {
    let ended = place.run(&["doctor", "--json"]);
    assert_eq!(ended.err, "", "it has always something to say on standard output");
    (serde_json::from_str(&ended.out).unwrap(), ended.code.unwrap())
}

/// The state of a check; the worst, where there are several of one name.
fn state(said: &Value, check: &str) -> String {
    let all = said["checks"].as_array().unwrap().iter().filter(|one| one["check"] == check);
    let states: Vec<_> = all.map(|one| one["state"].as_str().unwrap()).collect();
    ["fault", "warning", "ok"].into_iter().find(|state| states.contains(state)).unwrap_or("none").to_owned()
}

/// Makes a fault, sees it, and takes it back: it is not there any more then, nor was it before.
fn finds(place: &Place, check: &str, wanted: &str, harm: impl FnOnce(), mend: impl FnOnce()) {
    harm();
    let (said, code) = look(place);
    assert_eq!(state(&said, check), wanted, "{check}: {said:#}");
    assert_eq!(code, i32::from(wanted == "fault"), "{said:#}");
    mend();
    assert_ne!(state(&look(place).0, check), wanted, "{check}: mended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_tried_and_its_key_is_never_shown() {
    let place = Place::new().await;
    place.set_up();
    let service = Service::start().await;
    let (endpoint, file) = (service.endpoint(), place.path("dossier.toml"));
    let before = std::fs::read_to_string(&file).unwrap();
    let files = format!(
        "[files]\nbucket = \"{BUCKET}\"\nendpoint = \"{endpoint}\"\naccess_key = \"desk\"\nsecret_key = \"{SECRET_KEY}\"\n"
    );
    std::fs::write(&file, format!("{before}\n{files}")).unwrap();
    let (said, code) = look(&place);
    assert_eq!((state(&said, "bucket").as_str(), code), ("ok", 0), "{said:#}");
    assert!(service.names().await.is_empty(), "nothing is left behind");
    finds(&place, "bucket", "fault", || service.shut(), || service.open());
    let wrong = files.replace(&format!("\"{endpoint}\""), "\"http://bucket.example\"");
    let harm = || std::fs::write(&file, format!("{before}\n{wrong}")).unwrap();
    finds(&place, "configuration", "fault", harm, || std::fs::write(&file, &before).unwrap());
    service.shut();
    std::fs::write(&file, format!("{before}\n{files}")).unwrap();
    let said = look(&place).0.to_string();
    assert!(said.contains(BUCKET) && !said.contains(SECRET_KEY), "{said}");
}

#[tokio::test]
async fn a_sound_place_has_no_fault_and_every_check_has_a_name_a_state_and_a_finding() {
    let place = Place::new().await;
    place.set_up();
    let (said, code) = look(&place);
    assert_eq!((&said["ok"], &said["faults"], code), (&true.into(), &0.into(), 0), "{said:#}");
    let on_both = [
        "configuration",
        "public_address",
        "master_key",
        "data_folder",
        "disk_space",
        "providers",
        "schema",
        "database",
        "tenants",
        "files",
        "given_up_jobs",
        "unknown_runs",
        "overdue_runs",
        "callbacks",
    ];
    let on_postgres = ["clock", "roles", "rights", "row_level_security"];
    for check in on_both {
        assert_ne!(state(&said, check), "none", "{check}");
    }
    for check in on_postgres {
        assert_eq!(state(&said, check), if place.on_postgres() { "ok" } else { "none" }, "{check}");
    }
    for check in said["checks"].as_array().unwrap() {
        let fields: Vec<_> = check.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["check", "state", "finding", "mend"]);
        assert_eq!(check["mend"].is_null(), check["state"] == "ok", "{check}");
    }
    let people = place.run(&["doctor"]);
    assert!(people.out.contains("ok       schema") && people.out.trim_end().ends_with('.'), "{}", people.out);
}

#[tokio::test]
async fn what_is_wrong_with_the_key_is_found_and_gone_when_it_is_mended() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new().await;
    place.set_up();
    let key = place.path("master.key");
    assert_eq!(look(&place).0["faults"], 0, "the control");
    let right = std::fs::read_to_string(&key).unwrap();
    let put = |text: &str| std::fs::write(&key, text).unwrap();
    let mode = |file: &Path, mode| std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    finds(&place, "master_key", "fault", || put(MasterKey::generate().to_text().expose_secret()), || put(&right));
    finds(
        &place,
        "master_key",
        "fault",
        || std::fs::remove_file(&key).unwrap(),
        || {
            put(&right);
            mode(&key, 0o600);
        },
    );
    finds(&place, "master_key", "warning", || mode(&key, 0o644), || mode(&key, 0o600));
}

#[tokio::test]
async fn what_is_wrong_with_configuration_and_folders_is_found_and_gone_when_it_is_mended() {
    let place = Place::new().await;
    place.set_up();
    let configuration = place.path("dossier.toml");
    assert_eq!(look(&place).0["faults"], 0, "the control");
    let written = std::fs::read_to_string(&configuration).unwrap();
    let say = |text: &str| std::fs::write(&configuration, text).unwrap();
    let with = |line: &str| format!("{line}\n{written}");
    finds(&place, "configuration", "fault", || say(&with("lisen = 1")), || say(&written));
    finds(
        &place,
        "public_address",
        "ok",
        || say(&with("public_url = \"https://kyc.example.org\"")),
        || say(&with("public_url = \"http://kyc.example.org\"")),
    );
    let (data, away) = (place.path("dossier-data"), place.path("away"));
    finds(
        &place,
        "data_folder",
        "fault",
        || std::fs::rename(&data, &away).unwrap(),
        || std::fs::rename(&away, &data).unwrap(),
    );
}

#[tokio::test]
async fn what_is_wrong_with_providers_is_found_and_gone_when_it_is_mended() {
    let place = Place::new().await;
    place.set_up();
    let configuration = place.path("dossier.toml");
    assert_eq!(look(&place).0["faults"], 0, "the control");
    let written = std::fs::read_to_string(&configuration).unwrap();
    let say = |text: &str| std::fs::write(&configuration, text).unwrap();
    let with = |line: &str| format!("{line}\n{written}");
    std::fs::create_dir_all(place.path("own/broken")).unwrap();
    std::fs::write(place.path("own/broken/provider.yaml"), "manifest: 1\nkee: x\n").unwrap();
    finds(&place, "providers", "warning", || say(&with("providers = \"own\"")), || say(&written));
    finds(&place, "providers", "fault", || say(&with("providers = \"nowhere\"")), || say(&written));
}

#[tokio::test]
async fn a_place_that_is_not_set_up_is_a_fault_and_nothing_is_made() {
    let place = Place::new().await;
    let before = place.contents();
    let (said, code) = look(&place);
    assert_eq!((&said["ok"], code), (&false.into(), 1));
    assert_eq!((state(&said, "master_key"), state(&said, "database")), ("fault".to_owned(), "fault".to_owned()));
    assert!(place.contents() == before);
}

#[tokio::test]
async fn a_lost_disk_is_told_as_one_and_nobody_is_advised_to_begin_anew() {
    let place = Place::new().await;
    if place.on_postgres() {
        // There a database stands apart from the folder, and does not vanish with it.
        return;
    }
    place.set_up();
    std::fs::rename(place.path("dossier-data"), place.path("elsewhere")).unwrap();
    let (said, code) = look(&place);
    assert_eq!((state(&said, "data_folder"), state(&said, "database"), code), ("fault".into(), "fault".into(), 1));
    let mends = said["checks"].as_array().unwrap().iter().filter_map(|check| check["mend"].as_str());
    assert!(mends.clone().any(|mend| mend.contains("Mount")), "{said}");
    assert!(mends.clone().all(|mend| !mend.starts_with("dossier init")), "{said}");
    std::fs::create_dir(place.path("dossier-data")).unwrap();
    assert_eq!(state(&look(&place).0, "database"), "fault", "an empty mount point is no database either");
}

#[tokio::test]
async fn a_tenant_that_nobody_can_use_or_administer_is_told() {
    let place = Place::new().await;
    place.set_up();
    assert_eq!(state(&look(&place).0, "tenants"), "ok");
    place.json(&["licence", "end", "kyc"]);
    assert_eq!(state(&look(&place).0, "tenants"), "warning");
    place.json(&["licence", "grant", "kyc"]);
    assert_eq!(state(&look(&place).0, "tenants"), "ok");
    place.json(&["tenant", "add", "Protea Trust"]);
    assert_eq!(state(&look(&place).0, "tenants"), "warning");
}
