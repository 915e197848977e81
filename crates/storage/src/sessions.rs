//! Sign-ins of browsers. Which session a token belongs to is asked before the tenant is known: see
//! [`crate::system::find_session`].

use dossier_domain::{SessionId, Timestamp, UserId};

use crate::error::StorageError;
use crate::query::query;
use crate::tx::WriteTx;

/// A sign-in to keep.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The id to be.
    pub id: SessionId,
    /// The SHA-256 of the browser's token; the token itself is kept nowhere.
    pub token_digest: [u8; 32],
    /// Who signed in.
    pub user: UserId,
    /// Now.
    pub created_at: Timestamp,
    /// The first instant at which it counts no more.
    pub expires_at: Timestamp,
}

/// Keeps a sign-in.
pub async fn add(tx: &mut WriteTx, session: &NewSession) -> Result<(), StorageError> {
    let add = query(
        "INSERT INTO session (tenant_id, id, token_digest, user_id, created_at, last_seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $5, $6)",
    )
    .bind(tx.tenant())
    .bind(session.id)
    .bind(session.token_digest)
    .bind(session.user)
    .bind(session.created_at)
    .bind(session.expires_at);
    tx.execute(add).await.map(drop)
}

/// Notes that the session was used.
pub async fn touch(tx: &mut WriteTx, id: SessionId, seen_at: Timestamp) -> Result<bool, StorageError> {
    let touch = query("UPDATE session SET last_seen_at = $3 WHERE tenant_id = $1 AND id = $2");
    let touch = touch.bind(tx.tenant()).bind(id).bind(seen_at);
    tx.changes_one(touch).await
}

/// Ends a session. Says whether there was one.
pub async fn remove(tx: &mut WriteTx, id: SessionId) -> Result<bool, StorageError> {
    let remove = query("DELETE FROM session WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    tx.changes_one(remove).await
}

/// Ends every session of a person, and says how many there were.
pub async fn remove_for_user(tx: &mut WriteTx, user: UserId) -> Result<u64, StorageError> {
    let remove = query("DELETE FROM session WHERE tenant_id = $1 AND user_id = $2").bind(tx.tenant()).bind(user);
    tx.execute(remove).await
}
