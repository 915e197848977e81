//! A provider as data: what it needs, can do and answers.
//!
//! The model is built by hand from the YAML tree (`load.rs`), so that every problem has a place. Who adds a keyword:
//! read it in the file of its noun, say here what it means, and show it in a built-in manifest.

mod action;
mod auth;
mod display;
mod load;
mod outcome;
mod request;

use std::collections::BTreeMap;

use crate::expr::Template;
use crate::form::{FieldKind, Form};
use crate::problem::Problem;

pub(crate) use action::{Step, Work};
pub(crate) use auth::{Auth, ClientAuth};
pub(crate) use display::{Column, Columns, CompareRule, Format, ImageRule, SectionRule};
pub(crate) use outcome::{FileRule, Mapping};
pub(crate) use request::{Body, JsonTemplate, Request};

/// A provider.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The handler's key: `intouch`.
    pub key: String,
    /// The provider's name, as people see it.
    pub name: String,
    /// The manifest's own version.
    pub version: String,
    /// What the provider is for.
    pub description: String,
    /// Where its API is described.
    pub documentation: Option<String>,
    /// The licence module that opens it.
    pub module: String,
    /// SHA-256 of [`Manifest::text`], hex.
    pub digest: String,
    /// The YAML that this was read from.
    pub text: String,
    /// What a channel asks for.
    pub config: Form,
    /// What it can do, in its own order.
    pub actions: Vec<Action>,
    /// Names of fields that are personal, beyond the default list.
    pub sensitive: Vec<String>,
    pub(crate) hosts: Vec<String>,
    pub(crate) auth: BTreeMap<String, Auth>,
    pub(crate) test: Option<String>,
}

/// One thing that a provider can do.
#[derive(Clone, Debug)]
pub struct Action {
    /// The key under which its result is stored: `company_kyc`.
    pub key: String,
    /// The name on pages.
    pub label: String,
    /// The heading under which it stands.
    pub category: String,
    /// Whether it may be repeated.
    pub effect: Effect,
    /// Whether its end may move the request.
    pub decides: bool,
    /// Whether the provider bills each run.
    pub charged: bool,
    /// How far its mapping was held against the real provider.
    pub verified: Verified,
    /// What it asks for.
    pub form: Form,
    pub(crate) steps: Vec<Step>,
    pub(crate) mapping: Mapping,
}

/// Whether an action may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It only asks: repeating it harms nothing.
    Read,
    /// It does something at the provider: it is never repeated by itself.
    Write,
}

/// How far a mapping was held against the real provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// A real answer has been seen.
    Full,
    /// The request is published, no answer is.
    Request,
    /// Path or fields are a guess.
    Assumed,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// Every problem at once, in the order of the text.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        load::load(text)
    }

    /// The action called `key`.
    pub fn action(&self, key: &str) -> Option<&Action> {
        self.actions.iter().find(|a| a.key == key)
    }

    /// The fields of the channel's form that are addresses: the only hosts to which credentials go.
    pub(crate) fn url_fields(&self) -> impl Iterator<Item = &str> {
        self.config.fields.iter().filter(|f| f.is_url()).map(|f| f.name.as_str())
    }
}

impl Action {
    /// Whether it asks for nothing and so runs on click.
    pub fn runs_on_click(&self) -> bool {
        self.form.fields.is_empty()
    }

    /// Whether its answer is mapped to a verdict.
    pub fn judges(&self) -> bool {
        self.mapping.verdict.is_some()
    }
}

impl crate::form::Field {
    /// Whether it is an address of the provider.
    pub fn is_url(&self) -> bool {
        matches!(self.kind, FieldKind::Text { format: Some(crate::form::Format::Uri), .. })
    }
}

/// A name and its value, in order; a name may stand twice.
pub(crate) type Pairs = Vec<(String, Template)>;
