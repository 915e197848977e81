//! Channels and callbacks, under Settings.

use super::*;

fn row(name: &str, fares: Fares) -> ChannelRow {
    ChannelRow {
        href: format!("/settings/channels?open={}", name.len()),
        name: text(name),
        provider: text("InTouch"),
        installed: true,
        active: true,
        fares,
        opened: None,
    }
}

fn opened(address: Address) -> Box<ChannelDetail> {
    Box::new(ChannelDetail {
        answered: Some(when(3)),
        failed: Some((when(90), text("Answered with status 503"))),
        on_their_way: Some(text("2")),
        address_href: text("/settings/channels/0195/address"),
        address,
    })
}

pub(super) fn channels() -> Vec<(&'static str, ChannelsPage)> {
    let with = |address| ChannelRow { opened: Some(opened(address)), ..row("InTouch production", Fares::Answering) };
    let page = |channels| ChannelsPage { shell: shell(), channels };
    let soon = soon(at(-4), at(0), TZ);
    let troubled = vec![
        ChannelRow { active: false, ..row("InTouch 2024", Fares::NotCalled) },
        with(Address::Hidden),
        row("InTouch Durban", Fares::Failing { failures: 1, most: 5 }),
        row("InTouch Bloemfontein", Fares::Failing { failures: 3, most: 5 }),
        row("InTouch Gqeberha", Fares::Paused(soon.clone())),
        row("Karoo", Fares::Stopped(soon.clone())),
        ChannelRow { installed: false, provider: text("swartberg"), ..row("Swartberg", Fares::Trying) },
    ];
    let shown = |changed| Address::Shown {
        url: format!("https://kyc.protearidge.example/callbacks/{}", "k7".repeat(32)),
        changed,
    };
    let never = ChannelDetail {
        answered: None,
        failed: None,
        on_their_way: None,
        address_href: text("/settings/channels/0195/address"),
        address: Address::Nowhere { changed: false },
    };
    let nowhere = ChannelRow { opened: Some(Box::new(never)), ..row("InTouch production", Fares::NotCalled) };
    let hostile_detail = ChannelDetail {
        answered: None,
        failed: Some((when(1), text(HOSTILE))),
        on_their_way: Some(text(HOSTILE)),
        address_href: text("/settings/channels/0195/address"),
        address: Address::Shown { url: text(HOSTILE), changed: true },
    };
    let hostile = ChannelRow {
        provider: text(HOSTILE),
        opened: Some(Box::new(hostile_detail)),
        ..row(HOSTILE, Fares::Stopped(soon.clone()))
    };
    let long = longest()[0].clone();
    let longest = ChannelRow { provider: long.clone(), ..row(&long, Fares::Paused(soon)) };
    vec![
        ("channels", page(troubled)),
        ("channels-empty", page(vec![])),
        ("channels-address", page(vec![with(shown(false))])),
        ("channels-address-changed", page(vec![with(shown(true))])),
        ("channels-nowhere", page(vec![nowhere])),
        ("channels-hostile", ChannelsPage { shell: hostile_shell(), channels: vec![hostile, longest] }),
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
