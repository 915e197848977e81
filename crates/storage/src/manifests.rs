//! The texts of providers' manifests, kept for ever, so that a run is followed and shown by the text that it began with.
//! They belong to no tenant: every tenant's runs name the same text.

use crate::error::StorageError;
use crate::query::query;
use crate::tx::{ReadTx, WriteTx};

/// A manifest's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestText {
    /// Hex SHA-256 of the text.
    pub digest: String,
    /// The manifest's own key, such as `intouch`.
    pub key: String,
    /// The manifest's own version.
    pub version: String,
    /// The text as it was read.
    pub text: String,
}

/// Keeps a text, unless it is kept already.
pub async fn keep(tx: &mut WriteTx, manifest: &ManifestText) -> Result<(), StorageError> {
    let keep =
        query("INSERT INTO manifest (digest, key, version, text) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
            .bind(manifest.digest.as_str())
            .bind(manifest.key.as_str())
            .bind(manifest.version.as_str())
            .bind(manifest.text.as_str());
    tx.execute(keep).await.map(drop)
}

/// The text of this digest.
pub async fn find(tx: &mut ReadTx, digest: &str) -> Result<Option<ManifestText>, StorageError> {
    let find = query("SELECT digest, key, version, text FROM manifest WHERE digest = $1").bind(digest);
    let Some(row) = tx.optional(find).await? else { return Ok(None) };
    let (digest, key) = (row.get("digest")?, row.get("key")?);
    Ok(Some(ManifestText { digest, key, version: row.get("version")?, text: row.get("text")? }))
}
