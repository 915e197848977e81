//! `dossier simulator`: the simulated InTouch alone, for those who build against it.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;
use dossier_domain::Entropy;
use dossier_simulator::Simulator;
use serde_json::json;
use tracing_subscriber::EnvFilter;

use crate::desk;
use crate::fault::Fault;
use crate::say;

/// The variable with the secret of the one client, when it is not to be made up.
const SECRET: &str = "DOSSIER_SIMULATOR_SECRET";

/// What `dossier simulator` can be told.
#[derive(Args)]
pub(crate) struct Options {
    /// Where it listens: a loopback address; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))]
    listen: SocketAddr,
    /// What everything that it invents follows from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The only client that gets a token; its secret is made up, or stands in `DOSSIER_SIMULATOR_SECRET`
    #[arg(long, value_name = "ID", default_value = "dossier")]
    client_id: String,
    /// Print one line of JSON when ready
    #[arg(long)]
    json: bool,
}

/// Serves until it is asked to stop.
pub(crate) async fn run(options: Options, environment: &[(String, String)]) -> Result<(), Fault> {
    if !options.listen.ip().is_loopback() {
        return Err(Fault::new(format!(
            "The simulator asks nobody for a password, so it listens on this computer alone, and {} is not a loopback address. Use 127.0.0.1 with --listen.",
            options.listen.ip()
        )));
    }
    let filter = EnvFilter::try_from_env("DOSSIER_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    let given = environment.iter().find(|(name, _)| name == SECRET).map(|(_, secret)| secret.clone());
    if given.as_deref().is_some_and(str::is_empty) {
        return Err(Fault::new(format!("{SECRET} is empty. Set it, or leave it out to have a secret made up.")));
    }
    let secret = given.clone().unwrap_or_else(make);
    let listener = desk::bind(options.listen, "--listen").await?;
    let stop = desk::asked_to_stop()?;
    let simulator = Simulator::start(
        listener,
        dossier_simulator::Options {
            seed: options.seed,
            client_id: options.client_id.clone(),
            client_secret: secret.clone(),
        },
    );
    announce(&options, &simulator.url(), given.is_none().then_some(secret.as_str()));
    stop.await;
    simulator.stop().await;
    Ok(())
}

/// Says where it is and how to sign in. A secret that was given is not repeated.
fn announce(options: &Options, url: &str, made: Option<&str>) {
    let (id, seed) = (&options.client_id, options.seed);
    if options.json {
        let mut said = json!({ "url": url, "client_id": id, "seed": seed });
        if let Some(made) = made {
            said["client_secret"] = made.into();
        }
        say!("{said}");
    } else {
        let secret = made.map_or_else(|| format!("the one in {SECRET}"), str::to_owned);
        say!("The simulated InTouch is ready at {url}\n");
        say!("  Client ID      {id}\n  Client secret  {secret}\n");
        say!("  Auth URL       {url}/auth\n  Base URL       {url}\n  Identity URL   {url}/identity/api/v2");
        say!("  Injection URL  {url}/injection/api/v3/initiateWorkflow\n  Core URL       {url}/core/api/v3\n");
        say!(
            "Everything that it answers is invented. docs/simulator.md says how to have it misbehave. Ctrl+C stops it."
        );
    }
    let _ = std::io::stdout().flush();
}

/// 128 random bits in hexadecimal.
fn make() -> String {
    Entropy::System.bytes::<16>().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
