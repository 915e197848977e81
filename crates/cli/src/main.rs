//! The `dossier` binary: reads the configuration, puts the parts together, and serves.

mod config;
mod demo;
mod derived;
mod desk;
mod fault;
mod folder;
mod key;
mod people;
mod provider;
mod samples;
mod say;
mod serve;
mod simulator;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::fault::Fault;

/// A self-hosted desk for identity and Know-Your-Customer checks.
#[derive(Parser)]
#[command(name = "dossier", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the portal as the configuration says
    Serve {
        /// The configuration; `dossier.toml` in this folder when there is one
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Bring the database up to this version of the program
    Migrate {
        /// The configuration; `dossier.toml` in this folder when there is one
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Try everything on this computer, with a simulated provider and invented people
    Demo(demo::Options),
    /// Write, check, try and run the manifests of providers
    #[command(subcommand)]
    Provider(provider::Tool),
    /// Run the simulated InTouch alone, on this computer
    Simulator(simulator::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let run = async {
        match cli.command {
            Command::Serve { config } => {
                serve::serve(Config::read(config.as_deref(), environment()?.into_iter())?).await?;
            }
            Command::Migrate { config } => {
                serve::migrate(&Config::read(config.as_deref(), environment()?.into_iter())?).await?;
            }
            Command::Demo(options) => demo::run(options).await?,
            Command::Provider(tool) => return provider::tool(tool, &environment()?).await,
            Command::Simulator(options) => simulator::run(options, &environment()?).await?,
        }
        Ok(ExitCode::SUCCESS)
    };
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Fault::new(format!("The program cannot start its threads: {e}.")))
        .and_then(|runtime| runtime.block_on(run));
    match outcome {
        Ok(code) => code,
        Err(fault) => {
            let _ = writeln!(std::io::stderr(), "dossier: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// The variables that are text. One of ours that is not is refused; one of others is no concern.
fn environment() -> Result<Vec<(String, String)>, Fault> {
    let named = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let ours = named.filter(|(name, _)| name.starts_with("DOSSIER_"));
    ours.map(|(name, value)| match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(Fault::new(format!("The environment variable {name} is not text in UTF-8."))),
    })
    .collect()
}
