//! A tenant's connections to providers.

use std::collections::BTreeMap;

use dossier_domain::reference::fold;
use dossier_domain::{ChannelCode, ChannelId, Timestamp};
use dossier_vault::{Key, token_digest};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::query;
use crate::tx::{ReadTx, WriteTx};

/// A channel to add.
#[derive(Debug)]
pub struct NewChannel<'a> {
    /// The id to be.
    pub id: ChannelId,
    /// The key of its manifest.
    pub handler: &'a str,
    /// Unique among the tenant's channels that are not deleted.
    pub code: &'a ChannelCode,
    /// The name on pages.
    pub name: &'a str,
    /// The public fields of the manifest's configuration.
    pub config: &'a Value,
    /// Its secret fields, by name.
    pub secrets: &'a BTreeMap<String, SecretString>,
    /// Whether it is offered for new requests.
    pub active: bool,
    /// Smaller comes first.
    pub display_order: i64,
    /// Now.
    pub created_at: Timestamp,
}

/// A channel without its secrets.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// The id.
    pub id: ChannelId,
    /// The key of its manifest.
    pub handler: String,
    /// As it was typed.
    pub code: ChannelCode,
    /// The name on pages.
    pub name: String,
    /// The public fields of the manifest's configuration.
    pub config: Value,
    /// Whether it is offered for new requests.
    pub active: bool,
    /// Smaller comes first.
    pub display_order: i64,
    /// Grows with every change, so that what was made from an older one can be told.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
    /// Set when it was deleted: it stays for the requests that used it (CHAN-7).
    pub deleted_at: Option<Timestamp>,
}

/// Gives a channel in the making its row, so that the calls which test it have one to stand under. It counts as deleted, and
/// nothing finds it, until [`add`] fills it in. One that has its row already keeps it.
pub async fn begin(tx: &mut WriteTx, id: ChannelId, handler: &str, at: Timestamp) -> Result<(), StorageError> {
    let sealed =
        tx.sealer_of(None, "channel", id).await?.seal_json("sealed_secrets", &BTreeMap::<&str, &str>::new())?;
    let begin = query(
        "INSERT INTO channel (tenant_id, id, handler, code, code_folded, name, name_folded, config, sealed_secrets, active,
            display_order, version, created_at, deleted_at)
         VALUES ($1, $2, $3, 'in-the-making', 'in-the-making', '', '', '{}', $4, $5, 0, 0, $6, $6)
         ON CONFLICT (tenant_id, id) DO NOTHING",
    );
    let begin = begin.bind(tx.tenant()).bind(id).bind(handler).bind(sealed).bind(false).bind(at);
    tx.execute(begin).await.map(drop)
}

/// Adds a channel. `false` when there is one with this id, or was: the form that carries the id was sent before.
///
/// # Errors
/// [`crate::Constraint::ChannelCode`] when the code is taken.
pub async fn add(tx: &mut WriteTx, channel: &NewChannel<'_>) -> Result<bool, StorageError> {
    begin(tx, channel.id, channel.handler, channel.created_at).await?;
    let sealed = seal(tx, channel.id, channel.secrets).await?;
    let add = query(
        "UPDATE channel SET handler = $3, code = $4, code_folded = $5, name = $6, name_folded = $7, config = $8,
            sealed_secrets = $9, active = $10, display_order = $11, version = 1, created_at = $12, deleted_at = NULL,
            callback_round = 1
         WHERE tenant_id = $1 AND id = $2 AND version = 0",
    )
    .bind(tx.tenant())
    .bind(channel.id)
    .bind(channel.handler)
    .bind(channel.code.as_str())
    .bind(channel.code.folded())
    .bind(channel.name)
    .bind(fold(channel.name))
    .bind(channel.config.to_string())
    .bind(sealed)
    .bind(channel.active)
    .bind(channel.display_order)
    .bind(channel.created_at);
    let added = tx.attempt(add).await? > 0;
    if added {
        add_address(tx, channel.id, 1).await?;
    }
    Ok(added)
}

async fn seal(
    tx: &mut WriteTx,
    id: ChannelId,
    secrets: &BTreeMap<String, SecretString>,
) -> Result<Vec<u8>, StorageError> {
    let secrets: BTreeMap<&str, &str> =
        secrets.iter().map(|(name, secret)| (name.as_str(), secret.expose_secret())).collect();
    tx.sealer_of(None, "channel", id).await?.seal_json("sealed_secrets", &secrets)
}

fn read(row: &Row) -> Result<Channel, StorageError> {
    Ok(Channel {
        id: row.get("id")?,
        handler: row.get("handler")?,
        code: row.get("code")?,
        name: row.get("name")?,
        config: row.get("config")?,
        active: row.get("active")?,
        display_order: row.get("display_order")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        deleted_at: row.get("deleted_at")?,
    })
}

/// The channel, deleted or not: its requests still open.
pub async fn find(tx: &mut ReadTx, id: ChannelId) -> Result<Option<Channel>, StorageError> {
    let find = query(
        "SELECT id, handler, code, name, config, active, display_order, version, created_at, deleted_at
         FROM channel WHERE tenant_id = $1 AND id = $2 AND version > 0",
    );
    let find = find.bind(tx.tenant()).bind(id);
    tx.optional(find).await?.as_ref().map(read).transpose()
}

/// Like [`find`], and nobody else changes it until this transaction ends.
pub async fn lock(tx: &mut WriteTx, id: ChannelId) -> Result<Option<Channel>, StorageError> {
    let find = query(
        "SELECT id, handler, code, name, config, active, display_order, version, created_at, deleted_at
         FROM channel WHERE tenant_id = $1 AND id = $2 AND version > 0",
    );
    let find = find.bind(tx.tenant()).bind(id);
    tx.lock(find).await?.as_ref().map(read).transpose()
}

/// Every channel that is not deleted, by display order, then name.
pub async fn list(tx: &mut ReadTx) -> Result<Vec<Channel>, StorageError> {
    let list = query(
        "SELECT id, handler, code, name, config, active, display_order, version, created_at, deleted_at
         FROM channel WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY display_order, name_folded, id",
    );
    let list = list.bind(tx.tenant());
    tx.all(list).await?.iter().map(read).collect()
}

/// The channels for new requests: active and not deleted, by display order, then name (REQ-1). Which of them are
/// licensed the caller knows.
pub async fn offered(tx: &mut ReadTx) -> Result<Vec<Channel>, StorageError> {
    let mut channels = list(tx).await?;
    channels.retain(|channel| channel.active);
    Ok(channels)
}

/// The secret fields by name. `None` when there is no such channel. Those of a deleted one stay: what was sent through it
/// is followed to its end.
pub async fn secrets(tx: &mut ReadTx, id: ChannelId) -> Result<Option<BTreeMap<String, SecretString>>, StorageError> {
    let find = query("SELECT sealed_secrets FROM channel WHERE tenant_id = $1 AND id = $2");
    let find = find.bind(tx.tenant()).bind(id);
    let Some(row) = tx.optional(find).await? else { return Ok(None) };
    tx.sealer_of(None, "channel", id).await?.open_json(&row, "sealed_secrets").map(Some)
}

/// The token of a channel's callbacks in this round. It follows from the tenant's key, so that nothing but its digest is kept.
fn token(tenant_key: &Key, channel: ChannelId, round: i64) -> SecretString {
    let bytes = tenant_key.digest("callback.token", format!("{channel}/{round}").as_bytes());
    let part = |from: usize| bytes.iter().skip(from).take(12).fold(0_u128, |sum, byte| sum << 8 | u128::from(*byte));
    SecretString::from(format!("{:024x}{:024x}", part(0), part(12)))
}

/// Lets the token of a round be found.
async fn add_address(tx: &mut WriteTx, channel: ChannelId, round: i64) -> Result<(), StorageError> {
    let digest = token_digest(token(&*tx.tenant_key().await?, channel, round).expose_secret().as_bytes());
    let add = query("INSERT INTO callback_address (tenant_id, channel_id, round, digest) VALUES ($1, $2, $3, $4)");
    tx.execute(add.bind(tx.tenant()).bind(channel).bind(round).bind(digest)).await.map(drop)
}

/// The present round of a channel's callbacks; 0 when there is no such channel, or it takes none yet.
pub async fn callback_round(tx: &mut ReadTx, id: ChannelId) -> Result<i64, StorageError> {
    let find = query("SELECT callback_round FROM channel WHERE tenant_id = $1 AND id = $2");
    let find = find.bind(tx.tenant()).bind(id);
    tx.optional(find).await?.map_or(Ok(0), |row| row.get("callback_round"))
}

/// The token in the address to which the provider of a channel sends its callbacks: 48 characters, a secret. `None` when
/// there is no such channel, or it takes none.
pub async fn callback_token(tx: &mut ReadTx, id: ChannelId) -> Result<Option<SecretString>, StorageError> {
    let round = callback_round(tx, id).await?;
    callback_token_of(tx, id, round).await
}

/// The token of that round; `None` for round 0, which is before the first.
pub async fn callback_token_of(
    tx: &mut ReadTx,
    id: ChannelId,
    round: i64,
) -> Result<Option<SecretString>, StorageError> {
    if round == 0 {
        return Ok(None);
    }
    Ok(Some(token(&*tx.tenant_key().await?, id, round)))
}

/// Gives the callbacks of a channel another token, provided that they still are in this round. The ones before are
/// remembered for the work that was given them. Says whether it did.
pub async fn rotate_callback(tx: &mut WriteTx, id: ChannelId, round: i64) -> Result<bool, StorageError> {
    let set = query(
        "UPDATE channel SET callback_round = $4
         WHERE tenant_id = $1 AND id = $2 AND callback_round = $3 AND deleted_at IS NULL",
    );
    let changed = tx.changes_one(set.bind(tx.tenant()).bind(id).bind(round).bind(round + 1)).await?;
    if changed {
        add_address(tx, id, round + 1).await?;
    }
    Ok(changed)
}

/// Replaces the public configuration, provided that the channel still has this version. Says whether it had.
pub async fn reconfigure(tx: &mut WriteTx, id: ChannelId, version: i64, config: &Value) -> Result<bool, StorageError> {
    let set = query(
        "UPDATE channel SET config = $4, version = version + 1
         WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL",
    );
    tx.changes_one(set.bind(tx.tenant()).bind(id).bind(version).bind(config.to_string())).await
}

/// What of a channel can change; its provider cannot.
#[derive(Debug)]
pub struct Change<'a> {
    /// Unique among the tenant's channels that are not deleted.
    pub code: &'a ChannelCode,
    /// The name on pages.
    pub name: &'a str,
    /// The public fields of the manifest's configuration.
    pub config: &'a Value,
    /// Its secret fields, by name.
    pub secrets: &'a BTreeMap<String, SecretString>,
    /// Whether it is offered for new requests.
    pub active: bool,
    /// Smaller comes first.
    pub display_order: i64,
}

/// Changes a channel that still has this version and is not deleted. Says whether it had.
///
/// # Errors
/// [`crate::Constraint::ChannelCode`] when the code is taken.
pub async fn change(tx: &mut WriteTx, id: ChannelId, version: i64, change: &Change<'_>) -> Result<bool, StorageError> {
    let sealed = seal(tx, id, change.secrets).await?;
    let set = query(
        "UPDATE channel SET code = $4, code_folded = $5, name = $6, name_folded = $7, config = $8, sealed_secrets = $9,
            active = $10, display_order = $11, version = version + 1
         WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL",
    )
    .bind(tx.tenant())
    .bind(id)
    .bind(version)
    .bind(change.code.as_str())
    .bind(change.code.folded())
    .bind(change.name)
    .bind(fold(change.name))
    .bind(change.config.to_string())
    .bind(sealed)
    .bind(change.active)
    .bind(change.display_order);
    Ok(tx.attempt(set).await? > 0)
}

/// Takes a channel out of every list; its row stays for the requests that used it (CHAN-7). `false` when it is gone already.
pub async fn remove(tx: &mut WriteTx, id: ChannelId, at: Timestamp) -> Result<bool, StorageError> {
    let set = query(
        "UPDATE channel SET deleted_at = $3, version = version + 1
         WHERE tenant_id = $1 AND id = $2 AND version > 0 AND deleted_at IS NULL",
    );
    tx.changes_one(set.bind(tx.tenant()).bind(id).bind(at)).await
}

/// How many requests that are not deleted use a channel, counted up to `most`.
pub async fn uses(tx: &mut ReadTx, id: ChannelId, most: u32) -> Result<u32, StorageError> {
    let count = query(
        "SELECT count(*) AS uses FROM (SELECT 1 AS one FROM request
            WHERE tenant_id = $1 AND channel_id = $2 AND deleted_at IS NULL LIMIT $3) r",
    );
    let row = tx.optional(count.bind(tx.tenant()).bind(id).bind(most)).await?.ok_or(StorageError::Corrupt("uses"))?;
    u32::try_from(row.get::<i64>("uses")?).map_err(|_| StorageError::Corrupt("uses"))
}
