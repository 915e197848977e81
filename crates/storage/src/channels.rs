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

/// Adds a channel.
///
/// # Errors
/// [`crate::Constraint::ChannelCode`] when the code is taken.
pub async fn add(tx: &mut WriteTx, channel: &NewChannel<'_>) -> Result<(), StorageError> {
    let secrets: BTreeMap<&str, &str> =
        channel.secrets.iter().map(|(name, secret)| (name.as_str(), secret.expose_secret())).collect();
    let sealed = tx.sealer_of(None, "channel", channel.id).await?.seal_json("sealed_secrets", &secrets)?;
    let add = query(
        "INSERT INTO channel (tenant_id, id, handler, code, code_folded, name, name_folded, config, sealed_secrets, active,
            display_order, version, created_at, callback_round)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, 1)",
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
    tx.attempt(add).await?;
    add_address(tx, channel.id, 1).await
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
         FROM channel WHERE tenant_id = $1 AND id = $2",
    );
    let find = find.bind(tx.tenant()).bind(id);
    tx.optional(find).await?.as_ref().map(read).transpose()
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

/// Gives the callbacks of a channel another token. The ones before are remembered for the work that was given them. Says
/// whether there is such a channel.
pub async fn rotate_callback(tx: &mut WriteTx, id: ChannelId) -> Result<bool, StorageError> {
    let find = query("SELECT callback_round FROM channel WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL");
    let Some(row) = tx.lock(find.bind(tx.tenant()).bind(id)).await? else { return Ok(false) };
    let round = row.get::<i64>("callback_round")? + 1;
    let set = query("UPDATE channel SET callback_round = $3 WHERE tenant_id = $1 AND id = $2");
    tx.execute(set.bind(tx.tenant()).bind(id).bind(round)).await?;
    add_address(tx, id, round).await?;
    Ok(true)
}

/// Replaces the public configuration, provided that the channel still has this version. Says whether it had.
pub async fn reconfigure(tx: &mut WriteTx, id: ChannelId, version: i64, config: &Value) -> Result<bool, StorageError> {
    let set = query(
        "UPDATE channel SET config = $4, version = version + 1
         WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL",
    );
    tx.changes_one(set.bind(tx.tenant()).bind(id).bind(version).bind(config.to_string())).await
}
