//! What stands in a form before anyone types, and what completes it afterwards.

use dossier_domain::Timestamp;
use jmespath::Rcvar;
use serde_json::{Map, Value, json};

use super::check::is_blank;
use super::{Choice, Field, FieldKind, Form};
use crate::budget::{self, Together};
use crate::expr::{Expr, Scope, json as plain, text_of};

/// The most choices that an earlier output can offer.
const MAX_OFFERS: usize = 500;

/// What default expressions may use.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The id of the request; empty for a channel's form.
    pub request_id: String,
    /// The reference of the request; empty for a channel's form.
    pub reference: String,
    /// Who fills in the form.
    pub actor: String,
    /// What the channel is configured with, but for its secrets; nothing for a channel's own form.
    pub config: Value,
    /// The named values that earlier actions of this request produced.
    pub outputs: Value,
    /// The present instant.
    pub now: Timestamp,
}

impl Names {
    fn root(&self) -> Rcvar {
        let mut scope = Scope::default();
        scope.set("request", &json!({"id": self.request_id, "reference": self.reference}));
        scope.set("actor", &Value::String(self.actor.clone()));
        scope.set("config", &self.config);
        scope.set("outputs", &self.outputs);
        scope.set("now", &Value::String(self.now.to_string()));
        scope.root()
    }
}

impl Form {
    /// What stands in the fresh form, as form pairs. A default that gives null, or does not fit, is left out.
    pub fn defaults(&self, names: &Names) -> Vec<(String, String)> {
        let (root, _bound) = (names.root(), Together::of(budget::LIGHT));
        let mut values = Map::new();
        let add = |fields: &[Field], values: &mut Map<String, Value>| {
            for field in fields {
                if !field.is_in(values) {
                    values.extend(field.first(&root).map(|value| (field.name.clone(), value)));
                }
            }
        };
        add(&self.fields, &mut values);
        let values = Value::Object(values);
        // A default may choose a branch, which has defaults of its own.
        let flat = self.flat(&values);
        let Value::Object(mut values) = values else { return Vec::new() };
        add(&flat.fields, &mut values);
        flat.pairs(&Value::Object(values))
    }

    /// `value` with the defaults where nothing was given, and with what its choices set: so that what is stored is what
    /// counts. A default that its own field refuses is as good as none.
    #[must_use]
    pub fn complete(&self, value: &Value, names: &Names) -> Value {
        let Value::Object(given) = value else { return value.clone() };
        let (root, mut whole) = (names.root(), given.clone());
        let _bound = Together::of(budget::LIGHT);
        fill(&self.fields, &root, &mut whole);
        let flat = self.flat(&Value::Object(whole.clone()));
        fill(&flat.fields, &root, &mut whole);
        let set = flat.sets(&Value::Object(whole.clone()));
        whole.extend(set);
        Value::Object(whole)
    }

    /// The form with the choices that come from earlier outputs.
    #[must_use]
    pub fn offering(&self, names: &Names) -> Self {
        let (root, _bound) = (names.root(), Together::of(budget::LIGHT));
        let mut form = self.clone();
        for field in form.fields_mut() {
            if let FieldKind::Group { fields, .. } = &mut field.kind {
                for cell in fields {
                    cell.offer(&root);
                }
            }
            field.offer(&root);
        }
        form
    }
}

fn fill(fields: &[Field], root: &Rcvar, whole: &mut Map<String, Value>) {
    for field in fields {
        let Some(value) = field.first(root).filter(|_| !field.is_in(whole)) else { continue };
        let alone = Form::of(vec![field.clone()]);
        let pairs = alone.pairs(&json!({ field.name.as_str(): value }));
        if let Ok(Value::Object(read)) = alone.read(&pairs) {
            whole.extend(read);
        }
    }
}

impl Field {
    fn is_in(&self, values: &Map<String, Value>) -> bool {
        values.get(&self.name).is_some_and(|value| !is_blank(value))
    }

    fn first(&self, root: &Rcvar) -> Option<Value> {
        self.default.as_ref()?.value(root).ok().flatten()
    }

    fn offer(&mut self, root: &Rcvar) {
        self.offers = self.choices_from.as_ref().map(|from| offers(from, root)).unwrap_or_default();
    }
}

/// A list of texts, or of `{value, title}`, as choices; what is neither is passed over.
fn offers(from: &Expr, root: &Rcvar) -> Vec<Choice> {
    let found = from.eval(root).ok().flatten().and_then(|value| plain(&value).ok());
    let Some(Value::Array(items)) = found else { return Vec::new() };
    let mut offers: Vec<Choice> = Vec::new();
    for item in items {
        let (value, title) = match &item {
            Value::Object(pairs) => (pairs.get("value").and_then(text_of), pairs.get("title").and_then(text_of)),
            Value::Array(_) => (None, None),
            plain => (text_of(plain), None),
        };
        let Some(value) = value.filter(|v| !v.trim().is_empty() && offers.iter().all(|o| o.value != *v)) else {
            continue;
        };
        offers.push(Choice { title: title.unwrap_or_else(|| value.clone()), value, sets: Vec::new() });
        if offers.len() == MAX_OFFERS {
            break;
        }
    }
    offers
}
