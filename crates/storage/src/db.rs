//! The database, opened: its connections and the key that wraps all others.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use dossier_domain::{Scope, TenantId};
use dossier_vault::{Key, MasterKey};
use secrecy::SecretString;
use tokio::sync::broadcast;

use crate::dialect::{Pools, Purpose, postgres};
use crate::error::{OpenError, StorageError};
use crate::guards::{Guard, Guards};
use crate::query::query;
use crate::settings::Settings;
use crate::tx::{OperatorTx, ReadTx, SystemReadTx, SystemTx, Unit, WriteTx};

/// How many commits a listener may fall behind.
const COMMITS: usize = 1_024;

/// One open database. Clones share its connections.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

pub(crate) struct Inner {
    pools: Pools,
    pub(crate) master: MasterKey,
    keys: Mutex<HashMap<TenantId, Arc<Key>>>,
    guards: Guards,
    commits: broadcast::Sender<TenantId>,
}

impl Db {
    /// Opens what `settings` name. A SQLite file is made and migrated; a PostgreSQL database must have been, by
    /// [`migrate`].
    pub async fn open(settings: &Settings, master: MasterKey) -> Result<Self, OpenError> {
        let pools = Pools::open(settings).await?;
        let inner = Inner {
            pools,
            master,
            keys: Mutex::default(),
            guards: Guards::default(),
            commits: broadcast::channel(COMMITS).0,
        };
        let db = Self(Arc::new(inner));
        match db.check_key().await {
            Ok(()) => Ok(db),
            Err(refusal) => {
                db.close().await;
                Err(refusal)
            }
        }
    }

    /// The first key that opens an installation is its key for ever.
    async fn check_key(&self) -> Result<(), OpenError> {
        let fingerprint = self.0.master.fingerprint();
        let kept = query("SELECT key_fingerprint FROM installation");
        let found = match self.system_read().await?.optional(kept).await? {
            Some(row) => row.get("key_fingerprint")?,
            None => self.keep_key(&fingerprint).await?,
        };
        if found == fingerprint { Ok(()) } else { Err(OpenError::WrongKey) }
    }

    /// Keeps the fingerprint, and says which one stands when another process was first.
    async fn keep_key(&self, fingerprint: &str) -> Result<String, StorageError> {
        let mut tx = self.system().await?;
        let keep = query("INSERT INTO installation (one, key_fingerprint) VALUES (1, $1) ON CONFLICT (one) DO NOTHING");
        tx.execute(keep.bind(fingerprint)).await?;
        let found = tx.one(query("SELECT key_fingerprint FROM installation WHERE one = 1")).await?;
        tx.commit().await?;
        found.get("key_fingerprint")
    }

    async fn begin(&self, purpose: Purpose) -> Result<Unit, StorageError> {
        Ok(Unit::new(self.0.pools.begin(purpose, &self.0.guards).await?, self.0.guards.clone()))
    }

    async fn scoped(&self, purpose: Purpose, scope: Scope) -> Result<ReadTx, StorageError> {
        let mut unit = self.begin(purpose).await?;
        if self.0.guards.stand(Guard::TenantSetting) {
            unit.set_tenant(scope.tenant).await?;
        }
        Ok(ReadTx::new(unit, scope, Arc::clone(&self.0)))
    }

    /// Begins to read one tenant's rows, all as they are at one instant.
    pub async fn read(&self, scope: Scope) -> Result<ReadTx, StorageError> {
        self.scoped(Purpose::Read, scope).await
    }

    /// Begins to write one tenant's rows. Dropped without commit, nothing happened.
    pub async fn write(&self, scope: Scope) -> Result<WriteTx, StorageError> {
        self.scoped(Purpose::Write, scope).await.map(WriteTx::new)
    }

    /// Begins one of the few things that happen before a tenant is known, to read; see [`crate::system`].
    pub async fn system_read(&self) -> Result<SystemReadTx, StorageError> {
        self.begin(Purpose::SystemRead).await.map(SystemReadTx::new)
    }

    /// Begins one of the few things that happen outside any tenant, to write; see [`crate::system`].
    pub async fn system(&self) -> Result<SystemTx, StorageError> {
        self.begin(Purpose::SystemWrite).await.map(SystemReadTx::new).map(SystemTx::new)
    }

    /// Begins to write what the operator decides about one tenant, which may be yet to be made; see [`crate::system`].
    pub async fn operate(&self, scope: Scope) -> Result<OperatorTx, StorageError> {
        self.scoped(Purpose::SystemWrite, scope).await.map(WriteTx::new).map(OperatorTx::new)
    }

    /// Whose rows this process has written, told after each commit from now on. A hint only: other processes write too, and
    /// who is slow to listen misses some.
    pub fn commits(&self) -> broadcast::Receiver<TenantId> {
        self.0.commits.subscribe()
    }

    /// Closes the connections when their transactions have ended.
    pub async fn close(&self) {
        self.0.pools.close().await;
    }

    /// The rules that tests can switch off.
    #[cfg(feature = "switches")]
    pub fn guards(&self) -> &Guards {
        &self.0.guards
    }
}

impl Inner {
    /// Tells whoever listens that rows of this tenant were written.
    pub(crate) fn committed(&self, tenant: TenantId) {
        // Nobody listening is no fault.
        let _ = self.commits.send(tenant);
    }

    pub(crate) fn cached_key(&self, tenant: TenantId) -> Option<Arc<Key>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned()
    }

    pub(crate) fn cache_key(&self, tenant: TenantId, key: &Arc<Key>) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant, Arc::clone(key));
    }
}

/// Nothing of the keys or addresses within.
impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Db")
    }
}

/// Whether `settings` name a database that already holds an installation. Creates nothing.
pub async fn exists(settings: &Settings) -> Result<bool, OpenError> {
    Pools::exist(settings).await
}

/// Brings the schema of a PostgreSQL database to this program's version. `owner_url` is the address as the role that owns
/// the database; the roles `dossier_app` and `dossier_system` must exist ([`crate::ROLES`]).
pub async fn migrate(owner_url: &SecretString) -> Result<(), OpenError> {
    postgres::migrate(owner_url).await
}
