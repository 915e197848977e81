//! Where the bytes of files lie: sealed, outside the database. Nothing here is called inside a transaction.

use std::fs::DirBuilder;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use dossier_domain::{AttachmentId, RequestId, TenantId, Timestamp};
use futures_util::TryStreamExt;
use object_store::aws::AmazonS3Builder;
pub use object_store::client::HttpService;
use object_store::client::{HttpClient, HttpConnector};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Place;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use secrecy::{ExposeSecret, SecretString};

use crate::attachments::{Blob, FileKey, Part};
use crate::error::{OpenError, StorageError};

/// How long a call of the store is tried again.
const PATIENCE: Duration = Duration::from_secs(10);

/// A store of sealed bytes. Clones share it.
#[derive(Clone, Debug)]
pub struct BlobStore(Arc<dyn ObjectStore>);

/// A bucket of an S3-compatible service, and as whom it is used.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// The service, such as `https://s3.example.org`. Only what is on this machine may be reached without TLS; that is
    /// checked where it is configured.
    pub endpoint: String,
    /// Its region, such as `eu-west-1`.
    pub region: String,
    /// Whose key.
    pub access_key: String,
    /// The key.
    pub secret_key: SecretString,
    /// Whether the bucket stands in the path of an address instead of in its host.
    pub path_style: bool,
}

/// Hands out the one client that there is.
#[derive(Debug)]
struct Ready(HttpClient);

impl HttpConnector for Ready {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(self.0.clone())
    }
}

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

    /// A store in a bucket. All calls go by `client`, which decides about certificates, proxies and time limits.
    ///
    /// # Errors
    /// [`OpenError::Bucket`] when the address is none. Nothing is called yet.
    pub fn s3(bucket: &Bucket, client: impl HttpService) -> Result<Self, OpenError> {
        let store = AmazonS3Builder::new()
            .with_bucket_name(&bucket.name)
            .with_endpoint(&bucket.endpoint)
            .with_region(&bucket.region)
            .with_access_key_id(&bucket.access_key)
            .with_secret_access_key(bucket.secret_key.expose_secret())
            .with_virtual_hosted_style_request(!bucket.path_style)
            .with_allow_http(true)
            // Some services know no removal of several at once, and an operator would have to allow a POST.
            .with_disable_bulk_delete(true)
            // A put that is repeated puts the same sealed bytes in the same place.
            .with_retry(RetryConfig { max_retries: 3, retry_timeout: PATIENCE, ..RetryConfig::default() })
            .with_http_connector(Ready(HttpClient::new(client)))
            .build();
        store.map(|store| Self(Arc::new(store))).map_err(|_| OpenError::Bucket(bucket.name.clone()))
    }

    /// Whether the store can be written, read and cleared: something without meaning is put and removed.
    ///
    /// # Errors
    /// [`StorageError::Files`]
    pub async fn probe(&self) -> Result<(), StorageError> {
        let (key, bytes) = ("probe", b"Dossier was here".to_vec());
        self.write(key, bytes.clone()).await?;
        let read = self.read(key).await?;
        self.remove(key).await?;
        if read == bytes { Ok(()) } else { Err(StorageError::Files("it gives back something else than was put")) }
    }

    /// Seals and stores the bytes of a file. Put before its row is added; without a row they are of no use to anybody.
    pub async fn put(&self, file: &FileKey, bytes: &[u8]) -> Result<Blob, StorageError> {
        let key = file.place();
        self.write(&key, file.seal(Part::Whole, bytes)?).await?;
        Ok(Blob { key, size: bytes.len() as u64, digest: file.digest(bytes) })
    }

    /// The bytes of a file, opened and compared with what was stored of them.
    ///
    /// # Errors
    /// [`StorageError::Sealed`] when they were changed or moved.
    pub async fn get(&self, file: &FileKey, blob: &Blob) -> Result<Vec<u8>, StorageError> {
        let bytes = file.open(Part::Whole, &self.read(&blob.key).await?)?;
        if file.digest(&bytes) == blob.digest { Ok(bytes) } else { Err(StorageError::Sealed) }
    }

    /// Seals and stores the picture that is shown of a file, beside its bytes. It has no row of its own: it can be made
    /// again from them, goes with them, and is found by nobody who does not find the file.
    pub async fn put_preview(&self, file: &FileKey, bytes: &[u8]) -> Result<(), StorageError> {
        self.write(&beside(&file.place()), file.seal(Part::Preview, bytes)?).await
    }

    /// The picture that is shown of a file.
    ///
    /// # Errors
    /// [`StorageError::Sealed`] when it was changed or moved.
    pub async fn get_preview(&self, file: &FileKey) -> Result<Vec<u8>, StorageError> {
        file.open(Part::Preview, &self.read(&beside(&file.place())).await?)
    }

    async fn write(&self, key: &str, sealed: Vec<u8>) -> Result<(), StorageError> {
        self.0.put(&Place::from(key), sealed.into()).await.map(drop).map_err(|error| match error {
            object_store::Error::NotFound { .. } => {
                StorageError::Files("there is no place for files: its bucket is gone")
            }
            error => failed(&error),
        })
    }

    async fn read(&self, key: &str) -> Result<Vec<u8>, StorageError> {
        let stored = self.0.get(&Place::from(key)).await.map_err(|error| failed(&error))?;
        stored.bytes().await.map(Vec::from).map_err(|error| failed(&error))
    }

    /// Whether there are bytes under `key`.
    pub async fn has(&self, key: &str) -> Result<bool, StorageError> {
        match self.0.head(&Place::from(key)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed(&error)),
        }
    }

    /// What lies in the store under names of this tenant's files since `before`, or longer, by the store's own clock.
    pub(crate) async fn lying(&self, tenant: TenantId, before: Timestamp) -> Result<Vec<Lying>, StorageError> {
        let mut all = self.0.list(Some(&Place::from(tenant.to_string())));
        let mut found = Vec::new();
        while let Some(object) = all.try_next().await.map_err(|error| failed(&error))? {
            let put_at = Timestamp::from_micros(object.last_modified.timestamp_micros());
            found.extend(Lying::under(object.location.as_ref()).filter(|_| put_at <= before));
        }
        Ok(found)
    }

    /// Removes the bytes that lie under `key`, and the picture that is shown of them, if they are still there.
    pub async fn remove(&self, key: &str) -> Result<(), StorageError> {
        for key in [&beside(key), key] {
            match self.0.delete(&Place::from(key)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        Ok(())
    }
}

/// What lies in the store under the name of a file.
pub(crate) struct Lying {
    /// The name of its bytes, also of what lies beside them.
    pub(crate) key: String,
    /// Of which request.
    pub(crate) request: RequestId,
    /// Which file.
    pub(crate) file: AttachmentId,
}

impl Lying {
    fn under(name: &str) -> Option<Self> {
        let key = name.strip_suffix(BESIDE).unwrap_or(name);
        let (place, file) = key.rsplit_once('/')?;
        let (_, request) = place.split_once('/')?;
        Some(Self { key: key.to_owned(), request: request.parse().ok()?, file: file.parse().ok()? })
    }
}

/// How the name of a picture ends that is shown of a file.
const BESIDE: &str = ".preview";

/// Where the picture lies that is shown of the file under `key`.
fn beside(key: &str) -> String {
    format!("{key}{BESIDE}")
}

/// The store's own words name paths of the machine; they are left out.
fn failed(error: &object_store::Error) -> StorageError {
    match error {
        object_store::Error::NotFound { .. } => StorageError::FileMissing,
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
            StorageError::Files("it refuses the keys, or what they may do")
        }
        _ => StorageError::Files("it does not answer as it should"),
    }
}
