//! The keys by which programs sign in. Whose a key is, is asked before the tenant is known: see
//! [`crate::system::find_api_key`].

use dossier_domain::{ApiKeyId, PermissionSet, Timestamp};

use crate::by::By;
use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::query;
use crate::row::permission_words;
use crate::tx::{ReadTx, WriteTx};

/// A key, without the secret that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The id.
    pub id: ApiKeyId,
    /// What people call it.
    pub name: String,
    /// The last characters of its text, by which people tell keys apart.
    pub ending: String,
    /// What it may do.
    pub permissions: PermissionSet,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: By,
    /// The first instant at which it counts no more.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, as noted.
    pub last_used_at: Option<Timestamp>,
    /// From which address of the network.
    pub last_address: Option<String>,
}

impl ApiKey {
    /// Whether it opens anything at `now`.
    pub fn counts(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

/// Keeps a key. `token_digest` is the SHA-256 of its text; the text itself is kept nowhere.
pub async fn add(tx: &mut WriteTx, key: &ApiKey, token_digest: [u8; 32]) -> Result<(), StorageError> {
    let add = query(
        "INSERT INTO api_key (tenant_id, id, name, token_digest, ending, permissions, created_at, created_by,
            created_by_name, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tx.tenant())
    .bind(key.id)
    .bind(key.name.as_str())
    .bind(token_digest)
    .bind(key.ending.as_str())
    .bind(permission_words(&key.permissions.iter().collect::<Vec<_>>()))
    .bind(key.created_at)
    .bind(key.created_by.id)
    .bind(key.created_by.name.as_str())
    .bind(key.expires_at);
    tx.execute(add).await.map(drop)
}

fn read(row: &Row) -> Result<ApiKey, StorageError> {
    Ok(ApiKey {
        id: row.get("id")?,
        name: row.get("name")?,
        ending: row.get("ending")?,
        permissions: row.get("permissions")?,
        created_at: row.get("created_at")?,
        created_by: By::read(row, "created_by", "created_by_name")?,
        expires_at: row.get("expires_at")?,
        revoked_at: row.get("revoked_at")?,
        last_used_at: row.get("last_used_at")?,
        last_address: row.get("last_address")?,
    })
}

/// Every key of the tenant, also those that count no more, the newest first.
pub async fn list(tx: &mut ReadTx) -> Result<Vec<ApiKey>, StorageError> {
    let list = query("SELECT * FROM api_key WHERE tenant_id = $1 ORDER BY id DESC").bind(tx.tenant());
    tx.all(list).await?.iter().map(read).collect()
}

/// One key, also one that counts no more.
pub async fn find(tx: &mut ReadTx, id: ApiKeyId) -> Result<Option<ApiKey>, StorageError> {
    let find = query("SELECT * FROM api_key WHERE tenant_id = $1 AND id = $2").bind(tx.tenant()).bind(id);
    tx.optional(find).await?.as_ref().map(read).transpose()
}

/// Ends a key. `false` when it was revoked before.
pub async fn revoke(tx: &mut WriteTx, id: ApiKeyId, now: Timestamp) -> Result<bool, StorageError> {
    let revoke = query("UPDATE api_key SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL");
    let revoke = revoke.bind(tx.tenant()).bind(id).bind(now);
    tx.changes_one(revoke).await
}

/// Notes that a key was used, and from where.
pub async fn touch(
    tx: &mut WriteTx,
    id: ApiKeyId,
    now: Timestamp,
    address: Option<String>,
) -> Result<(), StorageError> {
    let touch = query("UPDATE api_key SET last_used_at = $3, last_address = $4 WHERE tenant_id = $1 AND id = $2");
    let touch = touch.bind(tx.tenant()).bind(id).bind(now).bind(address);
    tx.execute(touch).await.map(drop)
}
