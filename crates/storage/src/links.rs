//! The links by which people set a password. Whose a link is, is asked before the tenant is known: see
//! [`crate::system::find_link`].

use dossier_domain::{LinkKind, PermissionSet, Timestamp, UserId};

use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::query;
use crate::row::permission_words;
use crate::tx::{ReadTx, WriteTx};

/// A person's link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The SHA-256 of its token; the token itself is kept nowhere.
    pub token_digest: [u8; 32],
    /// What it is for.
    pub kind: LinkKind,
    /// What the person was permitted when it was made.
    pub permissions: PermissionSet,
    /// Who made it; nobody for the operator.
    pub made_by: Option<UserId>,
    /// The first instant at which it counts no more.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

pub(crate) fn read(row: &Row) -> Result<Link, StorageError> {
    let kind: String = row.get("kind")?;
    Ok(Link {
        token_digest: row.get("token_digest")?,
        kind: kind.parse().map_err(|_| StorageError::Corrupt("kind"))?,
        permissions: row.get("permissions")?,
        made_by: row.get("made_by")?,
        expires_at: row.get("expires_at")?,
        used_at: row.get("used_at")?,
    })
}

/// Gives a person a link, in place of the one before.
pub async fn put(tx: &mut WriteTx, user: UserId, link: &Link) -> Result<(), StorageError> {
    let put = query(
        "INSERT INTO sign_in_link (tenant_id, user_id, token_digest, kind, permissions, made_by, expires_at, used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (tenant_id, user_id) DO UPDATE SET token_digest = excluded.token_digest, kind = excluded.kind,
            permissions = excluded.permissions, made_by = excluded.made_by, expires_at = excluded.expires_at, used_at = excluded.used_at",
    )
    .bind(tx.tenant())
    .bind(user)
    .bind(link.token_digest)
    .bind(link.kind.as_str())
    .bind(permission_words(&link.permissions.iter().collect::<Vec<_>>()))
    .bind(link.made_by)
    .bind(link.expires_at)
    .bind(link.used_at);
    tx.execute(put).await.map(drop)
}

/// A person's link, used or not.
pub async fn find(tx: &mut ReadTx, user: UserId) -> Result<Option<Link>, StorageError> {
    let find = query(
        "SELECT token_digest, kind, permissions, made_by, expires_at, used_at FROM sign_in_link
         WHERE tenant_id = $1 AND user_id = $2",
    );
    let find = find.bind(tx.tenant()).bind(user);
    tx.optional(find).await?.as_ref().map(read).transpose()
}

/// Uses the link with a token of this digest up. `false` when it was used, has ended, or another took its place.
pub async fn take(
    tx: &mut WriteTx,
    user: UserId,
    token_digest: [u8; 32],
    now: Timestamp,
) -> Result<bool, StorageError> {
    let take = query(
        "UPDATE sign_in_link SET used_at = $4
         WHERE tenant_id = $1 AND user_id = $2 AND token_digest = $3 AND used_at IS NULL AND expires_at > $4",
    );
    let take = take.bind(tx.tenant()).bind(user).bind(token_digest).bind(now);
    tx.changes_one(take).await
}

/// Ends a person's link at `now`. An invitation that was not used stays, as one that has ended: the person has not come.
/// `nobodys` takes the place of the digest of its token.
pub async fn end(tx: &mut WriteTx, user: UserId, nobodys: [u8; 32], now: Timestamp) -> Result<(), StorageError> {
    let end = query(
        "UPDATE sign_in_link SET token_digest = $3, expires_at = $4
         WHERE tenant_id = $1 AND user_id = $2 AND kind = 'invitation' AND used_at IS NULL",
    );
    let end = end.bind(tx.tenant()).bind(user).bind(nobodys).bind(now);
    if tx.changes_one(end).await? { Ok(()) } else { remove(tx, user).await }
}

/// Forgets a person's link, used or not: whoever was invited counts as having come.
pub async fn remove(tx: &mut WriteTx, user: UserId) -> Result<(), StorageError> {
    let remove = query("DELETE FROM sign_in_link WHERE tenant_id = $1 AND user_id = $2").bind(tx.tenant()).bind(user);
    tx.execute(remove).await.map(drop)
}
