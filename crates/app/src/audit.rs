//! Who did what: every use case writes its line in the transaction of what it records (AUDIT-2).

use dossier_domain::{Actor, Origin, RequestId, UserId};
use dossier_storage::answers::{self, Attempt};
use dossier_storage::audit::{self, Event, Subject};
use dossier_storage::runs::Run;
use dossier_storage::{ReadTx, WriteTx, api_keys};
use serde_json::Value;
use uuid::Uuid;

use crate::App;
use crate::error::{AppError, Result};
use crate::grant::Member;
use crate::webhooks::announce;

/// One line of the audit in the making.
#[derive(Debug)]
#[must_use = "an entry that is not written records nothing"]
pub(crate) struct Entry {
    actor: Actor,
    origin: Origin,
    attempt: Option<Attempt>,
    action: &'static str,
    kind: &'static str,
    subject: Option<Uuid>,
    request: Option<RequestId>,
    before: Option<Value>,
    after: Option<Value>,
}

impl Entry {
    /// Something that a person or a program does.
    pub(crate) fn by(member: &Member) -> Self {
        Self { attempt: member.attempt, ..Self::of(member.actor(), member.origin.clone()) }
    }

    /// Something that the product does by itself.
    pub(crate) fn by_system() -> Self {
        Self::of(Actor::System, Origin::default())
    }

    /// Something that the operator of the installation does at its command line.
    pub(crate) fn by_operator() -> Self {
        Self::of(Actor::Operator, Origin::default())
    }

    /// Something that came of a run: whoever started it answers for it, although the browser may be closed by now.
    ///
    /// # Errors
    /// Only faults of this side.
    pub(crate) async fn by_runner(tx: &mut ReadTx, run: &Run) -> Result<Self> {
        let name = run.by.name.clone();
        let actor = match run.by.id.map(Uuid::from) {
            Some(id) if api_keys::find(tx, id.into()).await?.is_some() => Actor::ApiKey { id: id.into(), name },
            Some(id) => Actor::User { id: id.into(), name },
            None => Actor::System,
        };
        Ok(Self::of(actor, Origin::default()))
    }

    /// Something that `actor` does from `origin`.
    pub(crate) fn of(actor: Actor, origin: Origin) -> Self {
        let (action, kind, subject) = ("", "", None);
        Self { actor, origin, attempt: None, action, kind, subject, request: None, before: None, after: None }
    }

    /// The person who does it, if it is one.
    pub(crate) fn user(&self) -> Option<UserId> {
        self.actor.user()
    }

    /// What is done, and to what.
    pub(crate) fn did(mut self, action: &'static str, kind: &'static str, subject: impl Into<Uuid>) -> Self {
        (self.action, self.kind, self.subject) = (action, kind, Some(subject.into()));
        self
    }

    /// What is done to a request itself.
    pub(crate) fn of_request(self, action: &'static str, request: RequestId) -> Self {
        self.did(action, "request", request).within(request)
    }

    /// The request that it belongs to, with whose key its values are sealed.
    pub(crate) fn within(mut self, request: RequestId) -> Self {
        self.request = Some(request);
        self
    }

    /// How it was.
    pub(crate) fn before(mut self, value: Value) -> Self {
        self.before = Some(value);
        self
    }

    /// How it is now; secrets only as "set".
    pub(crate) fn after(mut self, value: Value) -> Self {
        self.after = Some(value);
        self
    }

    /// Writes the line into the transaction of what it records, and with it that a program's post has changed something.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when another attempt of that post has begun since: nothing may be changed by this one.
    pub(crate) async fn write(self, app: &App, tx: &mut WriteTx) -> Result<()> {
        if let Some(attempt) = self.attempt
            && !answers::changed(tx, attempt, self.kind, self.subject).await?
        {
            let why = "This took too long, and was begun once more meanwhile. Nothing was changed by this attempt.";
            return Err(AppError::Conflict(why.to_owned()));
        }
        let event = Event {
            id: app.ids.make(),
            at: app.now(),
            actor: self.actor,
            origin: self.origin,
            action: self.action.to_owned(),
            subject: Subject { kind: self.kind.to_owned(), id: self.subject },
            request: self.request,
            before: self.before,
            after: self.after,
        };
        audit::write(tx, &event).await?;
        announce::audited(app, tx, &event).await
    }
}
