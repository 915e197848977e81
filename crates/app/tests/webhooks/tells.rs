//! What is told, and to whom.

use dossier_app::grant::{Delete, Execute};
use dossier_app::requests::{self, Mark};
use dossier_app::webhooks::{self, Typed};
use dossier_app::{AppError, channels};
use dossier_domain::{BuiltInRole, RequestStatus, RunState};
use dossier_simulator::TRACKING_COMPLETED;
use dossier_testkit::DeskBuilder;
use regex::Regex;
use serde_json::{Value, json};

use crate::receiver::{Receiver, deliveries, desk, opened, secret, settings, until, webhook};

#[tokio::test]
async fn a_receiver_is_told_what_happens_and_can_verify_it() {
    let receiver = Receiver::listen().await;
    let desk = desk(&[&receiver], |builder| builder).await;
    let firm = desk.firm("Aloe Bank").await;
    let made = webhook(&desk, &firm, &receiver.url(), &[]).await;
    let request = firm.request("Naledi Khumalo").await;
    let got = receiver.until(&desk, 1).await.remove(0);
    assert_eq!((got.kind(), got.path.as_str()), ("request.created".to_owned(), "/kyc"));
    assert_eq!(got.signed_by(&secret(&made)), 1, "{got:?}");
    let at = desk.clock.now();
    assert_eq!(got.timestamp, (at.micros() / 1_000_000).to_string());
    let channel = firm.channel();
    let data = json!({ "request": request, "channel": channel, "status": "draft", "verdict": "none" });
    assert_eq!(got.json()["data"], data);
    assert_eq!(got.json()["timestamp"], json!(at.to_string()));
    let found = until(&desk, &firm, made.webhook.id, |all| all[0].ended_at.is_some()).await;
    assert_eq!((found[0].event.to_string(), found[0].payload.as_str()), (got.id, got.body.as_str()));
    assert_eq!(opened(&desk, &firm, made.webhook.id).await.delivered_at, Some(at));
}

/// Whatever happens, a payload has ids and words of ours.
#[tokio::test]
async fn a_payload_holds_nothing_that_people_or_providers_have_written() {
    let receiver = Receiver::listen().await;
    let desk = desk(&[&receiver], |builder| builder).await;
    let firm = desk.firm("Aloe Bank").await;
    let hook = webhook(&desk, &firm, &receiver.url(), &[]).await.webhook.id;
    let request = firm.request("Naledi Khumalo 8001015009087").await;
    let params = json!({ "reference": "Naledi", "registrationNumber": "2014/187452/07" });
    assert_eq!(firm.run(request, "company_kyc", params).await.state, RunState::Succeeded);
    let read = json!({ "trackingId": TRACKING_COMPLETED });
    firm.run(request, "workflow_status", read).await;
    let basic = json!({ "workflow": "basic", "idNumber": "8001015009087", "reference": "Naledi" });
    desk.misbehave("hang-up", "/injection").await;
    let lost = firm.run(request, "run_workflow", basic).await;
    assert_eq!(lost.state, RunState::Unknown, "{:?}", lost.message);
    let operator = firm.member(BuiltInRole::Operator).await;
    let grant = operator.grant::<Execute>().unwrap();
    let settlement = dossier_app::runs::Settlement {
        request,
        run: lost.id,
        ended: "failed".to_owned(),
        reason: "Naledi said so".to_owned(),
    };
    dossier_app::runs::settle(&desk.app, &grant, &settlement).await.unwrap();
    let to = Mark { words: "Naledi is gone".to_owned(), ..Mark::to(RequestStatus::Cancelled) };
    requests::mark(&desk.app, &grant, request, &to).await.unwrap();
    let manager = firm.member(BuiltInRole::Manager).await;
    requests::remove(&desk.app, &manager.grant::<Delete>().unwrap(), request, None).await.unwrap();
    let spare = firm.add_channel("spare", "Naledi's channel").await.unwrap();
    channels::remove(&desk.app, &manager.grant().unwrap(), spare).await.unwrap();

    let all = until(&desk, &firm, hook, |all| all.iter().all(|one| one.ended_at.is_some())).await;
    let plain = Regex::new("^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z_]+)$").unwrap();
    for delivery in &all {
        let payload: Value = serde_json::from_str(&delivery.payload).unwrap();
        let keys: Vec<_> = payload.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys.len(), 3, "{keys:?}");
        for (name, value) in payload["data"].as_object().unwrap() {
            let said = value.as_str().unwrap_or_else(|| panic!("{name} of {}", delivery.payload));
            assert!(plain.is_match(said), "{name} of {}", delivery.payload);
        }
        assert!(!delivery.payload.contains("Naledi") && !delivery.payload.contains("naledi"));
    }
    let mut kinds: Vec<_> = all.iter().map(|delivery| delivery.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in [
        "channel.created",
        "channel.deleted",
        "request.created",
        "request.deleted",
        "request.status_changed",
        "result.created",
        "run.ended",
        "run.started",
    ] {
        assert!(kinds.contains(&kind), "the control: {kind} was told: {kinds:?}");
    }
    let ends: Vec<_> = all.iter().filter(|one| one.kind.as_str() == "run.ended").map(|one| &one.payload).collect();
    let ended = |state: &str| ends.iter().filter(|end| end.contains(&format!("\"state\":\"{state}\""))).count();
    assert_eq!((ended("succeeded"), ended("unknown"), ended("failed")), (2, 1, 1), "{ends:?}");
    assert_eq!(receiver.got().len(), all.len());
}

#[tokio::test]
async fn a_webhook_is_told_what_it_was_set_up_for_while_it_is_active_and_of_its_own_tenant() {
    let (some, off) = (Receiver::listen().await, Receiver::listen().await);
    let desk = desk(&[&some, &off], |builder| builder).await;
    let (firm, other) = (desk.firm("Aloe Bank").await, desk.firm("Fynbos Trust").await);
    let some_hook = webhook(&desk, &firm, &some.url(), &["request.deleted", "run.ended"]).await.webhook.id;
    let off_hook = webhook(&desk, &firm, &off.url(), &[]).await.webhook.id;
    let grant = settings(&firm).await;
    assert!(webhooks::disable(&desk.app, &grant, off_hook).await.unwrap());
    assert!(!webhooks::disable(&desk.app, &grant, off_hook).await.unwrap(), "once");
    other.request("Another tenant's").await;
    let request = firm.request("Ours").await;
    let manager = firm.member(BuiltInRole::Manager).await;
    requests::remove(&desk.app, &manager.grant::<Delete>().unwrap(), request, None).await.unwrap();
    some.until(&desk, 1).await;
    assert_eq!(some.kinds(), ["request.deleted"]);
    assert_eq!((deliveries(&desk, &firm, off_hook).await.len(), off.got().len()), (0, 0));
    assert_eq!(deliveries(&desk, &firm, some_hook).await.len(), 1);

    assert!(webhooks::enable(&desk.app, &grant, off_hook).await.unwrap());
    firm.request("Seen").await;
    off.until(&desk, 1).await;
    assert_eq!(off.kinds(), ["request.created"], "the control: enabled, it is told");
}

#[tokio::test]
async fn what_is_not_in_order_is_refused_at_its_field_and_a_form_that_is_sent_twice_adds_one() {
    let receiver = Receiver::listen().await;
    let desk = desk(&[&receiver], DeskBuilder::without_worker).await;
    let firm = desk.firm("Aloe Bank").await;
    let grant = settings(&firm).await;
    let id = webhooks::new_id(&desk.app);
    for (url, words) in [
        ("erp", "Enter a whole web address"),
        ("http://erp.example/kyc", "must start with https://"),
        ("https://10.0.0.7/kyc", "lies inside a private or reserved network"),
        ("https://user:secret@erp.example/", "must not contain a user name"),
        ("ftp://erp.example/", "must start with https://"),
    ] {
        let events = vec!["webhook.tested".to_owned()];
        let typed = Typed { name: " ".to_owned(), url: url.to_owned(), events };
        let Err(AppError::Invalid(refused)) = webhooks::create(&desk.app, &grant, id, &typed).await else {
            panic!("{url} is not in order")
        };
        let fields: Vec<_> = refused.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["name", "url", "events"]);
        assert!(refused[1].message.contains(words), "{url}: {}", refused[1].message);
    }
    let typed = Typed { name: "ERP".to_owned(), url: receiver.url(), events: vec![] };
    let first = webhooks::create(&desk.app, &grant, id, &typed).await.unwrap();
    let second = webhooks::create(&desk.app, &grant, id, &typed).await.unwrap();
    assert_ne!(secret(&first), secret(&second), "the secret of the second time counts");
    assert_eq!(webhooks::list(&desk.app, &grant).await.unwrap().len(), 1);
    let other = Typed { name: "Other".to_owned(), ..typed.clone() };
    assert!(matches!(webhooks::create(&desk.app, &grant, id, &other).await, Err(AppError::KeyReused)));
    for _ in 1..webhooks::MOST {
        webhooks::create(&desk.app, &grant, webhooks::new_id(&desk.app), &typed).await.unwrap();
    }
    let full = webhooks::create(&desk.app, &grant, webhooks::new_id(&desk.app), &typed).await;
    assert!(matches!(full, Err(AppError::Conflict(_))), "{full:?}");
    let told = format!("{:?}", firm.audit().await.iter().map(|event| event.after.clone()).collect::<Vec<_>>());
    assert!(told.contains("127.0.0.1") && !told.contains("/kyc") && !told.contains("whsec_"), "{told}");
}
