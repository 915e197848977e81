//! A program's post with an idempotency key does its work once (ACT-9): what was answered is kept for [`KEPT`] and answered
//! again.
//!
//! An attempt has a row before it begins. Whatever it changes marks the row in the same transaction, because every change
//! writes its line of the audit, and that looks here. So after a crash the row alone says whether something was changed: if
//! not, the post may be carried out by another attempt; if so it is not, although its answer is lost.

use std::time::Duration;

use dossier_domain::{Scope, Timestamp};
use dossier_storage::answers::{self, Attempt, Post, Stored};
use dossier_storage::{WriteTx, system};
use serde_json::Value;
use uuid::Uuid;

use crate::App;
use crate::error::Result;
use crate::grant::Member;

/// For how long an answer is kept.
pub const KEPT: Duration = Duration::from_hours(24);
/// For how long nobody else tries what an attempt has begun: longer than any takes that is alive.
const TAKEN: Duration = Duration::from_mins(5);

/// A post to carry out.
#[derive(Debug)]
pub struct Claim(Attempt);

/// What is to be done with a post.
#[derive(Debug)]
pub enum Begun {
    /// It is carried out, by this member, and [`end`] says what came of it.
    Now(Claim, Member),
    /// It was, and this was the answer.
    Answered(Vec<u8>),
    /// The key came before, with other content.
    Other,
    /// Another attempt is under way, until this instant at most.
    UnderWay(Timestamp),
    /// It was carried out, and nobody knows the answer any more: this was changed.
    Done(String, Option<Uuid>),
}

/// Begins to carry a post out, unless it was before. `content` is all that must be the same for it to be the same post.
///
/// # Errors
/// Only faults of this side.
pub async fn begin(app: &App, member: &Member, key: &str, content: &[u8]) -> Result<Begun> {
    let now = app.now();
    let (post, until) = (Post { principal: member.principal(), key, content }, now.plus(TAKEN));
    let mut tx = app.db.write(member.scope).await?;
    answers::purge(&mut tx, now.minus(KEPT)).await?;
    let first = answers::begin(&mut tx, app.ids.make(), post, now, until).await?;
    let attempt = match first {
        Some(first) => first,
        None => match again(&mut tx, post, now, until).await? {
            Ok(next) => next,
            Err(begun) => return Ok(begun),
        },
    };
    tx.commit().await?;
    Ok(Begun::Now(Claim(attempt), member.under(attempt)))
}

/// Another attempt of a post that was sent before, or what became of that.
async fn again(
    tx: &mut WriteTx,
    post: Post<'_>,
    now: Timestamp,
    until: Timestamp,
) -> Result<std::result::Result<Attempt, Begun>> {
    let Some(stored) = answers::find(tx, post).await? else { return Ok(Err(Begun::UnderWay(now))) };
    let stands = match stored {
        stored if !stored.same => Begun::Other,
        Stored { answer: Some(answer), .. } => Begun::Answered(answer),
        stored if now < stored.taken_until => Begun::UnderWay(stored.taken_until),
        Stored { changed: Some((kind, id)), .. } => Begun::Done(kind, id),
        stored => {
            let next = answers::again(tx, stored.attempt, now, until).await?;
            return Ok(next.ok_or(Begun::UnderWay(until)));
        }
    };
    Ok(Err(stands))
}

/// Ends an attempt: with its `answer` when the post was carried out. Without one it was refused, and the same key can be
/// sent again, unless something was changed by it all the same.
///
/// # Errors
/// Only faults of this side.
pub async fn end(app: &App, member: &Member, claim: &Claim, answer: Option<&[u8]>) -> Result<()> {
    let mut tx = app.db.write(member.scope).await?;
    match answer {
        Some(answer) => answers::answer(&mut tx, claim.0, answer).await?,
        None => answers::forget(&mut tx, claim.0).await?,
    }
    Ok(tx.commit().await?)
}

/// The same value with its names in one order: programs may write them in any.
pub fn canonical(value: Value) -> Value {
    match value {
        Value::Object(pairs) => {
            let mut pairs: Vec<_> = pairs.into_iter().map(|(name, inner)| (name, canonical(inner))).collect();
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(pairs.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(canonical).collect()),
        other => other,
    }
}

/// Forgets answers that are old, also of tenants whose programs send nothing any more.
///
/// # Errors
/// Only faults of this side.
pub(crate) async fn sweep(app: &App) -> Result<()> {
    let before = app.now().minus(KEPT);
    for tenant in system::tenants(&mut app.db.system_read().await?).await? {
        let mut tx = app.db.write(Scope::of(tenant.id)).await?;
        answers::purge(&mut tx, before).await?;
        tx.commit().await?;
    }
    Ok(())
}
