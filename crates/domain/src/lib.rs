//! Plain types and rules of Dossier: what a request, a run, a permission and a licence are, and which moves they allow.
//!
//! Every other room names these types. This one knows no database, no framework and no clock but the one it is handed.

pub mod access;
pub mod actor;
pub mod breaker;
pub mod channel;
pub mod email;
pub mod ids;
pub mod job;
pub mod licence;
pub mod local;
pub mod reference;
pub mod remark;
pub mod run;
pub mod scope;
pub mod status;
pub mod time;
pub mod webhook;

pub use access::{BuiltInRole, LinkKind, Permission, PermissionSet};
pub use actor::{Actor, Origin};
pub use breaker::Breaker;
pub use channel::ChannelCode;
pub use email::Email;
pub use ids::{
    ApiKeyId, AttachmentId, AuditEventId, ChannelId, DeliveryId, Entropy, EventId, ExchangeId, Ids, NoteId,
    PrincipalId, RequestId, ResultId, RoleId, RunId, SessionId, TenantId, UserId, WebhookId,
};
pub use job::{EventState, JobKind};
pub use licence::Licence;
pub use local::{DateFormat, Local};
pub use reference::Reference;
pub use remark::Remark;
pub use run::{CallOutcome, ErrorClass, ExchangeState, RunState, Work};
pub use scope::Scope;
pub use status::{Deciding, RequestStatus, Verdict, decided};
pub use time::{Clock, Timestamp};
pub use webhook::{DeliveryState, WebhookEvent, WebhookState};
