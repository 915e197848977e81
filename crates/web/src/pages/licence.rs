//! What the tenant may use, and until when. Read only: the operator manages it (TENANT-5). It takes `settings:manage`, as all
//! that the tenant has under Settings for itself, and no module: who cannot get in any more finds here why.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use dossier_app::grant::Settings;
use dossier_app::settings::{self, Module};
use dossier_domain::licence;

use crate::Web;
use crate::error::{Answer, show as page};
use crate::extract::May;
use crate::view::{self, LicencePage, ModuleRow, Opens, Term};
use crate::visit::Visit;

/// An end within this long is near.
const SOON: Duration = Duration::from_hours(30 * 24);

pub(super) async fn show(State(web): State<Web>, visit: Visit, May(grant): May<Settings>) -> Answer {
    let row = |module: Module| {
        let end = module.ends_at.map(|end| view::moment(end, &grant.local));
        let near = module.ends_at.is_some_and(|end| end.since(grant.now) <= SOON);
        ModuleRow {
            opens: if module.module == licence::KYC { Opens::Product } else { Opens::Providers(module.providers) },
            term: match end {
                None if module.held => Term::Open,
                None => Term::Missing,
                Some(end) if !module.covered => Term::Ended(end),
                Some(end) if near => Term::Soon(end),
                Some(end) => Term::Until(end),
            },
            module: module.module,
        }
    };
    let modules = settings::modules(&web.app, &grant).into_iter().map(row).collect();
    page(StatusCode::OK, &LicencePage { shell: visit.shell(), modules })
}
