//! The `dossier` binary: reads the configuration, puts the parts together, and serves.

mod config;
mod demo;
mod derived;
mod desk;
mod doctor;
mod fault;
mod folder;
mod init;
mod keep;
mod key;
mod operator;
mod people;
mod provider;
mod samples;
mod say;
mod serve;
mod simulator;
mod terminal;

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
    /// Make everything that `dossier serve` needs: key, configuration, database, first tenant and administrator
    Init(Box<init::Options>),
    /// List, show, add and rename tenants
    Tenant {
        #[command(flatten)]
        place: operator::Place,
        #[command(subcommand)]
        tool: operator::tenant::Tool,
    },
    /// List, grant and end what tenants may use
    Licence {
        #[command(flatten)]
        place: operator::Place,
        #[command(subcommand)]
        tool: operator::licence::Tool,
    },
    /// List and add people, change their roles, let them in or keep them out, reset their passwords
    User {
        #[command(flatten)]
        place: operator::Place,
        #[command(subcommand)]
        tool: Box<operator::user::Tool>,
    },
    /// Look whether all is well, and say how to mend what is not
    Doctor(operator::Place),
    /// Try everything on this computer, with a simulated provider and invented people
    Demo(demo::Options),
    /// Write, check, try and run the manifests of providers
    #[command(subcommand)]
    Provider(provider::Tool),
    /// Run the simulated InTouch alone, on this computer
    Simulator(simulator::Options),
}

impl Command {
    /// Whether programs read what comes of it: then its fault is JSON too.
    fn for_programs(&self) -> bool {
        match self {
            Self::Init(options) => options.json,
            Self::Tenant { place, .. }
            | Self::Licence { place, .. }
            | Self::User { place, .. }
            | Self::Doctor(place) => place.json,
            Self::Serve { .. } | Self::Migrate { .. } | Self::Demo(_) | Self::Provider(_) | Self::Simulator(_) => false,
        }
    }
}

/// The command line. What is wrong with it is JSON when `--json` stands in it.
fn arguments() -> Cli {
    Cli::try_parse().unwrap_or_else(|error| {
        let asked_for = std::env::args_os().any(|argument| argument == "--json");
        if asked_for && error.use_stderr() {
            let words = error.render().to_string();
            let _ = writeln!(std::io::stderr(), "{}", Fault::coded("usage", words.trim_end()).json());
            std::process::exit(error.exit_code());
        }
        error.exit()
    })
}

fn main() -> ExitCode {
    let cli = arguments();
    let json = cli.command.for_programs();
    let run = async {
        match cli.command {
            Command::Serve { config } => {
                serve::serve(Config::read(config.as_deref(), environment()?.into_iter())?).await?;
            }
            Command::Migrate { config } => {
                serve::migrate(&Config::read(config.as_deref(), environment()?.into_iter())?).await?;
            }
            Command::Init(options) => init::run(*options, environment()?).await?,
            Command::Tenant { place, tool } => operator::tenant::run(tool, &place, environment()?).await?,
            Command::Licence { place, tool } => operator::licence::run(tool, &place, environment()?).await?,
            Command::User { place, tool } => operator::user::run(*tool, &place, environment()?).await?,
            Command::Doctor(place) => return doctor::run(&place, environment()).await,
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
            let said = if json { fault.json().to_string() } else { format!("dossier: {fault}") };
            let _ = writeln!(std::io::stderr(), "{said}");
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
