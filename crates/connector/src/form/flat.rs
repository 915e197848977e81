//! Forms whose fields depend on a choice, and forms that ask for one of several things.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Field, FieldKind, Form};

/// What choosing one value of a field adds to a form.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    /// The field that decides.
    pub(super) by: String,
    /// Its value that brings this branch.
    pub(super) value: String,
    /// The fields of the form that are required then.
    pub(super) required: Vec<String>,
    /// The fields that are asked for then.
    pub(super) fields: Vec<Field>,
    /// What one of must be filled then.
    pub(super) either: Option<Either>,
}

/// Groups of fields of which one must be filled.
#[derive(Clone, Debug)]
pub(super) struct Either {
    pub(super) groups: Vec<Vec<String>>,
    pub(super) message: Option<String>,
}

impl Form {
    /// The form as it is for `value`: its discriminators are known from there, so that it has no branches. What a choice
    /// sets need not be filled in it.
    #[must_use]
    pub fn flat(&self, value: &Value) -> Self {
        let mut flat = Self { branches: Vec::new(), ..self.clone() };
        for branch in self.branches.iter().filter(|b| value[b.by.as_str()] == b.value.as_str()) {
            for field in flat.fields.iter_mut().filter(|f| branch.required.contains(&f.name)) {
                field.required = true;
            }
            flat.fields.extend(branch.fields.iter().cloned());
            flat.either.extend(branch.either.clone());
        }
        let set = flat.sets(value);
        for field in flat.fields.iter_mut().filter(|f| set.contains_key(&f.name)) {
            field.required = false;
        }
        flat
    }

    /// [`Form::flat`], copied only when it differs: a copied pattern has forgotten what its searches taught it.
    pub(super) fn flat_for(&self, value: &Value) -> Cow<'_, Self> {
        if self.is_flat() { Cow::Borrowed(self) } else { Cow::Owned(self.flat(value)) }
    }

    /// Whether it is the same for every value.
    fn is_flat(&self) -> bool {
        self.branches.is_empty() && !self.every().any(sets_others)
    }

    /// [`Form::flat`] for what stands in form pairs.
    #[must_use]
    pub fn flat_in(&self, pairs: &[(String, String)]) -> Self {
        if self.is_flat() {
            return self.clone();
        }
        let choice = |field: &Field| matches!(field.kind, FieldKind::Choice(_));
        let chosen = self.every().filter(|f| choice(f)).filter_map(|field| {
            let value = super::pairs::last(pairs, &field.name)?.trim();
            Some((field.name.clone(), Value::String(value.to_owned())))
        });
        self.flat(&Value::Object(chosen.collect()))
    }

    /// The fields that decide about others, in the order of the form.
    pub fn discriminators(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| self.branches.iter().any(|branch| branch.by == field.name))
    }

    /// The names of all fields, those of every branch too; not those of rows.
    pub fn names(&self) -> Vec<String> {
        let names: BTreeSet<&str> = self.every().map(|field| field.name.as_str()).collect();
        names.into_iter().map(str::to_owned).collect()
    }

    /// Every field, those of all branches too; not those of rows.
    pub fn every(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().chain(self.branches.iter().flat_map(|branch| &branch.fields))
    }

    pub(super) fn fields_mut(&mut self) -> impl Iterator<Item = &mut Field> {
        self.fields.iter_mut().chain(self.branches.iter_mut().flat_map(|branch| &mut branch.fields))
    }

    /// What the choices in `value` set, whatever else it has there: the field, the one whose choice sets it, and to what.
    pub fn set_by(&self, value: &Value) -> Vec<(&str, &str, &Value)> {
        let chosen = self.fields.iter().filter_map(|field| {
            let FieldKind::Choice(choices) = &field.kind else { return None };
            let choice = choices.iter().find(|c| value[field.name.as_str()] == c.value.as_str())?;
            Some(choice.sets.iter().map(|(name, set)| (name.as_str(), field.name.as_str(), set)))
        });
        chosen.flatten().collect()
    }

    /// What the choices in `value` set.
    pub(super) fn sets(&self, value: &Value) -> Map<String, Value> {
        let mut set = Map::new();
        for field in &self.fields {
            if let FieldKind::Choice(choices) = &field.kind {
                let chosen = choices.iter().find(|c| value[field.name.as_str()] == c.value.as_str());
                set.extend(chosen.into_iter().flat_map(|c| c.sets.clone()));
            }
        }
        set
    }
}

fn sets_others(field: &Field) -> bool {
    matches!(&field.kind, FieldKind::Choice(choices) if choices.iter().any(|c| !c.sets.is_empty()))
}
