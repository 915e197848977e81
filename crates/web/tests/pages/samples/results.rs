//! What was run and brought: every run, every row of a table, and the raw answer to fold and unfold.

use serde_json::{Value, json};

use super::*;

fn run_row(action: &str, state: RunState, minutes: i64, said: Option<&str>, brought: Vec<Yield>) -> RunRow {
    RunRow {
        href: text("/requests/0193/runs/0194"),
        action: text(action),
        state: run(state, None, said.map(|words| Said::Quoted(text(words)))),
        asked: when(minutes),
        by: text("Thandeka Mkhize"),
        took: (state == RunState::Succeeded).then(|| text("2.8 s")),
        brought,
    }
}

fn brought(words: &str, verdict: Verdict) -> Yield {
    Yield { href: text("/requests/0193?result=7"), text: text(words), verdict: super::verdict(verdict) }
}

pub(super) fn histories() -> Vec<(&'static str, HistoryPage)> {
    let page = HistoryPage {
        shell: shell(),
        head: head("Kwantu Solar Components (Pty) Ltd"),
        provider: text("InTouch"),
        actions: vec![choice("company_kyc", "Company KYC", false), choice("run_workflow", "Run Workflow", false)],
        narrow: false,
        paged: false,
        runs: vec![
            run_row("Company KYC", RunState::Running, 0, None, vec![]),
            run_row("Company KYC", RunState::Failed, 3, Some("Registration number not found at CIPC"), vec![]),
            run_row("Company KYC", RunState::Succeeded, 14, None, vec![brought("Current result", Verdict::Pass)]),
            run_row(
                "Run Workflow",
                RunState::Succeeded,
                90,
                None,
                vec![brought("How it ended", Verdict::Review), brought("Current result", Verdict::None)],
            ),
            run_row("Company KYC", RunState::Succeeded, 4_000, None, vec![brought("Earlier result", Verdict::Fail)]),
            run_row("Send Consent Request", RunState::Unknown, 5_000, None, vec![]),
        ],
        pager: Pager { text: text(""), newer: None, older: Some(text("/requests/0193/runs?from=older-1")) },
    };
    let empty = HistoryPage { runs: vec![], actions: vec![], pager: Pager::default(), ..page.clone() };
    let none = HistoryPage { narrow: true, ..empty.clone() };
    let hostile = RunRow {
        by: text(HOSTILE),
        brought: vec![Yield { href: text(HOSTILE), ..brought(HOSTILE, Verdict::Pass) }],
        ..run_row(HOSTILE, RunState::Failed, 1, Some(HOSTILE), vec![])
    };
    let long = run_row("Company KYC", RunState::Failed, 3, Some(&"a very long reason ".repeat(25)), vec![]);
    vec![
        ("history", page.clone()),
        ("history-empty", empty),
        ("history-no-match", none),
        ("history-longest", HistoryPage { runs: vec![long; 25], ..page.clone() }),
        (
            "history-hostile",
            HistoryPage {
                shell: hostile_shell(),
                head: head(HOSTILE),
                actions: vec![choice(HOSTILE, HOSTILE, true)],
                narrow: true,
                runs: vec![hostile],
                ..page
            },
        ),
    ]
}

pub(super) fn rows() -> Vec<(&'static str, RowsPage)> {
    let row = |n: i32| {
        vec![
            Cell::text(&format!("Director {n}")),
            Cell::masked("••••••••••081"),
            Cell::text("Active"),
            Cell::badge(Verdict::Pass, "Verified"),
        ]
    };
    let columns = ["Name", "ID number", "Status", "Check"].map(text).to_vec();
    let page = RowsPage {
        shell: shell(),
        head: head("Kwantu Solar Components (Pty) Ltd"),
        action: text("Company KYC"),
        ran: when(14),
        result_href: text("/requests/0193?result=7"),
        title: text("Directors"),
        said: text("Rows 101 to 160 of 312"),
        table: Table::on_a_page(columns.clone(), (0..60).map(row).collect()),
        before: Some(text("/requests/0193/results/7/tables/1")),
        after: Some(text("/requests/0193/results/7/tables/1?from=160")),
    };
    let hostile = Table::on_a_page(vec![text(HOSTILE)], vec![vec![Cell::text(HOSTILE)]]);
    let long = Table::on_a_page(columns, vec![vec![Cell::text(&"<\">".repeat(330)); 4]; 100]);
    vec![
        ("rows", page.clone()),
        ("rows-longest", RowsPage { table: long, ..page.clone() }),
        (
            "rows-hostile",
            RowsPage {
                shell: hostile_shell(),
                head: head(HOSTILE),
                action: text(HOSTILE),
                title: text(HOSTILE),
                table: hostile,
                ..page
            },
        ),
    ]
}

pub(super) fn answers() -> Vec<(&'static str, JsonPage)> {
    let page = |value: &Value, at: &str| {
        let href = |place: &str, from: usize| format!("/requests/0193/results/7/json?at={place}&from={from}");
        JsonPage {
            shell: shell(),
            head: head("Kwantu Solar Components (Pty) Ltd"),
            action: text("Company KYC"),
            ran: when(14),
            result_href: text("/requests/0193?result=7"),
            raw_href: text("/requests/0193/results/7/raw"),
            size: text("5.2 MB"),
            path: json_path(value, at, &href).unwrap(),
            tree: JsonTree::of(value.pointer(at).unwrap(), at, 0, &href),
        }
    };
    let director = |n: i32| json!({ "FirstName": "Nomvula", "Number": n, "IDNumber": "••••••••••081", "Active": true });
    let value = json!({
        "http_code": 200,
        "status_message": "Success",
        "Results": [{
            "CompanyName": "KWANTU SOLAR COMPONENTS",
            "CompanyStatus": "In Business",
            "Auditors": [],
            "BEE": null,
            "Note": "a long note ".repeat(100),
            "Directors": (0..3).map(director).collect::<Vec<_>>(),
        }],
    });
    let many: Vec<_> = (0..400).map(|n| json!({ "n": n, "\"quoted\"": "<>".repeat(50), "d": director(n) })).collect();
    let many = json!({ "People": { "List": many } });
    let hostile = json!({ HOSTILE: { HOSTILE: [HOSTILE, { "b": HOSTILE }] } });
    let mut unread = page(&hostile, "");
    unread.shell = hostile_shell();
    unread.head = head(HOSTILE);
    unread.action = text(HOSTILE);
    vec![
        ("json", page(&value, "")),
        ("json-huge", page(&many, "")),
        ("json-huge-inside", page(&many, "/People/List")),
        ("json-text", page(&value, "/Results/0/Note")),
        ("json-longest", page(&json!({ "x": "<\"&>".repeat(4_000) }), "/x")),
        ("json-hostile", unread),
    ]
}
