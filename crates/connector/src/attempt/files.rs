//! The files of an answer: taken out of it, or fetched from behind its links at once, since many of them expire.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use dossier_domain::{AttachmentId, ErrorClass};
use dossier_outbound::Outgoing;
use http::{HeaderMap, Method};
use serde_json::{Map, Value, json};
use url::Url;

use super::{Attempt, Stop};
use crate::answer::Reply;
use crate::call::{Attached, FILE_STEP, Fetched, File, Journal, Later};
use crate::found::{Content, Found, find, media_type_of};
use crate::manifest::Action;
use crate::outgoing::{self, Prepared};
use crate::redact::Redactor;

/// The most files that one answer brings.
const MOST: usize = 30;
/// The most bytes that they come to.
const MOST_BYTES: usize = 50_000_000;

/// The files that came with an answer.
#[derive(Default)]
pub(super) struct Brought {
    pub(super) files: Vec<Attached>,
    /// Those that may be had later.
    pub(super) later: Vec<Later>,
    /// Those that a display can name, as `{id, name, type}`.
    pub(super) named: Map<String, Value>,
    /// What of them did not come, as sentences.
    pub(super) notes: Vec<String>,
    /// The texts of the answer that they stood in, and what stands there now.
    taken: HashMap<String, String>,
    /// What stands instead of a body that is a file as a whole.
    whole: Option<String>,
}

/// What became of a link that was followed.
enum Followed {
    /// Its bytes, and the media type that they were served under.
    Here(Vec<u8>, String),
    /// It leads nowhere, for this reason.
    Gone(String),
    /// It cannot be followed now, for this reason.
    NotNow(String),
}

impl<J: Journal> Attempt<'_, J> {
    /// Takes the files that `action` names out of the answers. That one cannot be had ends nothing: the answer is
    /// there, and may have been paid for.
    pub(super) async fn bring_files(
        &mut self,
        action: &Action,
        step: &str,
        reply: &Reply,
        bodies: &BTreeMap<String, Reply>,
    ) -> Result<Brought, Stop> {
        let mut brought = Brought::default();
        if action.mapping.files.is_empty() {
            return Ok(brought);
        }
        let (rules, root) = (action.mapping.files.clone(), self.scope.root());
        let found = self.work(self.received, self.acted, move |_| find(&rules, &root)).await?;
        if found.len() > MOST {
            brought.notes.push(format!("The answer names {} files; the first {MOST} were kept.", found.len()));
        }
        let mut room = MOST_BYTES;
        for Found { key, name, content, media_type } in found.into_iter().take(MOST) {
            let (bytes, served, text) = match content {
                Content::Bytes { bytes, text, declared } => (bytes, declared, Some(text)),
                Content::Body(of) => {
                    let whole = if of == step { Some(reply) } else { bodies.get(&of) };
                    let Some(whole) = whole.filter(|reply| !reply.bytes.is_empty()) else { continue };
                    (whole.bytes.clone(), Some(whole.content_type.clone()), None)
                }
                Content::Link(link) => match self.follow_now(&link).await? {
                    Followed::Here(bytes, served) => (bytes, Some(served), Some(link)),
                    Followed::Gone(why) => {
                        brought.notes.push(format!("The file {name} could not be fetched: {why}"));
                        continue;
                    }
                    Followed::NotNow(why) => {
                        let id: AttachmentId = self.connector.ids.make();
                        let note = format!(
                            "The file {name} was not there at once: {why} It is looked for later, and stands among the files when it has come."
                        );
                        brought.notes.push(note);
                        if let Some(key) = key {
                            brought.named.insert(key, json!({"id": id, "name": name, "type": media_type}));
                        }
                        brought.taken.insert(link.clone(), format!("attachment:{id}"));
                        brought.later.push(Later { id, name, link, media_type });
                        continue;
                    }
                },
            };
            let Some(left) = room.checked_sub(bytes.len()) else {
                brought.notes.push(format!("The file {name} was not kept: the files of this answer are too large."));
                continue;
            };
            room = left;
            let id: AttachmentId = self.connector.ids.make();
            let media_type = media_type_of(media_type, served.as_deref(), &bytes);
            if let Some(key) = key {
                brought.named.insert(key, json!({"id": id, "name": name, "type": media_type}));
            }
            let stands = format!("attachment:{id}");
            match text {
                Some(text) => {
                    brought.taken.insert(text, stands);
                }
                None => brought.whole = Some(stands),
            }
            brought.files.push(Attached { id, file: File { name, media_type, bytes } });
        }
        Ok(brought)
    }

    /// Fetches a file of an answer that is here already: what keeps the file away does not take the answer with it.
    async fn follow_now(&mut self, link: &str) -> Result<Followed, Stop> {
        match self.follow(link).await {
            Err(Stop::Refused(error)) => {
                tracing::warn!(?error, "the call for a file of an answer could not be recorded");
                Ok(Followed::NotNow("its call could not be recorded.".to_owned()))
            }
            followed => followed,
        }
    }

    /// Fetches what could not be had before.
    pub(crate) async fn fetch_file(mut self, later: &Later) -> Fetched {
        match self.follow(&later.link).await {
            Ok(Followed::Here(bytes, served)) => {
                let media_type = media_type_of(later.media_type.clone(), Some(&served), &bytes);
                Fetched::File(File { name: later.name.clone(), media_type, bytes })
            }
            Ok(Followed::Gone(why)) => Fetched::Gone(why),
            Ok(Followed::NotNow(why)) => Fetched::NotNow(why),
            Err(Stop::Refused(error)) => Fetched::Refused(error),
            Err(Stop::Failed(failure)) => Fetched::NotNow(failure.message),
            Err(Stop::Unknown(message)) => Fetched::NotNow(message),
        }
    }

    /// Fetches what lies behind a link of the answer, without credentials and from allowed hosts only.
    async fn follow(&mut self, link: &str) -> Result<Followed, Stop> {
        let Ok(url) = Url::parse(link) else { return Ok(Followed::Gone("its address cannot be read.".to_owned())) };
        if let Err(refused) = outgoing::permit(&url, self.manifest, self.channel, false) {
            return Ok(Followed::Gone(refused.message));
        }
        let out = Outgoing { method: Method::GET, url, headers: HeaderMap::new(), body: Vec::new(), timeout: None };
        // Whatever a file holds, the answer that named it is there and stays.
        let (redactor, received) = (Arc::clone(&self.redactor), self.received);
        self.redactor = Arc::new(redactor.apart());
        let answered = self.exchange(FILE_STEP, 1, Prepared { out, shown: None }, &[], false).await;
        (self.redactor, self.received) = (redactor, received);
        match answered {
            Ok(reply) if reply.status == 200 && !reply.bytes.is_empty() => {
                Ok(Followed::Here(reply.bytes, reply.content_type))
            }
            Ok(reply) => {
                let why = format!("{} answered with status {}.", self.manifest.name, reply.status);
                let passing = matches!(reply.status, 408 | 425 | 429 | 500..=599);
                Ok(if passing { Followed::NotNow(why) } else { Followed::Gone(why) })
            }
            Err(Stop::Failed(failure)) => {
                let passing = matches!(failure.class, ErrorClass::Unavailable | ErrorClass::RateLimited);
                Ok(if passing { Followed::NotNow(failure.message) } else { Followed::Gone(failure.message) })
            }
            Err(Stop::Unknown(message)) => Ok(Followed::NotNow(message)),
            Err(stop) => Err(stop),
        }
    }
}

impl Brought {
    /// The answer with the ids of its files where they stood: as JSON, as bytes to keep, and its type.
    pub(super) fn replaced(&self, mut reply: Reply, redactor: &Redactor) -> (Value, Vec<u8>, String) {
        if let Some(stands) = &self.whole
            && !reply.body.is_object()
            && !reply.body.is_array()
        {
            return (Value::Null, stands.clone().into_bytes(), "text/plain".to_owned());
        }
        if !self.taken.is_empty() {
            self.exchange(&mut reply.body);
        }
        let raw = match reply.json() {
            Some(body) if !self.taken.is_empty() => body.to_string().into_bytes(),
            _ => reply.kept(redactor),
        };
        (reply.body, raw, reply.content_type)
    }

    fn exchange(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(stands) = self.taken.get(text) {
                    text.clone_from(stands);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.exchange(item)),
            Value::Object(pairs) => pairs.values_mut().for_each(|value| self.exchange(value)),
            _ => {}
        }
    }
}
