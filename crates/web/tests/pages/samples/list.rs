//! Signing in, the list, a new request.

use super::*;

fn row(reference: &str, number: i64) -> RequestRow {
    let states = RequestStatus::ALL;
    let number_of = usize::try_from(number).unwrap();
    RequestRow {
        href: format!("/requests/0193593c-7d1a-7c4e-9b2f-{number:012}"),
        reference: text(reference),
        channel: ChannelName { name: text("InTouch branch network"), deleted: number % 7 == 3 },
        status: status(states[number_of % states.len()]),
        verdict: verdict(Verdict::ALL[number_of % 4]),
        attention: if number % 9 == 2 { attention(RunState::Unknown) } else { None },
        created: when(number * 37),
    }
}

fn list(rows: Vec<RequestRow>) -> RequestsPage {
    RequestsPage {
        shell: shell(),
        banner: None,
        counts: counts(None),
        export: text("/requests.csv?q=a&status=draft"),
        filters: filters(""),
        listing: Listing::Rows(rows),
        found: text("999+ requests, the newest 25 shown"),
        pager: Pager {
            text: text("25 of 999+"),
            newer: Some(text("/requests?before=a&x=1")),
            older: Some(text("/requests?after=b")),
        },
    }
}

fn counts(chosen: Option<usize>) -> Vec<Bucket> {
    let numbers = [63, 148, 1_000, 37, 0];
    let bucket =
        |word, look, count, n| Bucket { href: text("/requests?a=1&b=2"), look, word, count, chosen: chosen == n };
    let all = bucket("All", None, 1_000, None);
    let each = RequestStatus::ALL.iter().zip(numbers).enumerate();
    let each =
        each.map(|(n, (&status, count))| bucket(status_look(status).word, Some(status_look(status)), count, Some(n)));
    [all].into_iter().chain(each).chain([bucket(ATTENTION.word, Some(ATTENTION), 2, Some(9))]).collect()
}

fn filters(search: &str) -> Filters {
    Filters {
        text: text(search),
        channels: vec![
            choice("1", "InTouch production", false),
            choice("2", "InTouch branch network", false),
            choice("3", "InTouch 2025 (deleted)", false),
        ],
        verdicts: vec![choice("pass", "Pass", false), choice("none", "None yet", false)],
        ..Filters::default()
    }
}

pub(super) fn lists() -> Vec<(&'static str, RequestsPage)> {
    const NAMES: [&str; 5] = [
        "Kwantu Solar Components (Pty) Ltd",
        "CIF-2209418 Dlamini, Sibongile",
        "Witkop Dental Supplies (Pty) Ltd, annual review",
        "محمد العلي 4410",
        "CIF-2209399 Botha, Hendrik Jacobus",
    ];
    let full = list((0..25).map(|n| row(NAMES[usize::try_from(n).unwrap() % 5], n)).collect());
    let long = longest();
    let longest = list((0..25).map(|n| row(&long[usize::try_from(n).unwrap() % 3], n)).collect());
    let hostile = RequestsPage {
        shell: hostile_shell(),
        export: format!("/requests.csv?q={HOSTILE}"),
        filters: Filters {
            channels: vec![choice(HOSTILE, HOSTILE, true)],
            since: text(HOSTILE),
            until: text(HOSTILE),
            status: Some(text(HOSTILE)),
            attention: true,
            narrow: true,
            ..filters(HOSTILE)
        },
        found: text(HOSTILE),
        pager: Pager::default(),
        ..list(vec![RequestRow { channel: channel(HOSTILE), ..row(HOSTILE, 2) }])
    };
    let deleted = Some(Banner::new(Outcome::Good, "The request was deleted.", ""));
    let empty = RequestsPage { banner: deleted, listing: Listing::Empty, pager: Pager::default(), ..list(vec![]) };
    let chosen = Filters {
        channels: vec![choice("1", "InTouch production", true)],
        since: text("2026-11-01"),
        status: Some(text("draft")),
        narrow: true,
        ..filters("kwnatu")
    };
    let none = RequestsPage {
        banner: None,
        counts: counts(Some(0)),
        filters: chosen,
        listing: Listing::NoMatch,
        ..empty.clone()
    };
    let hopeless =
        RequestsPage { shell: hostile_shell(), filters: Filters { narrow: true, ..filters(HOSTILE) }, ..none.clone() };
    vec![
        ("requests", full),
        ("requests-longest", longest),
        ("requests-hostile", hostile),
        ("requests-empty", empty),
        ("requests-no-match", none),
        ("requests-no-match-hostile", hopeless),
    ]
}

pub(super) fn sign_ins() -> Vec<(&'static str, SignInPage)> {
    let page = |email: &str, notice| SignInPage {
        shell: stranger(),
        email: text(email),
        next: Some(text("/requests/1?a=b&c")),
        notice,
    };
    vec![
        ("sign-in", SignInPage { shell: stranger(), ..SignInPage::default() }),
        ("sign-in-refused", page("thandeka.mkhize@protearidge.example", Notice::Refused)),
        ("sign-in-wait", page("thandeka.mkhize@protearidge.example", Notice::Wait(text("15 minutes")))),
        ("sign-in-signed-out", page("", Notice::SignedOut)),
        ("sign-in-set", page("", Notice::PasswordSet)),
        ("sign-in-expired", page("", Notice::Expired)),
        ("sign-in-hostile", SignInPage { next: Some(text(HOSTILE)), ..page(HOSTILE, Notice::Refused) }),
    ]
}

pub(super) fn new_requests() -> Vec<(&'static str, RequestNewPage)> {
    let page = |content| RequestNewPage { shell: shell(), content };
    let form = NewRequestForm {
        key: text("0193593d-4be8"),
        channels: vec![choice("1", "InTouch production", false), choice("2", "Simulator", false)],
        ..NewRequestForm::default()
    };
    let refused = NewRequestForm {
        reference: "x".repeat(101),
        reference_error: Some(text("A reference has at most 100 characters. This one has 101.")),
        channel_error: Some(text("Choose a channel.")),
        ..form.clone()
    };
    let hostile = NewRequestForm {
        reference: text(HOSTILE),
        reference_error: Some(text(HOSTILE)),
        channels: vec![choice(HOSTILE, HOSTILE, false)],
        ..form.clone()
    };
    let names = vec![text("Riaan Coetzee"), text("Ayesha Patel")];
    let denied = names.clone();
    vec![
        ("request-new", page(NewRequest::Form(form))),
        ("request-new-refused", page(NewRequest::Form(refused))),
        ("request-new-hostile", page(NewRequest::Form(hostile))),
        ("request-new-set-up", page(NewRequest::NoChannel(SetUp::Here(text("/settings/channels"))))),
        ("request-new-ask", page(NewRequest::NoChannel(SetUp::Ask(People { names })))),
        ("request-new-denied", page(NewRequest::Refused(People { names: denied }))),
        ("request-new-ask-nobody", page(NewRequest::NoChannel(SetUp::Ask(People::default())))),
    ]
}
