//! A stored secret stays where it was entered for.

use dossier_app::grant::Create;

use super::*;

/// CHAN-5
#[tokio::test]
async fn a_stored_secret_is_kept_when_blank_and_never_shown() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut manager = manager(&firm).await;
    let form = manager.get(&edit(&firm)).await;
    assert!(form.words().contains("Client Secret Set") && form.words().contains("Leave it blank to keep it."));
    assert!(!form.text.contains(CLIENT_SECRET));
    assert_eq!(form.hidden("_version"), "1");
    // What is neither an address nor a part of the sign-in changes without it.
    let sent = Form::stored(&desk, "main", "Renamed", 1).with("config.organisationPhaseTwoId", "org-7");
    let saved = manager.post(&edit(&firm), &sent.with("config.libraryPath", "/library").0).await;
    assert_eq!(saved.status, 303, "{}", saved.words());
    let tried = manager.post(&edit(&firm), &Form::stored(&desk, "main", "Renamed", 2).with("_test", "yes").0).await;
    assert!(tried.words().contains("accepted the credentials"), "it is still there: {}", tried.words());
    let wrong = Form::stored(&desk, "main", "Renamed", 2).with("config.clientSecret", "another one");
    assert_eq!(manager.post(&edit(&firm), &wrong.0).await.status, 303);
    let tried = manager.post(&edit(&firm), &Form::stored(&desk, "main", "Renamed", 3).with("_test", "yes").0).await;
    assert!(tried.words().contains("The test failed"), "the new one counts: {}", tried.words());
    let audit = firm.audit().await;
    let told = audit.iter().filter_map(|event| event.after.as_ref()?.get("secrets"));
    let told: Vec<_> = told.filter(|told| **told == json!({ "clientSecret": "changed" })).collect();
    assert_eq!(told.len(), 1, "{audit:?}");
    assert!(!format!("{audit:?}").contains("another one"));
}

/// CHAN-5
#[tokio::test]
async fn whoever_points_a_channel_elsewhere_enters_every_secret_again() {
    let thief = Thief::listen().await;
    let desk = desk_near(&thief).await;
    let firm = desk.firm("Aloe Bank").await;
    let mut manager = manager(&firm).await;
    let theirs = format!("http://{}/auth", thief.host);
    for (field, value) in [
        ("config.authUrl", theirs.as_str()),
        ("config.baseUrl", &theirs),
        ("config.identityUrl", &theirs),
        ("config.injectionUrl", &theirs),
        ("config.coreUrl", &theirs),
        ("config.clientId", "somebody else"),
    ] {
        for test in ["", "_test"] {
            let sent = Form::stored(&desk, "main", "InTouch main", 1).with(field, value).with(test, "yes");
            let page = manager.post(&edit(&firm), &sent.0).await;
            assert_eq!(page.status, 422, "{field} {test}");
            let said = said_at(&page, "config.clientSecret");
            assert!(
                said.starts_with("Enter it again: an address or a sign-in field is another one now"),
                "{field}: {said}"
            );
            assert!(page.text.contains(value), "{field}: what was typed is kept");
        }
    }
    assert_eq!(thief.heard(), "", "nothing went there");
    let kept = manager.get(&format!("{LIST}/{}", firm.channel())).await;
    assert!(!kept.text.contains(&theirs), "nothing was saved: {}", kept.words());

    // Entered again, it is theirs to send.
    let sent = Form::stored(&desk, "main", "InTouch main", 1).with("config.authUrl", &theirs);
    let sent = sent.with("config.clientSecret", "entered again");
    assert_eq!(manager.post(&edit(&firm), &sent.clone().with("_test", "yes").0).await.status, 200);
    assert!(thief.heard().contains("entered+again") && !thief.heard().contains(CLIENT_SECRET), "{}", thief.heard());
    assert_eq!(manager.post(&edit(&firm), &sent.0).await.status, 303);
    let back = Form::stored(&desk, "main", "InTouch main", 2);
    assert_eq!(manager.post(&edit(&firm), &back.0).await.status, 422, "nor does it follow back");
}

/// CHAN-5: the control. Without the guard a stored secret goes wherever the channel is pointed.
#[tokio::test]
async fn without_the_guard_the_secret_would_be_sent_there() {
    let thief = Thief::listen().await;
    let desk = desk_near(&thief).await;
    desk.app.let_secrets_follow();
    let firm = desk.firm("Aloe Bank").await;
    let mut manager = manager(&firm).await;
    let theirs = format!("http://{}/auth", thief.host);
    let sent = Form::stored(&desk, "main", "InTouch main", 1).with("config.authUrl", &theirs);
    assert_eq!(manager.post(&edit(&firm), &sent.clone().with("_test", "yes").0).await.status, 200);
    assert!(thief.heard().contains(CLIENT_SECRET), "by a test: {}", thief.heard());
    assert_eq!(manager.post(&edit(&firm), &sent.0).await.status, 303);
    let saved = sent.with("_version", "2").with("_test", "yes");
    let before = thief.heard().len();
    manager.post(&edit(&firm), &saved.0).await;
    assert!(thief.heard()[before..].contains(CLIENT_SECRET), "by saving: {}", thief.heard());
}

/// CHAN-5: a secret that is not required must be entered again too, and one that is not set need not be.
#[tokio::test]
async fn optional_secrets_do_not_follow_either() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    firm.license(&[("kyc", None), ("kyc-onfido", None)]).await;
    let draft = dossier_app::channels::Draft {
        handler: "onfido".to_owned(),
        code: "onfido".to_owned(),
        name: "Onfido".to_owned(),
        config: json!({ "region": "eu", "baseUrl": "https://api.eu.onfido.com/v3.6", "apiToken": "t", "webhookToken": "w" }),
        active: true,
        display_order: 0,
    };
    let member = firm.member(BuiltInRole::Manager).await;
    let channel = dossier_app::channels::add(&desk.app, &member.grant::<Create>().unwrap(), &draft).await.unwrap();
    let mut manager = manager(&firm).await;
    let pairs = |region: &'static str, token: &'static str, webhook: &'static str| {
        [
            ("_version", "1"),
            ("code", "onfido"),
            ("name", "Onfido"),
            ("active", "true"),
            ("config.region", region),
            ("config.apiToken", token),
            ("config.webhookToken", webhook),
        ]
    };
    let path = format!("{LIST}/{channel}/edit");
    // The region sets the address, so another region is another address.
    let page = manager.post(&path, &pairs("us", "again", "")).await;
    assert_eq!((page.status, said_at(&page, "config.apiToken").is_empty()), (422, true));
    assert!(!said_at(&page, "config.webhookToken").is_empty() && said_at(&page, "config.webhookTokenNext").is_empty());
    assert_eq!(manager.post(&path, &pairs("us", "again", "again")).await.status, 303);
}
