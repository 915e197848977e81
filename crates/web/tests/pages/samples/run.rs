//! The page of a run.

use super::*;

fn page(state: RunState, means: Banner) -> RunPage {
    RunPage {
        shell: shell(),
        request_href: text("/requests/0193"),
        reference: text("CIF-2209418 Dlamini, Sibongile"),
        href: text("/requests/0193/runs/0194"),
        action: text("Run Workflow"),
        asked: when(14),
        state: run(state, None, None),
        means,
        said: None,
        remedy: Remedy::None,
        refusal: None,
        facts: vec![
            ("Action", Fact::Text(text("Run Workflow, Workflow"))),
            ("Run by", Fact::Text(text("Thandeka Mkhize"))),
            ("Asked for", Fact::At(when(14))),
            ("Begun", Fact::At(when(14))),
        ],
        links: vec![Link { href: text("/requests/0193/logs"), text: text("See the calls") }],
        provider: text("InTouch"),
        callbacks: vec![],
        more: false,
        story: story(),
        story_cut: None,
        refresh: None,
    }
}

fn story() -> Vec<StoryStep> {
    let step = |second: i64, words: &str| StoryStep {
        at: exact(Timestamp::from_micros(at(14).micros() + second * 1_000_000), TZ),
        text: text(words),
        badge: None,
        detail: None,
        link: None,
    };
    let call = |second, words, badge| StoryStep {
        badge: Some(badge),
        detail: Some(text("412 ms")),
        link: Some(Link { href: text("/requests/0193/logs?run=0194&open=7"), text: text("See the call") }),
        ..step(second, words)
    };
    vec![
        step(0, "Thandeka Mkhize asked for it."),
        step(1, "Dossier took it up."),
        call(1, "Dossier signed in at InTouch.", answered(200)),
        call(2, "Dossier called InTouch.", answered(202)),
        step(3, "InTouch accepted it; its end comes later."),
        call(33, "Dossier asked InTouch how it stands.", broken(Some("timeout"))),
        call(64, "Dossier asked InTouch how it stands, attempt 2.", answered(200)),
        step(70, "InTouch sent a callback. It made Dossier ask InTouch how the work stands."),
    ]
}

fn callback(minutes: i64, signed: bool, became: &str, times: u32) -> CallbackRow {
    CallbackRow { at: when(minutes), signed, became: text(became), times }
}

/// Everything that people and providers can write, as they should not.
fn hostile() -> RunPage {
    let form = SettleForm {
        ended_error: Some(text(HOSTILE)),
        reason: text(HOSTILE),
        reason_error: Some(text(HOSTILE)),
        ..SettleForm::default()
    };
    RunPage {
        shell: hostile_shell(),
        reference: text(HOSTILE),
        request_href: text(HOSTILE),
        action: text(HOSTILE),
        provider: text(HOSTILE),
        said: Some(Said::Quoted(text(HOSTILE))),
        remedy: Remedy::Settle(form),
        facts: vec![("Action", Fact::Text(text(HOSTILE)))],
        callbacks: vec![callback(1, false, HOSTILE, 1)],
        story: vec![StoryStep {
            text: text(HOSTILE),
            link: Some(Link { href: text(HOSTILE), text: text(HOSTILE) }),
            detail: Some(text(HOSTILE)),
            ..story().remove(0)
        }],
        ..page(RunState::Unknown, Banner::new(Outcome::Alert, HOSTILE, HOSTILE))
    }
}

pub(super) fn runs() -> Vec<(&'static str, RunPage)> {
    let neutral = |title: &str, words: &str| Banner::new(Outcome::Neutral, title, words);
    let alert = |title: &str, words: &str| Banner::new(Outcome::Alert, title, words);
    let queued = RunPage {
        remedy: Remedy::Stop,
        refresh: Some(2),
        ..page(RunState::Queued, neutral("It waits for its turn.", "Nothing has been sent to InTouch yet."))
    };
    let viewer = |what: &str| {
        let why = "It takes the permission kyc:execute. Riaan Coetzee can give it to you.";
        Remedy::Refused(Banner::refusal(format!("You can look, but not {what}."), why))
    };
    let queued_viewer = RunPage { remedy: viewer("stop it"), ..queued.clone() };
    let running = RunPage {
        refresh: Some(2),
        ..page(RunState::Running, neutral("It is being carried out.", "Something may have been sent to InTouch."))
    };
    let waiting = RunPage {
        callbacks: vec![
            callback(1, true, "It made Dossier ask InTouch how the work stands.", 3),
            callback(5, false, "Nothing. Its signature does not fit: Compare the two secrets.", 1),
        ],
        more: true,
        ..page(RunState::Waiting, neutral("InTouch has accepted it and works on it.", "There is nothing to do."))
    };
    let unknown = RunPage {
        remedy: Remedy::Settle(SettleForm::default()),
        said: Some(Said::Own(text(
            "Dossier was stopped, or could not store what came back, after the provider was asked.",
        ))),
        ..page(RunState::Unknown, alert("Nobody knows how it ended.", "It may have been carried out and charged."))
    };
    let refused = SettleForm {
        ended: text("failed"),
        ended_error: None,
        reason: "because ".repeat(80),
        reason_error: Some(text("At most 500 characters.")),
    };
    let unanswered = SettleForm {
        ended_error: Some(text("Say whether it was carried out.")),
        reason_error: Some(text("Say how you know.")),
        ..SettleForm::default()
    };
    let overdue = RunPage {
        remedy: Remedy::Settle(SettleForm::default()),
        ..page(RunState::Overdue, alert("InTouch accepted it and has not told how it ended.", "The time is over."))
    };
    let failed = RunPage {
        said: Some(Said::Quoted(text("Registration number not found at CIPC"))),
        ..page(
            RunState::Failed,
            Banner::new(
                Outcome::Bad,
                "It ended without success.",
                "Nothing was stored. The reason stands below. Check what was entered, then run it again. If it is right, ask InTouch.",
            ),
        )
    };
    let good = Banner::new(Outcome::Good, "It was carried out.", "Its result is stored with the request.");
    let succeeded = RunPage {
        links: vec![
            Link { href: text("/requests/0193?result=7"), text: text("See its result") },
            Link { href: text("/requests/0193/logs"), text: text("See the calls") },
        ],
        ..page(RunState::Succeeded, good)
    };
    let stopped = page(RunState::Cancelled, neutral("It was stopped before anything was sent.", ""));
    let busy = RunPage {
        refusal: Some(Problems::because("It was not stopped.", "Run Workflow cannot be stopped any more: it runs.")),
        refresh: None,
        ..running.clone()
    };
    let [_, markup, _] = longest();
    let long = RunPage {
        reference: markup,
        more: true,
        callbacks: (0..25)
            .map(|n| callback(n, true, "It told how the work stands, and that was taken in.", 1))
            .collect(),
        story: story().into_iter().cycle().take(110).collect(),
        story_cut: Some(text("/requests/0193/logs?run=0194")),
        ..waiting.clone()
    };
    let settle = |form| RunPage { remedy: Remedy::Settle(form), ..unknown.clone() };
    vec![
        ("run-queued", queued),
        ("run-queued-viewer", queued_viewer),
        ("run-running", running),
        ("run-running-busy", busy),
        ("run-waiting", waiting),
        ("run-longest", long),
        ("run-succeeded", succeeded),
        ("run-failed", failed),
        ("run-overdue", overdue),
        ("run-unknown", unknown.clone()),
        ("run-unknown-viewer", RunPage { remedy: viewer("say how it ended"), ..unknown.clone() }),
        ("run-unknown-refused", settle(unanswered)),
        ("run-unknown-typed-refused", settle(refused)),
        ("run-cancelled", stopped),
        ("run-hostile", hostile()),
    ]
}
