//! What a caller hands in and gets back.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use dossier_domain::{AttachmentId, ErrorClass, ExchangeId, Timestamp, Verdict, Work};
use secrecy::SecretString;
use serde_json::Value;

use crate::display::Display;
use crate::manifest::Manifest;

/// One attempt of one action.
#[derive(Clone)]
pub struct Call<'a> {
    /// The provider, as the run began with it.
    pub manifest: Arc<Manifest>,
    /// The key of the action.
    pub action: &'a str,
    /// The connection to use.
    pub channel: Channel,
    /// The request that it is run in.
    pub request: RequestNames,
    /// The name of who runs it.
    pub actor: String,
    /// The run's id: from it follow the keys by which a provider knows a repetition.
    pub run: String,
    /// The parameters, checked against the action's form.
    pub params: Value,
    /// The files that the parameters name, by their ids.
    pub files: BTreeMap<String, File>,
    /// Where the provider may report the end of work, when this installation has a public address.
    pub callback_url: Option<String>,
    /// The named values that earlier actions of this request produced.
    pub outputs: Value,
    /// When the run began.
    pub now: Timestamp,
}

/// A tenant's connection to a provider.
#[derive(Clone)]
pub struct Channel {
    /// Its id, under which tokens are kept.
    pub id: String,
    /// Its version, which changes with every edit.
    pub version: i64,
    /// Its public configuration.
    pub config: Value,
    /// Its secrets by the name of their field.
    pub secrets: BTreeMap<String, SecretString>,
}

/// What expressions may know of the request.
#[derive(Clone, Debug, Default)]
pub struct RequestNames {
    /// Its id.
    pub id: String,
    /// Its reference.
    pub reference: String,
}

/// Shows ids and nothing else: parameters are personal.
impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = &self.manifest.key;
        f.debug_struct("Call").field("manifest", manifest).field("action", &self.action).finish_non_exhaustive()
    }
}

/// Shows the id and the version.
impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("id", &self.id).field("version", &self.version).finish_non_exhaustive()
    }
}

/// Keeps a row of every HTTP call, and says when a call may go out. Everything handed to it is redacted already.
pub trait Journal: Sync {
    /// Waits for the turn of a call within what the provider takes. Without an implementation every call has it at once.
    fn turn(&self, limits: Limits) -> impl Future<Output = Result<(), NoTurn>> + Send {
        let _ = limits;
        async { Ok(()) }
    }

    /// A call that had its turn does not go out after all.
    fn left(&self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// The provider asks to be left alone for so long.
    fn pause(&self, span: Duration) -> impl Future<Output = ()> + Send {
        let _ = span;
        async {}
    }

    /// Records that a call is about to be sent; returns when the record is durable. After an error nothing is sent.
    fn sending(&self, sending: Sending) -> impl Future<Output = Result<ExchangeId, JournalError>> + Send;

    /// Records how the call ended.
    fn settled(&self, id: ExchangeId, settled: Settled) -> impl Future<Output = Result<(), JournalError>> + Send;
}

/// What a provider takes from one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// Calls on their way at once.
    pub at_once: Option<usize>,
    /// Calls per second.
    pub per_second: Option<f64>,
}

/// A call cannot go out now; nothing was sent.
#[derive(Debug)]
pub enum NoTurn {
    /// The channel's calls fill what its provider takes, for so long at least.
    Full(Duration),
    /// The provider asked to be left alone, for so long still.
    Paused(Duration),
    /// The provider did not answer the last calls; one is let out again after so long.
    Closed(Duration),
    /// The journal failed.
    Refused(JournalError),
}

/// A call about to be sent, redacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// The step of the action, or `auth.<name>` for a token.
    pub step: String,
    /// 1, and more when it is sent again: with a fresh token, or after the provider asked to wait.
    pub attempt: u32,
    /// The HTTP method.
    pub method: String,
    /// The address.
    pub url: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// How a call ended, redacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// A whole answer came.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The headers, names in lower case.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
        /// How long it took.
        took: Duration,
    },
    /// No whole answer came.
    Broken {
        /// The word of the client for it: `timeout`, `dns`.
        kind: String,
        /// The same as a sentence.
        message: String,
        /// How long it took.
        took: Duration,
    },
}

/// The journal could not keep its record.
#[derive(Debug, thiserror::Error)]
#[error("the call could not be recorded")]
pub struct JournalError(#[source] Box<dyn Error + Send + Sync>);

impl JournalError {
    /// Wraps what went wrong, which goes to the log only.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// How an attempt ended.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one is made per attempt, which costs an HTTP call")]
pub enum Outcome {
    /// It ended well.
    Succeeded(Success),
    /// It ended badly, and nothing more will come of it.
    Failed(Failure),
    /// It was sent, it may have done something, and no whole answer came: only the provider knows.
    Unknown {
        /// What is known, as a sentence.
        message: String,
    },
    /// The journal could not record a call before it was sent, so this call was not sent.
    Refused(JournalError),
}

/// What a succeeded attempt brought.
#[derive(Clone, PartialEq)]
pub struct Success {
    /// Whether the provider has only accepted the work, and tells its end later.
    pub waits: bool,
    /// How the work stands that the answer tells of, where the manifest says where that stands.
    pub work: Option<Work>,
    /// Why that work failed, in the provider's words where it gave any.
    pub said: Option<String>,
    /// The answer of the last step: secrets and tokens taken out, else as it came.
    pub raw: Vec<u8>,
    /// Its media type, as the provider named it.
    pub content_type: String,
    /// What people read.
    pub display: Display,
    /// Named values for later actions.
    pub outputs: Value,
    /// What the provider concluded, where the manifest knows its word.
    pub verdict: Verdict,
    /// The files that were in the answer, or behind its links.
    pub attachments: Vec<Attached>,
    /// The files that could not be fetched now and may be later, by [`crate::Connector::fetch`].
    pub later: Vec<Later>,
    /// How long the provider took, all calls together.
    pub took: Duration,
}

/// Shows sizes only: the answer is personal.
impl fmt::Debug for Success {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bytes, verdict, files) = (self.raw.len(), self.verdict, self.attachments.len());
        write!(f, "Success({bytes} bytes, verdict {verdict}, {files} files)")
    }
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub class: ErrorClass,
    /// What happened, as a sentence; at most 500 characters, redacted.
    pub message: String,
    /// Whether these are the provider's own words.
    pub quoted: bool,
}

/// A file that came, under the id that stands for it in answer and display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The id under which it is to be kept.
    pub id: AttachmentId,
    /// The file.
    pub file: File,
}

/// A file behind a link that could not be fetched at once.
#[derive(Clone, PartialEq, Eq)]
pub struct Later {
    /// The id that stands for it in answer and display already.
    pub id: AttachmentId,
    /// The name to show.
    pub name: String,
    /// Where it lies. Whoever has the link has the file.
    pub link: String,
    /// Its media type, where the manifest names it.
    pub media_type: Option<String>,
}

/// Only its id.
impl fmt::Debug for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Later({})", self.id)
    }
}

/// What became of a file behind a link.
#[derive(Debug)]
pub enum Fetched {
    /// It is here.
    File(File),
    /// It cannot be had any more, for this reason.
    Gone(String),
    /// It cannot be had now, for this reason.
    NotNow(String),
    /// The journal could not record the call, so it was not sent.
    Refused(JournalError),
}

/// A file that goes out or came in.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// The name to show and to download it under.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Shows name, type and size.
impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({}, {}, {} bytes)", self.name, self.media_type, self.bytes.len())
    }
}

/// The step under which a sign-in is journalled. No step of a manifest has a dot in its name.
pub(crate) fn sign_in_step(auth: &str) -> String {
    format!("auth.{auth}")
}

/// Whether the call journalled as `step` fetched a file from behind a link of an answer.
pub fn is_file(step: &str) -> bool {
    step == FILE_STEP
}

/// The step under which files are fetched.
pub(crate) const FILE_STEP: &str = "file";

/// Whether the call journalled as `step` only signed in: nothing of the action itself was sent with it.
pub fn is_sign_in(step: &str) -> bool {
    step.starts_with("auth.")
}
