//! `dossier provider run`: one action against the provider itself, or what it would send.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use dossier_connector::{Call, Channel, Connector, File, Form, Manifest, Names, Outcome, RequestNames, preview};
use dossier_domain::{AttachmentId, Ids, RequestId, RunId};
use dossier_outbound::{Authority, Policy};
use serde_json::{Value, json};

use super::book::Book;
use super::exchanges::{self, Printed};
use super::given::{self, Given};
use super::readable;
use super::secrets::{self, Missing};
use crate::desk;
use crate::fault::Fault;
use crate::say;

/// Who runs it, as the provider may be told.
const ACTOR: &str = "Dossier";

/// What `dossier provider run` can be told.
#[derive(Args)]
pub(crate) struct Options {
    /// A manifest, or a folder with a `provider.yaml`
    #[arg(value_name = "FILE|FOLDER")]
    manifest: PathBuf,
    /// The key of the action
    action: String,
    /// The channel's fields; its secrets come from `DOSSIER_PROVIDER_…` in the environment, or are asked for
    #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
    config: Vec<String>,
    /// The channel's fields as a JSON object; `--config` is laid over it
    #[arg(long, value_name = "FILE")]
    config_file: Option<PathBuf>,
    /// The action's fields; a cell of a row is `directors[0].Surname=Khanyile`
    #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
    params: Vec<String>,
    /// The action's fields as a JSON object; `--params` is laid over it
    #[arg(long, value_name = "FILE")]
    params_file: Option<PathBuf>,
    /// A file for a field of the action
    #[arg(long = "file", value_name = "NAME=PATH")]
    files: Vec<String>,
    /// What earlier actions of the request brought, as a JSON object
    #[arg(long, value_name = "FILE")]
    outputs_file: Option<PathBuf>,
    /// The reference of the request that it would run in
    #[arg(long, value_name = "TEXT", default_value = "Trial")]
    reference: String,
    /// A host that may be inside the own network or without TLS
    #[arg(long, value_name = "HOST:PORT")]
    allow: Vec<String>,
    /// Only show what would be sent
    #[arg(long)]
    dry_run: bool,
    /// Show what pages mask
    #[arg(long)]
    reveal: bool,
}

/// Runs the action once.
pub(super) async fn run(options: Options, environment: &[(String, String)]) -> Result<ExitCode, Fault> {
    let book = Book::only(&options.manifest)?;
    let manifest = book.manifest()?;
    let Some(action) = manifest.action(&options.action) else {
        let keys: Vec<&str> = manifest.actions.iter().map(|action| action.key.as_str()).collect();
        let (name, action) = (&manifest.name, &options.action);
        return Err(Fault::new(format!("{name} has no action “{action}”. Known: {}.", keys.join(", "))));
    };
    let ids = Ids::default();
    let channel = channel(&options, &manifest, &ids, environment)?;
    let outputs = options.outputs_file.as_deref().map_or_else(|| Ok(json!({})), given::json)?;
    let names = Names {
        request_id: ids.make::<RequestId>().to_string(),
        reference: options.reference.clone(),
        actor: ACTOR.to_owned(),
        config: channel.config.clone(),
        outputs,
        now: ids.clock.now(),
    };
    let (params, files) = params(&options, &action.form, &names, &ids)?;
    let call = Call {
        manifest: manifest.clone(),
        action: &options.action,
        channel,
        request: RequestNames { id: names.request_id, reference: names.reference },
        actor: names.actor,
        run: ids.make::<RunId>().to_string(),
        params,
        files,
        callback_url: None,
        outputs: names.outputs,
        now: names.now,
    };
    if options.dry_run { show(&options, &call, ids).await } else { send(&options, &call, ids).await }
}

/// Shows how it would sign in, and its first request.
async fn show(options: &Options, call: &Call<'_>, ids: Ids) -> Result<ExitCode, Fault> {
    let preview = preview(call, ids, options.reveal).await;
    preview.sign_in.iter().chain(&preview.first).for_each(exchanges::request);
    match (preview.first, preview.outcome) {
        (Some(_), _) => {
            say!("Nothing was sent. What follows this request depends on its answer.");
            Ok(ExitCode::SUCCESS)
        }
        (None, Outcome::Failed(failure)) => Err(Fault::new(readable::plain(&failure.message))),
        (None, _) => {
            say!("This action sends no request.");
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Sends it for real.
async fn send(options: &Options, call: &Call<'_>, ids: Ids) -> Result<ExitCode, Fault> {
    let allow = options.allow.iter().map(|text| {
        let authority = text.parse::<Authority>();
        authority.map_err(|_| Fault::new(format!("“{text}” in --allow is not host:port, such as 127.0.0.1:8000.")))
    });
    let policy = Policy { allow: allow.collect::<Result<_, _>>()?, ..Policy::default() };
    let connector = Connector::new(desk::client(policy)?, ids);
    let printed = Printed::default();
    match connector.run(call, &printed).await {
        Outcome::Succeeded(success) => {
            readable::result(&call.manifest, call.action, &success, options.reveal);
            Ok(ExitCode::SUCCESS)
        }
        Outcome::Failed(failure) => {
            let message = opened(&readable::plain(&failure.message));
            let said = printed.calls() > 0 || message.contains("othing was sent");
            let sent = if said { "" } else { " Nothing was sent." };
            Err(Fault::new(format!("It failed ({}): {message}{sent}", failure.class)))
        }
        Outcome::Unknown { message } => Err(Fault::new(format!(
            "Nobody knows how it ended: {} Ask the provider before you run it again.",
            readable::plain(&message)
        ))),
        Outcome::Refused(error) => Err(Fault::new(format!("Nothing was sent: {error}."))),
    }
}

/// A message in which the operator is asked to allow a host, for who can do that with an option.
fn opened(message: &str) -> String {
    let Some((before, rest)) = message.split_once("The operator can allow ") else { return message.to_owned() };
    let host = rest.split(' ').next().unwrap_or_default().trim_end_matches('.');
    format!("{before}Add --allow {host} if it is yours.")
}

fn channel(
    options: &Options,
    manifest: &Manifest,
    ids: &Ids,
    environment: &[(String, String)],
) -> Result<Channel, Fault> {
    let (form, names) = (&manifest.config, Names { now: ids.clock.now(), ..Names::default() });
    let given = Given { option: "--config", pairs: &options.config, file: options.config_file.as_deref() };
    let mut pairs = given.fill(form, &names, Vec::new())?.pairs;
    let missing = if options.dry_run { Missing::Invent } else { Missing::Ask };
    // What else is missing is said before anyone is asked for a secret.
    let open = form.retain(|field| !matches!(field.kind, dossier_connector::FieldKind::Secret));
    open.read(&pairs).map_err(|errors| given.refuse(&errors))?;
    pairs.extend(secrets::of(&form.flat_in(&pairs), environment, missing)?);
    let value = form.read(&pairs).map_err(|errors| given.refuse(&errors))?;
    let (config, secrets) = form.split(form.complete(&value, &names));
    Ok(Channel { id: "trial".to_owned(), version: 1, config, secrets })
}

fn params(options: &Options, form: &Form, names: &Names, ids: &Ids) -> Result<(Value, BTreeMap<String, File>), Fault> {
    let (mut files, mut pairs) = (BTreeMap::new(), Vec::new());
    for text in &options.files {
        let (id, name, file) = file(text, form, ids)?;
        let value = json!({ "id": id, "name": file.name, "type": file.media_type, "size": file.bytes.len() });
        pairs.push((name, value.to_string()));
        files.insert(id, file);
    }
    let given = Given { option: "--params", pairs: &options.params, file: options.params_file.as_deref() };
    let filled = given.fill(form, names, pairs)?;
    let value = form.read(&filled.pairs).map_err(|errors| given.refuse(&errors))?;
    Ok((value, files))
}

/// Reads `name=path`. What the file is, its bytes tell.
fn file(text: &str, form: &Form, ids: &Ids) -> Result<(String, String, File), Fault> {
    let Some((name, path)) = text.split_once('=') else {
        return Err(Fault::new(format!("“{text}” in --file is not name=path, such as photo=photo.png.")));
    };
    let field = form.every().find(|field| field.name == name && field.file_rule().is_some());
    let Some(field) = field else {
        return Err(Fault::new(format!("“{name}” in --file is no field of this action that takes a file.")));
    };
    let bytes = std::fs::read(path).map_err(|e| Fault::new(format!("{path} cannot be read: {e}.")))?;
    let shown = PathBuf::from(path).file_name().map(|name| name.to_string_lossy().into_owned());
    let media_type = field.take(&bytes).map_err(Fault::new)?.to_owned();
    let file = File { name: shown.unwrap_or_else(|| name.to_owned()), media_type, bytes };
    Ok((ids.make::<AttachmentId>().to_string(), name.to_owned(), file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_must_be_allowed_is_named_with_the_option() {
        for (said, opened_as) in [
            (
                "10.0.0.7:80 is not called. The operator can allow 10.0.0.7:80.",
                "10.0.0.7:80 is not called. Add --allow 10.0.0.7:80 if it is yours.",
            ),
            (
                "It must start with https://. The operator can allow [::1]:90 without it.",
                "It must start with https://. Add --allow [::1]:90 if it is yours.",
            ),
            ("Something else.", "Something else."),
        ] {
            assert_eq!(opened(said), opened_as);
        }
    }
}
