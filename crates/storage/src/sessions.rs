//! Sign-ins of browsers. Which session a token belongs to is asked before the tenant is known: see
//! [`crate::system::find_session`].

use dossier_domain::{SessionId, Timestamp, UserId};

use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::query;
use crate::tx::{ReadTx, WriteTx};

/// From where a person signed in, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The address of the network.
    pub address: Option<String>,
    /// The browser, in words: `Firefox on Windows`.
    pub browser: Option<String>,
}

/// A sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The id.
    pub id: SessionId,
    /// From where.
    pub device: Device,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used, as noted.
    pub last_seen_at: Timestamp,
}

/// A sign-in to keep.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The id to be.
    pub id: SessionId,
    /// The SHA-256 of the browser's token; the token itself is kept nowhere.
    pub token_digest: [u8; 32],
    /// Who signed in.
    pub user: UserId,
    /// From which address of the network, and by which browser, in words.
    pub device: Device,
    /// Now.
    pub created_at: Timestamp,
    /// The first instant at which it counts no more.
    pub expires_at: Timestamp,
}

/// Keeps a sign-in.
pub async fn add(tx: &mut WriteTx, session: &NewSession) -> Result<(), StorageError> {
    let add = query(
        "INSERT INTO session (tenant_id, id, token_digest, user_id, created_at, last_seen_at, expires_at, address, browser)
         VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)",
    )
    .bind(tx.tenant())
    .bind(session.id)
    .bind(session.token_digest)
    .bind(session.user)
    .bind(session.created_at)
    .bind(session.expires_at)
    .bind(session.device.address.as_deref())
    .bind(session.device.browser.as_deref());
    tx.execute(add).await.map(drop)
}

/// Notes that the session was used.
pub async fn touch(tx: &mut WriteTx, id: SessionId, seen_at: Timestamp) -> Result<bool, StorageError> {
    let touch = query("UPDATE session SET last_seen_at = $3 WHERE tenant_id = $1 AND id = $2");
    let touch = touch.bind(tx.tenant()).bind(id).bind(seen_at);
    tx.changes_one(touch).await
}

/// When a session of this person was last used, as noted; `None` when it has ended.
pub async fn last_seen(
    tx: &mut ReadTx,
    user: UserId,
    id: SessionId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StorageError> {
    let find =
        query("SELECT last_seen_at FROM session WHERE tenant_id = $1 AND user_id = $2 AND id = $3 AND expires_at > $4");
    let find = find.bind(tx.tenant()).bind(user).bind(id).bind(now);
    tx.optional(find).await?.map(|row| row.get("last_seen_at")).transpose()
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

/// The sign-ins of a person that have not come to their end, the newest first.
pub async fn list(tx: &mut ReadTx, user: UserId, now: Timestamp) -> Result<Vec<Session>, StorageError> {
    let list = query(
        "SELECT id, address, browser, created_at, last_seen_at FROM session
         WHERE tenant_id = $1 AND user_id = $2 AND expires_at > $3 ORDER BY created_at DESC, id DESC",
    );
    let list = list.bind(tx.tenant()).bind(user).bind(now);
    let read = |row: &Row| {
        Ok(Session {
            id: row.get("id")?,
            device: Device { address: row.get("address")?, browser: row.get("browser")? },
            created_at: row.get("created_at")?,
            last_seen_at: row.get("last_seen_at")?,
        })
    };
    tx.all(list).await?.iter().map(read).collect()
}

/// Ends a session of this person. Says whether there was one.
pub async fn remove_own(tx: &mut WriteTx, user: UserId, id: SessionId) -> Result<bool, StorageError> {
    let remove = query("DELETE FROM session WHERE tenant_id = $1 AND user_id = $2 AND id = $3");
    let remove = remove.bind(tx.tenant()).bind(user).bind(id);
    tx.changes_one(remove).await
}

/// Ends every session of a person but this one, and says how many there were.
pub async fn remove_others(tx: &mut WriteTx, user: UserId, but: SessionId) -> Result<u64, StorageError> {
    let remove = query("DELETE FROM session WHERE tenant_id = $1 AND user_id = $2 AND id <> $3");
    let remove = remove.bind(tx.tenant()).bind(user).bind(but);
    tx.execute(remove).await
}
