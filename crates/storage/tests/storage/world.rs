//! A tenant with a channel, a person and a manifest, and short ways to add what a test is about.

use std::collections::BTreeMap;
use std::time::Duration;

use dossier_domain::{
    BuiltInRole, ChannelCode, ChannelId, Clock, Email, Entropy, ExchangeId, Ids, Local, Reference, RequestId, ResultId,
    RoleId, RunId, RunState, Scope, TenantId, Timestamp, UserId, Verdict,
};
use dossier_storage::channels::NewChannel;
use dossier_storage::exchanges::NewExchange;
use dossier_storage::manifests::ManifestText;
use dossier_storage::requests::NewRequest;
use dossier_storage::results::RunResult;
use dossier_storage::runs::{Effect, Key, NewRun, Patch};
use dossier_storage::tenants::Tenant;
use dossier_storage::testing::{self, TestDb};
use dossier_storage::users::NewUser;
use dossier_storage::{
    By, Db, ReadTx, StorageError, WriteTx, channels, exchanges, manifests, requests, results, roles, runs, system,
    users,
};
use secrecy::SecretString;
use serde_json::{Value, json};

pub(crate) const MANIFEST: &str = "a-digest-of-a-manifest";

pub(crate) struct World {
    pub(crate) test: TestDb,
    pub(crate) db: Db,
    pub(crate) ids: Ids,
    pub(crate) scope: Scope,
    pub(crate) channel: ChannelId,
    pub(crate) user: UserId,
    pub(crate) by: By,
}

/// A database with one tenant.
pub(crate) async fn world() -> World {
    let test = testing::database().await;
    let ids = Ids { clock: Clock::manual(at(0)), entropy: Entropy::seeded(7) };
    let db = test.db.clone();
    let (scope, user, channel) = tenant(&db, &ids, "Karoo Bank", "thandi@karoo.example").await;
    let by = By { id: Some(user.into()), name: "Thandi Maseko".to_owned() };
    World { test, db, ids, scope, channel, user, by }
}

/// `seconds` after the beginning of the test's time.
pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_micros(1_764_000_000_000_000).plus(Duration::from_secs(seconds))
}

/// Adds a tenant with its built-in roles, an administrator, a channel and a manifest.
pub(crate) async fn tenant(db: &Db, ids: &Ids, name: &str, email: &str) -> (Scope, UserId, ChannelId) {
    let id: TenantId = next(ids);
    let scope = Scope::of(id);
    let mut tx = db.operate(scope).await.unwrap();
    let local = Local { time_zone: "Africa/Johannesburg".into(), ..Local::UTC };
    let (name, version) = (name.to_owned(), 1);
    let tenant = Tenant { id, name, local, create_needs_execute: false, version, created_at: at(0) };
    system::add_tenant(&mut tx, &tenant).await.unwrap();
    tx.commit().await.unwrap();
    let (user, channel) = (next(ids), next(ids));
    let mut tx = db.write(scope).await.unwrap();
    let mut administrator = None;
    for &role in BuiltInRole::ALL {
        let id: RoleId = next(ids);
        roles::add_built_in(&mut tx, id, role).await.unwrap();
        administrator = administrator.or((role == BuiltInRole::Administrator).then_some(id));
    }
    add_user(&mut tx, user, email, "Thandi Maseko", &[administrator.unwrap()]).await.unwrap();
    add_channel(&mut tx, channel, "intouch-live", 0).await.unwrap();
    let manifest = ManifestText {
        digest: MANIFEST.to_owned(),
        key: "intouch".to_owned(),
        version: "1".to_owned(),
        text: "key: intouch".to_owned(),
    };
    manifests::keep(&mut tx, &manifest).await.unwrap();
    tx.commit().await.unwrap();
    (scope, user, channel)
}

/// An id that sorts after all earlier ones.
pub(crate) fn next<T: From<uuid::Uuid>>(ids: &Ids) -> T {
    ids.clock.advance(Duration::from_micros(1));
    ids.make()
}

pub(crate) async fn add_user(
    tx: &mut WriteTx,
    id: UserId,
    email: &str,
    name: &str,
    roles: &[RoleId],
) -> Result<(), StorageError> {
    let email = Email::parse(email).unwrap();
    let password_hash = SecretString::from("$argon2id$invented");
    let user = NewUser { id, email: &email, name, password_hash: &password_hash, roles, created_at: at(0) };
    users::add(tx, &user).await
}

pub(crate) async fn add_channel(tx: &mut WriteTx, id: ChannelId, code: &str, order: i64) -> Result<(), StorageError> {
    let channel = NewChannel {
        id,
        handler: "intouch",
        code: &ChannelCode::parse(code).unwrap(),
        name: &format!("Channel {code}"),
        config: &json!({"base_url": "https://provider.example"}),
        secrets: &BTreeMap::from([("client_secret".to_owned(), SecretString::from("umbrella-stand-41"))]),
        active: true,
        display_order: order,
        created_at: at(0),
    };
    channels::add(tx, &channel).await.map(drop)
}

impl World {
    pub(crate) async fn read(&self) -> ReadTx {
        self.db.read(self.scope).await.unwrap()
    }

    pub(crate) async fn write(&self) -> WriteTx {
        self.db.write(self.scope).await.unwrap()
    }

    pub(crate) fn id<T: From<uuid::Uuid>>(&self) -> T {
        next(&self.ids)
    }

    pub(crate) fn on_sqlite(&self) -> bool {
        self.test.file().is_some()
    }

    pub(crate) async fn request(&self, reference: &str) -> RequestId {
        self.request_of(self.channel, reference).await
    }

    pub(crate) async fn request_of(&self, channel: ChannelId, reference: &str) -> RequestId {
        let id = self.id();
        let mut tx = self.write().await;
        let reference = Reference::parse(reference).unwrap();
        let new = NewRequest { id, channel, reference: &reference, key: None, created_at: at(0), by: &self.by };
        requests::add(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A queued run of `action`, committed.
    pub(crate) async fn run(&self, request: RequestId, action: &str) -> RunId {
        let id = self.id();
        let mut tx = self.write().await;
        add_run(&mut tx, &self.by, id, request, action, None).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub(crate) async fn move_to(&self, run: RunId, from: RunState, to: RunState) -> bool {
        let mut tx = self.write().await;
        let moved = runs::move_to(&mut tx, run, from, to, Patch::default()).await.unwrap();
        tx.commit().await.unwrap();
        moved
    }

    pub(crate) fn result(&self, request: RequestId, run: RunId, action: &str, outputs: Value) -> RunResult {
        RunResult {
            id: self.id::<ResultId>(),
            run,
            request,
            action: action.to_owned(),
            raw: br#"{"name":"Naledi Khumalo"}"#.to_vec(),
            content_type: "application/json".to_owned(),
            display: json!({"summary": "Naledi Khumalo was found"}),
            outputs,
            verdict: Verdict::Pass,
            executed_at: at(5),
            by: self.by.clone(),
            took: Duration::from_millis(412),
        }
    }

    /// A succeeded run with its result, committed.
    pub(crate) async fn succeed(&self, request: RequestId, action: &str, outputs: Value) -> RunResult {
        let run = self.run(request, action).await;
        assert!(self.move_to(run, RunState::Queued, RunState::Running).await);
        assert!(self.move_to(run, RunState::Running, RunState::Succeeded).await);
        let result = self.result(request, run, action, outputs);
        let mut tx = self.write().await;
        let ask = runs::find(&mut tx, run).await.unwrap().unwrap().ask;
        results::add(&mut tx, &result, None, ask).await.unwrap();
        tx.commit().await.unwrap();
        result
    }

    pub(crate) fn call(&self, request: Option<RequestId>, run: Option<RunId>) -> NewExchange {
        NewExchange {
            id: self.id::<ExchangeId>(),
            request,
            run,
            channel: self.channel,
            action: "company-kyc".to_owned(),
            actor: "Thandi Maseko".to_owned(),
            step: "search".to_owned(),
            attempt: 1,
            method: "POST".to_owned(),
            url: "https://provider.example/search?name=Naledi".to_owned(),
            headers: vec![("accept".to_owned(), "application/json".to_owned())],
            body: br#"{"name":"Naledi Khumalo"}"#.to_vec(),
            started_at: at(3),
        }
    }

    /// A call in state `sending`, committed.
    pub(crate) async fn send(&self, request: RequestId, run: RunId) -> ExchangeId {
        let call = self.call(Some(request), Some(run));
        let mut tx = self.write().await;
        exchanges::add(&mut tx, &call).await.unwrap();
        tx.commit().await.unwrap();
        call.id
    }
}

pub(crate) async fn add_run(
    tx: &mut WriteTx,
    by: &By,
    id: RunId,
    request: RequestId,
    action: &str,
    key: Option<Key<'_>>,
) -> Result<(), StorageError> {
    let run = NewRun {
        id,
        request,
        action,
        label: "Company KYC",
        effect: Effect::Write,
        params: &json!({"name": "Naledi Khumalo"}),
        manifest_digest: MANIFEST,
        key,
        deadline: None,
        created_at: at(1),
        by,
    };
    runs::add(tx, &run).await
}
