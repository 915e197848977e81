//! Signing in and out, and who a browser's cookie stands for.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier_domain::{Actor, Email, Origin, Scope, Timestamp};
use dossier_storage::sessions::{Device, NewSession};
use dossier_storage::{ReadTx, api_keys, licences, sessions, system, tenants, users};
use dossier_vault::token_digest;
use secrecy::{ExposeSecret, SecretString};

use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::grant::{Grant, Login, Member, Right, Who};

/// A sign-in ends after this long, whatever is done.
pub const LIFE: Duration = Duration::from_hours(12);
/// A sign-in ends when nothing was asked for this long.
pub const IDLE: Duration = Duration::from_hours(2);
/// A refused sign-in takes at least this long, whatever was looked up and written for it: its time tells nobody whether
/// the address is known.
const REFUSAL: Duration = Duration::from_millis(250);
/// How often the moment of the last question is written down.
const TOUCH: Duration = Duration::from_mins(1);

/// What a cookie can stand for.
#[derive(Debug)]
pub enum Visitor {
    /// Someone who has signed in.
    Member(Member),
    /// Nobody any more: the sign-in has ended, or never was.
    Ended,
}

/// Who asks with a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A person does something: the sign-in is in use.
    Person,
    /// An open page asks by itself, which does not keep the sign-in alive.
    Page,
}

/// Checks e-mail and password. The answer never tells which of the two was wrong. `browser` is what the person will know it
/// by among the own sign-ins, such as `Firefox on Windows`.
///
/// # Errors
/// Only faults of this side; a wrong pair is `None`.
pub async fn sign_in(
    app: &App,
    email: &str,
    password: &SecretString,
    origin: &Origin,
    browser: Option<String>,
) -> Result<Option<SecretString>> {
    let refusal = tokio::time::sleep(REFUSAL);
    let token = check(app, email, password, origin, browser).await?;
    if token.is_none() {
        refusal.await;
    }
    Ok(token)
}

/// 256 random bits as text.
pub(crate) fn new_token(app: &App) -> SecretString {
    SecretString::from(URL_SAFE_NO_PAD.encode(app.ids.entropy.bytes::<32>()))
}

async fn check(
    app: &App,
    email: &str,
    password: &SecretString,
    origin: &Origin,
    browser: Option<String>,
) -> Result<Option<SecretString>> {
    let credential = match Email::parse(email) {
        Ok(email) => system::find_credential(&mut app.db.system_read().await?, &email.folded()).await?,
        Err(_) => None,
    };
    let hash = credential.as_ref().map(|c| c.password_hash.expose_secret().to_owned());
    let fits = app.passwords.check(password, hash.as_deref()).await?;
    let Some(credential) = credential else {
        let from = origin.address.map(|address| address.to_string()).unwrap_or_default();
        tracing::info!(from, "sign-in refused: no user has this e-mail address");
        return Ok(None);
    };

    let mut tx = app.db.write(Scope::of(credential.tenant)).await?;
    let now = app.now();
    // Checking takes a while: a password that was replaced meanwhile, or somebody kept out, signs nobody in.
    let counts = fits && users::signed_in(&mut tx, credential.user, &credential.password_hash, now).await?;
    if !counts {
        let entry = Entry::of(Actor::Anonymous, origin.clone());
        entry.did("session.refused", "user", credential.user).write(app, &mut tx).await?;
        tx.commit().await?;
        return Ok(None);
    }
    let token = new_token(app);
    let session = NewSession {
        id: app.ids.make(),
        user: credential.user,
        token_digest: token_digest(token.expose_secret().as_bytes()),
        device: Device { address: origin.address.map(|address| address.to_string()), browser },
        created_at: now,
        expires_at: now.plus(LIFE),
    };
    sessions::add(&mut tx, &session).await?;
    let entry = Entry::of(Actor::User { id: credential.user, name: credential.name }, origin.clone());
    entry.did("session.started", "user", credential.user).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(Some(token))
}

/// Who `token` stands for, with the licence and permissions of this moment.
///
/// # Errors
/// Only faults of this side.
pub async fn authenticate(app: &App, token: &SecretString, origin: Origin, by: Asker) -> Result<Visitor> {
    let digest = token_digest(token.expose_secret().as_bytes());
    let now = app.now();
    let session = system::find_session(&mut app.db.system_read().await?, digest, now).await?;
    let Some(session) = session.filter(|session| now < session.last_seen_at.plus(IDLE)) else {
        return Ok(Visitor::Ended);
    };
    let scope = Scope::of(session.tenant);
    let mut tx = app.db.read(scope).await?;
    let login = Login::Session { id: session.id, user: session.user };
    let member = member(&mut tx, login, origin, now).await?;
    drop(tx);
    if member.is_some() && by == Asker::Person && now.since(session.last_seen_at) >= TOUCH {
        let mut tx = app.db.write(scope).await?;
        sessions::touch(&mut tx, session.id, now).await?;
        tx.commit().await?;
    }
    Ok(member.map_or(Visitor::Ended, Visitor::Member))
}

/// Who `token`, an API key, stands for, with the licence and permissions of this moment; nobody when it is none, was
/// revoked, or has ended.
///
/// # Errors
/// Only faults of this side.
pub async fn authenticate_key(app: &App, token: &SecretString, origin: Origin) -> Result<Option<Member>> {
    let digest = token_digest(token.expose_secret().as_bytes());
    let found = system::find_api_key(&mut app.db.system_read().await?, digest).await?;
    let Some((tenant, id)) = found else { return Ok(None) };
    let (scope, now) = (Scope::of(tenant), app.now());
    let mut tx = app.db.read(scope).await?;
    let key = api_keys::find(&mut tx, id).await?;
    let member = member(&mut tx, Login::Key(id), origin, now).await?;
    drop(tx);
    let noted = key.and_then(|key| key.last_used_at);
    if let Some(member) = &member
        && noted.is_none_or(|noted| now.since(noted) >= TOUCH)
    {
        let mut tx = app.db.write(scope).await?;
        let address = member.origin.address.map(|address| address.to_string());
        api_keys::touch(&mut tx, id, now, address).await?;
        tx.commit().await?;
    }
    Ok(member)
}

/// The person or program with the licence and permissions of this moment, unless it is kept out.
pub(crate) async fn member(tx: &mut ReadTx, login: Login, origin: Origin, now: Timestamp) -> Result<Option<Member>> {
    let (name, roles, permissions) = match login {
        Login::Session { user, .. } => {
            let Some(user) = users::find(tx, user).await?.filter(|user| user.active) else { return Ok(None) };
            (user.name, user.roles, user.permissions)
        }
        Login::Key(id) => {
            let Some(key) = api_keys::find(tx, id).await?.filter(|key| key.counts(now)) else { return Ok(None) };
            (key.name, Vec::new(), key.permissions)
        }
    };
    let tenant = tenants::find(tx).await?.ok_or(AppError::NotFound)?;
    Ok(Some(Member::new(Who {
        scope: Scope::of(tx.tenant()),
        tenant_name: tenant.name,
        local: tenant.local,
        create_needs_execute: tenant.create_needs_execute,
        licence: licences::load(tx).await?,
        login,
        name,
        roles,
        permissions,
        origin,
        attempt: None,
        now,
    })))
}

/// Whether a permission that was given before would be given now: for what stays open. It is no use of the sign-in, which
/// ends as if nothing were open.
///
/// # Errors
/// Only faults of this side.
pub(crate) async fn still<R: Right>(app: &App, grant: &Grant<R>) -> Result<bool> {
    let now = app.now();
    let mut tx = app.db.read(grant.scope).await?;
    if let Login::Session { id, user } = grant.login {
        let seen = sessions::last_seen(&mut tx, user, id, now).await?;
        if seen.is_none_or(|seen| now >= seen.plus(IDLE)) {
            return Ok(false);
        }
    }
    let member = member(&mut tx, grant.login, grant.origin.clone(), now).await?;
    Ok(member.is_some_and(|member| member.grant::<R>().is_ok()))
}

/// Ends the member's sign-in at once.
///
/// # Errors
/// [`AppError::NotFound`] for a program, which has none.
pub async fn sign_out(app: &App, member: &Member) -> Result<()> {
    let Login::Session { id, user } = member.login else { return Err(AppError::NotFound) };
    let mut tx = app.db.write(member.scope).await?;
    sessions::remove(&mut tx, id).await?;
    Entry::by(member).did("session.ended", "user", user).write(app, &mut tx).await?;
    Ok(tx.commit().await?)
}

/// Who can give `permission`: the names of the tenant's active administrators (NAV-2).
///
/// # Errors
/// Only faults of this side.
pub async fn administrators(app: &App, member: &Member) -> Result<Vec<String>> {
    let mut tx = app.db.read(member.scope).await?;
    Ok(users::administrators(&mut tx).await?)
}

/// Removes sign-ins that have ended.
///
/// # Errors
/// Only faults of this side.
pub async fn sweep(app: &App) -> Result<()> {
    let mut tx = app.db.system().await?;
    system::purge_sessions(&mut tx, app.now()).await?;
    Ok(tx.commit().await?)
}
