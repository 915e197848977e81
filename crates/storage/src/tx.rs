//! Transactions. A tenant's rows are reached through [`ReadTx`] and [`WriteTx`] only, which know their tenant.

use std::collections::HashMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use dossier_domain::{RequestId, Scope, TenantId};
use dossier_vault::Key;

use crate::db::Inner;
use crate::dialect::{Lock, Row, Tx};
use crate::error::StorageError;
use crate::guards::{Guard, Guards};
use crate::query::{Query, query};

/// One transaction of either database, with the rules that hold for its statements.
pub(crate) struct Unit {
    tx: Tx,
    guards: Guards,
    failed: bool,
}

impl Unit {
    pub(crate) fn new(tx: Tx, guards: Guards) -> Self {
        Self { tx, guards, failed: false }
    }

    pub(crate) async fn set_tenant(&mut self, tenant: TenantId) -> Result<(), StorageError> {
        self.tx.set_tenant(tenant.to_string()).await
    }

    fn seen<T>(&mut self, done: Result<T, StorageError>) -> Result<T, StorageError> {
        self.failed |= done.is_err();
        done
    }

    async fn all(&mut self, query: Query) -> Result<Vec<Row>, StorageError> {
        self.guards.note(query.text());
        let done = self.tx.all(query).await;
        self.seen(done)
    }

    async fn optional(&mut self, query: Query) -> Result<Option<Row>, StorageError> {
        self.guards.note(query.text());
        let done = self.tx.optional(query).await;
        self.seen(done)
    }

    async fn lock(&mut self, query: Query, lock: Lock) -> Result<Option<Row>, StorageError> {
        if !self.guards.stand(Guard::RowLocks) {
            return self.optional(query).await;
        }
        self.guards.note(query.text());
        let done = self.tx.lock(query, lock).await;
        self.seen(done)
    }

    async fn execute(&mut self, query: Query) -> Result<u64, StorageError> {
        self.guards.note(query.text());
        let done = self.tx.execute(query).await;
        self.seen(done)
    }

    /// Runs a statement that may be refused: on PostgreSQL a refused statement ends its transaction unless a savepoint
    /// stands before it.
    async fn attempt(&mut self, statement: Query) -> Result<u64, StorageError> {
        if !self.guards.stand(Guard::Savepoints) {
            return self.execute(statement).await;
        }
        self.execute(query("SAVEPOINT attempt")).await?;
        let before = self.failed;
        let done = self.execute(statement).await;
        if done.is_err() {
            self.execute(query("ROLLBACK TO SAVEPOINT attempt")).await?;
            self.failed = before;
        }
        self.execute(query("RELEASE SAVEPOINT attempt")).await?;
        done
    }

    /// After a failed statement PostgreSQL answers COMMIT with a silent rollback, and SQLite keeps the half that went
    /// well: neither is what the caller was told.
    async fn commit(self) -> Result<(), StorageError> {
        if self.failed {
            return Err(StorageError::Db("a statement of this transaction had failed, so nothing was kept".to_owned()));
        }
        self.tx.commit().await
    }
}

/// Reads one tenant's rows as they are at one instant.
pub struct ReadTx {
    unit: Unit,
    scope: Scope,
    db: Arc<Inner>,
    request_keys: HashMap<RequestId, Arc<Key>>,
}

impl ReadTx {
    pub(crate) fn new(unit: Unit, scope: Scope, db: Arc<Inner>) -> Self {
        Self { unit, scope, db, request_keys: HashMap::new() }
    }

    /// Whether a rule of this database stands.
    pub(crate) fn stands(&self, guard: Guard) -> bool {
        self.unit.guards.stand(guard)
    }

    /// Whose rows.
    pub fn tenant(&self) -> TenantId {
        self.scope.tenant
    }

    pub(crate) async fn all(&mut self, query: Query) -> Result<Vec<Row>, StorageError> {
        self.unit.all(query).await
    }

    pub(crate) async fn optional(&mut self, query: Query) -> Result<Option<Row>, StorageError> {
        self.unit.optional(query).await
    }

    /// The tenant's key, read once for each opened database.
    pub(crate) async fn tenant_key(&mut self) -> Result<Arc<Key>, StorageError> {
        let tenant = self.tenant();
        if let Some(key) = self.db.cached_key(tenant) {
            return Ok(key);
        }
        let find = query("SELECT wrapped_key FROM tenant WHERE tenant_id = $1").bind(tenant);
        let row = self.optional(find).await?.ok_or(StorageError::Sealed)?;
        let wrapped: Vec<u8> = row.get("wrapped_key")?;
        let key = self.db.master.unwrap(&wrapped, &tenant_key_context(tenant)).map_err(|_| StorageError::Sealed)?;
        let key = Arc::new(key);
        self.db.cache_key(tenant, &key);
        Ok(key)
    }

    /// A request's key, read once for each transaction: erased, it must not live on in memory.
    pub(crate) async fn request_key(&mut self, request: RequestId) -> Result<Arc<Key>, StorageError> {
        if let Some(key) = self.request_keys.get(&request) {
            return Ok(Arc::clone(key));
        }
        let tenant = self.tenant();
        let find = query("SELECT wrapped_key FROM request_key WHERE tenant_id = $1 AND request_id = $2");
        let row = self.optional(find.bind(tenant).bind(request)).await?.ok_or(StorageError::Sealed)?;
        let wrapped: Vec<u8> = row.get("wrapped_key")?;
        let tenant_key = self.tenant_key().await?;
        let key =
            tenant_key.unwrap(&wrapped, &request_key_context(tenant, request)).map_err(|_| StorageError::Sealed)?;
        let key = Arc::new(key);
        self.request_keys.insert(request, Arc::clone(&key));
        Ok(key)
    }
}

/// What binds a wrapped tenant key to its row.
pub(crate) fn tenant_key_context(tenant: TenantId) -> Vec<u8> {
    format!("tenant.wrapped_key/{tenant}").into_bytes()
}

/// What binds a wrapped request key to its row.
pub(crate) fn request_key_context(tenant: TenantId, request: RequestId) -> Vec<u8> {
    format!("request_key.wrapped_key/{tenant}/{request}").into_bytes()
}

/// Reads and writes one tenant's rows. Dropped without [`WriteTx::commit`], nothing happened.
#[derive(Debug)]
pub struct WriteTx(ReadTx);

impl WriteTx {
    pub(crate) fn new(tx: ReadTx) -> Self {
        Self(tx)
    }

    /// Makes the writes durable: returns when they are.
    pub async fn commit(self) -> Result<(), StorageError> {
        let ReadTx { unit, scope, db, .. } = self.0;
        unit.commit().await?;
        db.committed(scope.tenant);
        Ok(())
    }

    /// Reads a row that is about to change, so that nobody else changes it meanwhile.
    pub(crate) async fn lock(&mut self, query: Query) -> Result<Option<Row>, StorageError> {
        self.0.unit.lock(query, Lock::Wait).await
    }

    pub(crate) async fn execute(&mut self, query: Query) -> Result<u64, StorageError> {
        self.0.unit.execute(query).await
    }

    /// Runs a statement that may be refused with [`StorageError::Conflict`]; the transaction can go on.
    pub(crate) async fn attempt(&mut self, query: Query) -> Result<u64, StorageError> {
        self.0.unit.attempt(query).await
    }

    /// Runs a statement that changes the one row it is meant for, or none because that row has moved on.
    pub(crate) async fn changes_one(&mut self, query: Query) -> Result<bool, StorageError> {
        Ok(self.execute(query).await? > 0)
    }
}

impl Deref for WriteTx {
    type Target = ReadTx;

    fn deref(&self) -> &ReadTx {
        &self.0
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut ReadTx {
        &mut self.0
    }
}

/// Writes what the operator decides about one tenant, as the system role: the only one that may make tenants and licences.
/// It is a [`WriteTx`] too, so that the line of the audit stands in the same transaction.
#[derive(Debug)]
pub struct OperatorTx(WriteTx);

impl OperatorTx {
    pub(crate) fn new(tx: WriteTx) -> Self {
        Self(tx)
    }

    /// Makes the writes durable: returns when they are.
    pub async fn commit(self) -> Result<(), StorageError> {
        self.0.commit().await
    }

    /// A new key for the tenant, wrapped by the installation's.
    pub(crate) fn make_tenant_key(&self) -> Vec<u8> {
        self.db.master.wrap(&Key::generate(), &tenant_key_context(self.tenant()))
    }
}

impl Deref for OperatorTx {
    type Target = WriteTx;

    fn deref(&self) -> &WriteTx {
        &self.0
    }
}

impl DerefMut for OperatorTx {
    fn deref_mut(&mut self) -> &mut WriteTx {
        &mut self.0
    }
}

/// Reads what is needed before a tenant is known; only [`crate::system`] has statements for it.
pub struct SystemReadTx(Unit);

impl SystemReadTx {
    pub(crate) fn new(unit: Unit) -> Self {
        Self(unit)
    }

    pub(crate) async fn all(&mut self, query: Query) -> Result<Vec<Row>, StorageError> {
        self.0.all(query).await
    }

    pub(crate) async fn optional(&mut self, query: Query) -> Result<Option<Row>, StorageError> {
        self.0.optional(query).await
    }

    /// The one row that must be there.
    pub(crate) async fn one(&mut self, query: Query) -> Result<Row, StorageError> {
        self.optional(query).await?.ok_or(StorageError::Corrupt("a row that must be there"))
    }
}

/// Writes what belongs to no tenant, or to all of them; only [`crate::system`] has statements for it.
#[derive(Debug)]
pub struct SystemTx(SystemReadTx);

impl SystemTx {
    pub(crate) fn new(tx: SystemReadTx) -> Self {
        Self(tx)
    }

    /// Makes the writes durable: returns when they are.
    pub async fn commit(self) -> Result<(), StorageError> {
        self.0.0.commit().await
    }

    pub(crate) async fn execute(&mut self, query: Query) -> Result<u64, StorageError> {
        self.0.0.execute(query).await
    }

    /// Reads a row that is about to change, passing over those that another worker holds.
    pub(crate) async fn lock_free(&mut self, query: Query) -> Result<Option<Row>, StorageError> {
        self.0.0.lock(query, Lock::Skip).await
    }
}

impl Deref for SystemTx {
    type Target = SystemReadTx;

    fn deref(&self) -> &SystemReadTx {
        &self.0
    }
}

impl DerefMut for SystemTx {
    fn deref_mut(&mut self) -> &mut SystemReadTx {
        &mut self.0
    }
}

/// Only whose: never a key.
impl fmt::Debug for ReadTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadTx({})", self.scope.tenant)
    }
}

impl fmt::Debug for SystemReadTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemReadTx")
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inner")
    }
}
