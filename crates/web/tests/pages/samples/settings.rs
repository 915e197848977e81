//! Channels and callbacks, under Settings.

use super::*;

fn row(name: &str, fares: Fares) -> ChannelRow {
    ChannelRow {
        href: format!("/settings/channels/{}", name.len()),
        name: text(name),
        code: text("INTOUCH"),
        provider: text("InTouch Secure Services"),
        standing: Standing::Open,
        active: true,
        order: 10,
        fares,
        edit: true,
        delete: true,
    }
}

pub(super) fn channels() -> Vec<(&'static str, ChannelsPage)> {
    let page = |channels| ChannelsPage {
        shell: shell(),
        banner: None,
        add: true,
        ask: People { names: Vec::new() },
        channels,
    };
    let soon = soon(at(-4), at(0), TZ);
    let troubled = vec![
        ChannelRow { active: false, ..row("InTouch 2024", Fares::NotCalled) },
        row("InTouch production", Fares::Answering),
        row("InTouch Durban", Fares::Failing { failures: 1, most: 5 }),
        row("InTouch Bloemfontein", Fares::Failing { failures: 3, most: 5 }),
        row("InTouch Gqeberha", Fares::Paused(soon.clone())),
        ChannelRow { standing: Standing::Unlicensed(text("kyc-karoo")), ..row("Karoo", Fares::Stopped(soon.clone())) },
        ChannelRow { standing: Standing::Missing, provider: text("swartberg"), ..row("Swartberg", Fares::Trying) },
    ];
    let seen = troubled.iter().map(|row| ChannelRow { edit: false, delete: false, ..row.clone() }).collect();
    let hostile =
        ChannelRow { code: text(HOSTILE), provider: text(HOSTILE), ..row(HOSTILE, Fares::Stopped(soon.clone())) };
    let long = longest()[0].clone();
    let longest = ChannelRow { provider: long.clone(), ..row(&long, Fares::Paused(soon)) };
    let deleted = Banner::new(Outcome::Good, "The channel was deleted", "Requests that used it still open.");
    vec![
        ("channels", page(troubled)),
        ("channels-seen", ChannelsPage { add: false, banner: Some(deleted), ..page(seen) }),
        ("channels-empty", page(vec![])),
        (
            "channels-empty-seen",
            ChannelsPage { add: false, ask: People { names: vec![text("Ayesha Patel")] }, ..page(vec![]) },
        ),
        ("channels-hostile", ChannelsPage { shell: hostile_shell(), ..page(vec![hostile, longest]) }),
    ]
}

fn tried(opened: bool) -> Call {
    let side = || Side {
        headers: vec![(text("content-type"), Redactable::new("application/json"))],
        body: Body::new(r#"{"access_token":"▮▮▮","expires_in":300}"#, None),
    };
    Call {
        run_href: None,
        href: text("/settings/channels/0195?open=0196#open"),
        at: exact(at(4), TZ),
        action: text("test connection"),
        method: text("POST"),
        url: Redactable::new("https://x.intouch.example/realms/InTouch/protocol/openid-connect/token"),
        answer: answered(200),
        took: Some(text("412 ms")),
        who: text("Thandeka Mkhize"),
        attempt: 1,
        opened: opened.then(|| Box::new(Opened { facts: vec![], request: side(), response: Answer::Whole(side()) })),
    }
}

pub(super) fn channel() -> Vec<(&'static str, ChannelPage)> {
    let page = || ChannelPage {
        shell: shell(),
        banner: Some(Banner::new(Outcome::Good, "The channel was saved", "")),
        href: text("/settings/channels/0195"),
        charts: text("/dashboard?channel=0195"),
        name: text("InTouch production"),
        provider: text("InTouch Secure Services"),
        description: text("Identity verification, consent, workflows, and KYC operations"),
        standing: Standing::Open,
        active: true,
        facts: vec![
            (text("Code"), text("INTOUCH")),
            (text("Auth URL"), text("https://x.intouch.example/realms/InTouch/protocol/openid-connect")),
            (text("Client Secret"), text("Set")),
        ],
        fares: Fares::Answering,
        health: Health {
            signed_in: Some(when(3)),
            sign_in_failed: Some((when(120), text("Answered with status 401"))),
            answered: Some(when(3)),
            failed: Some((when(90), text("Answered with status 503"))),
            on_their_way: Some(text("2")),
        },
        tests: vec![tried(true), tried(false)],
        address: Some(Address::Hidden),
        round: 2,
        uses: Some(text("842")),
        edit: true,
        delete: true,
    };
    let shown = |changed| Address::Shown {
        url: format!("https://kyc.protearidge.example/callbacks/{}", "k7".repeat(32)),
        changed,
    };
    let never = Health { signed_in: None, sign_in_failed: None, answered: None, failed: None, on_their_way: None };
    let address = |address| ChannelPage { banner: None, address: Some(address), ..page() };
    let fresh = ChannelPage {
        health: never,
        fares: Fares::NotCalled,
        tests: vec![],
        uses: None,
        active: false,
        ..address(Address::Nowhere { changed: false })
    };
    let seen = ChannelPage { edit: false, delete: false, address: None, uses: Some(text("1")), ..page() };
    let unlicensed = ChannelPage { standing: Standing::Unlicensed(text("kyc-intouch")), banner: None, ..page() };
    let missing = ChannelPage {
        standing: Standing::Missing,
        provider: text("intouch"),
        description: String::new(),
        banner: None,
        fares: Fares::Stopped(soon(at(-4), at(0), TZ)),
        ..page()
    };
    let hostile = ChannelPage {
        shell: hostile_shell(),
        name: text(HOSTILE),
        provider: text(HOSTILE),
        description: text(HOSTILE),
        facts: vec![(text(HOSTILE), text(HOSTILE)), (text("Long"), longest()[0].clone())],
        health: Health {
            signed_in: None,
            sign_in_failed: Some((when(1), text(HOSTILE))),
            answered: None,
            failed: Some((when(1), text(HOSTILE))),
            on_their_way: Some(text(HOSTILE)),
        },
        standing: Standing::Unlicensed(text(HOSTILE)),
        address: Some(Address::Shown { url: text(HOSTILE), changed: true }),
        ..page()
    };
    vec![
        ("channel", page()),
        ("channel-fresh", fresh),
        ("channel-seen", seen),
        ("channel-unlicensed", unlicensed),
        ("channel-missing", missing),
        ("channel-address", address(shown(false))),
        ("channel-address-changed", address(shown(true))),
        ("channel-hostile", hostile),
    ]
}

pub(super) fn deletions() -> Vec<(&'static str, ChannelDeletePage)> {
    let page = |name: &str, uses: Option<&str>| ChannelDeletePage {
        shell: shell(),
        href: text("/settings/channels/0195"),
        name: text(name),
        provider: text("InTouch Secure Services"),
        uses: uses.map(text),
    };
    vec![
        ("channel-delete", page("InTouch production", Some("842"))),
        ("channel-delete-one", page("InTouch production", Some("1"))),
        ("channel-delete-unused", page("InTouch production", None)),
        ("channel-delete-hostile", ChannelDeletePage { shell: hostile_shell(), ..page(HOSTILE, Some("999+")) }),
    ]
}

pub(super) fn handlers() -> Vec<(&'static str, ChannelChoosePage)> {
    let handler = |name: &str, description: &str| Handler {
        href: text("/settings/channels/new?handler=intouch"),
        name: text(name),
        description: text(description),
    };
    let both = vec![
        handler("InTouch Secure Services", "Identity verification, consent, workflows, and KYC operations"),
        handler("Sumsub", "Applicants, documents, checks"),
    ];
    let hostile = vec![handler(HOSTILE, HOSTILE), handler(&longest()[0], &longest()[0])];
    vec![
        ("channel-choose", ChannelChoosePage { shell: shell(), handlers: both }),
        ("channel-choose-none", ChannelChoosePage { shell: shell(), handlers: vec![] }),
        ("channel-choose-hostile", ChannelChoosePage { shell: hostile_shell(), handlers: hostile }),
    ]
}

pub(super) fn channel_forms() -> Vec<(&'static str, ChannelFormPage)> {
    let url = |error: Option<&str>| Field {
        hint: Some(text("Token endpoint.")),
        required: true,
        error: error.map(text),
        ..Field::new(
            "config.authUrl",
            "Auth URL",
            Control::Text { kind: TextKind::Url, value: text("https://x.intouch.example") },
        )
    };
    let secret = |error: Option<&str>| Field {
        hint: Some(text("Leave it blank to keep it.")),
        error: error.map(text),
        ..Field::new("config.clientSecret", "Client Secret", Control::Secret { set: true })
    };
    let path = Field::new(
        "config.libraryPath",
        "Library path",
        Control::Text { kind: TextKind::Plain, value: text("/library") },
    );
    let parts = |wrong: Option<&str>| {
        vec![
            Part::Fold(Fold { title: text("Addresses"), fields: vec![url(wrong)] }),
            Part::Field(secret(wrong)),
            Part::Fold(Fold { title: text("Advanced"), fields: vec![path.clone()] }),
        ]
    };
    let own = |wrong: Option<&str>| Own {
        name: (text("InTouch production"), wrong.map(text)),
        code: (text("INTOUCH"), wrong.map(text)),
        order: (text("0"), wrong.map(text)),
        active: true,
        active_error: wrong.map(text),
    };
    let page = |wrong| ChannelFormPage {
        shell: shell(),
        stored: Some(text("InTouch production")),
        up: text("/settings/channels/0195"),
        provider: text("InTouch Secure Services"),
        description: text("Identity verification, consent, workflows, and KYC operations"),
        post_href: text("/settings/channels/0195/edit"),
        hidden: vec![(text("_version"), text("7"))],
        own: own(wrong),
        parts: parts(wrong),
        undecided: false,
        what: "Nothing was saved.",
        refusal: None,
        tested: None,
        calls: vec![],
    };
    let new = ChannelFormPage {
        stored: None,
        up: text("/settings/channels/new"),
        post_href: text("/settings/channels/new"),
        ..page(None)
    };
    let region = Control::Branch { options: vec![choice("eu", "Europe", false)], settled: false };
    let undecided = ChannelFormPage {
        parts: vec![Part::Field(Field { required: true, ..Field::new("config.region", "Region", region) })],
        undecided: true,
        ..new.clone()
    };
    let tested = |outcome, title: &str, words: &str| ChannelFormPage {
        tested: Some(Banner::new(outcome, title, words)),
        calls: vec![tried(true)],
        ..page(None)
    };
    let good = tested(Outcome::Good, "InTouch accepted the credentials", "It took 412 ms. Nothing was saved by this.");
    let gone = ChannelFormPage { refusal: Some(text("Somebody else has deleted this channel.")), ..page(None) };
    let hostile = ChannelFormPage {
        shell: hostile_shell(),
        stored: Some(text(HOSTILE)),
        provider: text(HOSTILE),
        description: text(HOSTILE),
        hidden: vec![(text(HOSTILE), text(HOSTILE))],
        own: Own { name: (text(HOSTILE), Some(text(HOSTILE))), ..own(None) },
        ..tested(Outcome::Bad, HOSTILE, HOSTILE)
    };
    vec![
        ("channel-form", page(None)),
        ("channel-form-new", new),
        ("channel-form-undecided", undecided),
        ("channel-form-tested", good),
        ("channel-form-refused", page(Some("Enter it again."))),
        ("channel-form-gone-refused", gone),
        ("channel-form-hostile", hostile),
    ]
}

fn came(number: u32, reason: &'static str, advice: &'static str) -> QuarantineRow {
    QuarantineRow {
        href: format!("/settings/callbacks?open={number}#open"),
        at: when(number.into()),
        channel: text("InTouch production"),
        reason,
        advice,
        times: number,
        opened: None,
    }
}

pub(super) fn quarantines() -> Vec<(&'static str, QuarantinePage)> {
    let page = |callbacks| QuarantinePage { shell: shell(), callbacks, pager: Pager::default() };
    let headers = |value: &str| {
        vec![
            (text("content-type"), text("application/json")),
            (text("authorization"), text("▮▮▮")),
            (text("x-signature"), text(value)),
        ]
    };
    let letter = |headers: &[(String, String)], body: &str| Some(Box::new(Letter::new(headers, body.as_bytes())));
    let forged = || came(1, "Its signature does not fit", "Compare the two; if they are the same, change the address.");
    let unmatched = came(4, "No run fits it", "It is about work that no run of this channel began.");
    let open = QuarantineRow { opened: letter(&headers("5e884898"), r#"{"check":"C-17","state":"done"}"#), ..forged() };
    let hostile = QuarantineRow {
        channel: text(HOSTILE),
        opened: letter(&[(text(HOSTILE), text(HOSTILE)), (text("x"), longest()[0].clone())], HOSTILE),
        ..forged()
    };
    let many: Vec<_> = (0..200).map(|n| (format!("x-{n}"), "<\"".repeat(400))).collect();
    let huge = QuarantineRow { opened: letter(&many, &"<\"".repeat(100_000)), ..forged() };
    let rest = (0..24).map(|_| forged());
    let huge = QuarantinePage {
        pager: Pager {
            text: String::new(),
            newer: Some(text("/settings/callbacks?from=newer-1")),
            older: Some(text("/settings/callbacks?from=older-1")),
        },
        ..page(std::iter::once(huge).chain(rest).collect())
    };
    vec![
        ("quarantine", page(vec![open, unmatched])),
        ("quarantine-empty", page(vec![])),
        ("quarantine-hostile", QuarantinePage { shell: hostile_shell(), ..page(vec![hostile]) }),
        ("quarantine-huge", huge),
    ]
}
