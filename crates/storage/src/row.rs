//! How a column becomes a value of the domain. What does not fit is [`StorageError::Corrupt`], named by its column.

use dossier_domain::status::Mover;
use dossier_domain::{
    ApiKeyId, AttachmentId, AuditEventId, CallOutcome, ChannelCode, ChannelId, DateFormat, DeliveryId, DeliveryState,
    Email, ErrorClass, EventId, EventState, ExchangeId, ExchangeState, JobKind, NoteId, Permission, PermissionSet,
    PrincipalId, Reference, RequestId, RequestStatus, ResultId, RoleId, RunId, RunState, SessionId, TenantId,
    Timestamp, UserId, Verdict, WebhookEvent, WebhookId, WebhookState, Work,
};
use secrecy::SecretString;
use uuid::Uuid;

use crate::dialect::{Row, Stored, Ts};
use crate::error::StorageError;

/// A type that can stand in a column.
pub(crate) trait Column: Sized {
    /// What the database library reads.
    type Raw: Stored;
    /// The value, unless the stored one is none of its kind.
    fn read(raw: Self::Raw) -> Option<Self>;
}

impl Row {
    /// The value of `column`.
    pub(crate) fn get<T: Column>(&self, column: &'static str) -> Result<T, StorageError> {
        self.raw(column).ok().and_then(T::read).ok_or(StorageError::Corrupt(column))
    }
}

impl<T: Column> Column for Option<T>
where
    Option<T::Raw>: Stored,
{
    type Raw = Option<T::Raw>;

    fn read(raw: Self::Raw) -> Option<Self> {
        match raw {
            Some(raw) => T::read(raw).map(Some),
            None => Some(None),
        }
    }
}

macro_rules! columns {
    ($($raw:ty: $($type:ty => $read:expr),+;)+) => {$($(
        impl Column for $type {
            type Raw = $raw;

            fn read(raw: $raw) -> Option<Self> {
                $read(raw)
            }
        }
    )+)+};
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of every reader")]
fn parsed<T: std::str::FromStr>(text: String) -> Option<T> {
    text.parse().ok()
}

columns! {
    Uuid: Uuid => Some, ApiKeyId => made, AttachmentId => made, AuditEventId => made, ChannelId => made, EventId => made, ExchangeId => made,
        NoteId => made, PrincipalId => made, RequestId => made, ResultId => made, RoleId => made, RunId => made, SessionId => made, TenantId => made,
        UserId => made, WebhookId => made, DeliveryId => made;
    String: String => Some, DateFormat => parsed, RequestStatus => parsed, Mover => parsed, Verdict => parsed, RunState => parsed, ExchangeState => parsed,
        ErrorClass => parsed, Work => parsed, JobKind => parsed, EventState => parsed, CallOutcome => parsed, WebhookEvent => parsed, WebhookState => parsed, DeliveryState => parsed, serde_json::Value => parsed, SecretString => made, PermissionSet => permissions,
        Reference => |text: String| Reference::parse(&text).ok(), ChannelCode => |text: String| ChannelCode::parse(&text).ok(),
        Email => |text: String| Email::parse(&text).ok();
    i64: i64 => Some, u16 => |n: i64| n.try_into().ok(), u32 => |n: i64| n.try_into().ok();
    Vec<u8>: Vec<u8> => Some, [u8; 32] => |bytes: Vec<u8>| bytes.try_into().ok();
    bool: bool => Some;
    Ts: Timestamp => |ts: Ts| Some(ts.0);
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of every reader")]
fn made<Raw, T: From<Raw>>(raw: Raw) -> Option<T> {
    Some(T::from(raw))
}

/// Words between spaces, as [`permission_words`] writes them.
#[expect(clippy::needless_pass_by_value, reason = "the shape of every reader")]
fn permissions(text: String) -> Option<PermissionSet> {
    text.split_whitespace().map(|word| word.parse::<Permission>().ok()).collect()
}

/// The text of a set of permissions.
pub(crate) fn permission_words(permissions: &[Permission]) -> String {
    permissions.iter().map(|p| p.as_str()).collect::<Vec<_>>().join(" ")
}
