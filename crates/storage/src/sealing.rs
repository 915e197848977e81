//! Sealed columns: plain values go in and come out here, and nowhere else do they meet a key.
//!
//! The associated data of a sealed value names its table, column, tenant and row, so that a value moved elsewhere does
//! not open.

use std::sync::Arc;

use dossier_domain::{RequestId, TenantId};
use dossier_vault::Key;
use uuid::Uuid;

use crate::dialect::Row;
use crate::error::StorageError;
use crate::tx::ReadTx;

/// Seals and opens the columns of one row.
pub(crate) struct Sealer {
    key: Arc<Key>,
    table: &'static str,
    tenant: TenantId,
    row: Uuid,
}

impl ReadTx {
    /// For a row that belongs to `request`.
    pub(crate) async fn sealer(
        &mut self,
        request: RequestId,
        table: &'static str,
        row: impl Into<Uuid>,
    ) -> Result<Sealer, StorageError> {
        Ok(Sealer { key: self.request_key(request).await?, table, tenant: self.tenant(), row: row.into() })
    }

    /// For a row that belongs to a request, or else to the tenant alone.
    pub(crate) async fn sealer_of(
        &mut self,
        request: Option<RequestId>,
        table: &'static str,
        row: impl Into<Uuid>,
    ) -> Result<Sealer, StorageError> {
        let key = match request {
            Some(request) => self.request_key(request).await?,
            None => self.tenant_key().await?,
        };
        Ok(Sealer { key, table, tenant: self.tenant(), row: row.into() })
    }
}

impl Sealer {
    fn context(&self, column: &'static str) -> Vec<u8> {
        format!("{}.{column}/{}/{}", self.table, self.tenant, self.row.hyphenated()).into_bytes()
    }

    pub(crate) fn seal(&self, column: &'static str, plain: &[u8]) -> Result<Vec<u8>, StorageError> {
        self.key.seal(&self.context(column), plain).map_err(|_| StorageError::Sealed)
    }

    pub(crate) fn seal_json<T: serde::Serialize>(
        &self,
        column: &'static str,
        value: &T,
    ) -> Result<Vec<u8>, StorageError> {
        let text = serde_json::to_vec(value).map_err(|_| StorageError::Corrupt(column))?;
        self.seal(column, &text)
    }

    /// The value of a sealed column of `row`.
    pub(crate) fn open(&self, row: &Row, column: &'static str) -> Result<Vec<u8>, StorageError> {
        let sealed: Vec<u8> = row.get(column)?;
        self.open_bytes(column, &sealed)
    }

    pub(crate) fn open_optional(&self, row: &Row, column: &'static str) -> Result<Option<Vec<u8>>, StorageError> {
        let sealed: Option<Vec<u8>> = row.get(column)?;
        sealed.map(|sealed| self.open_bytes(column, &sealed)).transpose()
    }

    pub(crate) fn open_text(&self, row: &Row, column: &'static str) -> Result<String, StorageError> {
        String::from_utf8(self.open(row, column)?).map_err(|_| StorageError::Corrupt(column))
    }

    pub(crate) fn open_json<T: serde::de::DeserializeOwned>(
        &self,
        row: &Row,
        column: &'static str,
    ) -> Result<T, StorageError> {
        serde_json::from_slice(&self.open(row, column)?).map_err(|_| StorageError::Corrupt(column))
    }

    pub(crate) fn open_bytes(&self, column: &'static str, sealed: &[u8]) -> Result<Vec<u8>, StorageError> {
        self.key.open(&self.context(column), sealed).map_err(|_| StorageError::Sealed)
    }
}
