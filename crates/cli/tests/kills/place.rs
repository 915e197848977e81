//! What outlives the kills: a database with a tenant, its people and a channel, the provider, and a folder. And what does
//! not: the built program on them.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::{Duration, Instant};

use dossier_app::{App, channels, grant, setup};
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

const DOSSIER: &str = env!("CARGO_BIN_EXE_dossier");
const SECRET: &str = "of-the-simulator-alone";
/// Longer than the lease of a dead server's run, with what it takes to carry out the run then.
const REST: Duration = Duration::from_secs(90);

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
        let database = testing::database().await;
        let email = "nomsa@umhlanga.example";
        let password = "a-long-password-for-tests";
        let app = application(&database, &simulator.url());
        let modules = ["kyc", "kyc-intouch"].map(|module| (module.to_owned(), None));
        let tenant = setup::add_tenant(&app, "Umhlanga Trust", "Africa/Johannesburg", &modules).await.unwrap();
        let secret = SecretString::from(password);
        let address = Email::parse(email).unwrap();
        let operator = BuiltInRole::Operator;
        setup::add_user(&app, tenant, &address, "Nomsa Cele", &secret, &[operator.as_str()]).await.unwrap();
        let address = Email::parse("pieter@umhlanga.example").unwrap();
        let manager = BuiltInRole::Manager;
        let manager =
            setup::add_user(&app, tenant, &address, "Pieter Botha", &secret, &[manager.as_str()]).await.unwrap();
        let manager = setup::impersonate(&app, tenant, manager).await.unwrap();
        let draft = channels::Draft {
            handler: "intouch".to_owned(),
            code: "main".to_owned(),
            name: "InTouch".to_owned(),
            config: config(&simulator.url()),
            active: true,
            display_order: 0,
        };
        let channel = channels::add(&app, &manager.grant::<grant::Create>().unwrap(), &draft).await.unwrap();
        // From now on the servers have it to themselves: a connection of ours would spare SQLite its recovery.
        database.db.close().await;
        Self {
            simulator,
            operator: User { email: email.to_owned(), password: password.to_owned(), roles: Vec::new() },
            channel: channel.to_string(),
            scope: Scope::of(tenant),
            database,
            without: without.map(str::to_owned),
        }
    }

    /// Starts a server and waits until it listens.
    pub(crate) fn serve(&self) -> Server {
        let folder = self.database.folder.path();
        let key = self.database.master().to_text();
        let (data, allow) = (folder.to_str().unwrap(), host(&self.simulator.url()).to_owned());
        let mut variables = vec![
            ("DOSSIER_LISTEN", "127.0.0.1:0"),
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
        tokio::task::block_in_place(|| Server::start(folder, &variables))
    }

    /// Waits until no run is queued or running any more, and not for ever: what is left then is stuck. Says how long.
    pub(crate) async fn rest(&self) -> Duration {
        let db = self.database.open_again().await;
        let begun = Instant::now();
        loop {
            let mut tx = db.read(self.scope).await.unwrap();
            let live = "SELECT count(*) AS n FROM run WHERE state IN ('queued', 'running')";
            let live = testing::count(&mut tx, live).await.unwrap();
            drop(tx);
            if live == 0 || begun.elapsed() >= REST {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        db.close().await;
        begun.elapsed()
    }
}

fn application(database: &TestDb, provider: &str) -> App {
    let blobs = BlobStore::local(&database.files()).unwrap();
    let outbound = Client::new(Policy { allow: vec![host(provider).parse().unwrap()], ..Policy::default() }).unwrap();
    App::new(database.db.clone(), blobs, Registry::built_in().unwrap(), outbound, Ids::default(), None).unwrap()
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
pub(crate) struct Server {
    program: Program,
    pub(crate) url: String,
}

impl Server {
    fn start(folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut program = Program::start(DOSSIER, folder, &["serve"], variables);
        while let Some(line) = program.log_line() {
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if event["fields"]["message"] == "ready" {
                let url = format!("http://{}", event["fields"]["listen"].as_str().unwrap());
                return Self { program, url };
            }
        }
        panic!("the server ended at once: {:?}", program.end());
    }

    /// Ends it where it stands.
    pub(crate) fn kill(self) {
        self.program.signal("KILL");
        let ended = tokio::task::block_in_place(|| self.program.end());
        assert_eq!(ended.code, None, "it lived until it was killed: {}", ended.err);
    }

    /// Asks it to end.
    pub(crate) fn stop(self) {
        self.program.signal("TERM");
        let ended = tokio::task::block_in_place(|| self.program.end());
        assert_eq!(ended.code, Some(0), "{}", ended.err);
    }
}
