//! From text to [`Manifest`].

use std::collections::BTreeMap;

use super::{Manifest, action, auth, request};
use crate::digest;
use crate::form::{self, FieldKind, Form};
use crate::keys::{self, Keys};
use crate::names::Known;
use crate::problem::{Problem, Problems};
use crate::yaml::{self, Node, Yaml};

/// The version of the format that this reads.
const FORMAT: u64 = 1;

pub(super) fn load(text: &str) -> Result<Manifest, Vec<Problem>> {
    let tree = yaml::parse(text).map_err(|problem| vec![problem])?;
    let mut problems = Problems::default();
    match manifest(&tree, text, &mut problems) {
        Some(manifest) if problems.is_empty() => Ok(manifest),
        _ => Err(problems.into_sorted()),
    }
}

fn manifest(tree: &Yaml, text: &str, problems: &mut Problems) -> Option<Manifest> {
    let mut keys = Keys::of(tree, "the manifest", problems)?;
    version(&mut keys, problems);
    let key = keys.need("key", problems).and_then(|y| {
        let key = keys::text(y, "key", problems)?;
        let plain = key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !plain || key.is_empty() || key.len() > 50 {
            let mend = "Use small letters, digits and -, at most 50.";
            problems.add(y.place, format!("“{key}” cannot be a provider's key."), mend);
        }
        Some(key)
    });
    let name = keys.need_text("name", problems);
    let own_version = keys.need_text("version", problems);
    let description = keys.need_text("description", problems);
    let documentation = keys.text("documentation", problems);
    let module = keys.need_text("module", problems);

    let config =
        keys.need("config", problems).map_or_else(Form::default, |y| form::load(y, form::Use::Config, problems));
    let secret = |kind: &FieldKind| matches!(kind, FieldKind::Secret);
    let named = |secrets: bool| {
        let fields = config.every().filter(|f| secret(&f.kind) == secrets);
        fields.map(|f| f.name.clone()).collect::<Vec<_>>()
    };
    let (open, secrets) = (named(false), named(true));

    let everything = open.iter().chain(&secrets).cloned().collect();
    let in_auth = Known { roots: vec!["config".to_owned(), "now".to_owned()], config: everything, ..Known::default() };
    let mut auth = BTreeMap::new();
    for pair in keys.pairs("auth", problems) {
        action::name(&pair.key, pair.at, problems);
        if let Some(one) = auth::load(pair, &in_auth, problems) {
            auth.insert(pair.key.clone(), one);
        }
    }
    // Entries with problems of their own still exist for those who name them.
    let auths: Vec<&str> = keys.pairs("auth", &mut Problems::default()).iter().map(|pair| pair.key.as_str()).collect();
    let test = keys.get("test").and_then(|y| {
        let mut keys = Keys::of(y, "test", problems)?;
        let name = keys.need("auth", problems).and_then(|y| request::auth_name(y, &auths, problems));
        keys.finish(problems);
        name
    });
    let hosts = keys.texts("hosts", problems);
    let sensitive = keys.texts("sensitive", problems);

    let known = Known { roots: vec!["config".to_owned()], config: open, secrets, ..Known::default() };
    keys.need("actions", problems);
    let mut actions: Vec<super::Action> = Vec::new();
    for item in keys.list("actions", problems) {
        if let Some(action) = action::load(item, &auths, &known, problems) {
            if actions.iter().any(|a| a.key == action.key) {
                problems.add(item.place, format!("The action “{}” stands twice.", action.key), "Rename one.");
            }
            actions.push(action);
        }
    }
    keys.finish(problems);
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
    })
}

fn version(keys: &mut Keys<'_>, problems: &mut Problems) {
    let Some(yaml) = keys.need("manifest", problems) else { return };
    let known = matches!(&yaml.node, Node::Number(n) if n.as_u64() == Some(FORMAT));
    if !known {
        problems.add(yaml.place, "This version of the format is not known.", format!("Write `manifest: {FORMAT}`."));
    }
}
