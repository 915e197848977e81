//! What becomes of an event that a provider has sent: whose it is, and what follows.

use std::time::Duration;

use dossier_connector::{Channel, Manifest};
use dossier_domain::{ChannelId, EventId, EventState, JobKind, RunId, RunState, Scope, Work};
use dossier_storage::events::{self, Event};
use dossier_storage::jobs::{self, Job};
use dossier_storage::runs::{self, Run};
use dossier_storage::{ReadTx, WriteTx, requests};
use serde_json::{Value, json};

use super::jobs::Next;
use super::told::{self, Told};
use crate::App;
use crate::audit::Entry;
use crate::callbacks;
use crate::error::Result;

/// How often a run is looked for that an event is about: its answer may still be on its way. Then the event is put into
/// quarantine; a run that is accepted later still finds it there.
const MOST_LOOKS: u32 = 8;

/// Handles one event.
pub(super) async fn carry_out(app: &App, scope: Scope, job: &Job) -> Result<Next> {
    let mut tx = app.db.write(scope).await?;
    let id = EventId::from(job.subject);
    let Some(event) = events::find(&mut tx, id).await? else { return Ok(Next::Done) };
    let Some(run) = whose(&mut tx, &event).await? else {
        if job.attempts < MOST_LOOKS && event.state == EventState::Received && event.subject.is_some() {
            return Ok(Next::Again { first: Duration::from_secs(2), most: Duration::from_mins(2) });
        }
        let reason = if event.subject.is_some() { "unmatched" } else { "no_subject" };
        events::settle(&mut tx, id, EventState::Quarantined, Some(reason), app.now()).await?;
        tx.commit().await?;
        return Ok(Next::Done);
    };
    let request = requests::lock(&mut tx, run.request).await?;
    // Another worker may have handled it meanwhile.
    let Some(event) = events::lock(&mut tx, id).await?.filter(is_open) else { return Ok(Next::Done) };
    let Some(run) = runs::lock(&mut tx, run.id).await? else { return Ok(Next::Done) };
    if run.state.is_live() {
        // The answer that makes it wait is still on its way; whoever stores that looks at the event again.
        let soon = Next::Again { first: Duration::from_secs(2), most: Duration::from_mins(2) };
        return Ok(if job.attempts < MOST_LOOKS { soon } else { Next::Done });
    }
    if event.run.is_none() {
        events::give(&mut tx, id, run.request, run.id).await?;
    }
    // The address is not signed: a true word about other work, sent to the address of this run, says nothing of it.
    let known = runs::subject(&mut tx, run.id).await?;
    let strange = event.subject.zip(known).is_some_and(|(said, known)| said != known);
    let (state, reason) = match request {
        None => (EventState::Quarantined, "deleted"),
        Some(_) if strange => (EventState::Quarantined, "other_subject"),
        Some(_) => apply(app, &mut tx, &event, &run).await?,
    };
    events::settle(&mut tx, id, state, Some(reason), app.now()).await?;
    let after = json!({ "action": run.action, "event": id, "state": state, "why": reason, "signed": event.trusted });
    Entry::by_system()
        .did("callback.handled", "run", run.id)
        .within(run.request)
        .after(after)
        .write(app, &mut tx)
        .await?;
    tx.commit().await?;
    app.hub.queued();
    app.hub.changed(run.id);
    Ok(Next::Done)
}

/// Whether it is still to be seen what becomes of it.
fn is_open(event: &Event) -> bool {
    match event.state {
        EventState::Received => true,
        EventState::Quarantined => event.reason.as_deref() == Some("unmatched"),
        EventState::Applied | EventState::Ignored => false,
    }
}

/// The run that an event is about: the one whose own address it came to, else the newest that has no end yet and is called
/// so by callbacks, else the newest that is.
async fn whose(tx: &mut ReadTx, event: &Event) -> Result<Option<Run>> {
    if let Some(run) = event.run {
        return Ok(runs::find(tx, run).await?);
    }
    let Some(subject) = event.subject else { return Ok(None) };
    let mut found = runs::about(tx, event.channel, subject).await?;
    let open = found.iter().rposition(|run| run.state.is_open());
    Ok(match open {
        Some(place) => Some(found.swap_remove(place)),
        None => found.pop(),
    })
}

async fn apply(app: &App, tx: &mut WriteTx, event: &Event, run: &Run) -> Result<(EventState, &'static str)> {
    let manifest = app.manifests.at(tx, &run.manifest_digest).await?;
    let at = event.happened_at.unwrap_or(event.received_at);
    if !run.state.is_open() {
        return Ok((EventState::Ignored, "had_ended"));
    }
    let ends = event.trusted && matches!(event.work, Some(Work::Succeeded | Work::Failed));
    if !ends && run.told_at.is_some_and(|last| last > at) {
        return Ok((EventState::Ignored, "stale"));
    }
    // Whoever knows the address could name somebody else's work, and its answer would stand as this run's.
    if !event.trusted && run.state == RunState::Unknown {
        return Ok((EventState::Ignored, "unsigned"));
    }
    let asks = manifest.action(&run.action).is_some_and(|action| action.poll.is_some());
    let mut moved = false;
    if let (true, Some(work)) = (event.trusted, event.work) {
        let told = Told { work, said: None, at: Some(at), by: "callback" };
        moved = told::take_in(app, tx, &manifest, run, &told).await?;
        if !asks || matches!(work, Work::Waiting | Work::Unknown) {
            return Ok(if moved { (EventState::Applied, "told") } else { (EventState::Ignored, "no_change") });
        }
    }
    if !asks {
        return Ok((EventState::Ignored, "nothing_to_ask"));
    }
    // What it says is asked of the provider itself, which also brings the answer to keep.
    jobs::add(tx, app.ids.make(), JobKind::Poll, run.id, app.now(), app.now()).await?;
    Ok((EventState::Applied, if moved { "told" } else { "asked" }))
}

/// What callbacks call the work of a run whose answer was lost, as its output: so it can be asked about.
pub(super) async fn named(tx: &mut ReadTx, manifest: &Manifest, channel: &Channel, run: &Run) -> Result<Option<Value>> {
    let Some(output) = manifest.callback_subject() else { return Ok(None) };
    for event in events::of_run(tx, run.id).await?.into_iter().filter(|event| event.trusted) {
        let Some(message) = events::message(tx, event.id).await? else { continue };
        let headers = callbacks::header_map(&message.headers);
        let read = manifest.callback(channel, &headers, &message.body, event.received_at);
        if let Some(subject) = read.ok().and_then(|event| event.subject) {
            return Ok(Some(json!({ output: subject })));
        }
    }
    Ok(None)
}

/// Looks again at the events of a run's own address that nothing has become of.
pub(super) async fn look_again_of(app: &App, tx: &mut WriteTx, run: RunId) -> Result<()> {
    for event in events::of_run(tx, run).await?.iter().filter(|event| is_open(event)) {
        jobs::add(tx, app.ids.make(), JobKind::Event, event.id, app.now(), app.now()).await?;
    }
    Ok(())
}

/// An event whose job broke too often: a person has to look.
pub(super) async fn given_up(app: &App, tx: &mut WriteTx, id: EventId) -> Result<()> {
    if events::lock(tx, id).await?.is_some_and(|event| is_open(&event)) {
        events::settle(tx, id, EventState::Quarantined, Some("broke"), app.now()).await?;
    }
    Ok(())
}

/// Looks again at the events that came before the answer of a run did.
pub(super) async fn look_again(
    app: &App,
    tx: &mut WriteTx,
    channel: ChannelId,
    run: &Run,
    subject: Option<&str>,
) -> Result<()> {
    look_again_of(app, tx, run.id).await?;
    let Some(subject) = subject else { return Ok(()) };
    let early = events::unmatched(tx, channel, subject).await?;
    for event in early.iter().filter(|event| is_open(event)) {
        jobs::add(tx, app.ids.make(), JobKind::Event, event.id, app.now(), app.now()).await?;
    }
    Ok(())
}
