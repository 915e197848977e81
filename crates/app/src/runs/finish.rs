//! The end of a run, in one transaction: its state, its result and files, the request's status and verdict, the audit.

use std::time::Duration;

use dossier_connector::{Action, Call, Failure, Manifest, Outcome, Success, is_sign_in};
use dossier_domain::status::Mover;
use dossier_domain::{ErrorClass, ExchangeState, JobKind, RunId, RunState, Scope, Verdict};
use dossier_storage::attachments::{self, Attachment};
use dossier_storage::results::{self, RunResult};
use dossier_storage::runs::{self, Effect, Patch, Run};
use dossier_storage::{ReadTx, WriteTx, channels, exchanges, jobs, requests};
use serde_json::{Value, json};

use super::told::{self, Told};
use super::{events, links, poll, received};
use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::excerpt::Excerpt;
use crate::webhooks::announce;

/// How often it is tried to store what a provider has answered before it is left to its lease: for some six seconds, since a
/// database that restarts must not turn an answer into "unknown", and for some twenty minutes where the store of files is
/// away, since what was paid for lies nowhere else.
#[derive(Default)]
pub(super) struct Tries {
    had: u32,
    had_without_files: u32,
}

impl Tries {
    /// How often after any fault.
    const MOST: u32 = 6;
    /// How often when the store of files does not answer.
    const MOST_WITHOUT_FILES: u32 = 45;
    /// The first pause; each is twice as long as the one before.
    const SHORTEST: Duration = Duration::from_millis(100);
    /// The longest one.
    const LONGEST: Duration = Duration::from_secs(30);

    /// Waits until it may be tried again; `false` when it was tried often enough.
    pub(super) async fn again(&mut self, error: &AppError) -> bool {
        let Some(pause) = self.pause(error) else { return false };
        tracing::warn!(?pause, ?error, "what a provider answered is stored again");
        tokio::time::sleep(pause).await;
        true
    }

    fn pause(&mut self, error: &AppError) -> Option<Duration> {
        let (had, most) = match error {
            AppError::NoFiles(_) => (&mut self.had_without_files, Self::MOST_WITHOUT_FILES),
            _ => (&mut self.had, Self::MOST),
        };
        let pause = Self::SHORTEST.saturating_mul(1_u32.checked_shl(*had).unwrap_or(u32::MAX)).min(Self::LONGEST);
        *had += 1;
        (*had <= most).then_some(pause)
    }
}

/// Stores how the call ended.
pub(super) async fn store(
    app: &App,
    scope: Scope,
    run: &Run,
    holder: &str,
    call: &Call<'_>,
    outcome: Outcome,
) -> Result<()> {
    let mut tries = Tries::default();
    loop {
        let Err(error) = try_store(app, scope, run, holder, call, &outcome).await else { return Ok(()) };
        if !tries.again(&error).await {
            return Err(error);
        }
    }
}

async fn try_store(app: &App, scope: Scope, run: &Run, holder: &str, call: &Call<'_>, outcome: &Outcome) -> Result<()> {
    let files = match outcome {
        Outcome::Succeeded(success) => keep_files(app, scope, run, success).await?,
        _ => Vec::new(),
    };
    let mut tx = app.db.write(scope).await?;
    // The request before the run, as when a run is started: two orders of locks would wait for each other.
    requests::lock(&mut tx, run.request).await?;
    let manifest = &call.manifest;
    let now = runs::lock(&mut tx, run.id).await?.ok_or(AppError::NotFound)?;
    if !may_end(&now, holder) {
        // Where another worker is at it, its end is that worker's. Else somebody has said meanwhile how it ended; what was
        // paid for is kept all the same.
        if let Outcome::Succeeded(success) = outcome
            && !now.state.is_live()
            && results::of(&mut tx, run.id, &run.action).await?.is_none()
        {
            keep(app, &mut tx, manifest, run, (&run.action, run.ask), success, &files).await?;
            answered_late(app, &mut tx, run, success).await?;
            tx.commit().await?;
        }
        return Ok(());
    }
    match outcome {
        Outcome::Succeeded(success) => {
            keep(app, &mut tx, manifest, run, (&run.action, run.ask), success, &files).await?;
            succeeded(app, &mut tx, manifest, run, success).await?;
        }
        Outcome::Failed(failure) => failed(app, &mut tx, manifest, run, failure).await?,
        Outcome::Unknown { message } => {
            end_unknown(app, &mut tx, manifest, run, message).await?;
        }
        Outcome::Refused(_) => {}
    }
    tx.commit().await?;
    app.hub.queued();
    Ok(())
}

/// Notes that an answer was kept which came after its run had its end.
pub(super) async fn answered_late(app: &App, tx: &mut WriteTx, run: &Run, success: &Success) -> Result<()> {
    let after = json!({ "action": run.action, "waits": success.waits });
    Entry::by_system().did("run.answered_late", "run", run.id).within(run.request).after(after).write(app, tx).await
}

/// The bytes are kept before the rows that name them: a file without a row harms nobody.
pub(super) async fn keep_files(app: &App, scope: Scope, run: &Run, success: &Success) -> Result<Vec<Attachment>> {
    let mut kept = Vec::new();
    for file in &success.attachments {
        kept.push(received::keep(app, scope, run, file.id, &file.file).await?);
    }
    Ok(kept)
}

/// Fails a run of which nothing was sent, for a reason of this side.
pub(super) async fn failed_here(app: &App, scope: Scope, run: &Run, holder: &str, why: &str) -> Result<()> {
    let mut tx = app.db.write(scope).await?;
    let request = requests::lock(&mut tx, run.request).await?;
    let now = runs::lock(&mut tx, run.id).await?.ok_or(AppError::NotFound)?;
    if may_end(&now, holder) {
        let failure = Failure { class: ErrorClass::Internal, message: why.to_owned(), quoted: false };
        if let Ok(manifest) = app.manifests.at(&mut tx, &run.manifest_digest).await {
            if !told::stop_in_vain(app, &mut tx, request.as_ref(), run).await? {
                failed(app, &mut tx, &manifest, run, &failure).await?;
            }
        } else {
            let message = Some((failure.message, false));
            let (error, ended_at) = (Some(failure.class), Some(app.now()));
            let patch = Patch { error, message, ended_at, ..Patch::default() };
            runs::move_to(&mut tx, run.id, RunState::Running, RunState::Failed, patch).await?;
            announce::ran(app, &mut tx, run.id, RunState::Failed).await?;
            note_failed(app, &mut tx, run, failure.class).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// A run whose code broke: it is not tried again. What is known of its calls decides between failed and unknown.
pub(super) async fn broken(app: &App, scope: Scope, id: RunId, holder: &str) -> Result<()> {
    let mut tx = app.db.write(scope).await?;
    let found = runs::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    requests::lock(&mut tx, found.request).await?;
    let run = runs::lock(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    if !run.state.is_live() || run.worker.as_deref() != Some(holder) {
        return Ok(());
    }
    let manifest = app.manifests.at(&mut tx, &run.manifest_digest).await?;
    if after_crash(&mut tx, &run).await? == RunState::Unknown {
        unknown(app, &mut tx, &manifest, &run).await?;
    } else {
        let message = "Dossier broke while carrying this out. The server's log says more.".to_owned();
        let failure = Failure { class: ErrorClass::Internal, message, quoted: false };
        failed(app, &mut tx, &manifest, &run, &failure).await?;
    }
    Ok(tx.commit().await?)
}

/// What a run that was left behind has become, by the calls that were recorded of it.
pub(super) async fn after_crash(tx: &mut ReadTx, run: &Run) -> Result<RunState> {
    Ok(RunState::after_crash(&sent(tx, run.id).await?, run.effect == Effect::Read))
}

/// How the recorded calls of a run stand. A sign-in is none of them: it carries nothing out.
pub(super) async fn sent(tx: &mut ReadTx, run: RunId) -> Result<Vec<ExchangeState>> {
    let mut calls = exchanges::states(tx, run).await?;
    calls.retain(|(step, _)| !is_sign_in(step));
    Ok(calls.into_iter().map(|(_, state)| state).collect())
}

/// Whether `holder` can still end the run. An answer may also arrive after the run was given up as unknown; but one that
/// another worker has taken is that worker's to end.
fn may_end(now: &Run, holder: &str) -> bool {
    match now.state {
        RunState::Running => now.worker.as_deref() == Some(holder),
        state => state == RunState::Unknown,
    }
}

/// Stores what an action of a run has brought, in answer to the question of that number: the run's own, or the one that
/// asked for its end.
pub(super) async fn keep(
    app: &App,
    tx: &mut WriteTx,
    manifest: &Manifest,
    run: &Run,
    (action, ask): (&str, i64),
    success: &Success,
    files: &[Attachment],
) -> Result<()> {
    let now = app.now();
    let display = serde_json::to_value(&success.display).map_err(AppError::internal)?;
    let excerpt = Excerpt::stored(&success.display, &display, &success.raw).map_err(AppError::internal)?;
    let result = RunResult {
        id: app.ids.make(),
        run: run.id,
        request: run.request,
        action: action.to_owned(),
        raw: success.raw.clone(),
        content_type: success.content_type.clone(),
        display,
        outputs: success.outputs.clone(),
        verdict: success.verdict,
        executed_at: now,
        by: run.by.clone(),
        took: success.took,
    };
    results::add(tx, &result, excerpt.as_ref(), ask).await?;
    for file in files {
        attachments::add(tx, file).await?;
    }
    links::put_off(app, tx, run, success).await?;
    let after = json!({ "action": action, "run": run.id, "verdict": success.verdict });
    Entry::by_runner(tx, run)
        .await?
        .did("output.saved", "result", result.id)
        .within(run.request)
        .after(after)
        .write(app, tx)
        .await?;
    let Some(request) = requests::lock(tx, run.request).await? else { return Ok(()) };
    // After an end, what arrives is stored and changes nothing (STATUS-3), but for the answer that a callback has led to
    // which told the end: it judges the very work that ended the request.
    let decides = manifest.action(&run.action).is_some_and(|action| action.decides);
    let asked_for_end = action != run.action && decides && request.moved_by == Mover::Provider;
    if request.status.is_end() && !asked_for_end {
        return Ok(());
    }
    let standing = results::current(tx, run.request).await?;
    let verdict = Verdict::of_all(standing.iter().map(|output| output.verdict));
    if verdict != request.verdict && requests::set_verdict(tx, request.id, verdict, now).await? {
        Entry::by_runner(tx, run)
            .await?
            .of_request("request.verdict_changed", run.request)
            .before(json!({ "verdict": request.verdict }))
            .after(json!({ "verdict": verdict, "because": action }))
            .write(app, tx)
            .await?;
    }
    Ok(())
}

/// What follows from an answer that is no failure: the end of the run, or the beginning of a wait for it.
async fn succeeded(app: &App, tx: &mut WriteTx, manifest: &Manifest, run: &Run, success: &Success) -> Result<()> {
    let verdict = Some(success.verdict);
    let action = manifest.action(&run.action);
    if !success.waits {
        let accepted_at = action.is_some_and(Action::starts_work).then(|| app.now());
        let patch = Patch { verdict, accepted_at, ..Patch::default() };
        told::end(app, tx, manifest, run, RunState::Succeeded, patch).await?;
        return by_hand(app, tx, manifest, run, success).await;
    }
    // What the provider has only accepted is stored and shown at once; its end comes later.
    let poll = action.and_then(|action| action.poll.as_ref());
    let deadline = app.now().plus(poll.map_or(poll::USUAL_DEADLINE, |poll| poll.deadline));
    let subject = manifest.callback_subject().and_then(|name| match &success.outputs[name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    let patch = Patch {
        verdict,
        accepted_at: Some(app.now()),
        deadline: Some(deadline),
        subject: subject.clone(),
        ..Patch::default()
    };
    told::end(app, tx, manifest, run, RunState::Waiting, patch).await?;
    told::started(app, tx, run).await?;
    poll::follow(app, tx, run, poll, deadline).await?;
    let Some(request) = requests::find(tx, run.request).await? else {
        // It was deleted while the provider was asked: nobody waits for the end.
        let why = "The request was deleted before its end was known.".to_owned();
        told::stop(app, tx, manifest, run, Entry::by_system(), why).await?;
        return events::look_again_of(app, tx, run.id).await;
    };
    events::look_again(app, tx, request.channel, run, subject.as_deref()).await
}

/// A person has asked how work stands: that counts as a question of the run that it is about.
async fn by_hand(app: &App, tx: &mut WriteTx, manifest: &Manifest, asked: &Run, success: &Success) -> Result<()> {
    let Some(work) = success.work else { return Ok(()) };
    let Some(request) = requests::find(tx, asked.request).await? else { return Ok(()) };
    let config = channels::find(tx, request.channel).await?.map_or(Value::Null, |channel| channel.config);
    for run in runs::waiting(tx, asked.request).await? {
        let manifest_then = app.manifests.at(tx, &run.manifest_digest).await?;
        let poll = manifest_then.action(&run.action).and_then(|action| action.poll.as_ref());
        let Some(poll) = poll.filter(|poll| poll.action == asked.action) else { continue };
        let outputs = results::own_outputs(tx, run.id).await?.unwrap_or(Value::Null);
        let Some(Value::Object(wanted)) = poll.params(&outputs, &run.params, &config) else { continue };
        // A form gives texts, an answer may give numbers.
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if wanted.iter().all(|(name, value)| asked.params.get(name).map(text) == Some(text(value))) {
            let told = Told { work, said: success.said.as_deref(), at: None, by: "person" };
            told::take_in(app, tx, manifest, &run, &told).await?;
        }
    }
    Ok(())
}

async fn failed(app: &App, tx: &mut WriteTx, manifest: &Manifest, run: &Run, failure: &Failure) -> Result<()> {
    let message = Some((failure.message.clone(), failure.quoted));
    let patch = Patch { error: Some(failure.class), message, ..Patch::default() };
    told::end(app, tx, manifest, run, RunState::Failed, patch).await?;
    note_failed(app, tx, run, failure.class).await
}

async fn note_failed(app: &App, tx: &mut WriteTx, run: &Run, class: ErrorClass) -> Result<()> {
    let after = json!({ "action": run.action, "class": class });
    Entry::by_runner(tx, run)
        .await?
        .did("run.failed", "run", run.id)
        .within(run.request)
        .after(after)
        .write(app, tx)
        .await
}

/// A run that its process left behind after something was sent: only the provider knows.
pub(super) async fn unknown(app: &App, tx: &mut WriteTx, manifest: &Manifest, run: &Run) -> Result<()> {
    let message = format!(
        "Dossier was stopped, or could not store what came back, after the provider was asked. {} may have been carried \
         out and charged.",
        run.label
    );
    end_unknown(app, tx, manifest, run, &message).await
}

async fn end_unknown(app: &App, tx: &mut WriteTx, manifest: &Manifest, run: &Run, message: &str) -> Result<()> {
    let message = Some((message.to_owned(), false));
    told::end(app, tx, manifest, run, RunState::Unknown, Patch { message, ..Patch::default() }).await?;
    let after = json!({ "action": run.action });
    Entry::by_system().did("run.unknown", "run", run.id).within(run.request).after(after).write(app, tx).await?;
    // Where the work goes by a name that was ours, the provider can be asked what became of it; and a callback may have
    // told of it already.
    let asks = manifest.action(&run.action).and_then(|action| action.poll.as_ref());
    if asks.is_some_and(|poll| poll.params(&Value::Null, &run.params, &Value::Null).is_some()) {
        jobs::add(tx, app.ids.make(), JobKind::Poll, run.id, app.now(), app.now()).await?;
    }
    match requests::find(tx, run.request).await? {
        Some(request) => events::look_again(app, tx, request.channel, run, None).await,
        None => events::look_again_of(app, tx, run.id).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(error: &AppError, tries: &mut Tries) -> Duration {
        std::iter::from_fn(|| tries.pause(error)).sum()
    }

    /// RESULT-2: a paid answer, and what was asked about its end, wait for their files alike.
    #[test]
    fn an_answer_waits_for_seconds_for_the_database_and_for_minutes_for_its_files() {
        let (files, other) = (AppError::NoFiles("away"), AppError::internal("a fault"));
        let mut tries = Tries::default();
        let seconds = spent(&other, &mut tries);
        assert!(seconds > Duration::from_secs(5) && seconds < Duration::from_secs(10), "{seconds:?}");
        let minutes = spent(&files, &mut tries);
        assert!(minutes > Duration::from_mins(15) && minutes < Duration::from_mins(30), "{minutes:?}");
        assert_eq!(spent(&files, &mut tries), Duration::ZERO, "and no longer");
    }
}
