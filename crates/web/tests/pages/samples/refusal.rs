//! What cannot be shown.

use dossier_domain::Permission;

use super::*;

pub(super) fn errors() -> Vec<(String, ErrorPage)> {
    const ID: &str = "0193-59e2-77aa";
    let who = People { names: vec![text("Riaan Coetzee"), text(HOSTILE)] };
    let all = |shell: fn() -> Shell| {
        vec![
            ErrorPage::bad_request(shell(), ID, "The address names a page that cannot be."),
            ErrorPage::forbidden(shell(), ID, Permission::KycExecute, who.clone()),
            ErrorPage::foreign_form(shell(), ID),
            ErrorPage::not_found(shell(), ID),
            ErrorPage::gone(shell(), ID, HOSTILE),
            ErrorPage::method(shell(), ID),
            ErrorPage::conflict(shell(), ID, "Pieter van Rensburg completed this request a moment ago."),
            ErrorPage::too_large(shell(), ID, "10 MB", "/requests/new"),
            ErrorPage::unreadable_form(shell(), ID),
            ErrorPage::too_many(shell(), ID, "15 minutes"),
            ErrorPage::internal(shell(), ID),
            ErrorPage::unavailable(shell(), ID),
            ErrorPage::file_missing(shell(), ID),
            ErrorPage::no_files(shell(), ID, "/requests/0193/files/78/image"),
        ]
    };
    let named = |kind: &str, pages: Vec<ErrorPage>| {
        let kind = kind.to_owned();
        pages
            .into_iter()
            .enumerate()
            .map(move |(n, page)| (format!("{kind}-{n}-{}", page.status()), page))
            .collect::<Vec<_>>()
    };
    [
        named("error", all(shell)),
        named("error-alone", all(stranger)),
        named("error-hostile", vec![ErrorPage::conflict(hostile_shell(), HOSTILE, HOSTILE)]),
    ]
    .concat()
}

pub(super) fn modules() -> Vec<(&'static str, ModuleRequiredPage)> {
    let page = ModuleRequiredPage {
        shell: shell(),
        module: text("kyc-intouch"),
        provider: text("InTouch"),
        ended: Some(text("31 Oct 2026")),
        back: Link { href: text("/requests"), text: text("Go to requests") },
        licence: None,
        request_id: text("0193-59e2-77aa"),
    };
    let licence = Some(Link { href: text("/settings/licence"), text: text("See the licence") });
    let never = ModuleRequiredPage { ended: None, licence, ..page.clone() };
    vec![("module-required", page), ("module-never", never)]
}
