//! One request: its head, its latest result, and the actions beside it.

use axum::extract::State;
use axum::http::StatusCode;
use dossier_app::AppError;
use dossier_app::folder::{self, Choice, Folder, Head};
use dossier_app::grant::{Member, Read};
use dossier_app::requests::Request;
use dossier_app::runs::Run;
use dossier_app::trail::{self, Trail};
use dossier_connector::{Action, Effect, Manifest};
use dossier_domain::status::Mover;
use dossier_domain::{Permission, RequestId, RequestStatus, ResultId, RunId, RunState};
use serde::Deserialize;

use super::{notes, shown, standing};
use crate::Web;
use crate::error::{Answer, administrators, show as page};
use crate::extract::{Asked, At, May};
use crate::view::{
    self, Banner, Category, ChannelName, Deeds, LatestNotes, Link, Outcome, Panel, RequestHead, RequestPage, isolate,
};
use crate::visit::Visit;

/// How often the page looks again while something runs, in seconds.
pub(super) const LOOK_AGAIN: u32 = 3;

#[derive(Default, Deserialize)]
pub(super) struct Query {
    /// The run just started: its outcome stands above the page.
    run: Option<RunId>,
    /// The result on show, instead of the latest.
    result: Option<ResultId>,
    /// What was just done to the request.
    done: Option<String>,
}

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Read>,
    At(id): At<RequestId>,
    Asked(query): Asked<Query>,
) -> Answer {
    let just = match query.run {
        Some(run) => Some(trail::of(&web.app, &grant, id, run).await?),
        None => None,
    };
    let choice = match (query.result, &just) {
        (Some(result), _) => Choice::Result(result),
        (None, Some(trail)) => Choice::Run(trail.run.id),
        (None, None) => Choice::Latest,
    };
    let folder = folder::open(&web.app, &grant, id, choice).await?;
    let provider = folder.head.provider();
    let admins = administrators(&web, &visit).await;
    let moving = folder.runs.iter().any(|run| run.state.is_live());
    let view = RequestPage {
        shell: visit.shell(),
        head: head(&folder.head, &grant),
        outcome: match &just {
            Some(trail) => {
                let kept = folder.outputs.iter().find(|line| line.action == trail.run.action);
                Some(standing::outcome(trail, kept.map(|line| line.executed_at), &grant))
            }
            None => query.done.and_then(|done| said(&done, folder.head.request.status)),
        },
        banners: banners(&folder, just.as_ref(), provider, &grant),
        result: folder.shown.as_ref().map(|s| shown::result(&folder, s, provider, &grant)),
        notes: notes(&folder, &grant),
        panel: panel(&web, &folder, &grant, &admins),
        refresh: moving.then_some(LOOK_AGAIN),
    };
    page(StatusCode::OK, &view)
}

/// What was just done to a request that is in this status now.
fn said(done: &str, status: RequestStatus) -> Option<Banner> {
    let words = match done {
        "renamed" => "The reference is saved.",
        "noted" => "The note is added.",
        done if done != status.as_str() => return None,
        "completed" => "Marked as completed.",
        "failed" => "Marked as failed.",
        "cancelled" => "Cancelled.",
        "pending" => "Reopened.",
        _ => return None,
    };
    Some(Banner::new(Outcome::Good, words, ""))
}

fn notes(folder: &Folder, member: &Member) -> LatestNotes {
    let notes: Vec<_> = folder.notes.rows.iter().map(|note| notes::line(note, member).begun()).collect();
    LatestNotes {
        more: folder.notes.older.is_some() || notes.iter().any(|note| note.cut),
        write: member.may(Permission::KycExecute),
        notes,
    }
}

/// What the person can do to a request.
fn deeds(request: &Request, member: &Member) -> Deeds {
    let here = format!("/requests/{}", request.id);
    let link = |path: &str, text: &str| Link { href: format!("{here}/{path}"), text: text.to_owned() };
    let mut deeds = Deeds::default();
    if member.may(Permission::KycExecute) {
        deeds.more.push(link("reference", "Edit reference…"));
        if request.status.is_end() {
            deeds.moves.push(link("reopen", "Reopen…"));
        } else {
            deeds.moves.push(link("mark/completed", "Mark completed…"));
            deeds.moves.push(link("mark/failed", "Mark failed…"));
            deeds.more.push(link("mark/cancelled", "Cancel request…"));
        }
    }
    deeds.delete = member.may(Permission::KycDelete).then(|| link("delete", "Delete…"));
    deeds
}

/// What stands above every tab.
pub(super) fn head(head: &Head, member: &Member) -> RequestHead {
    let (request, channel) = (&head.request, &head.channel);
    RequestHead {
        href: format!("/requests/{}", request.id),
        reference: request.reference.to_string(),
        status: view::status(request.status),
        verdict: view::verdict(request.verdict),
        channel: ChannelName { name: channel.name.clone(), deleted: channel.deleted_at.is_some() },
        created: view::moment(request.created_at, &member.local),
        by: request.created_by.name.clone(),
        audit: member.may(Permission::AuditRead),
        calls: if head.calls > 999 { "999+".to_owned() } else { head.calls.to_string() },
        deeds: deeds(request, member),
    }
}

/// What is true of the request until it is not: runs that ask for a person, that go on, or that left nothing but a person's
/// word; but the one that the outcome tells of.
fn banners(folder: &Folder, just: Option<&Trail>, provider: &str, member: &Member) -> Vec<Banner> {
    let other = |run: &&Run| just.is_none_or(|just| just.run.id != run.id);
    let unsettled = folder.unsettled.iter().filter(other).map(|run| standing::unsettled(run, provider, member));
    let goes_on = |run: &&Run| run.state.is_live() || run.state == RunState::Waiting;
    let going_on = folder.runs.iter().filter(other).filter(goes_on);
    let stored = |run: &&Run| folder.outputs.iter().any(|output| output.action == run.action);
    let by_word = |run: &&Run| run.state == RunState::Succeeded && run.message.is_some() && !stored(run);
    let by_word = folder.runs.iter().filter(other).filter(by_word);
    unsettled
        .chain(going_on.map(|run| standing::going_on(run, provider, member)))
        .chain(by_word.map(standing::by_word))
        .collect()
}

fn panel(web: &Web, folder: &Folder, member: &Member, admins: &[String]) -> Panel {
    let may = member.may(Permission::KycExecute);
    let refusal = match (&folder.closed, may) {
        (Some(AppError::ModuleRequired(module)), _) => Some(Banner::refusal(
            format!("Module required: {module}."),
            "The licence does not cover this provider now, so nothing new can run. What is stored stays readable.",
        )),
        (Some(why), _) => Some(Banner::refusal("Nothing can run here.", why.to_string())),
        (None, false) => Some(Banner::refusal(
            "You can look, but not run.",
            format!("Running an action takes the permission kyc:execute. {}", who(admins)),
        )),
        (None, true) if folder.head.request.status.is_end() => Some(ended(folder, member)),
        (None, true) => None,
    };
    let can = may && folder.closed.is_none();
    let actions = folder.head.manifest.as_deref().map(|manifest| categories(web, manifest, folder, can, member));
    let runs = (!folder.runs.is_empty()).then(|| super::history::address(folder.head.request.id));
    Panel { refusal, categories: actions.unwrap_or_default(), runs }
}

/// Why only what reads can be run in a request that has ended, and the way back (STATUS-5).
fn ended(folder: &Folder, member: &Member) -> Banner {
    let request = &folder.head.request;
    let title = match request.status {
        RequestStatus::Failed => "This request has failed.".to_owned(),
        status => format!("This request is {status}."),
    };
    let how = match (request.moved_by, &folder.moved) {
        (Mover::Person, Some(note)) => {
            let did = notes::did(note.became.unwrap_or(request.status));
            format!("{} {did} {}. ", isolate(&note.by.name), standing::when(note.at, member))
        }
        (Mover::Provider, _) => format!("What {} reported ended it. ", folder.head.provider()),
        _ => String::new(),
    };
    Banner::refusal(title, format!("{how}Only actions that read can run in it now."))
        .with(format!("/requests/{}/reopen", request.id), "Reopen…")
}

/// Who can give a permission, as a sentence.
pub(super) fn who(admins: &[String]) -> String {
    match admins {
        [] => "An administrator can give it to you.".to_owned(),
        [one] => format!("{one} can give it to you."),
        [rest @ .., last] => format!("{} or {last} can give it to you.", rest.join(", ")),
    }
}

fn categories(web: &Web, manifest: &Manifest, folder: &Folder, can: bool, member: &Member) -> Vec<Category> {
    let mut categories: Vec<Category> = Vec::new();
    for action in &manifest.actions {
        let line = line(web, action, folder, can, member);
        match categories.iter_mut().find(|category| category.name == action.category) {
            Some(category) => category.actions.push(line),
            None => categories.push(Category { name: action.category.clone(), actions: vec![line] }),
        }
    }
    categories
}

/// Whether nothing in the request itself stands in the way: a write needs one that has not ended (STATUS-5), and an
/// action runs once at a time.
pub(super) fn runnable(action: &Action, folder: &Folder) -> bool {
    let ended = action.effect == Effect::Write && folder.head.request.status.is_end();
    !ended && !folder.runs.iter().any(|run| run.action == action.key && run.state.is_live())
}

fn line(web: &Web, action: &Action, folder: &Folder, can: bool, member: &Member) -> view::Action {
    let (request, key) = (&folder.head.request, &action.key);
    let last = folder.runs.iter().find(|run| run.action == *key);
    let output = folder.outputs.iter().find(|line| line.action == *key);
    let href = format!("/requests/{}/actions/{key}", request.id);
    // A write that has run is confirmed on its page, which says so first (ACT-9).
    let asks = !action.form.fields.is_empty() || (action.effect == Effect::Write && last.is_some());
    let run = if !can || !runnable(action, folder) {
        view::Run::No
    } else if asks {
        view::Run::Form(href)
    } else {
        view::Run::Post { href, key: web.app.form_key() }
    };
    view::Action {
        label: action.label.clone(),
        result_href: output.map(|line| format!("/requests/{}?result={}", request.id, line.id)),
        shown: folder.shown.as_ref().is_some_and(|shown| shown.result.action == *key),
        run,
        succeeded: output
            // What a run that goes on has brought so far is no earlier success.
            .filter(|output| last.is_some_and(|run| run.state != RunState::Succeeded && run.id != output.run))
            .map(|line| view::clock(line.executed_at, member.now, &member.local)),
        state: last.map(|run| {
            let at = run.ended_at.or(run.started_at).unwrap_or(run.created_at);
            let words = run.message.clone().filter(|_| matches!(run.state, RunState::Failed | RunState::Succeeded));
            let said = words.map(|words| if run.quoted { view::Said::Quoted(words) } else { view::Said::Own(words) });
            let at = view::clock(at, member.now, &member.local);
            view::run(run.state, Some(at), said).leading_to(standing::href(run), &run.label)
        }),
    }
}
