//! The Request Logs tab.

use serde_json::json;

use super::*;

fn call(number: u32, answer: Badge) -> Call {
    Call {
        href: format!("/requests/0193/logs?open={number}#open"),
        run_href: Some(text("/requests/0193/runs/0194")),
        at: exact(at(i64::from(number)), TZ),
        action: text("Company KYC"),
        method: text("POST"),
        url: Redactable::new(
            "https://api.intouch.example/library/api/v3?id=0c4fb641-f410-4f2e-b06e-d43ea8a94e54&RegistrationNumber=redacted&InputDirectorList=redacted",
        ),
        answer,
        took: Some(took(std::time::Duration::from_millis(2_811))),
        who: text("Thandeka Mkhize"),
        attempt: 1 + number % 2,
        opened: None,
    }
}

fn side(body: Option<Body>) -> Side {
    let headers = [("accept", "application/json"), ("authorization", "Bearer redacted"), ("user-agent", "dossier/1.0")];
    Side { headers: headers.map(|(name, value)| (text(name), Redactable::new(value))).to_vec(), body }
}

fn filters() -> LogFilters {
    let ends =
        [("ok", "OK"), ("refused", "Refused"), ("broken", "No answer"), ("open", "Being sent, or no end recorded")];
    LogFilters {
        actions: vec![choice("company_kyc", "Company KYC", true), choice("workflow_status", "Workflow Status", false)],
        ends: ends.map(|(value, label)| choice(value, label, false)).to_vec(),
        ..LogFilters::default()
    }
}

pub(super) fn logs() -> Vec<(&'static str, LogsPage)> {
    let answer = json!({ "http_code": 200, "Results": [{ "CompanyStatus": "In Business", "IDNumber": "▮▮▮▮▮▮▮▮" }] })
        .to_string();
    let open = |response| {
        Some(Box::new(Opened {
            facts: vec![(text("Correlation"), text("0193593d-4be8"))],
            request: side(None),
            response,
        }))
    };
    let mut calls = vec![Call {
        opened: open(Answer::Whole(side(Body::new(&answer, None)))),
        href: text("/requests/0193/logs"),
        ..call(0, answered(200))
    }];
    for (n, kind) in
        (1..).zip(["timeout", "tls", "dns", "connect", "refused", "interrupted", "too_large", "odd_new_kind"])
    {
        calls.push(call(n, broken(Some(kind))));
    }
    calls.extend([
        call(9, answered(404)),
        call(10, answered(503)),
        call(11, answered(302)),
        Call { took: None, ..call(12, broken(None)) },
    ]);
    let page = LogsPage {
        shell: shell(),
        head: head("Kwantu Solar Components (Pty) Ltd"),
        provider: text("InTouch"),
        calls: calls.clone(),
        filters: filters(),
        pager: Pager { text: text("13 of 14"), newer: None, older: Some(text("/requests/0193/logs?after=13")) },
    };
    let with = |call| LogsPage { calls: vec![call], pager: Pager::default(), ..page.clone() };
    let narrow =
        LogFilters { run: Some((text("0194"), text("Company KYC, 23 Nov 2026, 14:32"))), narrow: true, ..filters() };
    let no_match = LogsPage { calls: vec![], filters: narrow.clone(), pager: Pager::default(), ..page.clone() };
    let one_run = LogsPage { filters: narrow, ..page.clone() };
    let unread =
        LogFilters { run: Some((text(HOSTILE), text(HOSTILE))), narrow: true, paged: true, ..LogFilters::default() };
    let unread = LogFilters { actions: vec![choice(HOSTILE, HOSTILE, true)], ..unread };
    let broken_call = Call {
        opened: open(Answer::Broken(text("InTouch did not answer within 30 s."))),
        ..call(1, broken(Some("timeout")))
    };
    let lost = Call { opened: open(Answer::Nothing), took: None, ..call(1, broken(None)) };
    let hostile = Call {
        action: text(HOSTILE),
        method: text(HOSTILE),
        url: Redactable::new(HOSTILE),
        who: text(HOSTILE),
        took: Some(took(std::time::Duration::from_secs(86_399))),
        opened: Some(Box::new(Opened {
            facts: vec![(text(HOSTILE), text(HOSTILE))],
            request: Side {
                headers: vec![(text(HOSTILE), Redactable::new(HOSTILE))],
                body: Body::new(HOSTILE, Some(text(HOSTILE))),
            },
            response: Answer::Broken(text(HOSTILE)),
        })),
        ..call(1, broken(Some(HOSTILE)))
    };
    let large = Body::new(&json!(vec!["<\"x\">"; 30_000]).to_string(), Some(text("/requests/0193/logs/7/response")));
    let huge_call = Call {
        opened: Some(Box::new(Opened {
            facts: vec![],
            request: side(large.clone()),
            response: Answer::Whole(side(large)),
        })),
        ..call(1, answered(200))
    };
    let mut huge = with(huge_call);
    huge.calls.extend((2..26).map(|n| call(n, answered(200))));
    vec![
        ("logs", page.clone()),
        ("logs-empty", LogsPage { calls: vec![], pager: Pager::default(), ..page.clone() }),
        ("logs-broken", with(broken_call)),
        ("logs-lost", with(lost)),
        (
            "logs-hostile",
            LogsPage {
                shell: hostile_shell(),
                head: head(HOSTILE),
                provider: text(HOSTILE),
                filters: unread,
                ..with(hostile)
            },
        ),
        ("logs-huge", huge),
        ("logs-no-match", no_match),
        ("logs-of-a-run", one_run),
    ]
}
