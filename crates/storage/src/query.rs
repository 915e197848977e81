//! A statement with its values: static SQL text, `$1` placeholders, typed binds. Nothing else can reach the database.

use std::borrow::Cow;
use std::fmt;

use dossier_domain::status::Mover;
use dossier_domain::{
    ApiKeyId, AttachmentId, AuditEventId, CallOutcome, ChannelId, DateFormat, DeliveryId, DeliveryState, ErrorClass,
    EventId, EventState, ExchangeId, ExchangeState, JobKind, NoteId, PrincipalId, RequestId, RequestStatus, ResultId,
    RoleId, RunId, RunState, SessionId, TenantId, Timestamp, UserId, Verdict, WebhookEvent, WebhookId, WebhookState,
    Work,
};
use uuid::Uuid;

/// A value bound to a statement. `None` keeps its type, because PostgreSQL must know it.
#[derive(Clone)]
pub(crate) enum Value {
    /// 16 bytes on SQLite, `uuid` on PostgreSQL.
    Uuid(Option<Uuid>),
    /// Text.
    Text(Option<String>),
    /// A whole number.
    Int(Option<i64>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
    /// True or false.
    Bool(Option<bool>),
    /// Microseconds on SQLite, `timestamptz` on PostgreSQL.
    Ts(Option<Timestamp>),
}

macro_rules! values {
    ($($variant:ident: $($type:ty => $convert:expr),+;)+) => {$($(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(Some($convert(value)))
            }
        }

        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map($convert))
            }
        }
    )+)+};
}

values! {
    Uuid: Uuid => |id| id, ApiKeyId => ApiKeyId::uuid, AttachmentId => AttachmentId::uuid, AuditEventId => AuditEventId::uuid,
        ChannelId => ChannelId::uuid, EventId => EventId::uuid, ExchangeId => ExchangeId::uuid, NoteId => NoteId::uuid,
        PrincipalId => PrincipalId::uuid,
        RequestId => RequestId::uuid,
        ResultId => ResultId::uuid, RoleId => RoleId::uuid, RunId => RunId::uuid, SessionId => SessionId::uuid,
        TenantId => TenantId::uuid, UserId => UserId::uuid, WebhookId => WebhookId::uuid, DeliveryId => DeliveryId::uuid;
    Text: String => |text| text, &str => str::to_owned, DateFormat => word, RequestStatus => word, Mover => word, Verdict => word,
        RunState => word, ExchangeState => word, ErrorClass => word, Work => word, JobKind => word, EventState => word, CallOutcome => word,
        WebhookEvent => word, WebhookState => word, DeliveryState => word;
    Int: i64 => |number| number, u16 => i64::from, u32 => i64::from;
    Bytes: Vec<u8> => |bytes| bytes, [u8; 32] => Vec::from;
    Bool: bool => |truth| truth;
    Ts: Timestamp => |at| at;
}

fn word(word: impl fmt::Display) -> String {
    word.to_string()
}

/// A statement under construction.
pub(crate) struct Query {
    text: Cow<'static, str>,
    binds: Vec<Value>,
}

/// Begins a statement. Its text is written in the source, never at run time.
pub(crate) fn query(text: &'static str) -> Query {
    Query { text: Cow::Borrowed(text), binds: Vec::new() }
}

impl Query {
    /// Gives the next `$n` its value.
    #[must_use]
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.binds.push(value.into());
        self
    }

    /// Adds text, such as an optional condition.
    #[must_use]
    pub(crate) fn push(mut self, text: &'static str) -> Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Adds the next `$n` together with its value.
    #[must_use]
    pub(crate) fn push_bind(mut self, value: impl Into<Value>) -> Self {
        self.binds.push(value.into());
        let place = format!("${}", self.binds.len());
        self.text.to_mut().push_str(&place);
        self
    }

    /// The text as it stands.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The text and the values, when every placeholder has a value and every value a placeholder: SQLite would
    /// otherwise take a forgotten one for NULL and say nothing.
    pub(crate) fn complete(self) -> Option<(String, Vec<Value>)> {
        let mut used = vec![false; self.binds.len()];
        for rest in self.text.split('$').skip(1) {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let place: usize = rest[..end].parse().ok()?;
            *used.get_mut(place.checked_sub(1)?)? = true;
        }
        used.into_iter().all(|used| used).then(|| (self.text.into_owned(), self.binds))
    }
}

/// The pattern of `LIKE … ESCAPE '!'` for what has `text` in it.
pub(crate) fn containing(text: &str) -> String {
    format!("%{}%", text.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

/// Only the text: values are personal data.
impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({:?}, {} values)", self.text, self.binds.len())
    }
}
