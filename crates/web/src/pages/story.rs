//! What happened to a run, step by step, as its page tells it.

use dossier_app::grant::Member;
use dossier_app::logs;
use dossier_app::trail::{Step, Story, Trail, What};
use dossier_connector::{is_file, is_sign_in};
use dossier_domain::{ExchangeState, RunState};

use crate::view::{self, Badge, Link, StoryStep, isolate};

/// The steps of a run in the order of time.
pub(super) fn steps(trail: &Trail, story: &Story, member: &Member) -> Vec<StoryStep> {
    story.steps.iter().map(|step| line(trail, step, member)).collect()
}

fn line(trail: &Trail, step: &Step, member: &Member) -> StoryStep {
    let (run, provider) = (&trail.run, trail.head.provider());
    let plain = |text: String| StoryStep {
        at: view::exact(step.at, &member.local),
        text,
        badge: None,
        detail: None,
        link: None,
    };
    match &step.what {
        What::Asked => plain(format!("{} asked for it.", isolate(&run.by.name))),
        What::Begun => plain("Dossier took it up.".to_owned()),
        What::Call(call) => StoryStep {
            badge: Some(badge(call)),
            detail: call.took.map(view::took),
            link: Some(Link {
                href: format!("/requests/{}/logs?run={}&open={}", run.request, run.id, call.id),
                text: "See the call".to_owned(),
            }),
            ..plain(called(trail, call, provider))
        },
        What::Accepted => plain(format!("{provider} accepted it; its end comes later.")),
        What::Brought(line) => StoryStep {
            link: Some(Link {
                href: format!("/requests/{}?result={}", run.request, line.id),
                text: "See the result".to_owned(),
            }),
            ..plain(format!("What {} brought was stored.", line.label))
        },
        What::Told(event) => {
            let signed = if event.trusted { "a signed callback" } else { "a callback" };
            plain(format!("{provider} sent {signed}. {}", super::run::became(event, provider)))
        }
        What::Was(state) => plain(became(*state).to_owned()),
        What::Settled { by, carried_out } => {
            let said = if *carried_out { "was" } else { "was not" };
            plain(format!("{} said that it {said} carried out.", isolate(by)))
        }
        What::Became => plain(became(run.state).to_owned()),
    }
}

fn badge(call: &logs::Listed) -> Badge {
    match (call.state, call.status) {
        (ExchangeState::Sending, _) => view::broken(None),
        (_, Some(status)) => view::answered(status),
        (_, None) => view::broken(call.failure.as_deref()),
    }
}

/// What a call was for.
fn called(trail: &Trail, call: &logs::Listed, provider: &str) -> String {
    let what = if is_sign_in(&call.step) {
        format!("Dossier signed in at {provider}")
    } else if is_file(&call.step) {
        format!("Dossier fetched a file from {provider}")
    } else if call.action == trail.run.action {
        format!("Dossier called {provider}")
    } else {
        format!("Dossier asked {provider} how it stands")
    };
    match call.attempt {
        0 | 1 => format!("{what}."),
        attempt => format!("{what}, attempt {attempt}."),
    }
}

fn became(state: RunState) -> &'static str {
    match state {
        RunState::Queued | RunState::Running | RunState::Waiting => "It goes on.",
        RunState::Succeeded => "It succeeded.",
        RunState::Failed => "It failed.",
        RunState::Overdue => "Its time was over: it was marked as overdue.",
        RunState::Unknown => "Its outcome was not known any more.",
        RunState::Cancelled => "It was stopped.",
    }
}
