//! A provider as data: what it needs, can do and answers.
//!
//! The model is built by hand from the YAML tree (`load.rs`), so that every problem has a place. Who adds a keyword:
//! read it in the file of its noun, say here what it means, and show it in a built-in manifest.

mod action;
mod attachment;
mod auth;
mod body;
mod callback;
mod display;
mod example;
mod host;
mod links;
mod load;
mod outcome;
mod published;
mod request;
mod signature;
mod steers;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::call::Limits;
use crate::expr::Template;
use crate::form::{FieldKind, Form};
use crate::problem::Problem;
use crate::sensitive::SensitiveNames;

pub(crate) use action::{Step, Task};
pub(crate) use attachment::{FileRule, Source};
pub(crate) use auth::{Auth, Carrier, ClientAuth, ClientCredentials, Exchange};
pub(crate) use body::{Body, BodyPart, JsonTemplate, PartContent};
pub(crate) use callback::{Callbacks, Extract, Verify};
pub(crate) use display::{Column, CompareRule, Format, ImageRule, SectionRule, TableRule};
pub(crate) use example::{CallRule, Example, Given};
pub(crate) use host::Host;
pub(crate) use outcome::Mapping;
pub use published::manifest_schema;
pub(crate) use request::Request;
pub(crate) use signature::{Algorithm, AlgorithmRule, Encoding, Part as SignedPart, Signature, Unit};
pub use work::Poll;

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
    /// Names of fields that are personal, with the default list.
    pub(crate) sensitive: SensitiveNames,
    pub(crate) hosts: Vec<Host>,
    pub(crate) auth: BTreeMap<String, Auth>,
    pub(crate) test: Option<Test>,
    pub(crate) redact: Arc<Redact>,
    pub(crate) limits: Limits,
    pub(crate) callbacks: Option<Callbacks>,
}

/// What Test connection does.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    /// Obtains a token of this entry of `auth`.
    Auth(String),
    /// Sends a request.
    Request(Box<Request>),
}

/// What is taken out of recorded calls beside what is always taken out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Redact {
    /// Names of headers.
    pub(crate) headers: SensitiveNames,
    /// Names in queries and forms.
    pub(crate) query: SensitiveNames,
    /// JSON pointers (RFC 6901) by their steps; a step `*` is every item and every member.
    pub(crate) pointers: Vec<Vec<String>>,
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
    /// The same as the JSON Schema that the manifest has it in.
    pub schema: Value,
    /// How the end of the work that it starts is asked for.
    pub poll: Option<Poll>,
    pub(crate) steps: Vec<Step>,
    pub(crate) mapping: Arc<Mapping>,
    /// Whether the provider tells the end by a callback.
    pub(crate) called_back: bool,
    pub(crate) examples: Vec<Example>,
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

    /// Whether `text` can be a provider's key: small letters, digits and -, at most 50, and a letter first.
    pub fn is_key(text: &str) -> bool {
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        plain && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.len() <= 50
    }

    /// The action called `key`.
    pub fn action(&self, key: &str) -> Option<&Action> {
        self.actions.iter().find(|a| a.key == key)
    }

    /// The fields of the channel's form that are addresses: the only hosts to which credentials go.
    pub fn url_fields(&self) -> impl Iterator<Item = &str> {
        self.config.every().filter(|f| f.is_url()).map(|f| f.name.as_str())
    }
}

/// What a manifest says about itself, for those who describe it to people.
impl Manifest {
    /// The hosts beside the channel's own that may be called, without credentials; `*.example.org` is all below it.
    pub fn hosts(&self) -> impl Iterator<Item = String> {
        self.hosts.iter().map(ToString::to_string)
    }

    /// Whether the provider calls back, and if so whether it signs what it sends.
    pub fn signs_callbacks(&self) -> Option<bool> {
        self.callbacks.as_ref().map(|callbacks| callbacks.verify.is_some())
    }

    /// Whether a channel can be tested.
    pub fn can_be_tested(&self) -> bool {
        self.test.is_some()
    }
}

impl Action {
    /// Whether it asks for nothing and so runs on click.
    pub fn runs_on_click(&self) -> bool {
        self.form.fields.is_empty()
    }

    /// Whether it starts work whose end the provider tells later.
    pub fn starts_work(&self) -> bool {
        self.poll.is_some() || self.called_back
    }

    /// Whether the provider tells the end of the work that it starts by a callback.
    pub fn is_called_back(&self) -> bool {
        self.called_back
    }

    /// What of its answer people see: each section's title, and the labels in it.
    pub fn shows(&self) -> impl Iterator<Item = (Option<&str>, Vec<&str>)> {
        self.mapping.sections.iter().map(|section| {
            let columns = section.items.iter().chain(section.table.iter().flat_map(|table| &table.columns));
            let pair = section.compare.iter().flat_map(|compare| [&compare.left, &compare.right]);
            let images = section.images.iter().chain(pair).map(|image| image.label.as_str());
            (section.title.as_deref(), columns.map(|column| column.label.as_str()).chain(images).collect())
        })
    }

    /// Whether its answer may bring files.
    pub fn brings_files(&self) -> bool {
        !self.mapping.files.is_empty()
    }

    /// The names of the values that later actions may use.
    pub fn outputs(&self) -> impl Iterator<Item = &str> {
        self.mapping.outputs.iter().map(|(name, _)| name.as_str())
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
