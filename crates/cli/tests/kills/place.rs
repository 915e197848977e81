//! What outlives the kills: a database with a tenant, its people and a channel, the provider, and a folder. And what does
//! not: the built program on them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use dossier_app::{App, callbacks, channels, grant, setup};
use dossier_connector::Registry;
use dossier_domain::{BuiltInRole, Email, Ids, Scope};
use dossier_outbound::{Client, Policy};
use dossier_simulator::Simulator;
use dossier_storage::testing::{self, TestDb};
use dossier_storage::{BlobStore, Settings};
use dossier_testkit::{Program, User};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::door::Door;

const DOSSIER: &str = env!("CARGO_BIN_EXE_dossier");
const SECRET: &str = "of-the-simulator-alone";
/// How fast the work of a workflow goes on: it has ended before it is asked about, unless callbacks have it asked about
/// before.
const PACE: Duration = Duration::from_secs(1);
/// How late a workflow's status is answered, so that kills meet questions that are in flight.
const LATE: &str = "slow=200ms";

/// Prints a line for whoever reads the output of `./check kills`.
#[expect(clippy::print_stdout, reason = "the numbers are what the stage is for")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// The name of the database that is tested on.
pub(crate) fn database() -> &'static str {
    if std::env::var(testing::VARIABLE).is_ok() { "PostgreSQL" } else { "SQLite" }
}

/// Waits until `met`. Fails after a minute.
pub(crate) async fn soon(what: &str, met: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !met() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
}

pub(crate) struct Place {
    pub(crate) simulator: Simulator,
    pub(crate) door: Door,
    pub(crate) operator: User,
    /// The channel to choose for a new request.
    pub(crate) channel: String,
    pub(crate) scope: Scope,
    pub(crate) database: TestDb,
    without: Option<String>,
}

impl Place {
    /// A place whose servers do without one rule, if any.
    pub(crate) async fn make(without: Option<&str>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (client_id, client_secret) = ("kills".to_owned(), SECRET.to_owned());
        let simulator = Simulator::start(listener, dossier_simulator::Options { seed: 1, client_id, client_secret });
        simulator.set_pace(PACE);
        let door = Door::open().await;
        let database = testing::database().await;
        let email = "nomsa@umhlanga.example";
        let password = "a-long-password-for-tests";
        let app = application(&database, &simulator.url(), &door.url);
        let modules = ["kyc", "kyc-intouch"].map(|module| (module.to_owned(), None));
        let tenant = setup::add_tenant(&app, "Umhlanga Trust", "Africa/Johannesburg", &modules).await.unwrap();
        let secret = SecretString::from(password);
        let address = Email::parse(email).unwrap();
        let operator = BuiltInRole::Operator;
        setup::add_user(&app, tenant, &address, "Nomsa Cele", &secret, &[operator.as_str()]).await.unwrap();
        let address = Email::parse("pieter@umhlanga.example").unwrap();
        let role = BuiltInRole::Administrator;
        let owner = setup::add_user(&app, tenant, &address, "Pieter Botha", &secret, &[role.as_str()]).await.unwrap();
        let owner = setup::impersonate(&app, tenant, owner).await.unwrap();
        let draft = channels::Draft {
            handler: "intouch".to_owned(),
            code: "main".to_owned(),
            name: "InTouch".to_owned(),
            config: config(&simulator.url()),
            active: true,
            display_order: 0,
        };
        let channel = channels::add(&app, &owner.grant::<grant::Create>().unwrap(), &draft).await.unwrap();
        // As somebody would enter it at the provider's own dashboard: workflows name no address for their callbacks.
        let address = callbacks::address(&app, &owner.grant::<grant::Manage>().unwrap(), channel).await.unwrap();
        order(&simulator, "callbacks", json!({ "url": address })).await;
        order(&simulator, "misbehave", json!({ "kind": LATE, "path": "/core", "times": u32::MAX })).await;
        // From now on the servers have it to themselves: a connection of ours would spare SQLite its recovery.
        database.db.close().await;
        Self {
            simulator,
            door,
            operator: User { email: email.to_owned(), password: password.to_owned(), roles: Vec::new() },
            channel: channel.to_string(),
            scope: Scope::of(tenant),
            database,
            without: without.map(str::to_owned),
        }
    }

    /// Starts a server and waits until the door leads to it.
    pub(crate) fn serve(&self) -> Server {
        let folder = self.database.folder.path();
        let key = self.database.master().to_text();
        let (data, allow) = (folder.to_str().unwrap(), host(&self.simulator.url()).to_owned());
        let mut variables = vec![
            ("DOSSIER_LISTEN", "127.0.0.1:0"),
            ("DOSSIER_PUBLIC_URL", self.door.url.as_str()),
            ("DOSSIER_MASTER_KEY", key.expose_secret()),
            ("DOSSIER_DATA", data),
            ("DOSSIER_OUTBOUND_ALLOW", allow.as_str()),
        ];
        if let Settings::Postgres { url, system_url } = &self.database.settings {
            variables.push(("DOSSIER_DATABASE_URL", url.expose_secret()));
            variables.push(("DOSSIER_DATABASE_SYSTEM_URL", system_url.expose_secret()));
        }
        if let Some(rule) = &self.without {
            variables.push(("DOSSIER_TEST_WITHOUT", rule));
        }
        let (server, address) = tokio::task::block_in_place(|| Server::start(folder, &variables));
        self.door.lead_to(address);
        server
    }
}

fn application(database: &TestDb, provider: &str, public: &str) -> App {
    let blobs = BlobStore::local(&database.files()).unwrap();
    let outbound = Client::new(Policy { allow: vec![host(provider).parse().unwrap()], ..Policy::default() }).unwrap();
    App::new(
        database.db.clone(),
        blobs,
        Registry::built_in().unwrap(),
        outbound,
        Ids::default(),
        Some(public.to_owned()),
    )
    .unwrap()
}

/// An order at a page of the simulator's own.
async fn order(simulator: &Simulator, page: &str, order: Value) {
    let url = format!("{}/_simulator/{page}", simulator.url());
    #[expect(clippy::disallowed_methods, reason = "whoever sets the simulator up, not the program")]
    let taken = reqwest::Client::new().post(url).json(&order).send().await.unwrap();
    assert_eq!(taken.status(), 204, "{page}");
}

/// Host and port.
fn host(url: &str) -> &str {
    url.trim_start_matches("http://")
}

fn config(url: &str) -> Value {
    json!({
        "authUrl": format!("{url}/auth"),
        "baseUrl": url,
        "identityUrl": format!("{url}/identity/api/v2"),
        "injectionUrl": format!("{url}/injection/api/v3/initiateWorkflow"),
        "coreUrl": format!("{url}/core/api/v3"),
        "clientId": "kills",
        "clientSecret": SECRET,
    })
}

/// `dossier serve` as a process of its own.
pub(crate) struct Server(Program);

impl Server {
    fn start(folder: &Path, variables: &[(&str, &str)]) -> (Self, SocketAddr) {
        let mut program = Program::start(DOSSIER, folder, &["serve"], variables);
        while let Some(line) = program.log_line() {
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if event["fields"]["message"] == "ready" {
                let address = event["fields"]["listen"].as_str().unwrap().parse().unwrap();
                return (Self(program), address);
            }
        }
        panic!("the server ended at once: {:?}", program.end());
    }

    /// Ends it where it stands.
    pub(crate) fn kill(self) {
        self.0.signal("KILL");
        let ended = tokio::task::block_in_place(|| self.0.end());
        assert_eq!(ended.code, None, "it lived until it was killed: {}", ended.err);
    }

    /// Asks it to end.
    pub(crate) fn stop(self) {
        self.0.signal("TERM");
        let ended = tokio::task::block_in_place(|| self.0.end());
        assert_eq!(ended.code, Some(0), "{}", ended.err);
    }
}
