//! The whole product in one process, but for its socket.

mod brought;
mod deeds;
mod people;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Extension;
use axum::Router;
use axum::extract::connect_info::ConnectInfo;
use dossier_app::grant::{Create, Execute, Member, Read};
use dossier_app::runs::{self, Order, Run, Worker};
use dossier_app::{App, AppError, channels, requests, setup};
use dossier_connector::{Manifest, Registry};
use dossier_domain::{
    BuiltInRole, ChannelId, Clock, Email, Entropy, Ids, RequestId, RunId, Scope, TenantId, Timestamp, UserId,
};
use dossier_outbound::{Client, Policy};
use dossier_simulator::Simulator;
use dossier_storage::testing::{self, TestDb};
use dossier_storage::{BlobStore, Db, Guard};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::visitor::Visitor;

/// 2026-11-23T12:00:00Z, where the clock of every desk stands at first.
const START: i64 = 1_795_435_200_000_000;
/// The password of everyone at a desk.
pub const PASSWORD: &str = "a password for tests";
/// The secret of every channel at a desk: no test may find it anywhere.
pub const CLIENT_SECRET: &str = "the-client-secret-of-the-tests";

/// How a desk differs from the usual one.
#[derive(Clone, Debug)]
#[must_use]
pub struct DeskBuilder {
    worker: bool,
    beat: Option<Duration>,
    providers: Option<PathBuf>,
    web: dossier_web::Options,
    own: Own,
    reachable: bool,
}

/// What a test brings beside the built-in providers.
#[derive(Clone, Debug, Default)]
struct Own {
    manifests: Vec<String>,
    hosts: Vec<SocketAddr>,
    store: Option<BlobStore>,
}

impl DeskBuilder {
    /// Installs a provider beside those that are built in, and lets its calls through to `host`.
    pub fn with_provider(mut self, manifest: &str, host: SocketAddr) -> Self {
        self.own.manifests.push(manifest.to_owned());
        self.own.hosts.push(host);
        self
    }

    /// Lets calls through to `host`.
    pub fn letting_through(mut self, host: SocketAddr) -> Self {
        self.own.hosts.push(host);
        self
    }

    /// Runs stay queued until the test starts a worker.
    pub fn without_worker(mut self) -> Self {
        self.worker = false;
        self
    }

    /// Switches off the guard against posts from other sites.
    pub fn let_foreign_posts_in(mut self) -> Self {
        self.web = self.web.let_foreign_posts_in();
        self
    }

    /// The worker gives signs of life this often.
    pub fn beating(mut self, every: Duration) -> Self {
        self.beat = Some(every);
        self
    }

    /// Files lie in this store instead of a folder.
    pub fn files_in(mut self, store: BlobStore) -> Self {
        self.own.store = Some(store);
        self
    }

    /// The operator's folder of providers is this one. It is looked at when a test asks for it.
    pub fn with_providers(mut self, folder: &Path) -> Self {
        self.providers = Some(folder.to_owned());
        self
    }

    /// The portal listens on a loopback port too, so that providers can call back.
    pub fn reachable(mut self) -> Self {
        self.reachable = true;
        self
    }

    /// Opens the desk.
    pub async fn open(self) -> Desk {
        let door = if self.reachable {
            Some(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port"))
        } else {
            None
        };
        let origin = door.as_ref().map(|door| format!("http://{}", door.local_addr().expect("an address")));
        let database = testing::database().await;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let simulator = Simulator::start(listener, provider());
        let clock = Clock::manual(Timestamp::from_micros(START));
        let providers = self.providers;
        let open = database.db.clone();
        let app = assemble(&database, open, &simulator, clock.clone(), &self.own, providers.as_deref(), origin.clone());
        if let Some(door) = door {
            tokio::spawn(dossier_web::serve(app.clone(), self.web.clone(), door, std::future::pending()));
        }
        let worker = self.worker.then(|| match self.beat {
            Some(every) => Worker::beating(&app, every),
            None => Worker::start(&app),
        });
        Desk { app, clock, simulator, providers, web: self.web, worker, database, own: self.own, origin }
    }
}

/// How every simulator at a desk is set up.
fn provider() -> dossier_simulator::Options {
    let (client_id, client_secret) = ("tests".to_owned(), CLIENT_SECRET.to_owned());
    dossier_simulator::Options { seed: 7, client_id, client_secret }
}

/// A client for what a test itself says to the provider.
#[expect(clippy::disallowed_methods, reason = "the guard of outbound calls is for the product, not for its tests")]
pub(crate) fn past_the_guard() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

fn assemble(
    database: &TestDb,
    db: Db,
    simulator: &Simulator,
    clock: Clock,
    own: &Own,
    providers: Option<&Path>,
    origin: Option<String>,
) -> App {
    let authority = simulator.url().trim_start_matches("http://").parse().expect("the simulator's host and port");
    let own_hosts = own.hosts.iter().map(|host| host.to_string().parse().expect("a host and a port"));
    let allow = std::iter::once(authority).chain(own_hosts).collect();
    let policy = Policy { allow, total_timeout: Duration::from_secs(5), ..Policy::default() };
    let outbound = Client::new(policy).expect("an HTTP client");
    let manifests = own.manifests.iter().map(|text| Manifest::parse(text).expect("a manifest"));
    let known = Registry::built_in().expect("the built-in manifests").with(manifests);
    let registry = providers.map_or_else(|| known.clone(), |folder| known.with_folder(folder));
    let blobs = match &own.store {
        Some(store) => store.clone(),
        None => BlobStore::local(&database.files()).expect("a folder for files"),
    };
    let ids = Ids { clock, entropy: Entropy::System };
    App::new(db, blobs, registry, outbound, ids, origin).expect("an application")
}

/// The product, opened for one test.
pub struct Desk {
    /// The use cases.
    pub app: App,
    /// The clock that everything goes by. It stands still until a test moves it.
    pub clock: Clock,
    /// The provider.
    pub simulator: Simulator,
    /// The database, with its guards.
    pub database: TestDb,
    providers: Option<PathBuf>,
    web: dossier_web::Options,
    worker: Option<Worker>,
    own: Own,
    /// Under which address providers reach the portal, when it is reachable.
    pub origin: Option<String>,
}

impl Desk {
    /// A desk with a worker.
    pub async fn open() -> Self {
        Self::builder().open().await
    }

    /// A desk that differs from the usual one.
    pub fn builder() -> DeskBuilder {
        let (web, own) = (dossier_web::Options::default(), Own::default());
        DeskBuilder { worker: true, beat: None, providers: None, web, own, reachable: false }
    }

    /// The portal.
    pub fn router(&self) -> Router {
        let from = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4_711);
        dossier_web::router(self.app.clone(), self.web.clone()).layer(Extension(ConnectInfo(from)))
    }

    /// How often the provider was asked for `service`, by the name that its ledger gives it.
    pub fn calls(&self, service: &str) -> usize {
        self.simulator.ledger().iter().filter(|entry| entry.service == service).count()
    }

    /// The tokens that the provider hands out first, in their order: what no test may find anywhere. They are asked of
    /// its twin, which hands out the same.
    pub async fn tokens(&self, first: usize) -> Vec<String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let twin = Simulator::start(listener, provider());
        let form = [("grant_type", "client_credentials"), ("client_id", "tests"), ("client_secret", CLIENT_SECRET)];
        let client = past_the_guard();
        let mut tokens = Vec::new();
        for _ in 0..first {
            let answer = client.post(format!("{}/auth/token", twin.url())).form(&form).send().await;
            let answer: Value = answer.expect("an answer").json().await.expect("a token");
            tokens.push(answer["access_token"].as_str().expect("a token").to_owned());
        }
        twin.stop().await;
        tokens
    }

    /// Whether `text` stands in the files of the database, as it is. `None` on PostgreSQL.
    pub fn keeps(&self, text: &str) -> Option<bool> {
        let file = self.database.file()?;
        let files = [file.to_owned(), file.with_extension("db-wal")];
        let holds = |bytes: Vec<u8>| bytes.windows(text.len()).any(|found| found == text.as_bytes());
        Some(files.into_iter().filter_map(|file| std::fs::read(file).ok()).any(holds))
    }

    /// Waits until `met`. Fails after 20 seconds.
    pub async fn until(&self, what: &str, met: impl Fn(&Self) -> bool) {
        let look = async {
            while !met(self) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(20), look).await.is_ok(), "waited in vain until {what}");
    }

    /// Another process on the same data and the same provider.
    pub async fn another_process(&self) -> App {
        self.careless_process(&[]).await
    }

    /// Another process, without these rules.
    pub async fn careless_process(&self, without: &[Guard]) -> App {
        let db = self.database.open_again().await;
        for guard in without {
            db.guards().off(*guard);
        }
        let (providers, origin) = (self.providers.as_deref(), self.origin.clone());
        assemble(&self.database, db, &self.simulator, self.clock.clone(), &self.own, providers, origin)
    }

    /// Lets the provider misbehave once at addresses that begin so.
    pub async fn misbehave(&self, kind: &str, path: &str) {
        self.misbehave_often(kind, path, 1).await;
    }

    /// The same, so many times.
    pub async fn misbehave_often(&self, kind: &str, path: &str, times: u32) {
        let client = past_the_guard();
        let order = client.post(format!("{}/_simulator/misbehave", self.simulator.url()));
        let answer =
            order.json(&json!({ "kind": kind, "path": path, "times": times })).send().await.expect("an answer");
        assert_eq!(answer.status(), 204, "the order is taken");
    }

    /// A tenant with everything: licence, a person for each built-in role, a channel to the simulator.
    pub async fn firm(&self, name: &str) -> Firm<'_> {
        self.firm_licensed(name, &["kyc", "kyc-intouch"]).await
    }

    /// A tenant with a channel, and with these modules from then on.
    pub async fn firm_licensed(&self, name: &str, modules: &[&str]) -> Firm<'_> {
        let all = ["kyc", "kyc-intouch"].map(|module| (module.to_owned(), None));
        let tenant = setup::add_tenant(&self.app, name, "Africa/Johannesburg", &all).await.expect("a tenant");
        let mut firm = Firm { desk: self, tenant, name: name.to_owned(), people: Vec::new(), channel: None };
        for &role in BuiltInRole::ALL {
            let email = Email::parse(&firm.email(role)).expect("an address");
            let person = format!("{} of {name}", role.label());
            let password = SecretString::from(PASSWORD);
            let user = setup::add_user(&self.app, tenant, &email, &person, &password, &[role.as_str()]).await;
            firm.people.push((role, user.expect("a user")));
        }
        firm.channel = Some(firm.add_channel("main", "InTouch main").await.expect("a channel"));
        let modules: Vec<_> = modules.iter().map(|module| ((*module).to_owned(), None)).collect();
        setup::set_licence(&self.app, tenant, &modules).await.expect("a licence");
        firm
    }

    /// Stops the worker, waiting for what is on its way.
    pub async fn close(mut self) {
        if let Some(worker) = self.worker.take() {
            worker.stop().await;
        }
        self.simulator.stop().await;
    }
}

/// A tenant at a desk.
pub struct Firm<'a> {
    desk: &'a Desk,
    /// Its id.
    pub tenant: TenantId,
    name: String,
    people: Vec<(BuiltInRole, UserId)>,
    channel: Option<ChannelId>,
}

impl Firm<'_> {
    /// The address of the person with this role.
    pub fn email(&self, role: BuiltInRole) -> String {
        format!("{role}@{}.example", self.name.to_lowercase().replace(' ', "-"))
    }

    /// Where it is.
    pub(crate) fn desk(&self) -> &Desk {
        self.desk
    }

    /// The tenant's scope.
    pub fn scope(&self) -> Scope {
        Scope::of(self.tenant)
    }

    /// The channel to the simulator.
    pub fn channel(&self) -> ChannelId {
        self.channel.expect("the firm's channel")
    }

    /// The person with this role, past the sign-in.
    pub async fn member(&self, role: BuiltInRole) -> Member {
        let user = self.people.iter().find(|(r, _)| *r == role).expect("a person of each role").1;
        setup::impersonate(&self.desk.app, self.tenant, user).await.expect("a member")
    }

    /// Someone who has signed in with this role, at the pages.
    pub async fn visitor(&self, role: BuiltInRole) -> Visitor {
        self.signed_in(&self.email(role)).await
    }

    /// Takes every role from the person who had this one.
    pub async fn dismiss(&self, role: BuiltInRole) {
        self.change(&format!("DELETE FROM user_role WHERE user_id = ({})", self.user_of(role))).await;
    }

    /// Lets the person with this role in no more.
    pub async fn deactivate(&self, role: BuiltInRole) {
        self.change(&format!("UPDATE user_account SET active = FALSE WHERE id = ({})", self.user_of(role))).await;
    }

    fn user_of(&self, role: BuiltInRole) -> String {
        format!("SELECT id FROM user_account WHERE email_folded = '{}'", self.email(role))
    }

    /// Changes rows as the owner of the database: for what no page can do yet.
    pub async fn change(&self, sql: &str) {
        self.desk.database.alter(sql).await;
    }

    /// Replaces the licence by these modules, each with its end.
    pub async fn license(&self, modules: &[(&str, Option<Timestamp>)]) {
        let modules: Vec<_> = modules.iter().map(|(module, end)| ((*module).to_owned(), *end)).collect();
        setup::set_licence(&self.desk.app, self.tenant, &modules).await.expect("a licence");
    }

    /// Adds a channel to the simulator.
    pub async fn add_channel(&self, code: &str, name: &str) -> Result<ChannelId, AppError> {
        let url = self.desk.simulator.url();
        let draft = channels::Draft {
            handler: "intouch".to_owned(),
            code: code.to_owned(),
            name: name.to_owned(),
            config: json!({
                "authUrl": format!("{url}/auth"),
                "baseUrl": url,
                "identityUrl": format!("{url}/identity/api/v2"),
                "injectionUrl": format!("{url}/injection/api/v3/initiateWorkflow"),
                "coreUrl": format!("{url}/core/api/v3"),
                "clientId": "tests",
                "clientSecret": CLIENT_SECRET,
            }),
            active: true,
            display_order: 0,
        };
        let manager = self.member(BuiltInRole::Manager).await;
        channels::add(&self.desk.app, &manager.grant::<Create>()?, &draft).await
    }

    /// Lets the firm use the provider `handler` too, licensed by `module`, and gives it a channel; requests are made for
    /// that channel from then on.
    pub async fn take_up(&mut self, handler: &str, module: &str, config: Value) -> ChannelId {
        self.license(&[("kyc", None), ("kyc-intouch", None), (module, None)]).await;
        let (code, name) = (handler.to_owned(), format!("{handler} main"));
        let draft = channels::Draft { handler: code.clone(), code, name, config, active: true, display_order: 1 };
        let manager = self.member(BuiltInRole::Manager).await;
        let grant = manager.grant::<Create>().expect("the manager creates");
        let channel = channels::add(&self.desk.app, &grant, &draft).await.expect("a channel");
        self.channel = Some(channel);
        channel
    }

    /// A new request. The clock moves on a little, so that requests have an order.
    pub async fn request(&self, reference: &str) -> RequestId {
        self.desk.clock.advance(Duration::from_millis(5));
        let operator = self.member(BuiltInRole::Operator).await;
        let (channel, key) = (self.channel().to_string(), self.desk.app.form_key());
        let draft = requests::Draft { channel, reference: reference.to_owned(), key };
        let grant = operator.grant::<Read>().expect("the operator reads");
        requests::create(&self.desk.app, &grant, &draft).await.expect("a request")
    }

    /// Starts an action as the operator.
    pub async fn start(&self, request: RequestId, action: &str, params: Value) -> Result<RunId, AppError> {
        let operator = self.member(BuiltInRole::Operator).await;
        let key = self.desk.app.form_key();
        let order =
            Order { request, action: action.to_owned(), params, key, confirmed: false, seen: None, manifest: None };
        runs::start(&self.desk.app, &operator.grant::<Execute>()?, &order).await
    }

    /// Waits for the end of a run.
    pub async fn ended(&self, run: RunId) -> Run {
        let operator = self.member(BuiltInRole::Operator).await;
        let grant = operator.grant::<Execute>().expect("the operator runs");
        let found = runs::wait(&self.desk.app, &grant, run, Duration::from_secs(20)).await.expect("the run");
        assert!(!found.state.is_live(), "the run has not ended in 20 s: {}", found.state);
        found
    }

    /// Runs an action as the operator, to its end.
    pub async fn run(&self, request: RequestId, action: &str, params: Value) -> Run {
        self.ended(self.start(request, action, params).await.expect("a run")).await
    }
}
