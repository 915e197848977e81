//! Webhooks under Settings.

use dossier_domain::{DeliveryState, WebhookEvent, WebhookState};

use super::*;

const URL: &str = "https://core.protearidge.example/hooks/kyc";

fn row(name: &str, state: WebhookState) -> WebhookRow {
    WebhookRow {
        href: text("/settings/webhooks/0197"),
        name: text(name),
        url: text(URL),
        told: text("Everything"),
        state: webhook_state(state),
        arrived: Some(when(3)),
        failing: None,
    }
}

fn stopped() -> Banner {
    let title = "Data warehouse is disabled: for three days nothing arrived";
    let words = "What happens is not told there. Mend the program that receives, enable the webhook, and send everything again that did not arrive.";
    Banner::new(Outcome::Alert, title, words).with("/settings/webhooks/0197", "See what came of it")
}

pub(super) fn lists() -> Vec<(&'static str, WebhooksPage)> {
    let page = |webhooks| WebhooksPage { shell: shell(), banners: vec![], webhooks };
    let all = vec![
        row("Core banking", WebhookState::Active),
        WebhookRow {
            told: text("3 events"),
            arrived: None,
            failing: Some(text("No answer in time")),
            ..row("Case desk", WebhookState::Active)
        },
        WebhookRow { failing: Some(text("Answered with status 503")), ..row("Data warehouse", WebhookState::Failing) },
        row("Old core", WebhookState::Gone),
        row("Trial", WebhookState::Disabled),
    ];
    let long = longest()[0].clone();
    let hostile = vec![
        WebhookRow { url: text(HOSTILE), failing: Some(text(HOSTILE)), ..row(HOSTILE, WebhookState::Active) },
        WebhookRow {
            url: format!("https://{}.example/{}", "w".repeat(60), "k".repeat(1_900)),
            ..row(&long, WebhookState::Gone)
        },
    ];
    let deleted = Banner::new(Outcome::Good, "The webhook was deleted", "Nothing is sent there any more.");
    vec![
        ("webhooks", WebhooksPage { banners: vec![stopped()], ..page(all) }),
        ("webhooks-empty", WebhooksPage { banners: vec![deleted], ..page(vec![]) }),
        ("webhooks-hostile", WebhooksPage { shell: hostile_shell(), ..page(hostile) }),
    ]
}

fn delivery(kind: WebhookEvent, state: DeliveryState, attempts: u32) -> DeliveryRow {
    DeliveryRow {
        href: text("/settings/webhooks/0197/deliveries/0198"),
        at: when(14),
        kind: kind.to_string(),
        state: delivery_state(state, attempts > 0),
        attempts,
        next: (state == DeliveryState::Pending).then(|| when(-30)),
    }
}

fn states(chosen: &str) -> Vec<Choice> {
    [("pending", "On its way"), ("delivered", "Delivered"), ("failed", "Not delivered"), ("stopped", "Stopped")]
        .map(|(value, label)| choice(value, label, value == chosen))
        .to_vec()
}

pub(super) fn webhooks() -> Vec<(&'static str, WebhookPage)> {
    let all = vec![
        delivery(WebhookEvent::RunEnded, DeliveryState::Pending, 0),
        delivery(WebhookEvent::RequestStatusChanged, DeliveryState::Pending, 3),
        delivery(WebhookEvent::RequestVerdictChanged, DeliveryState::Delivered, 1),
        delivery(WebhookEvent::RequestCreated, DeliveryState::Failed, 10),
        delivery(WebhookEvent::ResultCreated, DeliveryState::Stopped, 2),
    ];
    let page = || WebhookPage {
        shell: shell(),
        banners: vec![],
        href: text("/settings/webhooks/0197"),
        name: text("Core banking"),
        url: text(URL),
        state: webhook_state(WebhookState::Active),
        active: true,
        events: vec![text("run.ended"), text("request.status_changed")],
        arrived: Some(when(3)),
        failed: Some((when(31), text("Answered with status 503"))),
        paused: Some(when(-10)),
        overlap: Some(when(-900)),
        deliveries: all.clone(),
        states: states(""),
        narrow: false,
        again: true,
        pager: Pager { text: String::new(), newer: None, older: Some(text("/settings/webhooks/0197?from=older-1")) },
    };
    let bare = || WebhookPage {
        events: vec![],
        arrived: None,
        failed: None,
        paused: None,
        overlap: None,
        deliveries: vec![],
        again: false,
        pager: Pager::default(),
        ..page()
    };
    let off = WebhookPage {
        banners: vec![stopped()],
        state: webhook_state(WebhookState::Failing),
        active: false,
        again: false,
        ..page()
    };
    let hostile = WebhookPage {
        shell: hostile_shell(),
        name: text(HOSTILE),
        url: text(HOSTILE),
        failed: Some((when(1), text(HOSTILE))),
        ..page()
    };
    let long =
        WebhookPage { name: longest()[0].clone(), url: format!("https://a.example/{}", "k".repeat(1_980)), ..page() };
    vec![
        ("webhook", page()),
        ("webhook-new", bare()),
        ("webhook-off", off),
        ("webhook-none", WebhookPage { narrow: true, states: states("failed"), ..bare() }),
        ("webhook-hostile", hostile),
        ("webhook-longest", long),
    ]
}

pub(super) fn one_delivery() -> Vec<(&'static str, DeliveryPage)> {
    let payload = r#"{"type":"run.ended","timestamp":"2026-11-23T12:32:07.412Z","data":{"action":"company_kyc","channel":"0193b0c0-0000-7000-8000-000000000006","request":"0193b0c0-0000-7000-8000-000000000001","run":"0193b0c0-0000-7000-8000-000000000005","state":"succeeded","verdict":"pass"}}"#;
    let attempt = |answer, said: &str, quoted| AttemptRow {
        at: exact(at(3), TZ),
        answer,
        took: text("412 ms"),
        said: text(said),
        quoted,
    };
    let page = |attempts| DeliveryPage {
        shell: shell(),
        banner: None,
        href: text("/settings/webhooks/0197/deliveries/0198"),
        up: text("/settings/webhooks/0197"),
        name: text("Core banking"),
        kind: text("run.ended"),
        state: delivery_state(DeliveryState::Pending, true),
        event: text("0193b0c0-0000-7000-8000-000000000099"),
        at: exact(at(14), TZ),
        next: Some(exact(at(-30), TZ)),
        payload: text(payload),
        again: true,
        attempts,
    };
    let failed = vec![
        attempt(answered(503), r#"{"error":"maintenance"}"#, true),
        attempt(broken(Some("timeout")), "core.protearidge.example:443 gave no whole answer within 15 seconds.", false),
        attempt(
            broken(Some("refused")),
            "core.protearidge.example:443 lies inside a private or reserved network and is not called. The operator can allow core.protearidge.example:443.",
            false,
        ),
        attempt(answered(500), "", true),
    ];
    let good = DeliveryPage {
        state: delivery_state(DeliveryState::Delivered, true),
        next: None,
        banner: Some(Banner::new(Outcome::Neutral, "The test was sent", "What came of it stands below.")),
        ..page(vec![attempt(answered(204), "", true)])
    };
    let waits = DeliveryPage {
        state: delivery_state(DeliveryState::Pending, false),
        next: None,
        banner: Some(
            Banner::new(Outcome::Neutral, "The test is on its way", "In a moment this page says what came of it.")
                .with("/settings/webhooks/0197/deliveries/0198", "Look again"),
        ),
        ..page(vec![])
    };
    let hostile = DeliveryPage {
        shell: hostile_shell(),
        name: text(HOSTILE),
        payload: text(HOSTILE),
        again: false,
        ..page(vec![attempt(answered(200), HOSTILE, true), attempt(answered(500), &"W".repeat(1_000), true)])
    };
    vec![
        ("delivery", page(failed)),
        ("delivery-arrived", good),
        ("delivery-waits", waits),
        ("delivery-hostile", hostile),
    ]
}

pub(super) fn secrets() -> Vec<(&'static str, WebhookSecretPage)> {
    let page = WebhookSecretPage {
        shell: shell(),
        href: text("/settings/webhooks/0197"),
        name: text("Core banking"),
        secret: text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="),
        fresh: true,
        overlap: None,
    };
    vec![
        ("webhook-secret", page.clone()),
        ("webhook-secret-replaced", WebhookSecretPage { fresh: false, overlap: Some(when(-1_440)), ..page.clone() }),
        ("webhook-secret-ended", WebhookSecretPage { fresh: false, ..page.clone() }),
        ("webhook-secret-hostile", WebhookSecretPage { shell: hostile_shell(), name: text(HOSTILE), ..page }),
    ]
}

pub(super) fn rotations() -> Vec<(&'static str, WebhookRotatePage)> {
    let page = |name: &str| WebhookRotatePage {
        shell: shell(),
        href: text("/settings/webhooks/0197"),
        name: text(name),
        version: 3,
    };
    vec![
        ("webhook-rotate", page("Core banking")),
        ("webhook-rotate-hostile", WebhookRotatePage { shell: hostile_shell(), ..page(HOSTILE) }),
    ]
}

pub(super) fn deletions() -> Vec<(&'static str, WebhookDeletePage)> {
    let page = |name: &str, url: &str| WebhookDeletePage {
        shell: shell(),
        href: text("/settings/webhooks/0197"),
        name: text(name),
        url: text(url),
    };
    vec![
        ("webhook-delete", page("Core banking", URL)),
        ("webhook-delete-hostile", WebhookDeletePage { shell: hostile_shell(), ..page(HOSTILE, HOSTILE) }),
    ]
}

pub(super) fn forms() -> Vec<(&'static str, PeopleFormPage)> {
    let fields = |name: &str, url: &str, wrong: Option<&str>| {
        let control = |kind, value: &str| Control::Text { kind, value: text(value) };
        let options =
            WebhookEvent::choices().map(|event| choice(event.as_str(), &format!("Something ({event})"), false));
        vec![
            Field { required: true, ..Field::new("name", "Name", control(TextKind::Plain, name)) },
            Field {
                hint: Some(text("It takes posts over HTTPS, from outside of this server’s own network.")),
                required: true,
                error: wrong.map(text),
                ..Field::new("url", "Address", control(TextKind::Url, url))
            },
            Field {
                hint: Some(text("Tick none to tell of everything, also of what later versions tell.")),
                ..Field::new("events", "Told of", Control::Choices { options: options.collect() })
            },
        ]
    };
    let page = |fields| PeopleFormPage {
        shell: shell(),
        section: Place::Webhooks,
        stored: None,
        heading: "Add webhook",
        intro: "Its signing secret is made when it is added, and shown once.",
        up: text("/settings/webhooks"),
        post_href: text("/settings/webhooks/new"),
        hidden: ("_id", text("0197")),
        fields,
        what: "Nothing was saved.",
        refusal: None,
        verb: "Add webhook",
    };
    let inside = "10.0.0.7:443 lies inside a private or reserved network and is not called. The operator can allow 10.0.0.7:443.";
    let stored = PeopleFormPage { stored: Some(text("Core banking")), ..page(fields("Core banking", URL, None)) };
    let hostile = PeopleFormPage { shell: hostile_shell(), ..page(fields(HOSTILE, HOSTILE, Some(HOSTILE))) };
    vec![
        ("webhook-form", page(fields("", "", None))),
        ("webhook-form-edit", stored),
        ("webhook-form-refused", page(fields("Core banking", "https://10.0.0.7/kyc", Some(inside)))),
        ("webhook-form-hostile", hostile),
    ]
}
