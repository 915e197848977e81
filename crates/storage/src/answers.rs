//! What came of posts that programs sent with an idempotency key, so that the same post does its work once.

use dossier_domain::{PrincipalId, Timestamp};
use uuid::Uuid;

use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::query;
use crate::tx::{ReadTx, WriteTx};

/// An attempt to carry a post out. Another one may take its place once its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The row.
    pub id: Uuid,
    /// Which attempt: 1 for the first.
    pub number: i64,
}

/// How a post stands.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// The latest attempt.
    pub attempt: Attempt,
    /// Whether it was sent with the same content.
    pub same: bool,
    /// Until when nobody else tries.
    pub taken_until: Timestamp,
    /// The thing that was changed by it; nothing as long as it has changed nothing.
    pub changed: Option<(String, Option<Uuid>)>,
    /// What was answered.
    pub answer: Option<Vec<u8>>,
}

/// An answer may hold personal data.
impl std::fmt::Debug for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stored({:?}, answered: {})", self.attempt, self.answer.is_some())
    }
}

/// A post as it came: who sent it, its key, and all that must be the same for it to be the same.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    /// Who.
    pub principal: PrincipalId,
    /// The key that the sender gave it.
    pub key: &'a str,
    /// Method, address and content.
    pub content: &'a [u8],
}

/// Notes the first attempt of a post. `None` when there was one before: see [`find`].
pub async fn begin(
    tx: &mut WriteTx,
    id: Uuid,
    post: Post<'_>,
    now: Timestamp,
    taken_until: Timestamp,
) -> Result<Option<Attempt>, StorageError> {
    let digests = tx.tenant_key().await?;
    let begin = query(
        "INSERT INTO api_answer (tenant_id, id, principal_id, key_digest, content_digest, attempt, taken_until, created_at)
         VALUES ($1, $2, $3, $4, $5, 1, $6, $7)
         ON CONFLICT (tenant_id, principal_id, key_digest) DO NOTHING",
    )
    .bind(tx.tenant())
    .bind(id)
    .bind(post.principal)
    .bind(digests.digest("api_answer.key", post.key.as_bytes()))
    .bind(digests.digest("api_answer.content", post.content))
    .bind(taken_until)
    .bind(now);
    Ok(tx.changes_one(begin).await?.then_some(Attempt { id, number: 1 }))
}

/// How a post stands that was sent before.
pub async fn find(tx: &mut ReadTx, post: Post<'_>) -> Result<Option<Stored>, StorageError> {
    let digests = tx.tenant_key().await?;
    let find = query("SELECT * FROM api_answer WHERE tenant_id = $1 AND principal_id = $2 AND key_digest = $3")
        .bind(tx.tenant())
        .bind(post.principal)
        .bind(digests.digest("api_answer.key", post.key.as_bytes()));
    let Some(row) = tx.optional(find).await? else { return Ok(None) };
    let content: [u8; 32] = row.get("content_digest")?;
    read(tx, &row, content == digests.digest("api_answer.content", post.content)).await.map(Some)
}

async fn read(tx: &mut ReadTx, row: &Row, same: bool) -> Result<Stored, StorageError> {
    let id: Uuid = row.get("id")?;
    let kind: Option<String> = row.get("subject_kind")?;
    let subject = row.get("subject_id")?;
    Ok(Stored {
        attempt: Attempt { id, number: row.get("attempt")? },
        same,
        taken_until: row.get("taken_until")?,
        changed: kind.map(|kind| (kind, subject)),
        answer: tx.sealer_of(None, "api_answer", id).await?.open_optional(row, "sealed_answer")?,
    })
}

/// Takes the place of an attempt that changed nothing and whose time is over. `None` when somebody else did.
pub async fn again(
    tx: &mut WriteTx,
    before: Attempt,
    now: Timestamp,
    taken_until: Timestamp,
) -> Result<Option<Attempt>, StorageError> {
    let again = query(
        "UPDATE api_answer SET attempt = attempt + 1, taken_until = $5
         WHERE tenant_id = $1 AND id = $2 AND attempt = $3 AND taken_until <= $4 AND subject_kind IS NULL
            AND sealed_answer IS NULL",
    )
    .bind(tx.tenant())
    .bind(before.id)
    .bind(before.number)
    .bind(now)
    .bind(taken_until);
    let next = Attempt { number: before.number + 1, ..before };
    Ok(tx.changes_one(again).await?.then_some(next))
}

/// Notes what an attempt changes, in the transaction of the change. `false` when another attempt has taken its place: then
/// nothing may be changed.
pub async fn changed(
    tx: &mut WriteTx,
    attempt: Attempt,
    kind: &str,
    subject: Option<Uuid>,
) -> Result<bool, StorageError> {
    let changed = query(
        "UPDATE api_answer SET subject_kind = $4, subject_id = $5 WHERE tenant_id = $1 AND id = $2 AND attempt = $3",
    );
    let changed = changed.bind(tx.tenant()).bind(attempt.id).bind(attempt.number).bind(kind).bind(subject);
    tx.changes_one(changed).await
}

/// Keeps the answer of an attempt.
pub async fn answer(tx: &mut WriteTx, attempt: Attempt, answer: &[u8]) -> Result<(), StorageError> {
    let sealed = tx.sealer_of(None, "api_answer", attempt.id).await?.seal("sealed_answer", answer)?;
    let keep = query("UPDATE api_answer SET sealed_answer = $4 WHERE tenant_id = $1 AND id = $2 AND attempt = $3");
    let keep = keep.bind(tx.tenant()).bind(attempt.id).bind(attempt.number).bind(sealed);
    tx.execute(keep).await.map(drop)
}

/// Forgets an attempt that changed nothing: the key is free again.
pub async fn forget(tx: &mut WriteTx, attempt: Attempt) -> Result<(), StorageError> {
    let forget = query(
        "DELETE FROM api_answer WHERE tenant_id = $1 AND id = $2 AND attempt = $3 AND subject_kind IS NULL
            AND sealed_answer IS NULL",
    );
    let forget = forget.bind(tx.tenant()).bind(attempt.id).bind(attempt.number);
    tx.execute(forget).await.map(drop)
}

/// Forgets every post that came before `before`, and says how many there were.
pub async fn purge(tx: &mut WriteTx, before: Timestamp) -> Result<u64, StorageError> {
    let purge = query("DELETE FROM api_answer WHERE tenant_id = $1 AND created_at < $2");
    let purge = purge.bind(tx.tenant()).bind(before);
    tx.execute(purge).await
}
