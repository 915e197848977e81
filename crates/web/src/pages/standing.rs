//! How runs stand, in words: what is true of each, and what can be done now.

use dossier_app::grant::Member;
use dossier_app::runs::Run;
use dossier_app::trail::Trail;
use dossier_domain::{ErrorClass, Permission, RunState, Timestamp};

use crate::view::{self, Banner, Outcome, icon, isolate};

/// Where the page of a run is.
pub(super) fn href(run: &Run) -> String {
    format!("/requests/{}/runs/{}", run.request, run.id)
}

/// An instant inside a sentence: `at 14:32`, or `on 23 Nov 2026, 14:32`.
pub(super) fn when(at: Timestamp, member: &Member) -> String {
    placed(&view::clock(at, member.now, &member.local).text)
}

/// The same to the second, for what comes within minutes.
fn soon(at: Timestamp, member: &Member) -> String {
    placed(&view::soon(at, member.now, &member.local).text)
}

fn placed(text: &str) -> String {
    if text.contains(',') { format!("on {text}") } else { format!("at {text}") }
}

/// What came with a failure or an unknown outcome, as a sentence.
pub(super) fn said(run: &Run, provider: &str) -> Option<String> {
    let words = run.message.as_deref()?;
    Some(if run.quoted { format!("{provider} answered: “{}”.", isolate(words)) } else { words.to_owned() })
}

/// What can be done after a failure, by its kind.
fn advice(run: &Run, provider: &str) -> String {
    let again = "then run it again.";
    match run.error {
        Some(ErrorClass::Validation | ErrorClass::Business) => {
            format!("Check what was entered, {again} If it is right, ask {provider}.")
        }
        Some(ErrorClass::NotFound) => format!("Check that {provider} still has what was asked for, {again}"),
        Some(ErrorClass::RateLimited) => format!("Wait a minute, {again}"),
        Some(ErrorClass::Unavailable) => format!("Wait a few minutes, {again} If it stays so, ask {provider}."),
        Some(ErrorClass::Auth) => {
            "Ask whoever sets up channels to test this one under KYC Channels. Once its credentials are right, run it again.".to_owned()
        }
        Some(ErrorClass::Answer) => format!("Running it again will hardly help: show the calls to {provider}."),
        Some(ErrorClass::Internal) | None => "Run it again. If it stays so, tell the operator of this installation.".to_owned(),
    }
}

/// A run that asks for a person until somebody says how it ended.
pub(super) fn unsettled(run: &Run, provider: &str, member: &Member) -> Banner {
    let ran = format!("{} ran it {}.", isolate(&run.by.name), when(run.created_at, member));
    let banner = if run.state == RunState::Overdue {
        let due = run.deadline.map(|at| format!(" Its end was due {}.", when(at, member))).unwrap_or_default();
        let why = said(run, provider).map(|said| format!(" {said}")).unwrap_or_default();
        let text = format!("{ran} {provider} accepted it and has not told how it ended.{due}{why}");
        Banner::new(Outcome::Alert, format!("{} is overdue.", run.label), text).showing(icon("overdue"))
    } else {
        let said = said(run, provider).unwrap_or_else(|| "Something was sent and no answer was stored.".to_owned());
        let text = format!("{ran} {said} It is not repeated by itself. Ask {provider} before you run it again.");
        Banner::new(Outcome::Alert, format!("The outcome of {} is unknown.", run.label), text)
    };
    let can = if member.may(Permission::KycExecute) { "Say how it ended" } else { "What can be done" };
    banner.with(href(run), can).with(format!("/requests/{}/logs", run.request), "See the calls")
}

/// When the end of work is known that goes on at a provider.
fn waits(trail: &Trail, member: &Member) -> String {
    let provider = trail.head.provider();
    let due = trail.run.deadline.map(|at| view::clock(at, member.now, &member.local).text);
    match (trail.asks(), trail.next, due) {
        (true, Some(next), due) => {
            let due = due.map(|due| format!(", and marks it overdue unless its end is known by {due}"));
            format!("Dossier asks again by itself {}{}.", soon(next, member), due.unwrap_or_default())
        }
        (_, _, Some(due)) => {
            format!("{provider} tells its end by itself. If it has not by {due}, the run is marked overdue.")
        }
        _ => format!("{provider} tells its end by itself."),
    }
}

/// What came of the last question, where that was no answer to it.
fn unanswered(trail: &Trail, member: &Member) -> Option<String> {
    let (asked, status) = trail.last?;
    let asked = soon(asked, member);
    match status {
        Some(200..=299) => None,
        Some(status) => Some(format!("It was last asked {asked} and could not say: it answered with status {status}.")),
        None => Some(format!("It was last asked {asked} and gave no answer.")),
    }
}

/// A run that goes on, on the page of its request.
pub(super) fn going_on(run: &Run, provider: &str, member: &Member) -> Banner {
    let ran = format!("{} ran it {}.", isolate(&run.by.name), when(run.created_at, member));
    let (title, text) = match run.state {
        RunState::Queued => (format!("{} waits for its turn.", run.label), "Nothing was sent yet.".to_owned()),
        RunState::Running => (format!("{} is running.", run.label), format!("{provider} is being asked.")),
        _ => (format!("{} was accepted.", run.label), format!("{provider} works on it and has not told its end yet.")),
    };
    Banner::new(Outcome::Neutral, title, format!("{ran} {text}"))
        .showing(icon(run.state.as_str()))
        .with(href(run), "How it stands")
}

/// A run that a person's word has ended, and that left no result.
pub(super) fn by_word(run: &Run) -> Banner {
    let said = run.message.as_deref().unwrap_or_default();
    let title = format!("{} was carried out, and no result of it is stored.", run.label);
    Banner::new(Outcome::Neutral, title, said.to_owned()).with(href(run), "How it stands")
}

/// How the run went that was just made, on the page of its request.
pub(super) fn outcome(trail: &Trail, kept: Option<Timestamp>, member: &Member) -> Banner {
    let (run, provider) = (&trail.run, trail.head.provider());
    let (label, logs) = (&run.label, format!("/requests/{}/logs", run.request));
    match run.state {
        // A person has said so, and nothing came back: that is no success of the check.
        RunState::Succeeded if trail.results.is_empty() && run.message.is_some() => by_word(run),
        RunState::Succeeded => {
            let stored = if trail.results.is_empty() { "" } else { "Its result is stored with this request." };
            let text = [run.message.as_deref().unwrap_or_default(), stored].join(" ");
            Banner::new(Outcome::Good, format!("{label} succeeded."), text.trim())
        }
        RunState::Failed => {
            let said = said(run, provider).unwrap_or_else(|| "No reason was given.".to_owned());
            let stored = if trail.empty { " Nothing was stored." } else { "" };
            let kept = kept.filter(|_| trail.empty).map(|at| {
                let at = view::moment(at, &member.local).text;
                format!(" The result of {at} stays.")
            });
            let text = format!("{said}{stored}{} {}", kept.unwrap_or_default(), advice(run, provider));
            Banner::new(Outcome::Bad, format!("{label} failed."), text).with(logs, "See the calls")
        }
        RunState::Unknown | RunState::Overdue => unsettled(run, provider, member),
        RunState::Queued => Banner::new(
            Outcome::Neutral,
            format!("{label} waits for its turn."),
            "Nothing was sent yet. It goes on when you leave this page; its outcome will stand here.",
        )
        .with(href(run), "What can be done"),
        RunState::Running => Banner::new(
            Outcome::Neutral,
            format!("{label} is running."),
            "It goes on when you leave this page; its outcome will stand here.",
        ),
        RunState::Waiting => {
            let stored = if trail.results.is_empty() { "" } else { " What it answered so far is stored." };
            let text = format!("{provider} works on it.{stored} {}", waits(trail, member));
            Banner::new(Outcome::Neutral, format!("{label} was accepted."), text)
                .showing(icon("waiting"))
                .with(href(run), "What can be done")
        }
        RunState::Cancelled => {
            let said = run.message.as_deref().unwrap_or("It was stopped before anything was sent.");
            Banner::new(Outcome::Neutral, format!("{label} was stopped."), said).showing(icon("cancelled"))
        }
    }
}

/// What a run's state means, and what can be done now, on its own page.
pub(super) fn means(trail: &Trail, member: &Member) -> Banner {
    let (run, provider) = (&trail.run, trail.head.provider());
    let again = "It can be run again from its request.";
    match run.state {
        RunState::Queued => Banner::new(
            Outcome::Neutral,
            "It waits for its turn.",
            format!("Nothing has been sent to {provider} yet. It begins by itself, usually within seconds, and can be stopped until then."),
        )
        .showing(icon("queued")),
        RunState::Running => Banner::new(
            Outcome::Neutral,
            "It is being carried out.",
            format!("Something may have been sent to {provider}, so it cannot be stopped any more. There is nothing to do: its end is stored as soon as it is known."),
        )
        .showing(icon("running")),
        RunState::Waiting => {
            let now = match unanswered(trail, member) {
                Some(said) => format!("{said} If that stays so, ask {provider}."),
                None => "There is nothing to do.".to_owned(),
            };
            let text = format!("Its end is not known yet. {} {now}", waits(trail, member));
            Banner::new(Outcome::Neutral, format!("{provider} has accepted it and works on it."), text)
                .showing(icon("waiting"))
        }
        RunState::Succeeded => {
            let text = match (&run.message, trail.results.is_empty()) {
                (None, false) => "Its result is stored with the request. There is nothing to do.",
                (Some(_), false) => "A person has said so, since its end was not known. What was answered before is stored with the request.",
                (_, true) => "A person has said so, since its end was not known. No result of it is stored; whatever else the provider knows stands at the provider.",
            };
            Banner::new(Outcome::Good, "It was carried out.", text)
        }
        RunState::Failed => {
            let stored = if trail.empty { "Nothing was stored." } else { "What was answered before stays stored, and the calls show how far it came." };
            Banner::new(Outcome::Bad, "It ended without success.", format!("{stored} The reason stands below. {}", advice(run, provider)))
        }
        RunState::Overdue => {
            let ask = trail.manifest.action(&run.action).and_then(|action| action.poll.as_ref());
            let ask = ask.and_then(|poll| trail.manifest.action(&poll.action)).map(|action| &action.label);
            let ask = ask.map(|label| format!(" {label}, run in the request, asks once more.")).unwrap_or_default();
            Banner::new(
                Outcome::Alert,
                format!("{provider} accepted it and has not told how it ended."),
                format!("The time for it is over, so Dossier asks no more; what {provider} still sends by itself is taken in.{ask} Ask {provider} how it ended, then say so here. Until then it stands on the request as overdue."),
            )
            .showing(icon("overdue"))
        }
        RunState::Unknown => {
            let next = trail.next.map(|next| format!(" Dossier asks by itself what became of it, next {}.", soon(next, member)));
            Banner::new(
                Outcome::Alert,
                "Nobody knows how it ended.",
                format!("Something was sent to {provider} and no answer came back that says what became of it. It may have been carried out and charged, and it is not repeated by itself.{} Ask {provider} whether it was carried out, then say so here.", next.unwrap_or_default()),
            )
        }
        RunState::Cancelled => Banner::new(
            Outcome::Neutral,
            "It was stopped before anything was sent.",
            format!("{provider} knows nothing of it. {again}"),
        )
        .showing(icon("cancelled")),
    }
}
