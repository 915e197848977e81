//! The installation's providers.

use axum::extract::State;
use axum::http::StatusCode;
use dossier_app::grant::Manage;
use dossier_app::providers::{self, Listed, Origin, Refusal};
use dossier_connector::Verified;
use serde::Deserialize;

use super::encode;
use crate::Web;
use crate::error::{Answer, show as page};
use crate::extract::{Asked, May};
use crate::view::{
    Banner, Degree, Outcome, ProviderAction, ProviderDetail, ProviderRow, ProvidersPage, Refused, Wrong, isolate,
};
use crate::visit::Visit;

const HERE: &str = "/settings/providers";
/// How much of a digest tells two manifests apart.
const DIGEST: usize = 12;

#[derive(Default, Deserialize)]
pub(super) struct Query {
    open: Option<String>,
}

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    May(grant): May<Manage>,
    Asked(query): Asked<Query>,
) -> Answer {
    let all = providers::overview(&web.app, &grant);
    // The only one is open from the start.
    let open = query.open.or_else(|| match &all.providers[..] {
        [only] => Some(only.provider.manifest.key.clone()),
        _ => None,
    });
    let banner = all.unreadable.then(|| {
        let text = "What was read from it before stays in use. The server's log names the folder and the reason.";
        Banner::new(Outcome::Bad, "The operator's folder of providers cannot be read", text)
    });
    let view = ProvidersPage {
        shell: visit.shell(),
        banner,
        refused: all.refused.iter().map(refused).collect(),
        providers: all.providers.iter().map(|listed| row(listed, open.as_deref())).collect(),
    };
    page(StatusCode::OK, &view)
}

/// Only the place inside the operator's folder: who manages a tenant's settings need not know the server's disk.
fn refused(refusal: &Refusal) -> Refused {
    let wrong = refusal.problems.iter().map(|problem| Wrong {
        place: match problem.line {
            0 => refusal.file.clone(),
            line => format!("{}:{line}:{}", refusal.file, problem.column),
        },
        message: problem.message.clone(),
        mend: problem.mend.clone(),
    });
    Refused::new(&refusal.file, refusal.serving.clone(), wrong.collect())
}

fn row(listed: &Listed, open: Option<&str>) -> ProviderRow {
    let (provider, manifest) = (&listed.provider, &*listed.provider.manifest);
    let opened = open == Some(manifest.key.as_str());
    let actions = manifest.actions.iter().map(|action| ProviderAction {
        label: action.label.clone(),
        category: action.category.clone(),
        degree: match action.verified {
            Verified::Full => Degree::Full,
            Verified::Request => Degree::Request,
            Verified::Assumed => Degree::Assumed,
        },
    });
    ProviderRow {
        href: if opened { format!("{HERE}?open=") } else { format!("{HERE}?open={}", encode(&manifest.key)) },
        name: manifest.name.clone(),
        key: manifest.key.clone(),
        version: manifest.version.clone(),
        module: manifest.module.clone(),
        licensed: listed.licensed,
        origin: match &provider.origin {
            Origin::BuiltIn => "Built in".to_owned(),
            Origin::Folder(name) => format!("Folder {}", isolate(name)),
            Origin::Override(name) => format!("Folder {}, in place of the built-in one", isolate(name)),
        },
        earlier: provider.earlier,
        digest: manifest.digest.chars().take(DIGEST).collect(),
        opened: opened.then(|| {
            Box::new(ProviderDetail { description: manifest.description.clone(), actions: actions.collect() })
        }),
    }
}
