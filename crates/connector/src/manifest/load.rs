//! From text to [`Manifest`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::auth::Auth;
use super::{Action, Callbacks, Host, Manifest, Redact, Task, Test, action, auth, callback, links, request};
use crate::call::Limits;
use crate::digest;
use crate::form::{self, FieldKind, Form};
use crate::keys::{self, Keys};
use crate::names::Known;
use crate::problem::{Problem, Problems};
use crate::sensitive::SensitiveNames;
use crate::yaml::{self, Node, Pair, Yaml};

/// The version of the format that this reads.
const FORMAT: u64 = 1;

pub(super) fn load(text: &str) -> Result<Manifest, Vec<Problem>> {
    let tree = yaml::parse(text).map_err(|problem| vec![problem])?;
    let mut problems = Problems::default();
    if matches!(tree.node, Node::Null) {
        problems.add(tree.place, "There is nothing in this file.", "`dossier provider new` writes one to begin with.");
        return Err(problems.into_sorted());
    }
    match manifest(&tree, text, &mut problems) {
        Some(manifest) if problems.is_empty() => Ok(manifest),
        _ => Err(problems.into_sorted()),
    }
}

/// Reads the tree of a manifest; `text` is what it was read from.
pub(super) fn manifest(tree: &Yaml, text: &str, problems: &mut Problems) -> Option<Manifest> {
    let mut keys = Keys::of(tree, "the manifest", problems)?;
    version(&mut keys, problems);
    let key = keys.need("key", problems).and_then(|y| {
        let key = keys::text(y, "key", problems)?;
        if !Manifest::is_key(&key) {
            let mend = "Use small letters, digits and -, at most 50, and begin with a letter.";
            problems.add(y.place, format!("“{key}” cannot be a provider's key."), mend);
        }
        Some(key)
    });
    let name = keys.need_text("name", problems);
    let own_version = keys.need_text("version", problems);
    let description = keys.need_text("description", problems);
    let documentation = keys.text("documentation", problems);
    let module = keys.need_text("module", problems);

    let before = problems.count();
    let config =
        keys.need("config", problems).map_or_else(Form::default, |y| form::load(y, form::Use::Config, problems));
    let config_sound = problems.count() == before;
    let secret = |kind: &FieldKind| matches!(kind, FieldKind::Secret);
    let named = |secrets: bool| {
        let fields = config.every().filter(|f| secret(&f.kind) == secrets);
        fields.map(|f| f.name.clone()).collect::<Vec<_>>()
    };
    let (mut open, secrets) = (named(false), named(true));
    // A field with problems of its own is there nevertheless.
    open.extend(keys.get("config").map(form::properties).unwrap_or_default());
    open.retain(|name| !secrets.contains(name));

    let everything = open.iter().chain(&secrets).cloned().collect();
    let in_auth = Known { roots: vec!["config".to_owned(), "now".to_owned()], config: everything, ..Known::default() };
    let auths: Vec<&str> = keys.pairs("auth", &mut Problems::default()).iter().map(|pair| pair.key.as_str()).collect();
    let mut auth = BTreeMap::new();
    for pair in keys.pairs("auth", problems) {
        action::name(&pair.key, pair.at, problems);
        if let Some(one) = auth::load(pair, &auths, &in_auth, problems) {
            auth.insert(pair.key.clone(), one);
        }
    }
    circles(keys.pairs("auth", &mut Problems::default()), &auth, problems);
    let outputs = outputs(keys.list("actions", &mut Problems::default())).into_iter().collect();
    let known =
        Known { roots: vec!["config".to_owned()], config: open, secrets, outputs: Some(outputs), ..Known::default() };
    let test = keys.get("test").and_then(|y| test(y, &auths, &auth, &known, problems));
    let hosts = hosts(keys.list("hosts", problems), problems);
    let sensitive = names(&mut keys, "sensitive", problems);
    let redact = keys.get("redact").map(|y| Arc::new(redact(y, problems))).unwrap_or_default();
    let limits = keys.get("limits").map(|y| limits(y, problems)).unwrap_or_default();
    let callbacks = keys.get("callbacks").and_then(|y| callback::load(y, &in_auth, problems));

    keys.need("actions", problems);
    let mut actions: Vec<Action> = Vec::new();
    // What others say of an action that has problems may be wrong only because of these.
    let mut unsound: Vec<String> = Vec::new();
    for item in keys.list("actions", problems) {
        let before = problems.count();
        let loaded = action::load(item, &auths, &known, problems);
        if problems.count() > before
            && let Some(Yaml { node: Node::Text(key), .. }) = item.get("key")
        {
            unsound.push(key.clone());
        }
        if let Some(action) = loaded {
            if actions.iter().any(|a| a.key == action.key) {
                problems.add(item.place, format!("The action “{}” stands twice.", action.key), "Rename one.");
            }
            actions.push(action);
        }
    }
    let called = keys.get("callbacks").is_some();
    for action in &actions {
        links::poll(action, &actions, &unsound, called, problems);
    }
    if let Some(callbacks) = &callbacks {
        let outputs = known.outputs.as_deref().unwrap_or_default();
        links::subject(callbacks, outputs, problems);
    }
    // Of fields with problems nobody knows which are addresses.
    if config_sound {
        addresses(&actions, &auth, test.as_ref(), &config, problems);
    }
    keys.finish(problems);
    // A form with problems has not all of its fields.
    if problems.is_empty() {
        strangers(&actions, callbacks.as_ref(), &config, problems);
    }
    Some(Manifest {
        key: key?,
        name: name?,
        version: own_version?,
        description: description?,
        documentation,
        module: module?,
        digest: digest::sha256(text.as_bytes()),
        text: text.to_owned(),
        config,
        actions,
        sensitive,
        hosts,
        auth,
        test,
        redact,
        limits,
        callbacks,
    })
}

/// Holds every address against those of the channel.
fn addresses(
    actions: &[Action],
    auth: &BTreeMap<String, Auth>,
    test: Option<&Test>,
    config: &Form,
    problems: &mut Problems,
) {
    let steps = actions.iter().flat_map(|action| &action.steps);
    let sent = steps.filter_map(|step| if let Task::Request(request) = &step.task { Some(&**request) } else { None });
    let tested = test.iter().filter_map(|t| if let Test::Request(request) = t { Some(&**request) } else { None });
    let sent = sent.chain(tested).map(|request| (&request.url, request.place, !request.auth.is_empty()));
    // Whoever asks for a token shows who is asking, with entries of `auth` or without.
    let asked = auth.values().filter_map(|entry| match entry {
        Auth::Token(exchange) => Some((&exchange.request.url, exchange.request.place, true)),
        Auth::ClientCredentials(asked) => Some((&asked.token_url, asked.place, true)),
        _ => None,
    });
    sent.chain(asked).for_each(|(url, place, credentials)| links::address(url, place, credentials, config, problems));
}

/// Holds what examples give to fields against the forms.
fn strangers(actions: &[Action], callbacks: Option<&Callbacks>, config: &Form, problems: &mut Problems) {
    for (form, example) in actions.iter().flat_map(|a| a.examples.iter().map(|example| (&a.form, example))) {
        example.strangers(config, Some(form), problems);
    }
    let of_callbacks = callbacks.into_iter().flat_map(|callbacks| &callbacks.examples);
    of_callbacks.for_each(|example| example.strangers(config, None, problems));
}

/// The names of the outputs of actions, with problems or not.
fn outputs(actions: &[Yaml]) -> BTreeSet<String> {
    let outputs = actions.iter().filter_map(|action| action.get("result")?.get("outputs"));
    outputs.flat_map(Yaml::keys).map(str::to_owned).collect()
}

/// What Test connection does.
fn test(
    yaml: &Yaml,
    auths: &[&str],
    auth: &BTreeMap<String, Auth>,
    known: &Known,
    problems: &mut Problems,
) -> Option<Test> {
    let mut keys = Keys::of(yaml, "test", problems)?;
    let name = keys.get("auth").and_then(|y| Some((auth::name(y, auths, problems)?, y.place)));
    let request = keys.get("request").map(|y| request::load(y, &mut keys, auths, known, problems));
    let place = keys.place();
    keys.finish(problems);
    match (name, request) {
        (Some((name, at)), None) => {
            if auth.get(&name).is_some_and(|entry| !entry.is_obtained()) {
                let message = format!("“{name}” takes no call, so it cannot be tested by itself.");
                problems.add(at, message, "Write `request:` with a harmless call that goes with it.");
            }
            Some(Test::Auth(name))
        }
        (None, Some(request)) => Some(Test::Request(Box::new(request?))),
        _ => {
            let mend = "Write `auth:` with an entry that brings a token, or `request:`.";
            problems.add(place, "A test signs in or sends a request.", mend);
            None
        }
    }
}

/// Refuses entries of `auth` that need each other in a circle.
fn circles(pairs: &[Pair], auth: &BTreeMap<String, Auth>, problems: &mut Problems) {
    if pairs.len() > MOST_AUTHS {
        let message = format!("There are {} entries of auth; {MOST_AUTHS} is the most.", pairs.len());
        problems.add(pairs[0].at, message, "Keep those that are used.");
        return;
    }
    for pair in pairs {
        let mut reached: Vec<&str> = Vec::new();
        let mut next = vec![pair.key.as_str()];
        while let Some(from) = next.pop() {
            for need in auth.get(from).map(Auth::needs).unwrap_or_default() {
                if !reached.contains(&need.as_str()) {
                    reached.push(need);
                    next.push(need);
                }
            }
        }
        if reached.contains(&pair.key.as_str()) {
            let message = format!("To obtain “{}” takes “{}” itself.", pair.key, pair.key);
            problems.add(pair.at, message, "Take it out of its own request.");
        }
    }
}

/// The most entries of `auth`: each may need others, and who needs whom is followed.
const MOST_AUTHS: usize = 8;
/// The most pointers under `redact`: each is followed through every body.
const MOST_POINTERS: usize = 100;

fn hosts(items: &[Yaml], problems: &mut Problems) -> Vec<Host> {
    let one = |yaml: &Yaml| {
        let text = keys::text(yaml, "hosts", problems)?;
        let host = Host::parse(&text);
        if host.is_none() {
            let mend = "Write a host such as files.example.org, or *.example.org for all below it.";
            problems.add(yaml.place, format!("“{text}” is no host."), mend);
        }
        host
    };
    items.iter().filter_map(one).collect()
}

fn names(keys: &mut Keys<'_>, key: &'static str, problems: &mut Problems) -> SensitiveNames {
    SensitiveNames::default().with(keys.texts(key, problems).iter().map(String::as_str))
}

fn redact(yaml: &Yaml, problems: &mut Problems) -> Redact {
    let Some(mut keys) = Keys::of(yaml, "redact", problems) else { return Redact::default() };
    let (headers, query) = (names(&mut keys, "headers", problems), names(&mut keys, "query", problems));
    let mut pointers = Vec::new();
    for item in keys.list("pointers", problems) {
        let Some(text) = keys::text(item, "pointers", problems) else { continue };
        match text.strip_prefix('/') {
            Some(steps) => {
                let plain = |step: &str| step.replace("~1", "/").replace("~0", "~");
                pointers.push(steps.split('/').map(plain).collect());
            }
            None => problems.add(item.place, format!("“{text}” is no pointer."), "Begin it with /, as in /data/name."),
        }
    }
    if pointers.len() > MOST_POINTERS {
        let message = format!("There are {} pointers; {MOST_POINTERS} is the most.", pointers.len());
        problems.add(keys.place(), message, "Name members under `sensitive`, wherever they stand.");
    }
    keys.finish(problems);
    Redact { headers, query, pointers }
}

fn limits(yaml: &Yaml, problems: &mut Problems) -> Limits {
    let Some(mut keys) = Keys::of(yaml, "limits", problems) else { return Limits::default() };
    let at_once = keys.count("at_once", problems);
    let per_second = keys.number("per_second", problems);
    if at_once == Some(0) || per_second.is_some_and(|n| !(0.001..=10_000.0).contains(&n)) {
        problems.add(keys.place(), "With these limits nothing could be called.", "Write numbers above 0.");
    }
    keys.finish(problems);
    Limits { at_once, per_second }
}

fn version(keys: &mut Keys<'_>, problems: &mut Problems) {
    let Some(yaml) = keys.need("manifest", problems) else { return };
    let known = matches!(&yaml.node, Node::Number(n) if n.as_u64() == Some(FORMAT));
    if !known {
        problems.add(yaml.place, "This version of the format is not known.", format!("Write `manifest: {FORMAT}`."));
    }
}
