//! `dossier provider …`: the tools of those who write a provider's manifest.
//!
//! They need no installation, no database and no key: a manifest is a file. Everything that they say about it comes from
//! `connector`, which reads, rehearses and runs it exactly as the portal does.

mod book;
mod check;
mod docs;
mod exchanges;
mod given;
mod list;
mod readable;
mod run;
mod secrets;
mod starter;
mod trial;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use crate::fault::Fault;
use crate::say;

/// What can be done with a provider's manifest.
#[derive(Subcommand)]
pub(crate) enum Tool {
    /// Say everything that is wrong with manifests and their examples
    Check {
        /// Manifests, folders with a `provider.yaml`, or folders of such folders
        #[arg(required = true, value_name = "FILE|FOLDER")]
        paths: Vec<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Try the examples of a manifest; nothing leaves this computer
    Test {
        /// A manifest, a folder with a `provider.yaml`, or a folder of such folders
        #[arg(value_name = "FILE|FOLDER")]
        path: PathBuf,
        /// Only the examples of this action
        #[arg(long, value_name = "KEY")]
        action: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write a folder to begin with: a small manifest that explains itself, and examples
    New {
        /// The provider's key: small letters, digits and -
        name: String,
        /// Where the new folder is made
        #[arg(long, value_name = "DIR", default_value = ".")]
        folder: PathBuf,
    },
    /// Run one action against the provider, or show what it would send
    Run(Box<run::Options>),
    /// Print a page about a provider for those who use it, in Markdown
    Docs {
        /// A manifest, or a folder with a `provider.yaml`
        #[arg(value_name = "FILE|FOLDER")]
        path: PathBuf,
    },
    /// Print the JSON Schema of manifests, for editors
    Schema,
    /// List the providers of this program, and those of an operator's folder
    List {
        /// The folder, as `providers` in the configuration names it
        #[arg(long, value_name = "FOLDER")]
        providers: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Does what was asked. The code is not 0 when something is wrong that was said already.
pub(crate) async fn tool(tool: Tool, environment: &[(String, String)]) -> Result<ExitCode, Fault> {
    match tool {
        Tool::Check { paths, json } => check::check(&paths, json),
        Tool::Test { path, action, json } => trial::test(&path, action.as_deref(), json).await,
        Tool::New { name, folder } => starter::write(&name, &folder),
        Tool::Run(options) => run::run(*options, environment).await,
        Tool::Docs { path } => docs::print(&path),
        Tool::Schema => {
            say!("{:#}", dossier_connector::manifest_schema());
            Ok(ExitCode::SUCCESS)
        }
        Tool::List { providers, json } => list::print(providers.as_deref(), json),
    }
}
