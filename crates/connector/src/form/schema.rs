//! A schema becomes a form.
//!
//! The subset: an object with `required` and `properties`; each property a string, integer, number, boolean or a list of
//! objects without lists, of choices or of files (`kinds.rs`); `allOf` as branches of `if` and `then`, `anyOf` as groups
//! of `required`. `x-` keywords say what JSON Schema cannot. What is not in the subset is refused when the manifest is
//! loaded.

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::flat::{Branch, Either};
use super::{Field, FieldKind, Form, Pattern, check, kinds};
use crate::expr::{Expr, Template};
use crate::keys::{self, Keys};
use crate::names::Known;
use crate::problem::{Problems, suggest};
use crate::yaml::{Node, Pair, Place, Yaml};

/// The most characters of a one-line text that says no other number.
pub(super) const MAX_TEXT: usize = 1_000;

/// What a schema is for.
#[derive(Clone, Copy)]
pub(crate) enum Use<'k> {
    /// What a channel asks for.
    Config,
    /// What an action asks for, where this much is known of the channel.
    Params(&'k Known),
}

/// Where fields stand.
#[derive(Clone, Copy)]
pub(super) struct Spot<'k> {
    pub(super) within: Use<'k>,
    /// In a row of a group.
    pub(super) row: bool,
}

impl Spot<'_> {
    /// What expressions may name: of the channel, only in what an action asks for.
    fn known(&self) -> Known {
        let names = ["request", "actor", "outputs", "now"];
        match self.within {
            Use::Config => Known::default().with(names),
            Use::Params(known) => known.with(names),
        }
    }
}

/// Words of JSON Schema that a form does not have, and what to write instead.
const FOREIGN: &[(&str, &str)] = &[
    ("if", "Write it under `allOf:`, as `- if: { properties: { X: { const: V } } }` with `then:`."),
    ("then", "Write it under `allOf:`, beside its `if:`."),
    ("else", "Write an `if:` for each value."),
    ("oneOf", "Write `anyOf:` with groups of `required:`, or `allOf:` with `if:` and `then:`."),
    ("not", "Take it out. Only `allOf:` with `if:` and `then:`, and `anyOf:` with `required:`, are known."),
    ("$ref", "Use an anchor and an alias of YAML: `&name` and `*name`."),
    ("$defs", "Use an anchor and an alias of YAML: `&name` and `*name`."),
];

/// Reads the schema of a channel or an action.
pub(crate) fn load(yaml: &Yaml, within: Use<'_>, problems: &mut Problems) -> Form {
    let Some(mut keys) = Keys::of(yaml, "the schema", problems) else { return Form::default() };
    let spot = Spot { within, row: false };
    let base = object(&mut keys, spot, &[], problems);
    let either = either(&mut keys, &base.names(&[]), problems);
    let mut form = Form { fields: base.fields, branches: Vec::new(), either: either.into_iter().collect() };
    for item in keys.list("allOf", problems) {
        if let Some(branch) = branch(item, &form, &base.pairs, spot, problems) {
            form.branches.push(branch);
        }
    }
    keys.refuse(FOREIGN, problems);
    keys.finish(problems);
    sets(&form, yaml.place, problems);
    form
}

/// The names of all properties of a schema, those of its branches too, with problems or not.
pub(crate) fn properties(yaml: &Yaml) -> Vec<String> {
    let branches = match yaml.get("allOf").map(|all| &all.node) {
        Some(Node::List(items)) => items.as_slice(),
        _ => &[],
    };
    let then = branches.iter().filter_map(|branch| branch.get("then"));
    let all = [yaml].into_iter().chain(then).filter_map(|object| object.get("properties"));
    all.flat_map(Yaml::keys).map(str::to_owned).collect()
}

/// The fields of an object of a schema, and all that is said of them.
struct Object<'a> {
    pairs: Vec<&'a Pair>,
    required: Vec<String>,
    fields: Vec<Field>,
}

impl Object<'_> {
    /// The names of its properties, with problems or not, and these.
    fn names<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        self.pairs.iter().map(|pair| pair.key.as_str()).chain(more.iter().copied()).collect()
    }
}

/// Reads `type`, `properties` and `required`, which may name fields of `outer` too.
fn object<'a>(keys: &mut Keys<'a>, spot: Spot<'_>, outer: &[&str], problems: &mut Problems) -> Object<'a> {
    keys.word("type", &[("object", ())], problems);
    let pairs = keys.pairs("properties", problems);
    let mut object = Object { pairs: pairs.iter().collect(), required: Vec::new(), fields: Vec::new() };
    let list = keys.list("required", problems);
    object.required = members(list, &object.names(outer), problems);
    let needed = |pair: &Pair| object.required.contains(&pair.key);
    object.fields = pairs.iter().filter_map(|pair| field(pair, needed(pair), spot, problems)).collect();
    object
}

/// The texts of a list `required`, each of which must be one of `names`.
fn members(list: &[Yaml], names: &[&str], problems: &mut Problems) -> Vec<String> {
    let mut found = Vec::new();
    for item in list {
        let Some(name) = keys::text(item, "required", problems) else { continue };
        if !names.contains(&name.as_str()) {
            problems.add(item.place, format!("“{name}” is required but is no property."), suggest(&name, names));
        }
        found.push(name);
    }
    found
}

/// The fields of a row.
pub(super) fn row(yaml: &Yaml, spot: Spot<'_>, problems: &mut Problems) -> Vec<Field> {
    let Some(mut keys) = Keys::of(yaml, "the schema", problems) else { return Vec::new() };
    let object = object(&mut keys, Spot { row: true, ..spot }, &[], problems);
    keys.finish(problems);
    object.fields
}

/// `anyOf`: groups of `required` of which one must be filled.
fn either(keys: &mut Keys<'_>, names: &[&str], problems: &mut Problems) -> Option<Either> {
    let message = keys.text("x-message", problems);
    let given = keys.get("anyOf");
    let list = keys.list("anyOf", problems);
    let mut groups = Vec::new();
    for item in list {
        let Some(mut group) = Keys::of(item, "a group of `anyOf`", problems) else { continue };
        group.need("required", problems);
        let names = members(group.list("required", problems), names, problems);
        if names.is_empty() {
            problems.add(
                item.place,
                "A group of “anyOf” names no field.",
                "Write `required:` with at least one field.",
            );
        }
        group.finish(problems);
        groups.push(names);
    }
    if given.is_some() && groups.is_empty() {
        problems.add(keys.place(), "“anyOf” has no groups.", "Write `- required: [field]` for each, or take it out.");
    }
    if given.is_none() && message.is_some() {
        problems.add(keys.place(), "“x-message” stands here without “anyOf”.", "Take it out, or write it at a field.");
    }
    (!groups.is_empty()).then_some(Either { groups, message })
}

/// One item of `allOf`.
fn branch(yaml: &Yaml, form: &Form, base: &[&Pair], spot: Spot<'_>, problems: &mut Problems) -> Option<Branch> {
    let mut keys = Keys::of(yaml, "an item of `allOf`", problems)?;
    let cond = keys.need("if", problems);
    let then = keys.need("then", problems);
    keys.refuse(FOREIGN, problems);
    keys.finish(problems);
    let chosen = cond.and_then(|yaml| condition(yaml, form, base, problems));

    let then = then?;
    let mut keys = Keys::of(then, "then", problems)?;
    let outer: Vec<&str> = base.iter().map(|pair| pair.key.as_str()).collect();
    let object = object(&mut keys, spot, &outer, problems);
    let either = either(&mut keys, &object.names(&outer), problems);
    keys.refuse(FOREIGN, problems);
    keys.finish(problems);

    let (by, value) = chosen?;
    if form.branches.iter().any(|b| b.by == by && b.value == value) {
        let message = format!("“{value}” of “{by}” has two branches.");
        problems.add(yaml.place, message, "Write all that it brings under one `then:`.");
    }
    // Branches of one field are never there at the same time, so they may have fields of the same name.
    let others = form.branches.iter().filter(|b| b.by != by).flat_map(|b| &b.fields).map(|f| f.name.as_str());
    let taken: Vec<&str> = outer.iter().copied().chain(others).collect();
    for pair in object.pairs.iter().filter(|pair| taken.contains(&pair.key.as_str())) {
        let message = format!("The field “{}” stands twice in this form.", pair.key);
        problems.add(pair.at, message, "Rename one, or leave it out of the branch.");
    }
    let required = object.required.into_iter().filter(|name| outer.contains(&name.as_str())).collect();
    Some(Branch { by, value, required, fields: object.fields, either })
}

/// `{ properties: { X: { const: V } } }` as X and V.
fn condition(yaml: &Yaml, form: &Form, base: &[&Pair], problems: &mut Problems) -> Option<(String, String)> {
    let mut keys = Keys::of(yaml, "if", problems)?;
    let pairs = keys.pairs("properties", problems);
    keys.refuse(FOREIGN, problems);
    keys.finish(problems);
    let [pair] = pairs else {
        problems.add(yaml.place, "An “if” asks about one field.", "Write `if: { properties: { X: { const: V } } }`.");
        return None;
    };
    let mut one = Keys::of(&pair.value, "if", problems)?;
    let place = one.get("const").map_or(pair.at, |y| y.place);
    let value = one.need_text("const", problems);
    one.finish(problems);
    let value = value?;
    let Some(field) = form.field(&pair.key) else {
        // A property with problems of its own is there nevertheless.
        if !base.iter().any(|p| p.key == pair.key) {
            let names: Vec<&str> = base.iter().map(|p| p.key.as_str()).collect();
            problems.add(pair.at, format!("There is no field “{}”.", pair.key), suggest(&pair.key, &names));
        }
        return None;
    };
    let FieldKind::Choice(choices) = &field.kind else {
        let mend = "Give it its values with `enum:` or `oneOf:`.";
        problems.add(pair.at, format!("“{}” decides about others and has no fixed choices.", pair.key), mend);
        return None;
    };
    if !choices.iter().any(|c| c.value == value) {
        let known: Vec<&str> = choices.iter().map(|c| c.value.as_str()).collect();
        problems.add(place, format!("“{value}” is no choice of “{}”.", pair.key), suggest(&value, &known));
    }
    Some((pair.key.clone(), value))
}

/// What choices set must be fields that take it.
fn sets(form: &Form, place: Place, problems: &mut Problems) {
    let names: Vec<&str> = form.fields.iter().map(|f| f.name.as_str()).collect();
    for field in form.every() {
        let FieldKind::Choice(choices) = &field.kind else { continue };
        for (name, value) in choices.iter().flat_map(|c| &c.sets) {
            let Some(target) = form.field(name) else {
                let message = format!("“{}” sets “{name}”, and there is no such field.", field.name);
                problems.add(place, message, suggest(name, &names));
                continue;
            };
            let open = !matches!(target.kind, FieldKind::Secret | FieldKind::Group { .. }) && target.name != field.name;
            let refused = check::refuse(target, value);
            if !open || refused.is_some() {
                let message = format!("“{}” cannot set “{name}” to this.", field.name);
                let mend = refused.unwrap_or_else(|| "Set a field that holds one open value.".to_owned());
                problems.add(place, message, mend);
            }
        }
    }
}

fn field(pair: &Pair, required: bool, spot: Spot<'_>, problems: &mut Problems) -> Option<Field> {
    let name = pair.key.clone();
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') && !name.starts_with('_');
    if name.is_empty() || !plain {
        let mend = "Use letters, digits, _ and -, and do not begin with _.";
        problems.add(pair.at, format!("“{name}” cannot be the name of a field."), mend);
    }
    let mut keys = Keys::of(&pair.value, &name, problems)?;
    let title = keys.text("title", problems);
    let kind = kinds::load(&mut keys, spot, problems);
    let (default, default_at) = default(&mut keys, spot, problems).unzip();
    let field = Field {
        title: title.unwrap_or_else(|| name.clone()),
        hint: keys.text("description", problems),
        group: keys.text("x-group", problems),
        required,
        sensitive: keys.flag("x-sensitive", problems),
        min_length: keys.count("minLength", problems),
        minimum: keys.number("minimum", problems),
        maximum: keys.number("maximum", problems),
        offers: Vec::new(),
        choices_from: choices_from(&mut keys, spot, kind.as_ref(), problems),
        pattern: pattern(&mut keys, problems),
        default,
        kind: kind?,
        name,
    };
    fits(&field, default_at.flatten(), problems);
    keys.refuse(&[("$ref", "Use an anchor and an alias of YAML: `&name` and `*name`.")], problems);
    keys.finish(problems);
    Some(field)
}

/// `x-choices`: an expression that gives a list of texts or of `{value, title}`.
fn choices_from(
    keys: &mut Keys<'_>,
    spot: Spot<'_>,
    kind: Option<&FieldKind>,
    problems: &mut Problems,
) -> Option<Expr> {
    let (template, place) = keys.template("x-choices", problems)?;
    spot.known().check(&template, place, problems);
    if matches!(spot.within, Use::Config) {
        problems.add(place, "A channel has no outputs to choose from.", "Write the choices with `enum:` or `oneOf:`.");
    }
    if !matches!(kind, None | Some(FieldKind::Text { .. })) {
        problems.add(
            place,
            "“x-choices” needs a field of one line of text.",
            "Take it out, or make it `type: string`.",
        );
    }
    let Template::Expr(expr) = template else {
        problems.add(place, "“x-choices” is no expression.", "Begin it with =, such as \"=outputs.types\".");
        return None;
    };
    Some(expr)
}

fn pattern(keys: &mut Keys<'_>, problems: &mut Problems) -> Option<Pattern> {
    let message = keys.text("x-message", problems);
    let yaml = keys.get("pattern")?;
    let regex = bounded(&keys::text(yaml, "pattern", problems)?);
    if let Err(why) = &regex {
        problems.add(yaml.place, format!("The pattern cannot be read: {why}."), unread(why));
    }
    Some(Pattern { regex: regex.ok()?, message })
}

/// A pattern that takes linear time and little memory.
pub(crate) fn bounded(pattern: &str) -> Result<Regex, String> {
    let regex = RegexBuilder::new(pattern).size_limit(200_000).nest_limit(50).build();
    regex.map_err(|e| e.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned())
}

/// The mend for a pattern that cannot be read.
pub(crate) fn unread(why: &str) -> &'static str {
    if why.contains("look-") || why.contains("backreference") {
        "Write it without look-around and back-references, which are not known."
    } else if why.contains("size limit") || why.contains("nest") {
        "Make it shorter, or repeat less in it."
    } else {
        "Write a regular expression such as ^[A-Z]{3}$, with a \\ before each sign that stands for itself."
    }
}

/// `default` is a value as it stands, `x-default` an expression.
fn default(keys: &mut Keys<'_>, spot: Spot<'_>, problems: &mut Problems) -> Option<(Template, Option<Place>)> {
    let literal = keys.get("default").map(|y| {
        if matches!(y.node, Node::List(_) | Node::Map(_)) {
            keys::wrong(y, "default", "one value", problems);
        }
        (Template::Literal(y.json()), Some(y.place))
    });
    let expr = keys.template("x-default", problems).map(|(template, place)| {
        spot.known().check(&template, place, problems);
        (template, None)
    });
    expr.or(literal)
}

/// Notes a default that the field itself would not take from a person: it would be as good as none.
fn fits(field: &Field, place: Option<Place>, problems: &mut Problems) {
    let (Some(place), Some(Template::Literal(value))) = (place, &field.default) else { return };
    let one = !matches!(value, Value::Array(_) | Value::Object(_)) && !check::is_blank(value);
    if let Some(refused) = check::refuse(field, value).filter(|_| one) {
        problems.add(place, format!("“{}” does not take {value} as its default.", field.name), refused);
    }
}
