//! `dossier demo`: the whole product on one computer, with a simulated provider and invented people.
//!
//! Nothing in the data folder says the passwords: they follow from its master key, so that a second start can print them
//! again and a copy of the database does not give them away.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use clap::Args;
use dossier_app::grant::{Create, Execute, Member, Read};
use dossier_app::runs::{self, Order, Worker};
use dossier_app::{App, AppError, channels, requests, setup};
use dossier_domain::{BuiltInRole, ChannelCode, ChannelId, Email, Permission, Scope, TenantId};
use dossier_outbound::{Authority, Policy};
use dossier_simulator::Simulator;
use dossier_storage::{BlobStore, Db, Settings};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::derived;
use crate::desk;
use crate::fault::Fault;
use crate::folder::Folder;
use crate::key;
use crate::people::{PEOPLE, Person, TENANT, TIME_ZONE};
use crate::samples::{SAMPLES, Sample};
use crate::serve::{DATABASE, FILES, filter};

/// What `dossier demo` can be told.
#[derive(Args)]
pub(crate) struct Options {
    /// Where the portal listens: a loopback address; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)))]
    listen: SocketAddr,
    /// The folder of the demo's data
    #[arg(long, value_name = "FOLDER", default_value = "dossier-demo")]
    data: PathBuf,
    /// Delete the demo's data first
    #[arg(long)]
    fresh: bool,
    /// A folder of further providers, each in a folder of its own with a provider.yaml; changes are taken up at once
    #[arg(long, value_name = "FOLDER")]
    providers: Option<PathBuf>,
    /// Print one line of JSON when ready
    #[arg(long)]
    json: bool,
}

const CHANNEL_CODE: &str = "intouch-demo";
const CLIENT_ID: &str = "dossier-demo";
/// The purpose of the secret of the demo's API key.
const API_KEY: &str = "API key of the demo";

/// Serves the demo until it is asked to stop.
pub(crate) async fn run(options: Options) -> Result<(), Fault> {
    if !options.listen.ip().is_loopback() {
        return Err(Fault::new(format!(
            "The demo listens on this computer alone, and {} is not a loopback address. Use 127.0.0.1 with --listen.",
            options.listen.ip()
        )));
    }
    let listener = desk::bind(options.listen, "--listen").await?;
    let address = listener.local_addr().map_err(|e| Fault::new(format!("The port cannot be read: {e}.")))?;
    let registry = desk::registry(options.providers.as_deref(), "--providers")?;
    let data = &options.data;
    let folder = Folder::prepare(data, options.fresh)?;
    log_to(&data.join("dossier.log"))?;
    desk::hold_many();

    let database = data.join(DATABASE);
    let master = key::load_or_make(&data.join("master.key"), database.exists())?;
    let client_secret = derived::secret(&master, derived::CLIENT_SECRET);
    let passwords: Vec<_> = PEOPLE.iter().map(|person| derived::secret(&master, person.email)).collect();

    let api_secret = derived::secret(&master, API_KEY);
    let simulator = simulate(&client_secret).await?;
    let url = simulator.url();
    let allow: Authority =
        url.trim_start_matches("http://").parse().map_err(|_| Fault::new("The simulator has no address."))?;
    let db = Db::open(&Settings::Sqlite { path: database }, master).await?;
    let policy = Policy { allow: vec![allow], ..Policy::default() };
    let public = Some(format!("http://{address}"));
    let app =
        desk::assemble(db.clone(), BlobStore::local(&data.join(FILES))?, desk::client(policy)?, registry, public)?;
    desk::reclaim(&app).await?;
    // Before the worker: what an earlier demo left queued must not go to the port of its simulator.
    let kept = repoint(&app, &url).await.map_err(|e| unfurnished(&e))?;
    let worker = Worker::start(&app);
    if !kept {
        furnish(&app, &url, &client_secret, &passwords).await.map_err(|e| unfurnished(&e))?;
    }
    let api_key = api_key(&app, &api_secret).await.map_err(|e| unfurnished(&e))?;
    folder.complete()?;

    let stop = desk::asked_to_stop()?;
    say(&options, address, &simulator, &passwords, &api_key);
    let web = dossier_web::Options::default().simulated();
    let served = desk::serve(db, app, worker, listener, web, stop).await;
    simulator.stop().await;
    served
}

/// The demo's terminal is for the sign-ins; what the server has to say goes to a file.
fn log_to(file: &Path) -> Result<(), Fault> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(file);
    let file = file.map_err(|e| Fault::new(format!("The log cannot be written: {e}.")))?;
    tracing_subscriber::fmt().json().with_env_filter(filter()).with_writer(Mutex::new(file)).init();
    Ok(())
}

async fn simulate(client_secret: &SecretString) -> Result<Simulator, Fault> {
    let failed = |e: io::Error| Fault::new(format!("The simulator cannot start: {e}."));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
    let options = dossier_simulator::Options {
        seed: 1,
        client_id: CLIENT_ID.to_owned(),
        client_secret: client_secret.expose_secret().to_owned(),
    };
    Ok(Simulator::start(listener, options))
}

/// Points the channel of an earlier demo at this simulator; `false` when there was none.
async fn repoint(app: &App, simulator: &str) -> Result<bool, AppError> {
    let Some(tenant) = setup::list_tenants(app).await?.first().map(|tenant| tenant.id) else { return Ok(false) };
    let code = ChannelCode::parse(CHANNEL_CODE).map_err(AppError::internal)?;
    channels::repoint(app, Scope::of(tenant), &code, &channel_config(simulator)).await?;
    Ok(true)
}

/// Makes tenant, people, channel and requests.
async fn furnish(
    app: &App,
    simulator: &str,
    secret: &SecretString,
    passwords: &[SecretString],
) -> Result<(), AppError> {
    let tenant =
        setup::add_tenant(app, TENANT, TIME_ZONE, &["kyc", "kyc-intouch"].map(|module| (module.to_owned(), None)))
            .await?;
    let people = PEOPLE.iter().zip(passwords).map(|(person, password)| add(app, tenant, person, password));
    let mut members = Vec::new();
    for person in people {
        members.push(person.await?);
    }
    let manager = pick(&members, BuiltInRole::Manager)?;
    let operator = pick(&members, BuiltInRole::Operator)?;

    let mut with_secret = channel_config(simulator);
    with_secret["clientSecret"] = secret.expose_secret().into();
    let draft = channels::Draft {
        handler: "intouch".to_owned(),
        code: CHANNEL_CODE.to_owned(),
        name: "InTouch (simulated)".to_owned(),
        config: with_secret,
        active: true,
        display_order: 0,
    };
    let channel = channels::add(app, &manager.grant::<Create>()?, &draft).await?;
    for sample in SAMPLES {
        fill(app, operator, channel, sample).await?;
    }
    Ok(())
}

fn channel_config(simulator: &str) -> Value {
    json!({
        "authUrl": format!("{simulator}/auth"),
        "baseUrl": simulator,
        "identityUrl": format!("{simulator}/identity/api/v2"),
        "injectionUrl": format!("{simulator}/injection/api/v3/initiateWorkflow"),
        "coreUrl": format!("{simulator}/core/api/v3"),
        "clientId": CLIENT_ID,
    })
}

async fn add(app: &App, tenant: TenantId, person: &Person, password: &SecretString) -> Result<Member, AppError> {
    let email = Email::parse(person.email).map_err(AppError::internal)?;
    let user = setup::add_user(app, tenant, &email, person.name, password, &[person.role.as_str()]).await?;
    setup::impersonate(app, tenant, user).await
}

fn pick(members: &[Member], role: BuiltInRole) -> Result<&Member, AppError> {
    let place = PEOPLE.iter().position(|person| person.role == role).and_then(|place| members.get(place));
    place.ok_or_else(|| AppError::internal(format!("the demo has no {}", role.label())))
}

/// Makes one request and really runs its actions.
async fn fill(app: &App, member: &Member, channel: ChannelId, sample: &Sample) -> Result<(), AppError> {
    let (read, execute) = (member.grant::<Read>()?, member.grant::<Execute>()?);
    let draft =
        requests::Draft { channel: channel.to_string(), reference: sample.reference.to_owned(), key: app.form_key() };
    let request = requests::create(app, &read, &draft).await?;
    let company = sample.company.map(|number| {
        (
            "company_kyc",
            json!({ "reference": sample.reference, "companyName": sample.reference, "registrationNumber": number }),
        )
    });
    let status = sample.tracking.map(|tracking| ("workflow_status", json!({ "trackingId": tracking })));
    for (action, params) in company.into_iter().chain(status) {
        let order = Order {
            request,
            action: action.to_owned(),
            params,
            key: app.form_key(),
            confirmed: false,
            seen: None,
            manifest: None,
        };
        let run = runs::start(app, &execute, &order).await?;
        runs::wait(app, &execute, run, Duration::from_secs(10)).await?;
    }
    match sample.mark {
        Some(status) => requests::mark(app, &execute, request, &requests::Mark::to(status)).await.map(drop),
        None => Ok(()),
    }
}

fn unfurnished(error: &AppError) -> Fault {
    tracing::error!(error = error as &dyn std::error::Error, "the demo cannot be prepared");
    Fault::new("The demo cannot prepare its data; its log in the data folder says why. `--fresh` starts over.")
}

/// The key of the demo's own program: it may do everything.
async fn api_key(app: &App, secret: &SecretString) -> Result<SecretString, AppError> {
    let tenants = setup::list_tenants(app).await?;
    let tenant = tenants.first().ok_or_else(|| AppError::internal("the demo has no tenant"))?;
    let end = app.now().plus(dossier_app::api_keys::LONGEST);
    setup::api_key(app, tenant.id, "Demo", &[Permission::AdminFull], secret, end).await
}

fn say(
    options: &Options,
    address: SocketAddr,
    simulator: &Simulator,
    passwords: &[SecretString],
    api_key: &SecretString,
) {
    let url = format!("http://{address}");
    let people = PEOPLE.iter().zip(passwords);
    let mut out = io::stdout();
    // A closed terminal is no reason to stop serving.
    let _ = if options.json {
        let users: Vec<_> = people
            .map(|(p, password)| json!({ "email": p.email, "password": password.expose_secret(), "roles": [p.role.label()] }))
            .collect();
        writeln!(
            out,
            "{}",
            json!({ "url": url, "users": users, "api_key": api_key.expose_secret(), "simulator": simulator.url() })
        )
    } else {
        let mut text = format!(
            "\nDossier is ready at {url}\n\nThe provider is simulated: nothing leaves this computer and nothing is charged.\n\nSign in as\n"
        );
        for (person, password) in people {
            let line = format!("  {:<14} {:<30} {}\n", person.role.label(), person.email, password.expose_secret());
            text.push_str(&line);
        }
        let (data, key) = (options.data.display(), api_key.expose_secret());
        writeln!(
            out,
            "{text}\nAPI key for programs ({url}/api): {key}\n\nThe data stands in {data}. Press Ctrl+C to stop; start again to go on, or with --fresh to begin anew."
        )
    };
    let _ = out.flush();
}
