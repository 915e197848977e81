//! One run: its page, and what a person can do about it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use dossier_app::AppError;
use dossier_app::callbacks::Event;
use dossier_app::grant::{Execute, Member, Read};
use dossier_app::runs::{self, Settlement};
use dossier_app::trail::{self, Story, Trail};
use dossier_domain::{EventState, Permission, RequestId, RunId, RunState};

use super::request::{LOOK_AGAIN, who};
use super::{history, quarantine, standing, story as told};
use crate::Web;
use crate::error::{Answer, Problem, administrators, show as page};
use crate::extract::{At, May, Pairs};
use crate::view::{self, Banner, CallbackRow, Fact, Link, Problems, Remedy, RunPage, Said, SettleForm, count};
use crate::visit::Visit;

/// How many callbacks the page shows.
const CALLBACKS: usize = 25;

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Read>,
    At((request, run)): At<(RequestId, RunId)>,
) -> Answer {
    let trail = trail::of(&web.app, &grant, request, run).await?;
    let story = trail::story(&web.app, &grant, &trail).await?;
    let view = draw(&web, &visit, &grant, (&trail, &story), SettleForm::default()).await;
    page(StatusCode::OK, &view)
}

pub(super) async fn cancel(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Execute>,
    At((request, run)): At<(RequestId, RunId)>,
) -> Answer {
    match runs::cancel(&web.app, &grant, request, run).await {
        Ok(()) => Ok(to_request(request, run)),
        Err(AppError::Conflict(why)) => {
            let refusal = Problems::because("It was not stopped.", why);
            refused(&web, &visit, &grant, (request, run), (SettleForm::default(), Some(refusal))).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn settle(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Execute>,
    At((request, run)): At<(RequestId, RunId)>,
    pairs: Pairs,
) -> Answer {
    let (ended, reason) = (pairs.first("ended").to_owned(), pairs.first("reason").to_owned());
    let mut form = SettleForm { ended: ended.clone(), reason: reason.clone(), ..SettleForm::default() };
    match runs::settle(&web.app, &grant, &Settlement { request, run, ended, reason }).await {
        Ok(()) => Ok(to_request(request, run)),
        Err(AppError::Invalid(errors)) => {
            let error = |name| errors.iter().find(|error| error.field == name).map(|error| error.message.clone());
            (form.ended_error, form.reason_error) = (error("ended"), error("reason"));
            refused(&web, &visit, &grant, (request, run), (form, None)).await
        }
        Err(AppError::Conflict(why)) => {
            let refusal = Problems::because("This was not saved.", why);
            refused(&web, &visit, &grant, (request, run), (form, Some(refusal))).await
        }
        Err(error) => Err(error.into()),
    }
}

fn to_request(request: RequestId, run: RunId) -> Response {
    Redirect::to(&format!("/requests/{request}?run={run}")).into_response()
}

/// The page as it stands now, above it why nothing was changed, and in its form what was typed.
async fn refused(
    web: &Web,
    visit: &Visit,
    member: &Member,
    (request, run): (RequestId, RunId),
    (form, refusal): (SettleForm, Option<Problems>),
) -> Result<Response, Problem> {
    let grant = member.grant::<Read>()?;
    let trail = trail::of(&web.app, &grant, request, run).await?;
    let status = if refusal.is_some() { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    // A run that has ended meanwhile has no fields to mend.
    let known = !matches!(trail.run.state, RunState::Unknown | RunState::Overdue);
    let refusal = refusal.or_else(|| {
        known.then(|| Problems::because("Nothing was changed.", "How it ended is known meanwhile; it stands below."))
    });
    let story = trail::story(&web.app, &grant, &trail).await?;
    let view = draw(web, visit, &grant, (&trail, &story), form).await;
    page(status, &RunPage { refusal, ..view })
}

async fn draw(
    web: &Web,
    visit: &Visit,
    member: &Member,
    (trail, story): (&Trail, &Story),
    form: SettleForm,
) -> RunPage {
    let run = &trail.run;
    let request_href = format!("/requests/{}", run.request);
    let remedy = match (run.state, member.may(Permission::KycExecute)) {
        (RunState::Queued, true) => Remedy::Stop,
        (RunState::Unknown | RunState::Overdue, true) => Remedy::Settle(form),
        (RunState::Queued, false) => Remedy::Refused(refusal(web, visit, "stop it").await),
        (RunState::Unknown | RunState::Overdue, false) => {
            Remedy::Refused(refusal(web, visit, "say how it ended").await)
        }
        _ => Remedy::None,
    };
    let results = trail.results.iter().map(|line| Link {
        href: format!("{request_href}?result={}", line.id),
        text: if trail.results.len() == 1 { "See its result".to_owned() } else { format!("See {}", line.label) },
    });
    let calls = Link { href: format!("{request_href}/logs?run={}", run.id), text: "See the calls".to_owned() };
    let others = Link {
        href: format!("{}?action={}", history::address(run.request), run.action),
        text: "Its other runs".to_owned(),
    };
    let events = trail.events.iter().take(CALLBACKS);
    let said = run.message.clone().map(|words| if run.quoted { Said::Quoted(words) } else { Said::Own(words) });
    RunPage {
        shell: visit.shell(),
        reference: trail.head.request.reference.to_string(),
        href: standing::href(run),
        action: run.label.clone(),
        asked: view::moment(run.created_at, &member.local),
        state: view::run(run.state, None, None),
        means: standing::means(trail, member),
        said,
        remedy,
        refusal: None,
        facts: facts(trail, member),
        links: results.chain([calls, others]).collect(),
        provider: trail.head.provider().to_owned(),
        callbacks: events.map(|event| callback(event, trail.head.provider(), member)).collect(),
        more: trail.events.len() > CALLBACKS,
        story: told::steps(trail, story, member),
        story_cut: story.cut.then(|| format!("{request_href}/logs?run={}", run.id)),
        refresh: run.state.is_live().then_some(LOOK_AGAIN),
        request_href,
    }
}

async fn refusal(web: &Web, visit: &Visit, what: &str) -> Banner {
    let who = who(&administrators(web, visit).await);
    Banner::refusal(format!("You can look, but not {what}."), format!("It takes the permission kyc:execute. {who}"))
}

fn facts(trail: &Trail, member: &Member) -> Vec<(&'static str, Fact)> {
    let run = &trail.run;
    let at = |at| Fact::At(view::moment(at, &member.local));
    let category = trail.manifest.action(&run.action).map(|action| action.category.clone());
    let action = category.map_or_else(|| run.label.clone(), |category| format!("{}, {category}", run.label));
    let ended = match run.state {
        RunState::Overdue => "Overdue since",
        RunState::Unknown => "Unknown since",
        RunState::Cancelled => "Stopped",
        _ => "Ended",
    };
    let asked = (trail.asks() || run.polls > 0).then(|| match run.polls {
        0 => "Not yet".to_owned(),
        1 => "Once".to_owned(),
        times => format!("{} times", count(times.into())),
    });
    let open = run.state.is_open();
    let facts = [
        ("Action", Some(Fact::Text(action))),
        ("Run by", Some(Fact::Text(run.by.name.clone()))),
        ("Asked for", Some(at(run.created_at))),
        ("Begun", run.started_at.map(at)),
        ("Accepted", run.accepted_at.map(at)),
        (ended, run.ended_at.map(at)),
        ("Provider asked", asked.map(Fact::Text)),
        ("Asked next", trail.next.map(at)),
        ("End due", run.deadline.filter(|_| open).map(at)),
    ];
    facts.into_iter().filter_map(|(label, fact)| Some((label, fact?))).collect()
}

/// What became of a callback, as a sentence.
pub(super) fn became(event: &Event, provider: &str) -> String {
    match (event.state, event.reason.as_deref().unwrap_or_default()) {
        (EventState::Received, _) => "Dossier has not looked at it yet.".to_owned(),
        (EventState::Applied, "told") => "It told how the work stands, and that was taken in.".to_owned(),
        (EventState::Applied, _) => format!("It made Dossier ask {provider} how the work stands."),
        (EventState::Ignored, "had_ended") => "Nothing: the run had ended already.".to_owned(),
        (EventState::Ignored, "stale") => "Nothing: something newer had come before it.".to_owned(),
        (EventState::Ignored, "nothing_to_ask") => {
            format!("Nothing: it cannot be believed by itself, and {provider} cannot be asked.")
        }
        (EventState::Ignored, "unsigned") => {
            "Nothing: nobody has signed it, and what it names could be somebody else's work. Say yourself how the run ended."
                .to_owned()
        }
        (EventState::Ignored, _) => "Nothing: it told nothing new.".to_owned(),
        (EventState::Quarantined, word) => {
            let (reason, advice) = quarantine::why(word);
            format!("Nothing. {reason}: {advice}")
        }
    }
}

fn callback(event: &Event, provider: &str, member: &Member) -> CallbackRow {
    CallbackRow {
        at: view::moment(event.received_at, &member.local),
        signed: event.trusted,
        became: became(event, provider),
        times: event.times,
    }
}
