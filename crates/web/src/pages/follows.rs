//! What follows when a request is marked, reopened or deleted, in words.

use std::collections::BTreeSet;

use dossier_app::requests::Standing;
use dossier_app::runs::{Run, RunEffect};
use dossier_domain::{RequestStatus, RunState};

use crate::view::isolate;

/// A paragraph: its beginning and the rest of it.
type Paragraph = (&'static str, String);

fn paragraphs(will: String, will_not: String) -> Vec<Paragraph> {
    vec![("What will happen.", will), ("What will not.", will_not)]
}

/// What follows when a person moves a request.
pub(super) fn of_move(standing: &Standing, to: RequestStatus) -> Vec<Paragraph> {
    let (provider, status) = (isolate(standing.head.provider()), standing.head.request.status);
    if to == RequestStatus::Pending {
        let will = format!(
            "It becomes pending again. Every action can be run in it, and what {provider} reports about work that ends from now on can end it."
        );
        return paragraphs(will, format!("What {provider} has reported while it was {status} moves it no more."));
    }
    let of = |run: &Run| match (run.state, run.effect) {
        (RunState::Queued, RunEffect::Write) => Some(Fate::Stopped),
        (RunState::Running, RunEffect::Write) => Some(Fate::AtWork),
        (RunState::Running | RunState::Waiting, _) => Some(Fate::Followed),
        _ => None,
    };
    let stopped = named(standing, &of, Fate::Stopped, ["waits for its turn and is stopped", STOPPED]);
    let at_work = at_work(standing, &of, "what comes of it is stored and shown, and does not change the status");
    let goes = [
        format!("still goes on at {provider}: what comes of it is stored and shown, and does not change the status"),
        format!("still go on at {provider}: what comes of them is stored and shown, and does not change the status"),
    ];
    let followed = named(standing, &of, Fate::Followed, [&goes[0], &goes[1]]);
    let open = unsettled(standing, "it still needs a person to say so");
    paragraphs(
        format!(
            "It becomes {to}. Actions that only read can still be run in it; for all others somebody has to reopen it first.{stopped}{at_work}"
        ),
        format!("Results, files, notes and logs stay.{followed}{open}"),
    )
}

const STOPPED: &str = "wait for their turn and are stopped";

/// What follows when a request is deleted.
pub(super) fn of_deletion(standing: &Standing) -> Vec<Paragraph> {
    let provider = isolate(standing.head.provider());
    let of = |run: &Run| match run.state {
        RunState::Queued => Some(Fate::Stopped),
        RunState::Waiting => Some(Fate::Left),
        RunState::Running => Some(Fate::AtWork),
        _ => None,
    };
    let stopped = named(standing, &of, Fate::Stopped, ["waits for its turn and is stopped", STOPPED]);
    let goes = [
        format!("goes on at {provider}, and nobody here follows it any more"),
        format!("go on at {provider}, and nobody here follows them any more"),
    ];
    let left = named(standing, &of, Fate::Left, [&goes[0], &goes[1]]);
    let at_work = at_work(standing, &of, "what comes back is stored, and nobody sees it");
    let lost = unsettled(standing, "nobody can say that here any more. Settle it first if that matters");
    paragraphs(
        format!(
            "The request leaves the list and its exports. Its page, results, files, notes and logs answer as if it had never been there; the audit still shows its reference, its notes, the reasons given and the names of its files to whoever may read it. This cannot be undone.{stopped}{left}{at_work}{lost}"
        ),
        format!(
            "Nothing is taken back at {provider}, and what was charged stays charged. What {provider} still sends about it is kept under Settings, Callbacks. What is stored is not erased, and the audit says who deleted it."
        ),
    )
}

/// What becomes of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nothing of it was sent, and nothing will be.
    Stopped,
    /// It runs: stopped while nothing of it was sent, else it comes to its end and is stored.
    AtWork,
    /// It comes to its end and is stored.
    Followed,
    /// Its end is not waited for any more.
    Left,
}

/// What becomes of runs that are in the hands of a worker: nobody can tell here how far they are by then.
fn at_work(standing: &Standing, of: &impl Fn(&Run) -> Option<Fate>, sent: &str) -> String {
    let rest = format!("at work right now: if nothing was sent yet, nothing will be; else {sent}");
    named(standing, of, Fate::AtWork, [&format!("is {rest}"), &format!("are {rest}")])
}

/// A sentence about the runs whose end nobody knows, with what that means here; nothing for none.
fn unsettled(standing: &Standing, means: &str) -> String {
    let names: BTreeSet<_> = standing.unsettled.iter().map(|run| run.label.as_str()).collect();
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<_> = names.into_iter().collect();
    format!(" Nobody knows yet how {} ended, and whether it was charged: {means}.", names.join(", "))
}

/// A sentence with the names of the runs that `of` gives this fate, as it is said of one and of several; nothing for none.
fn named(standing: &Standing, of: &impl Fn(&Run) -> Option<Fate>, fate: Fate, [one, several]: [&str; 2]) -> String {
    let runs = standing.going_on.iter().filter(|run| of(run) == Some(fate));
    let mut names: Vec<_> = runs.map(|run| run.label.as_str()).collect();
    names.dedup();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => format!(" {only} {one}."),
        Some((last, rest)) => format!(" {} and {last} {several}.", rest.join(", ")),
    }
}
