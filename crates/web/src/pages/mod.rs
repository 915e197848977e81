//! The handlers, a file for each resource, and the list of their routes.

mod account;
mod action;
mod answer;
mod api_keys;
mod audit;
mod callbacks;
mod channel_form;
mod channels;
mod csv;
mod dashboard;
mod deeds;
mod events;
mod fields;
mod files;
mod follows;
mod general;
mod history;
mod licence;
mod links;
mod logs;
mod notes;
mod preferences;
mod providers;
mod quarantine;
mod reference;
mod request;
mod requests;
mod roles;
mod rows;
mod run;
mod settings;
mod shown;
mod sign_in;
mod standing;
mod story;
mod user_form;
mod users;
mod webhook_form;
mod webhooks;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use dossier_app::AppError;
use dossier_app::callbacks::LARGEST;
use dossier_app::grant::Needs;
use dossier_domain::Permission::{
    ApikeysManage, AuditRead, KycCreate, KycDelete, KycExecute, KycRead, KycUpdate, RolesCreate, RolesDelete,
    RolesRead, RolesUpdate, SettingsManage, UsersCreate, UsersDelete, UsersRead, UsersUpdate,
};

pub(crate) use settings::open_to;

use crate::error::Problem;
use crate::routes::Routes;
use crate::{Web, assets};

/// Every route of the portal.
pub(crate) fn routes() -> Routes {
    let routes = Routes::new()
        .get("/", Needs::Nothing, home)
        .get("/healthz", Needs::Nothing, health)
        .get("/assets/{file}", Needs::Nothing, assets::serve)
        .get("/sign-in", Needs::Nothing, sign_in::form)
        .post("/sign-in", Needs::Nothing, sign_in::sign_in)
        .post("/sign-out", Needs::SignIn, sign_in::sign_out)
        .post("/theme", Needs::Nothing, preferences::theme)
        .get("/shortcuts", Needs::SignIn, preferences::shortcuts)
        .post("/shortcuts", Needs::SignIn, preferences::set_shortcuts)
        .get("/dashboard", Needs::Permission(KycRead), dashboard::show)
        .get("/events", Needs::Permission(KycRead), events::stream)
        .get("/requests", Needs::Permission(KycRead), requests::list)
        .post("/requests", Needs::Permission(KycRead), requests::create)
        .get("/requests.csv", Needs::Permission(KycRead), requests::export)
        .get("/requests/new", Needs::Permission(KycRead), requests::new)
        .get("/requests/{request}", Needs::Permission(KycRead), request::show)
        .get("/requests/{request}/mark/{end}", Needs::Permission(KycExecute), deeds::ask_mark)
        .post("/requests/{request}/mark/{end}", Needs::Permission(KycExecute), deeds::mark)
        .get("/requests/{request}/reopen", Needs::Permission(KycExecute), deeds::ask_reopen)
        .post("/requests/{request}/reopen", Needs::Permission(KycExecute), deeds::reopen)
        .get("/requests/{request}/reference", Needs::Permission(KycExecute), deeds::edit_reference)
        .post("/requests/{request}/reference", Needs::Permission(KycExecute), deeds::rename)
        .get("/requests/{request}/delete", Needs::Permission(KycDelete), deeds::ask_delete)
        .post("/requests/{request}/delete", Needs::Permission(KycDelete), deeds::delete)
        .get("/requests/{request}/notes", Needs::Permission(KycRead), notes::list)
        .post("/requests/{request}/notes", Needs::Permission(KycExecute), notes::add)
        .get("/requests/{request}/runs", Needs::Permission(KycRead), history::show)
        .get("/requests/{request}/runs/{run}", Needs::Permission(KycRead), run::show)
        .post("/requests/{request}/runs/{run}/cancel", Needs::Permission(KycExecute), run::cancel)
        .post("/requests/{request}/runs/{run}/settle", Needs::Permission(KycExecute), run::settle)
        .get("/requests/{request}/logs", Needs::Permission(KycRead), logs::show)
        .get("/requests/{request}/audit", Needs::Permission(AuditRead), audit::of_request)
        .get("/requests/{request}/logs/{exchange}/{side}", Needs::Permission(KycRead), logs::body)
        .get("/requests/{request}/results/{result}/raw", Needs::Permission(KycRead), files::raw)
        .get("/requests/{request}/results/{result}/json", Needs::Permission(KycRead), answer::show)
        .get("/requests/{request}/results/{result}/tables/{table}", Needs::Permission(KycRead), rows::show)
        .get("/requests/{request}/files/{file}", Needs::Permission(KycRead), files::file)
        .get("/requests/{request}/files/{file}/document", Needs::Permission(KycRead), files::document)
        .get("/requests/{request}/files/{file}/image", Needs::Permission(KycRead), files::image)
        .get("/requests/{request}/actions/{action}", Needs::Permission(KycExecute), action::form)
        .post_files("/requests/{request}/actions/{action}", Needs::Permission(KycExecute), action::run)
        .hook("/callbacks/{token}", LARGEST, callbacks::receive)
        .get("/settings", Needs::SignIn, settings::first)
        .get("/settings/audit", Needs::Portal(AuditRead), audit::list)
        .get("/settings/audit.csv", Needs::Portal(AuditRead), audit::export)
        .get("/settings/callbacks", Needs::Permission(SettingsManage), quarantine::show)
        .get("/settings/channels", Needs::Permission(KycRead), channels::list)
        .get("/settings/channels/new", Needs::Permission(KycCreate), channel_form::new)
        .post("/settings/channels/new", Needs::Permission(KycCreate), channel_form::create)
        .get("/settings/channels/{channel}", Needs::Permission(KycRead), channels::show)
        .get("/settings/channels/{channel}/edit", Needs::Permission(KycUpdate), channel_form::edit)
        .post("/settings/channels/{channel}/edit", Needs::Permission(KycUpdate), channel_form::update)
        .get("/settings/channels/{channel}/delete", Needs::Permission(KycDelete), channels::ask_delete)
        .post("/settings/channels/{channel}/delete", Needs::Permission(KycDelete), channels::delete)
        .post("/settings/channels/{channel}/address", Needs::Permission(SettingsManage), channels::address)
        .post("/settings/channels/{channel}/address/rotate", Needs::Permission(SettingsManage), channels::rotate)
        .get("/settings/general", Needs::Portal(SettingsManage), general::form)
        .post("/settings/general", Needs::Portal(SettingsManage), general::save)
        .get("/settings/licence", Needs::Portal(SettingsManage), licence::show)
        .get("/settings/providers", Needs::Permission(SettingsManage), providers::show)
        .get("/link/{token}", Needs::Nothing, links::open)
        .post("/link/{token}", Needs::Nothing, links::redeem)
        .get("/account", Needs::SignIn, account::show)
        .post("/account/password", Needs::SignIn, account::password)
        .post("/account/sessions/end", Needs::SignIn, account::end_others)
        .post("/account/sessions/{session}/end", Needs::SignIn, account::end)
        .get("/settings/users", Needs::Portal(UsersRead), users::list)
        .get("/settings/users/new", Needs::Portal(UsersCreate), user_form::new)
        .post("/settings/users/new", Needs::Portal(UsersCreate), user_form::invite)
        .get("/settings/users/{user}", Needs::Portal(UsersRead), users::show)
        .get("/settings/users/{user}/edit", Needs::Portal(UsersUpdate), user_form::edit)
        .post("/settings/users/{user}/edit", Needs::Portal(UsersUpdate), user_form::update)
        .post("/settings/users/{user}/link", Needs::Portal(UsersUpdate), links::renew)
        .get("/settings/users/{user}/deactivate", Needs::Portal(UsersDelete), users::ask_deactivate)
        .post("/settings/users/{user}/deactivate", Needs::Portal(UsersDelete), users::deactivate)
        .post("/settings/users/{user}/activate", Needs::Portal(UsersDelete), users::activate)
        .get("/api", Needs::SignIn, reference::overview)
        .get("/api/{heading}", Needs::SignIn, reference::heading)
        .get("/settings/api-keys", Needs::Portal(ApikeysManage), api_keys::list)
        .get("/settings/api-keys/new", Needs::Portal(ApikeysManage), api_keys::new)
        .post("/settings/api-keys/new", Needs::Portal(ApikeysManage), api_keys::make)
        .get("/settings/api-keys/{key}/revoke", Needs::Portal(ApikeysManage), api_keys::ask_revoke)
        .post("/settings/api-keys/{key}/revoke", Needs::Portal(ApikeysManage), api_keys::revoke)
        .get("/settings/roles", Needs::Portal(RolesRead), roles::list)
        .get("/settings/roles/new", Needs::Portal(RolesCreate), roles::new)
        .post("/settings/roles/new", Needs::Portal(RolesCreate), roles::create)
        .get("/settings/roles/{role}", Needs::Portal(RolesRead), roles::show)
        .get("/settings/roles/{role}/edit", Needs::Portal(RolesUpdate), roles::edit)
        .post("/settings/roles/{role}/edit", Needs::Portal(RolesUpdate), roles::update)
        .get("/settings/roles/{role}/delete", Needs::Portal(RolesDelete), roles::ask_delete)
        .post("/settings/roles/{role}/delete", Needs::Portal(RolesDelete), roles::delete);
    webhooks::routes(routes)
}

async fn home() -> Redirect {
    Redirect::to("/requests")
}

/// For load balancers: whether this process can reach its database.
async fn health(State(web): State<Web>) -> Response {
    let ready = web.app.is_ready().await;
    let (status, word) =
        if ready { (StatusCode::OK, "ok\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "no database\n") };
    (status, word).into_response()
}

/// An address that nothing answers.
pub(crate) async fn missing() -> Problem {
    AppError::NotFound.into()
}

/// A method that the address does not take.
pub(crate) async fn wrong_method() -> Problem {
    Problem::Method
}

/// `text` as a value in a query.
pub(crate) fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// `path` with those of `pairs` that have a value as its query.
pub(crate) fn address<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let given: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    if given.is_empty() {
        return path.to_owned();
    }
    format!("{path}?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish())
}

/// The policy of what others made: it loads nothing, runs nothing and belongs to no origin.
const SANDBOX: &str = "default-src 'none'; sandbox";

/// A download under `name`. It is never shown inside our pages' origin: whatever the bytes are, no script in them runs.
fn download(name: &str, media_type: &str, bytes: Vec<u8>) -> Response {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    let exact = encode(name).replace('+', "%20");
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}");
    let octets = HeaderValue::from_static("application/octet-stream");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap_or(octets)),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment")),
        ),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX)),
    ];
    (headers, bytes).into_response()
}
