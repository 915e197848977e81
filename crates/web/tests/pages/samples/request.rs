//! The Details tab.

use serde_json::json;

use super::*;

fn panel(may_run: bool) -> Panel {
    let post = |key: &str| {
        if may_run {
            Run::Post { href: format!("/requests/0193/actions/{key}"), key: format!("k-{key}") }
        } else {
            Run::No
        }
    };
    let form = |key: &str| if may_run { Run::Form(format!("/requests/0193/actions/{key}")) } else { Run::No };
    let action = |label: &str, run, state: Option<State>| Action {
        label: text(label),
        result_href: state.is_some().then(|| text("/requests/0193?result=7")),
        shown: label == "Company KYC",
        run,
        succeeded: (label == "Get Consent Document").then(|| when(3_000)),
        state: state.map(|state| state.leading_to("/requests/0193/runs/7", label)),
    };
    let category = |name: &str, actions| Category { name: text(name), actions };
    Panel {
        refusal: (!may_run).then(|| {
            Banner::refusal(
                "You can look, but not run",
                "Running an action takes the permission kyc:execute. Riaan Coetzee or Ayesha Patel can give it to you.",
            )
        }),
        categories: vec![
            category(
                "Auth",
                vec![
                    action("Get Auth Token", post("auth"), Some(run_at(RunState::Succeeded, 11, None))),
                    action("Get Organisation Phase Two ID", post("org"), None),
                ],
            ),
            category(
                "Consent",
                vec![
                    action("Send Consent Request", form("consent"), Some(run_at(RunState::Overdue, 8, None))),
                    action("Consent Status", Run::No, Some(run_at(RunState::Running, 0, None))),
                    action("Get Consent Types", Run::No, Some(run_at(RunState::Queued, 0, None))),
                    action(
                        "Get Consent Document",
                        form("doc"),
                        Some(run_at(RunState::Failed, 3, Some("Consent has not been given yet"))),
                    ),
                    action("Rerequest Consent", form("re"), Some(run_at(RunState::Cancelled, 3_000, None))),
                ],
            ),
            category(
                "Workflow",
                vec![
                    action("Run Workflow", form("wf"), Some(run_at(RunState::Unknown, 90, None))),
                    action("Workflow Status", form("ws"), Some(run_at(RunState::Waiting, 2, None))),
                    action("Company KYC", form("company"), Some(run_at(RunState::Succeeded, 0, None))),
                ],
            ),
        ],
        runs: Some(text("/requests/0193/runs")),
    }
}

fn result() -> ResultView {
    let item = |label: &str, cell| Item { label: text(label), cell };
    let person = |name: &str, id: &str, state: &str, verdict, word: &str| {
        vec![Cell::text(name), Cell::masked(id), Cell::text(state), Cell::badge(verdict, word)]
    };
    let raw = json!({ "http_code": 200, "Results": [{ "CompanyName": "KWANTU SOLAR COMPONENTS", "CompanyStatus": "In Business" }] }).to_string();
    ResultView {
        action: text("Company KYC"),
        badge: Some(badge(Verdict::Pass, "In business")),
        ran: when(0),
        by: text("Thandeka Mkhize"),
        provider: text("InTouch"),
        took: took(std::time::Duration::from_millis(2_811)),
        again: Some(Link { href: text("/requests/0193/actions/company"), text: text("Run again…") }),
        runs: text("/requests/0193/runs?action=company"),
        replaced: None,
        notes: vec![],
        summary: Some(text("Kwantu Solar Components (Pty) Ltd is in business, with two active directors.")),
        sections: vec![
            Section {
                title: Some(text("Company")),
                items: vec![
                    item("Registration number", Cell::text("2014/187452/07")),
                    item("Type", Cell::text("Private company")),
                    item("Annual return", Cell::badge(Verdict::Review, "Due 31 Oct 2026")),
                    item("Vendor state", Cell::badge(Verdict::None, "PENDING_VENDOR_3")),
                    item("Registered address", Cell::text("18 Sterappel Street, Montague Gardens, Cape Town, 7441")),
                ],
                ..Section::default()
            },
            Section {
                title: Some(text("Directors")),
                table: Some(Table::new(
                    ["Name", "ID number", "Status", "Check"].map(text).to_vec(),
                    vec![
                        person("Nomvula Grace Khanyile", "••••••••••081", "Active", Verdict::Pass, "Verified"),
                        person("Johannes Petrus Rossouw", "••••••••••083", "Active", Verdict::Review, "Review"),
                        person("Fatima Adams", "••••", "Resigned", Verdict::None, "Not asked"),
                    ],
                )),
                ..Section::default()
            },
        ],
        files: vec![document("cipc-report.pdf")],
        rest: Tree::of(&json!({
            "http_code": 200, "status_message": "Success",
            "Results": [{ "TaxNumber": "•••••••081", "Auditors": { "Name": "Swartberg Assurance Inc", "Status": "Current" }, "BEE": null }],
        })),
        raw: Raw::new(&raw, raw.len(), "/requests/0193/results/7"),
    }
}

fn document(name: &str) -> File {
    File {
        name: text(name),
        detail: text("PDF, 184 KB"),
        open: Some(text("/requests/0193/files/77/document")),
        href: text("/requests/0193/files/77"),
    }
}

/// Two pictures with a score, twice: one with a word for a score and a picture that is gone.
fn faces() -> ResultView {
    let card = || Picture::new("Identity card", "/requests/0193/files/78/image", "id-front.jpg", (1_200, 1_600));
    let selfie = Picture::new(
        "Selfie",
        "/requests/0193/files/79/image",
        "selfie-2026-11-23-13-58-07-applicant.jpg",
        (900, 1_600),
    );
    let compared = Comparison::new(card(), selfie, Some(Cell::text("93.4\u{a0}%")), Some(text("80\u{a0}%")));
    let word = Comparison::new(card(), Picture::missing("Photo of the register"), Some(Cell::text("NO_MATCH")), None);
    let none = Comparison::new(Picture::missing("Left"), Picture::missing("Right"), None, None);
    let section = |title: &str, comparison| Section {
        title: Some(text(title)),
        comparison: Some(comparison),
        ..Section::default()
    };
    ResultView {
        action: text("Face Compare"),
        badge: Some(badge(Verdict::Pass, "Match")),
        summary: None,
        sections: vec![
            section("Selfie", compared.drawn(Some(93.4), Some(80.0))),
            section("Register", word),
            section("Second pass", none),
        ],
        files: vec![
            File {
                name: text("selfie-2026-11-23-13-58-07-applicant.jpg"),
                detail: text("JPEG picture, 251 KB"),
                open: Some(text("/requests/0193/files/79/image")),
                href: text("/requests/0193/files/79"),
            },
            document("comparison.pdf"),
            File {
                name: text("landmarks.bin"),
                detail: text("application/octet-stream, 12 KB"),
                open: None,
                href: text("/requests/0193/files/80"),
            },
        ],
        ..result()
    }
}

/// Pictures of any number and shape.
fn pictures() -> ResultView {
    let picture = |n: usize| {
        let label = if n == 0 { text("Page") } else { format!("Page {}", n + 1) };
        Picture::new(&label, format!("/requests/0193/files/{}/image", 78 + n % 2), "scan.png", (1_600, 1_131))
    };
    ResultView {
        action: text("Identity Document OCR"),
        notes: vec![text("The file back.png was not kept: the files of this answer are too large.")],
        badge: None,
        summary: None,
        sections: vec![
            Section {
                title: Some(text("Document")),
                items: vec![Item { label: text("Surname"), cell: Cell::text("Dlamini") }],
                pictures: (0..5)
                    .map(picture)
                    .chain([Picture::unseen("Chip", "/requests/0193/files/80", "chip.heic"), Picture::missing("Back")])
                    .collect(),
                ..Section::default()
            },
            Section { title: Some(text("Portrait")), pictures: vec![picture(0)], ..Section::default() },
        ],
        ..result()
    }
}

/// Values as formats write them.
fn written() -> ResultView {
    let item = |label: &str, cell| Item { label: text(label), cell };
    let row = |name: &str, amount: &str, score: &str| vec![Cell::text(name), Cell::text(amount), Cell::text(score)];
    ResultView {
        action: text("Credit Check"),
        replaced: Some(text("/requests/0193?result=8")),
        badge: Some(badge(Verdict::None, "CONDITIONAL")),
        summary: None,
        sections: vec![Section {
            title: Some(text("Profile")),
            items: vec![
                item("Born", Cell::masked("••••••980")),
                item("Checked", Cell::text("23 Nov 2026, 12:32 UTC")),
                item("Deceased", Cell::badge(Verdict::Pass, "No")),
                item("Likeness", Cell::text("93.4\u{a0}% (limit 80\u{a0}%)")),
                item("Risk", Cell::text("1\u{202f}284 (limit 600)")),
                item("Outstanding", Cell::text("ZAR\u{a0}1\u{202f}284\u{202f}900.50")),
                item("Grade", Cell::text("SUB_PRIME_B")),
            ],
            table: Some(Table::new(
                ["Account", "Owed", "Paid in time"].map(text).to_vec(),
                vec![
                    row("Karoo Savings", "ZAR\u{a0}12\u{202f}000.00", "98.25\u{a0}%"),
                    row("Berg Motor Finance", "ZAR\u{a0}284\u{202f}900.50", "71\u{a0}%"),
                ],
            )),
            ..Section::default()
        }],
        ..result()
    }
}

pub(super) fn requests() -> Vec<(&'static str, RequestPage)> {
    let page = RequestPage {
        shell: shell(),
        head: head("Kwantu Solar Components (Pty) Ltd"),
        outcome: Some(Banner::new(
            Outcome::Good,
            "Company KYC succeeded.",
            "Its result is stored and replaces the one of 12 Nov 2026.",
        )),
        banners: vec![],
        result: Some(result()),
        notes: LatestNotes { notes: deeds::some_notes(), more: true, write: true },
        panel: panel(true),
        refresh: None,
    };
    let running = RequestPage {
        outcome: Some(Banner::new(
            Outcome::Neutral,
            "Consent Status is running.",
            "This page shows its outcome by itself.",
        )),
        refresh: Some(2),
        ..page.clone()
    };
    let nothing = RequestPage {
        head: RequestHead {
            status: status(RequestStatus::Draft),
            verdict: None,
            calls: text("0"),
            ..head("CIF-2209407 Naidoo, Kavitha")
        },
        outcome: Some(Banner::new(Outcome::Good, "The request was created.", "")),
        result: None,
        notes: LatestNotes { write: true, ..LatestNotes::default() },
        ..page.clone()
    };
    let viewer = RequestPage {
        head: RequestHead { deeds: Deeds::default(), ..page.head.clone() },
        outcome: None,
        panel: panel(false),
        result: None,
        notes: LatestNotes { write: false, ..page.notes.clone() },
        ..page.clone()
    };
    let [_, markup, family] = longest();
    let heavy = deeds::note(Some(&"<".repeat(1_000)), Some("marked it as completed"), 1).begun();
    let huge = RequestPage {
        head: head(&family),
        result: Some(huge_result()),
        notes: LatestNotes { notes: vec![heavy; 3], more: true, write: true },
        ..page.clone()
    };
    let longest = RequestPage { head: head(&markup), ..page.clone() };
    let of = |result| RequestPage {
        head: head("CIF-2209418 Dlamini, Sibongile"),
        outcome: None,
        result: Some(result),
        ..page.clone()
    };
    vec![
        ("request", page.clone()),
        ("request-running", running),
        ("request-empty", nothing),
        ("request-viewer", viewer),
        ("request-ended", ended(&page)),
        ("request-unknown", unknown(&page)),
        ("request-hostile", hostile(&page)),
        ("request-huge", huge),
        ("request-longest", longest),
        ("result-faces", of(faces())),
        ("result-pictures", of(pictures())),
        ("result-written", of(written())),
    ]
}

/// One that a person has ended.
fn ended(page: &RequestPage) -> RequestPage {
    RequestPage {
        head: RequestHead {
            status: status(RequestStatus::Completed),
            deeds: Deeds {
                moves: vec![link("reopen", "Reopen…")],
                more: vec![link("reference", "Edit reference…")],
                ..page.head.deeds.clone()
            },
            ..page.head.clone()
        },
        outcome: Some(Banner::new(Outcome::Good, "Marked as completed.", "")),
        notes: LatestNotes {
            notes: vec![deeds::note(Some("Certificate seen at the branch."), Some("marked it as completed"), 1)],
            more: false,
            write: true,
        },
        panel: Panel {
            refusal: Some(
                Banner::refusal(
                    "This request is completed.",
                    format!(
                        "{} marked it as completed at 14:31. Only actions that read can run in it now.",
                        isolate("Thandeka Mkhize")
                    ),
                )
                .with("/requests/0193/reopen", "Reopen…"),
            ),
            ..panel(true)
        },
        ..page.clone()
    }
}

/// One that asks for a person.
fn unknown(page: &RequestPage) -> RequestPage {
    RequestPage {
        outcome: Some(Banner::new(
            Outcome::Bad,
            "Company KYC failed.",
            format!("InTouch answered: “{}”. Nothing was stored; the result of 12 Nov 2026 stays.", isolate("Registration number not found at CIPC")),
        )),
        banners: vec![
            Banner::new(
                Outcome::Alert,
                "Nobody knows how Run Workflow ended",
                "Dossier was stopped at 11:02 while InTouch was being asked. InTouch may have started and billed the workflow. It is not repeated by itself.",
            )
            .with("/requests/0193/logs?open=7", "See the call"),
            Banner::refusal("Channel InTouch 2025 is deleted", "Results and logs stay open. Nothing more can be run on this request."),
        ],
        ..page.clone()
    }
}

fn hostile(page: &RequestPage) -> RequestPage {
    RequestPage {
        shell: hostile_shell(),
        head: RequestHead {
            channel: ChannelName { name: text(HOSTILE), deleted: true },
            by: text(HOSTILE),
            ..head(HOSTILE)
        },
        outcome: Some(Banner::new(Outcome::Alert, HOSTILE, HOSTILE).with(HOSTILE, HOSTILE)),
        result: Some(hostile_result()),
        notes: LatestNotes {
            notes: vec![NoteLine {
                by: text(HOSTILE),
                did: Some(text(HOSTILE)),
                ..deeds::note(Some(HOSTILE), None, 1)
            }],
            more: true,
            write: true,
        },
        panel: Panel {
            refusal: Some(Banner::refusal(HOSTILE, HOSTILE)),
            categories: vec![Category {
                name: text(HOSTILE),
                actions: vec![Action {
                    label: text(HOSTILE),
                    result_href: Some(text(HOSTILE)),
                    shown: true,
                    run: Run::Post { href: text("/x"), key: text(HOSTILE) },
                    succeeded: None,
                    state: Some(run_at(RunState::Failed, 1, Some(HOSTILE))),
                }],
            }],
            runs: Some(text("/requests/0193/runs")),
        },
        ..page.clone()
    }
}

fn hostile_result() -> ResultView {
    let cells = || vec![Cell::text(HOSTILE), Cell::masked(HOSTILE), Cell::badge(Verdict::Fail, HOSTILE)];
    ResultView {
        action: text(HOSTILE),
        badge: Some(badge(Verdict::Fail, HOSTILE)),
        summary: Some(text(HOSTILE)),
        notes: vec![text(HOSTILE)],
        provider: text(HOSTILE),
        by: text(HOSTILE),
        again: Some(Link { href: text(HOSTILE), text: text(HOSTILE) }),
        sections: vec![
            Section {
                title: Some(text(HOSTILE)),
                items: vec![Item { label: text(HOSTILE), cell: Cell::text(HOSTILE) }],
                table: Some(Table::new(vec![text(HOSTILE); 3], vec![cells()])),
                pictures: vec![
                    Picture::new(HOSTILE, HOSTILE, HOSTILE, (1, 1)),
                    Picture::unseen(HOSTILE, HOSTILE, HOSTILE),
                    Picture::missing(HOSTILE),
                ],
                comparison: Some(
                    Comparison::new(
                        Picture::new(HOSTILE, HOSTILE, HOSTILE, (1, 1)),
                        Picture::missing(HOSTILE),
                        Some(Cell::text(HOSTILE)),
                        Some(text(HOSTILE)),
                    )
                    .drawn(Some(50.0), Some(50.0)),
                ),
            },
            Section { table: Some(Table::new(vec![text("A")], vec![])), ..Section::default() },
            Section::default(),
        ],
        files: vec![File {
            name: text(HOSTILE),
            detail: text(HOSTILE),
            open: Some(text(HOSTILE)),
            href: text(HOSTILE),
        }],
        rest: Tree::of(&json!({ HOSTILE: { HOSTILE: HOSTILE, "b": [HOSTILE, [HOSTILE]] } })),
        raw: Raw::new(HOSTILE, HOSTILE.len(), "/requests/0193/results/7"),
        ..result()
    }
}

/// An answer of many thousand values: the page stays a page.
fn huge_result() -> ResultView {
    let many: Vec<_> = (0..5_000).map(|n| json!({ "n": n, "\"quoted\"": "<>".repeat(50) })).collect();
    let raw = json!(many).to_string();
    ResultView {
        sections: vec![Section {
            title: Some(text("People")),
            table: Some(
                Table::new(
                    vec![text("Name"), text("State")],
                    vec![vec![Cell::text("Nomvula Grace Khanyile"), Cell::badge(Verdict::Pass, "Verified")]; 400],
                )
                .with(19_600, "/requests/0193/results/7/tables/1"),
            ),
            ..Section::default()
        }],
        rest: Tree::of(&json!(many)),
        raw: Raw::new(&raw, raw.len(), "/requests/0193/results/7"),
        ..result()
    }
}
