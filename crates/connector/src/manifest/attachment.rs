//! Files in an answer, which become attachments.

use super::request;
use crate::expr::{Expr, Template};
use crate::keys::{self, Keys};
use crate::names::{Known, check_row};
use crate::problem::Problems;
use crate::yaml::Yaml;

/// A file in the answer, or one for each item of a list.
#[derive(Clone, Debug)]
pub(crate) struct FileRule {
    /// The name under which a display reaches it.
    pub(crate) key: Option<String>,
    /// The list whose items have a file each; the other expressions are worked out on the item then.
    pub(crate) each: Option<Expr>,
    pub(crate) name: Template,
    pub(crate) source: Source,
    /// Its type; by its content where the manifest does not say.
    pub(crate) media_type: Option<String>,
}

/// Where its bytes are.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// In the answer, as base64 with or without a `data:` prefix.
    Base64(Expr),
    /// Behind a link, which is fetched at once and without credentials.
    Link(Expr),
    /// The body of this step.
    Body(String),
}

/// Reads one entry of `attachments`.
pub(super) fn load(yaml: &Yaml, steps: &[&str], known: &Known, problems: &mut Problems) -> Option<FileRule> {
    let mut keys = Keys::of(yaml, "an attachment", problems)?;
    let key = keys.get("key").and_then(|y| {
        let key = keys::text(y, "key", problems)?;
        super::action::name(&key, y.place, problems);
        Some(key)
    });
    let each = request::expr(&mut keys, "each", known, problems);
    let of_item = each.is_some();
    keys.need("name", problems);
    let name = own(&mut keys, "name", of_item, known, problems);
    let base64 = keys.get("base64").map(|_| expr(&mut keys, "base64", of_item, known, problems).map(Source::Base64));
    let link = keys.get("url").map(|_| expr(&mut keys, "url", of_item, known, problems).map(Source::Link));
    let body = keys.get("body").map(|y| {
        let step = keys::text(y, "body", problems)?;
        if !steps.contains(&step.as_str()) {
            let mend = crate::problem::suggest(&step, steps);
            problems.add(y.place, format!("There is no step “{step}”."), mend);
        }
        Some(Source::Body(step))
    });
    let media_type = keys.text("type", problems);
    let place = keys.place();
    keys.finish(problems);
    let mut found = [base64, link, body].into_iter().flatten();
    if let (Some(source), None) = (found.next(), found.next()) {
        Some(FileRule { key, each, name: name?, source: source?, media_type })
    } else {
        problems.add(place, "A file is found by one of base64, url and body.", "Keep one of them.");
        None
    }
}

/// A value on the answers, or on an item whose names nobody knows.
fn own(
    keys: &mut Keys<'_>,
    key: &'static str,
    of_item: bool,
    known: &Known,
    problems: &mut Problems,
) -> Option<Template> {
    if !of_item {
        return request::checked(keys, key, known, problems);
    }
    let (template, place) = keys.template(key, problems)?;
    check_row(&template, place, problems);
    Some(template)
}

fn expr(keys: &mut Keys<'_>, key: &'static str, of_item: bool, known: &Known, problems: &mut Problems) -> Option<Expr> {
    if !of_item {
        return request::expr(keys, key, known, problems);
    }
    let (template, place) = keys.template(key, problems)?;
    check_row(&template, place, problems);
    if let Template::Expr(expr) = template {
        return Some(expr);
    }
    problems.add(place, format!("“{key}” must be an expression."), "Begin it with =, in quotes.");
    None
}
