//! The form of a channel: added, changed, tested. The provider's fields stand in it behind `config.`, so that none of them
//! can be taken for one of ours.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use dossier_app::AppError;
use dossier_app::channels::{self, Editing, Saved, Tried, Typed};
use dossier_app::grant::{Create, Update};
use dossier_connector::{Form, Manifest};
use dossier_domain::ChannelId;
use serde::Deserialize;

use super::action::is_other;
use super::channels::HERE;
use super::fields::{self, Typed as Drawn};
use super::{encode, logs};
use crate::Web;
use crate::error::{Answer, Problem, show as page};
use crate::extract::{Asked, At, May, Pairs};
use crate::view::{self, Banner, ChannelChoosePage, ChannelFormPage, Control, Field, Handler, Outcome, Own, isolate};
use crate::visit::Visit;

/// Where the form of a new channel is.
pub(super) const NEW: &str = "/settings/channels/new";
/// What stands before the names of the provider's fields.
const PREFIX: &str = "config.";

#[derive(Default, Deserialize)]
pub(super) struct Query {
    handler: Option<String>,
}

pub(super) async fn new(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Create>,
    Asked(query): Asked<Query>,
) -> Answer {
    let Some(handler) = query.handler else {
        let handler = |manifest: &Manifest| Handler {
            href: format!("{NEW}?handler={}", encode(&manifest.key)),
            name: manifest.name.clone(),
            description: manifest.description.clone(),
        };
        let handlers = channels::licensed(&web.app, &grant).iter().map(|manifest| handler(manifest)).collect();
        return page(StatusCode::OK, &ChannelChoosePage { shell: visit.shell(), handlers });
    };
    let manifest = channels::chosen(&web.app, &grant, &handler)?;
    let mut sent = Sent { active: true, order: "0".to_owned(), ..Sent::default() };
    channels::first(&web.app, &manifest, &mut sent.config);
    let target = Target::New { id: channels::new_id(&web.app), manifest: &manifest };
    page(StatusCode::OK, &target.draw(&visit, &sent, true, Said::default()))
}

pub(super) async fn create(State(web): State<Web>, visit: Visit, May(grant): May<Create>, pairs: Pairs) -> Answer {
    let handler = pairs.first("handler").to_owned();
    let id: ChannelId = pairs.first("_id").parse().map_err(|_| Problem::Unreadable)?;
    let manifest = channels::handler(&web.app, &handler)?;
    let sent = Sent::of(pairs);
    let target = Target::New { id, manifest: &manifest };
    match sent.turn {
        Some(Turn::Branch) => {
            return match channels::chosen(&web.app, &grant, &handler) {
                Ok(_) => branch(&web, &target, &visit, sent),
                Err(error) => refused(&target, &visit, &sent, SAVED, error),
            };
        }
        Some(Turn::Test) => {
            let tried = channels::try_new(&web.app, &grant, id, &handler, &sent.typed()).await;
            let id = tried.as_ref().map_or(id, |tried| tried.id);
            return tested(&Target::New { id, manifest: &manifest }, &visit, &sent, tried);
        }
        None => {}
    }
    match channels::create(&web.app, &grant, id, &handler, &sent.typed()).await {
        Ok(id) => Ok(Redirect::to(&format!("{HERE}/{id}?done=added")).into_response()),
        Err(AppError::KeyReused) => {
            let target = Target::New { id: channels::new_id(&web.app), manifest: &manifest };
            let why = "This form added a channel before, with other content. Send it again to add another channel.";
            let said = Said { refusal: Some(why.to_owned()), ..Said::default() };
            page(StatusCode::CONFLICT, &target.draw(&visit, &sent, false, said))
        }
        Err(error) => refused(&target, &visit, &sent, SAVED, error),
    }
}

pub(super) async fn edit(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Update>,
    At(channel): At<ChannelId>,
) -> Answer {
    let editing = channels::editing(&web.app, &grant, channel).await?;
    let stored = &editing.channel;
    let sent = Sent {
        name: stored.name.clone(),
        code: stored.code.to_string(),
        order: stored.display_order.to_string(),
        active: stored.active,
        config: editing.manifest.config.pairs(&stored.config),
        ..Sent::default()
    };
    let target = Target::Stored { editing: &editing, version: stored.version };
    page(StatusCode::OK, &target.draw(&visit, &sent, true, Said::default()))
}

pub(super) async fn update(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Update>,
    At(channel): At<ChannelId>,
    pairs: Pairs,
) -> Answer {
    let version = pairs.first("_version").parse().map_err(|_| Problem::Unreadable)?;
    let sent = Sent::of(pairs);
    if sent.turn.is_some() {
        let editing = channels::sent(&web.app, &grant, channel).await?;
        let target = Target::Stored { editing: &editing, version };
        if sent.turn == Some(Turn::Branch) {
            return match channels::editing(&web.app, &grant, channel).await {
                Ok(_) => branch(&web, &target, &visit, sent),
                Err(error) => refused(&target, &visit, &sent, SAVED, error),
            };
        }
        let tried = channels::try_changed(&web.app, &grant, channel, &sent.typed()).await;
        return tested(&target, &visit, &sent, tried);
    }
    match channels::update(&web.app, &grant, channel, version, &sent.typed()).await {
        Ok(Saved::Done) => Ok(Redirect::to(&format!("{HERE}/{channel}?done=saved")).into_response()),
        Ok(Saved::Stale(editing)) => {
            let errors = sent.differences(&editing);
            let only = "Theirs and yours differ in secrets alone, if at all. Save again to put yours over theirs.";
            let refusal = errors.is_empty().then(|| only.to_owned());
            let said = Said { what: STALE, errors, refusal, ..Said::default() };
            let target = Target::Stored { version: editing.channel.version, editing: &editing };
            page(StatusCode::CONFLICT, &target.draw(&visit, &sent, false, said))
        }
        Err(error) => {
            let editing = channels::sent(&web.app, &grant, channel).await?;
            refused(&Target::Stored { editing: &editing, version }, &visit, &sent, SAVED, error)
        }
    }
}

const SAVED: &str = "Nothing was saved.";
const TESTED: &str = "Nothing was tested.";
const STALE: &str = "Nothing was saved: somebody else has saved this channel meanwhile.";

/// The form again with everything that was typed, and why nothing came of it.
fn refused(target: &Target, visit: &Visit, sent: &Sent, what: &'static str, error: AppError) -> Answer {
    let said = Said { what, ..Said::default() };
    let (status, said) = match error {
        AppError::Invalid(errors) => {
            let errors = errors.into_iter().map(|error| (error.field, error.message)).collect();
            (StatusCode::UNPROCESSABLE_ENTITY, Said { errors, ..said })
        }
        AppError::ModuleRequired(module) => {
            let why = format!(
                "Module required: {module}. The licence for it has ended since this form was opened. What you typed stands here still."
            );
            (StatusCode::FORBIDDEN, Said { refusal: Some(why), ..said })
        }
        AppError::NotFound => {
            let why = "Somebody else has deleted this channel. What you typed stands here still, but for secrets.";
            (StatusCode::CONFLICT, Said { refusal: Some(why.to_owned()), ..said })
        }
        error => return Err(error.into()),
    };
    page(status, &target.draw(visit, sent, false, said))
}

/// The form again with the fields of what was chosen.
fn branch(web: &Web, target: &Target, visit: &Visit, mut sent: Sent) -> Answer {
    channels::first(&web.app, target.manifest(), &mut sent.config);
    page(StatusCode::OK, &target.draw(visit, &sent, false, Said::default()))
}

/// The form again with how its test ended.
fn tested(target: &Target, visit: &Visit, sent: &Sent, tried: Result<Tried, AppError>) -> Answer {
    let tried = match tried {
        Ok(tried) => tried,
        Err(error) => return refused(target, visit, sent, TESTED, error),
    };
    let banner = if tried.accepted {
        let took = if tried.took.is_zero() { String::new() } else { format!("It took {}. ", view::took(tried.took)) };
        Banner::new(Outcome::Good, tried.message.clone(), format!("{took}Nothing was saved by this."))
    } else {
        let said = if tried.quoted {
            format!("{} says: “{}”", isolate(&tried.provider), isolate(&tried.message))
        } else {
            tried.message.clone()
        };
        Banner::new(Outcome::Bad, "The test failed", said)
    };
    let calls = tried.calls.iter().map(|call| {
        let detail = logs::detail(call, &|_| None);
        logs::call(&call.line, String::new(), call.line.action.clone(), Some(detail), &visit.local())
    });
    let said = Said { tested: Some((banner, calls.collect())), ..Said::default() };
    page(StatusCode::OK, &target.draw(visit, sent, false, said))
}

/// What a button asks for that does not save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// The fields of what was chosen.
    Branch,
    /// A test.
    Test,
}

/// The form as it was sent, the provider's fields under their bare names.
#[derive(Default)]
struct Sent {
    name: String,
    code: String,
    order: String,
    active: bool,
    config: Vec<(String, String)>,
    turn: Option<Turn>,
}

impl Sent {
    fn of(pairs: Pairs) -> Self {
        let text = |name| pairs.first(name).to_owned();
        let other = pairs.0.iter().any(|(name, shown)| name == "_shown" && is_other(shown, &pairs.0));
        let turn = match (pairs.get("_branch"), pairs.get("_test")) {
            (Some(_), _) => Some(Turn::Branch),
            // Another choice than the one whose fields were shown: without scripts nobody has seen the others yet.
            _ if other => Some(Turn::Branch),
            (_, Some(_)) => Some(Turn::Test),
            _ => None,
        };
        let (name, code, order) = (text("name"), text("code"), text("display_order"));
        let active = pairs.get("active").is_some();
        let own = pairs.0.into_iter();
        let config = own.filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_owned(), value))).collect();
        Self { name, code, order, active, config, turn }
    }

    fn typed(&self) -> Typed {
        Typed {
            code: self.code.clone(),
            name: self.name.clone(),
            active: self.active,
            display_order: self.order.clone(),
            config: self.config.clone(),
        }
    }

    /// Where what is stored differs from what was sent, each with what is stored.
    fn differences(&self, editing: &Editing) -> Vec<(String, String)> {
        let stored = &editing.channel;
        let mut found = Vec::new();
        let mut compare = |field: String, typed: &str, theirs: &str| {
            if typed.trim() != theirs.trim() {
                let theirs =
                    if theirs.is_empty() { "nothing".to_owned() } else { format!("“{}”", isolate(theirs)) };
                found.push((field, format!("They saved {theirs}. Save again to put yours over it, or write theirs.")));
            }
        };
        compare("name".to_owned(), &self.name, &stored.name);
        compare("code".to_owned(), &self.code, stored.code.as_str());
        let order = if self.order.trim().is_empty() { "0" } else { &self.order };
        compare("display_order".to_owned(), order, &stored.display_order.to_string());
        let active = |active| if active { "active" } else { "inactive" };
        compare("active".to_owned(), active(self.active), active(stored.active));
        let theirs = editing.manifest.config.pairs(&stored.config);
        let value = |pairs: &[(String, String)], name: &str| {
            let all: Vec<_> = pairs.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect();
            all.join(", ")
        };
        let form = editing.form().flat_in(&self.config);
        for field in form.fields.iter().filter(|field| !matches!(field.kind, dossier_connector::FieldKind::Secret)) {
            let (typed, theirs) = (value(&self.config, &field.name), value(&theirs, &field.name));
            compare(format!("{PREFIX}{}", field.name), &typed, &theirs);
        }
        found
    }
}

/// What a drawn form says beside what was typed.
struct Said {
    what: &'static str,
    errors: Vec<(String, String)>,
    refusal: Option<String>,
    tested: Option<(Banner, Vec<view::Call>)>,
}

impl Default for Said {
    fn default() -> Self {
        Self { what: SAVED, errors: Vec::new(), refusal: None, tested: None }
    }
}

/// What a form is about.
enum Target<'a> {
    New { id: ChannelId, manifest: &'a Manifest },
    Stored { editing: &'a Editing, version: i64 },
}

impl Target<'_> {
    fn manifest(&self) -> &Manifest {
        match self {
            Self::New { manifest, .. } => manifest,
            Self::Stored { editing, .. } => &editing.manifest,
        }
    }

    fn form(&self) -> Form {
        match self {
            Self::New { manifest, .. } => manifest.config.clone(),
            Self::Stored { editing, .. } => editing.form(),
        }
    }

    fn keeps(&self, name: &str) -> bool {
        matches!(self, Self::Stored { editing, .. } if editing.kept.iter().any(|kept| kept == name))
    }

    fn draw(&self, visit: &Visit, sent: &Sent, fresh: bool, said: Said) -> ChannelFormPage {
        let (manifest, form) = (self.manifest(), self.form());
        let error =
            |name: &str| said.errors.iter().find(|(field, _)| field == name).map(|(_, message)| message.clone());
        let bare = said.errors.iter();
        let bare = bare.filter_map(|(field, message)| Some((field.strip_prefix(PREFIX)?.to_owned(), message.clone())));
        let bare: Vec<_> = bare.collect();
        let drawn = Drawn { pairs: &sent.config, errors: &bare, files: "" };
        let undecided = fields::undecided(&form, &sent.config, fresh);
        let parts = if undecided { fields::deciding(&form, &drawn) } else { fields::parts(&form, &drawn) };
        // A secret is never sent back: its field says whether one is stored, and what became of what was typed.
        let told = |field: &mut Field| {
            if let Control::Secret { set } = &mut field.control {
                *set = self.keeps(&field.name);
                let typed = sent.config.iter().any(|(name, value)| *name == field.name && !value.trim().is_empty());
                let word = match (*set, typed) {
                    (_, true) => Some("Enter it again: what was typed is not sent back to a browser."),
                    (true, false) => Some(
                        "Leave it blank to keep it. It has to be entered again when an address or a sign-in field changes.",
                    ),
                    (false, false) => None,
                };
                let hint = field.hint.take().into_iter().chain(word.map(str::to_owned)).collect::<Vec<_>>().join(" ");
                field.hint = Some(hint).filter(|hint| !hint.is_empty());
            }
        };
        let carried = fields::carried(&form, &sent.config).into_iter();
        let mut hidden: Vec<_> = carried.map(|(name, value)| (format!("{PREFIX}{name}"), value)).collect();
        let (stored, up, post_href) = match self {
            Self::New { id, manifest } => {
                hidden.extend([("_id".to_owned(), id.to_string()), ("handler".to_owned(), manifest.key.clone())]);
                (None, NEW.to_owned(), NEW.to_owned())
            }
            Self::Stored { editing, version } => {
                let here = format!("{HERE}/{}", editing.channel.id);
                hidden.push(("_version".to_owned(), version.to_string()));
                (Some(editing.channel.name.clone()), here.clone(), format!("{here}/edit"))
            }
        };
        let (tested, calls) = said.tested.map_or((None, Vec::new()), |(banner, calls)| (Some(banner), calls));
        ChannelFormPage {
            shell: visit.shell(),
            stored,
            up,
            provider: manifest.name.clone(),
            description: manifest.description.clone(),
            post_href,
            hidden,
            own: Own {
                name: (sent.name.clone(), error("name")),
                code: (sent.code.clone(), error("code")),
                order: (sent.order.clone(), error("display_order")),
                active: sent.active,
                active_error: error("active"),
            },
            parts: parts.into_iter().map(|part| part.under(PREFIX, &told)).collect(),
            undecided,
            what: said.what,
            refusal: said.refusal,
            tested,
            calls,
        }
    }
}
