//! Where the bytes of files lie: sealed, outside the database. Nothing here is called inside a transaction.

use std::fs::DirBuilder;
use std::path::Path;
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path as Place;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::attachments::{Blob, FileKey};
use crate::error::{OpenError, StorageError};

/// A store of sealed bytes. Clones share it.
#[derive(Clone, Debug)]
pub struct BlobStore(Arc<dyn ObjectStore>);

impl BlobStore {
    /// A store in a folder of this machine, which is made when it is missing, for its owner only.
    pub fn local(folder: &Path) -> Result<Self, OpenError> {
        let failed = |reason: String| OpenError::Folder { path: folder.to_owned(), reason };
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(|error| failed(error.to_string()))?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| failed(error.to_string()))?;
        // The row that names a file is committed after its bytes, so they must have reached the disk.
        Ok(Self(Arc::new(store.with_fsync(true))))
    }

    /// Seals and stores the bytes of a file. Put before its row is added; without a row they are of no use to anybody.
    pub async fn put(&self, file: &FileKey, bytes: &[u8]) -> Result<Blob, StorageError> {
        let key = file.place();
        let sealed = file.seal(bytes)?;
        self.0.put(&Place::from(key.as_str()), sealed.into()).await.map_err(|error| failed(&error))?;
        Ok(Blob { key, size: bytes.len() as u64, digest: file.digest(bytes) })
    }

    /// The bytes of a file, opened and compared with what was stored of them.
    ///
    /// # Errors
    /// [`StorageError::Sealed`] when they were changed or moved.
    pub async fn get(&self, file: &FileKey, blob: &Blob) -> Result<Vec<u8>, StorageError> {
        let stored = self.0.get(&Place::from(blob.key.as_str())).await.map_err(|error| failed(&error))?;
        let sealed = stored.bytes().await.map_err(|error| failed(&error))?;
        let bytes = file.open(&sealed)?;
        if file.digest(&bytes) == blob.digest { Ok(bytes) } else { Err(StorageError::Sealed) }
    }

    /// Whether there are bytes under `key`.
    pub async fn has(&self, key: &str) -> Result<bool, StorageError> {
        match self.0.head(&Place::from(key)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Removes the bytes that lie under `key`, if they are still there.
    pub async fn remove(&self, key: &str) -> Result<(), StorageError> {
        match self.0.delete(&Place::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(&error)),
        }
    }
}

/// The store's own words name paths of the machine; they are left out.
fn failed(error: &object_store::Error) -> StorageError {
    match error {
        object_store::Error::NotFound { .. } => StorageError::Corrupt("blob_key"),
        _ => StorageError::Db("the store of files failed".to_owned()),
    }
}
