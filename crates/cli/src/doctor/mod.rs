//! `dossier doctor`: looks whether all is well, and says how to mend what is not. It changes nothing.

mod database;
mod host;
mod work;

use std::path::Path;
use std::process::ExitCode;

use dossier_domain::Clock;
use dossier_storage::{SCHEMA, inspect};
use serde_json::{Value, json};

use crate::config::Config;
use crate::desk;
use crate::fault::Fault;
use crate::key;
use crate::operator::{Answer, Place, print};
use crate::serve::settings;

/// How something stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// As it should be.
    Ok,
    /// It works, and somebody should look at it by day.
    Warning,
    /// It does not work, or soon will not.
    Fault,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// One thing that was looked at.
struct Check {
    /// A word that stays the same, for programs.
    name: &'static str,
    state: State,
    /// What was found, and what it means.
    finding: String,
    /// What to do about it.
    mend: Option<String>,
}

/// Everything that was looked at, in the order in which it is told.
#[derive(Default)]
struct Report(Vec<Check>);

impl Report {
    fn ok(&mut self, name: &'static str, finding: impl Into<String>) {
        self.0.push(Check { name, state: State::Ok, finding: finding.into(), mend: None });
    }

    fn warning(&mut self, name: &'static str, finding: impl Into<String>, mend: impl Into<String>) {
        self.0.push(Check { name, state: State::Warning, finding: finding.into(), mend: Some(mend.into()) });
    }

    fn fault(&mut self, name: &'static str, finding: impl Into<String>, mend: impl Into<String>) {
        self.0.push(Check { name, state: State::Fault, finding: finding.into(), mend: Some(mend.into()) });
    }

    fn count(&self, state: State) -> usize {
        self.0.iter().filter(|check| check.state == state).count()
    }

    fn answer(&self) -> Answer {
        let (faults, warnings) = (self.count(State::Fault), self.count(State::Warning));
        let mut lines = Vec::new();
        for check in &self.0 {
            lines.push(format!("{:<8} {:<18} {}", check.state.word(), check.name, check.finding));
            if let Some(mend) = &check.mend {
                lines.push(format!("{:<8} {:<18} → {mend}", "", ""));
            }
        }
        let counted = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        lines.push(format!("\n{}, {}.", counted(faults, "fault"), counted(warnings, "warning")));
        let checks = self.0.iter().map(|check| {
            json!({ "check": check.name, "state": check.state.word(), "finding": check.finding, "mend": check.mend })
        });
        let json = json!({
            "ok": faults == 0,
            "faults": faults,
            "warnings": warnings,
            "checks": checks.collect::<Vec<Value>>(),
        });
        Answer { text: lines.join("\n"), json }
    }
}

/// Looks at everything. The code is not 0 when there is a fault.
pub(crate) async fn run(place: &Place, environment: Result<Vec<(String, String)>, Fault>) -> Result<ExitCode, Fault> {
    let mut report = Report::default();
    let config = environment.and_then(|environment| Config::read(place.config.as_deref(), environment.into_iter()));
    match config {
        Ok(config) => look(place, &config, &mut report).await,
        Err(fault) => report.fault(
            "configuration",
            fault.to_string(),
            "Mend it; docs/running.md lists every key. Nothing else could be looked at.",
        ),
    }
    print(place.json, &report.answer());
    Ok(if report.count(State::Fault) == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn look(place: &Place, config: &Config, report: &mut Report) {
    configuration(place, config, report);
    host::public_address(config, report);
    let fingerprint = master_key(config, report);
    host::folder(config, report);
    host::bucket(config, report).await;
    host::space(config, report);
    let registry = host::providers(config, report);
    let Ok(database) = settings(config) else { return };
    let seen = match inspect(&database, &Clock::System).await {
        Ok(seen) => seen,
        Err(error) => {
            let mend = "Bring the database back, or mend its address in the configuration; then look again.";
            report.fault("database", error.to_string(), mend);
            return;
        }
    };
    let usable = database::look(&database, &seen, fingerprint.as_deref(), report);
    if let Some(registry) = registry.filter(|_| usable && seen.schema == SCHEMA && config.data.is_dir()) {
        work::look(config, registry, report).await;
    }
}

fn configuration(place: &Place, config: &Config, report: &mut Report) {
    let problems = [settings(config).err(), config.policy().and_then(desk::client).err(), config.files.bucket().err()];
    let mut sound = true;
    for fault in problems.into_iter().flatten() {
        sound = false;
        report.fault("configuration", fault.to_string(), "Mend this key; `dossier serve` would not start.");
    }
    if sound {
        let file = place.config.as_deref().unwrap_or(Path::new("dossier.toml"));
        report.ok(
            "configuration",
            if file.exists() {
                format!("{} and the environment can be read.", file.display())
            } else {
                format!("There is no {}; the environment can be read.", file.display())
            },
        );
    }
    host::readable_by_others(place, config, report);
}

/// The fingerprint of the master key that the configuration names.
fn master_key(config: &Config, report: &mut Report) -> Option<String> {
    match key::load(config.master_key.as_ref(), config.master_key_file.as_deref()) {
        Ok(key) => Some(key.fingerprint()),
        Err(fault) => {
            let mend = "Put the key file back from its copy. Make no new one: it could not read the data.";
            report.fault("master_key", fault.to_string(), mend);
            None
        }
    }
}
