//! The audit: under Settings, and of one request.

use super::*;

fn name(name: &str) -> Word {
    Word::Name(text(name))
}

fn said(words: &str) -> Word {
    Word::Text(text(words))
}

fn entry(number: i64, says: Vec<Word>, detail: &[&str]) -> Entry {
    Entry {
        href: format!("/settings/audit?open={number}#open"),
        at: seconds(at(number * 7), TZ),
        says,
        detail: detail.iter().map(|line| text(line)).collect(),
        from: text("10.20.4.117"),
        opened: None,
    }
}

fn change(label: &str, before: Option<&str>, after: Option<&str>) -> Change {
    Change { label: text(label), secret: false, before: before.map(text), after: after.map(text) }
}

fn detail(changes: Vec<Change>, reference: Option<&str>) -> Box<EntryDetail> {
    Box::new(EntryDetail {
        changes,
        request: reference.map(|reference| (text(reference), Some(text("/requests/0193")))),
        name: text("channel.updated"),
        id: text("0193b0c0-0000-7000-8000-000000000001"),
        log_request: Some(text("6f1c0a4be2d94d3a8f5c7b1e90a2d3c4")),
        sealed: false,
    })
}

fn entries() -> Vec<Entry> {
    let (company, reference) = ("Company KYC", "Kwantu Solar Components (Pty) Ltd");
    let who = || name("Thandeka Mkhize");
    let changes = vec![
        change("Display order", Some("20"), Some("0")),
        change(
            "Core URL",
            Some("https://api.intouch.example/core/api/v2"),
            Some("https://api.intouch.example/core/api/v3"),
        ),
        Change { secret: true, ..change("Client secret", None, Some("changed")) },
    ];
    let channel = vec![name("Riaan Coetzee"), said(" changed the channel "), name("InTouch production")];
    let refused = vec![said("Somebody"), said(" tried to sign in as "), name("Ayesha Patel"), said(" and was refused")];
    vec![
        entry(1, vec![who(), said(" got a result of "), name(company), said(" in "), name(reference)], &[]),
        entry(2, vec![who(), said(" changed the status of "), name(reference)], &["Status: from “draft” to “pending”"]),
        Entry { opened: Some(detail(changes, None)), ..entry(3, channel, &[]) },
        Entry {
            from: text("command line"),
            ..entry(
                4,
                vec![said("The operator"), said(" changed the licence")],
                &["Modules: from “module kyc” to “module kyc, module kyc-intouch”"],
            )
        },
        Entry { from: text("2001:db8:85a3:8d3:1319:8a2e:370:7348"), ..entry(5, refused, &[]) },
        Entry {
            from: text("this server"),
            ..entry(
                6,
                vec![
                    said("Dossier"),
                    said(" could not learn how "),
                    name("Run Workflow"),
                    said(" in "),
                    name("ACC 4410-7729 Pienaar, Lourens"),
                    said(" ended"),
                ],
                &[],
            )
        },
    ]
}

fn filters(words: &str) -> EventFilters {
    let choice = |value: &str, label: &str| choice(value, label, false);
    let group = |label, each: &[(&str, &str)]| EventChoices {
        label,
        all: choice("group", "All of these"),
        each: each.iter().map(|(value, label)| choice(value, label)).collect(),
    };
    EventFilters {
        who: text(words),
        what: vec![
            group("Requests", &[("request.created", "Request created"), ("request.status_changed", "Status changed")]),
            group("Sign-ins", &[("session.started", "Signed in"), ("session.refused", "Sign-in refused")]),
        ],
        about: text(words),
        since: text("2026-11-23"),
        until: String::new(),
    }
}

fn hostile() -> Entry {
    let changes = vec![change(HOSTILE, Some(HOSTILE), Some(HOSTILE)), change(HOSTILE, None, Some(HOSTILE))];
    Entry {
        from: text(HOSTILE),
        opened: Some(detail(changes, Some(HOSTILE))),
        ..entry(1, vec![name(HOSTILE), said(" started "), name(HOSTILE), said(" in "), name(HOSTILE)], &[HOSTILE])
    }
}

/// A page of the longest that there can be, with the largest event open.
fn huge() -> Vec<Entry> {
    let long = &longest()[0];
    let line = format!("Name: from “{}…” to “{}…”", "W".repeat(40), "W".repeat(40));
    let says = || vec![name(long), said(" got a result of "), name(long), said(" in "), name(long)];
    let many = (0..100).map(|_| change(long, Some(&"<\"".repeat(10_000)), Some(&"<\"".repeat(10_000)))).collect();
    let opened =
        Entry { opened: Some(detail(many, Some(long))), ..entry(1, says(), &[&line, &line, "And 98 more changes"]) };
    let rest = (2..26).map(|n| entry(n, says(), &[&line, &line, "And 98 more changes"]));
    std::iter::once(opened).chain(rest).collect()
}

pub(super) fn audits() -> Vec<(&'static str, AuditPage)> {
    let page = |entries| AuditPage {
        shell: Shell { here: text("/settings/audit?who=a"), ..shell() },
        filters: filters(""),
        clear: None,
        export: text("/settings/audit.csv?who=a&what=channels"),
        entries,
        pager: Pager { older: Some(text("/settings/audit?from=older-1")), ..Pager::default() },
    };
    let narrowed = |entries, words| AuditPage {
        filters: filters(words),
        clear: Some(text("/settings/audit")),
        pager: Pager::default(),
        ..page(entries)
    };
    vec![
        ("audit", page(entries())),
        ("audit-none", narrowed(vec![], "nobody of that name")),
        ("audit-hostile", AuditPage { shell: hostile_shell(), ..narrowed(vec![hostile()], HOSTILE) }),
        ("audit-huge", page(huge())),
    ]
}

pub(super) fn of_requests() -> Vec<(&'static str, RequestAuditPage)> {
    let page = |entries| RequestAuditPage {
        shell: shell(),
        head: head("Kwantu Solar Components (Pty) Ltd"),
        entries,
        pager: Pager::default(),
    };
    vec![
        ("request-audit", page(entries().into_iter().take(2).collect())),
        ("request-audit-gone", page(vec![])),
        (
            "request-audit-hostile",
            RequestAuditPage { shell: hostile_shell(), head: head(HOSTILE), ..page(vec![hostile()]) },
        ),
        ("request-audit-huge", RequestAuditPage { head: head(&longest()[0]), ..page(huge()) }),
    ]
}
