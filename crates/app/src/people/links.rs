//! The links by which people set a password. A link's token is shown once and kept nowhere; only its digest is.

use std::time::Duration;

use dossier_domain::{Actor, LinkKind, Origin, PermissionSet, Scope, Timestamp, UserId};
use dossier_storage::users::User;
use dossier_storage::{WriteTx, links, roles, sessions, system, tenants, users};
use dossier_vault::token_digest;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{hold, reach};
use crate::App;
use crate::access::new_token;
use crate::audit::Entry;
use crate::error::{AppError, FieldError, Result};
use crate::grant::{Grant, UsersUpdate};
use crate::password::check_length;

/// An invitation is handed over at leisure.
const INVITATION: Duration = Duration::from_hours(7 * 24);
/// A reset is waited for.
const RESET: Duration = Duration::from_hours(24);

/// A link as it is shown, once.
#[derive(Debug)]
pub struct Link {
    /// Whose.
    pub user: UserId,
    /// What for.
    pub kind: LinkKind,
    /// The secret part of its address.
    token: SecretString,
    /// The first instant at which it counts no more.
    pub expires_at: Timestamp,
}

impl Link {
    /// The path of its address.
    pub fn path(&self) -> SecretString {
        SecretString::from(format!("/link/{}", self.token.expose_secret()))
    }
}

/// Gives a person a link in place of the one before.
pub(super) async fn issue(app: &App, tx: &mut WriteTx, by: Entry, user: UserId, kind: LinkKind) -> Result<Link> {
    let token = new_token(app);
    let life = if kind == LinkKind::Invitation { INVITATION } else { RESET };
    let expires_at = app.now().plus(life);
    let digest = token_digest(token.expose_secret().as_bytes());
    let permissions = users::find(tx, user).await?.ok_or(AppError::NotFound)?.permissions;
    let made_by = by.user();
    let link = links::Link { token_digest: digest, kind, permissions, made_by, expires_at, used_at: None };
    links::put(tx, user, &link).await?;
    let after = json!({ "link": kind, "expires_at": expires_at.to_string() });
    by.did("user.link_made", "user", user).after(after).write(app, tx).await?;
    Ok(Link { user, kind, token, expires_at })
}

/// Ends the link of a person who was not there to use it: an invitation can be made again.
pub(crate) async fn end(app: &App, tx: &mut WriteTx, user: UserId) -> Result<()> {
    let nobodys = token_digest(new_token(app).expose_secret().as_bytes());
    Ok(links::end(tx, user, nobodys, app.now()).await?)
}

/// Makes a link for somebody who is not kept out: another invitation as long as the first password was not set.
pub(crate) async fn issue_for(app: &App, tx: &mut WriteTx, by: Entry, user: &User) -> Result<Link> {
    if !user.active {
        let why = format!("{} is deactivated, so a link would lead nowhere. Activate first.", user.name);
        return Err(AppError::Conflict(why));
    }
    let kind = if user.invited_until.is_some() { LinkKind::Invitation } else { LinkKind::Reset };
    issue(app, tx, by, user.id, kind).await
}

/// Makes a link for a person, and says for whom.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Forbidden`] for a person who holds more; [`AppError::Conflict`] for one who is kept out,
/// and for oneself: that would go past the present password.
pub async fn renew(app: &App, grant: &Grant<UsersUpdate>, id: UserId) -> Result<(Link, User)> {
    if Some(id) == grant.user() {
        return Err(AppError::Conflict("Change your own password under Your account.".to_owned()));
    }
    let mut tx = app.db.write(grant.scope).await?;
    let held = hold(app, &mut tx, grant).await?;
    let user = users::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    reach(&held.mine, &user.permissions)?;
    let link = issue_for(app, &mut tx, Entry::by(grant), &user).await?;
    tx.commit().await?;
    Ok((link, user))
}

/// What a link leads to.
#[derive(Debug)]
pub enum Opened {
    /// A password can be set.
    Usable(Box<Usable>),
    /// It was used.
    Used,
    /// It was not used in time.
    Ended,
    /// There is no such link, another one took its place, or the person was given more since it was made.
    Unknown,
}

/// Whose password can be set.
#[derive(Debug)]
pub struct Usable {
    /// The tenant's name.
    pub tenant: String,
    /// The person.
    pub user: User,
    /// What the link is for.
    pub kind: LinkKind,
    permissions: PermissionSet,
    scope: Scope,
}

/// Looks where a link leads. Nothing is used up by looking.
///
/// # Errors
/// Only faults of this side.
pub async fn open(app: &App, token: &SecretString) -> Result<Opened> {
    let digest = token_digest(token.expose_secret().as_bytes());
    let found = system::find_link(&mut app.db.system_read().await?, digest).await?;
    let Some((tenant, user, link)) = found else { return Ok(Opened::Unknown) };
    if link.used_at.is_some() {
        return Ok(Opened::Used);
    }
    if link.expires_at <= app.now() {
        return Ok(Opened::Ended);
    }
    let scope = Scope::of(tenant);
    let mut tx = app.db.read(scope).await?;
    let tenant = tenants::find(&mut tx).await?.ok_or(AppError::NotFound)?.name;
    let (kind, permissions) = (link.kind, link.permissions);
    let user = users::find(&mut tx, user).await?.filter(|user| stands_for(&permissions, user));
    let usable = |user| Opened::Usable(Box::new(Usable { tenant, user, kind, permissions, scope }));
    Ok(user.map_or(Opened::Unknown, usable))
}

/// Whether a link that was made for somebody with these permissions is still one for the person. Whoever made it knew the
/// token, and must not get more by it than they could give.
fn stands_for(permissions: &PermissionSet, user: &User) -> bool {
    user.active && permissions.lacks(&user.permissions).is_none()
}

/// What became of a password that was sent to a link.
#[derive(Debug)]
pub enum Redeemed {
    /// It is set, and every session of the person has ended.
    Done,
    /// Nothing was set: the link leads nowhere any more.
    Not(Opened),
}

/// Sets the password of the person that a link is for, and uses the link up.
///
/// # Errors
/// [`AppError::Invalid`] with `password` or `again`.
pub async fn redeem(
    app: &App,
    token: &SecretString,
    chosen: &SecretString,
    again: &SecretString,
    origin: &Origin,
) -> Result<Redeemed> {
    // Hashing is work, and nobody has signed in here: no link, no work.
    let usable = match open(app, token).await? {
        Opened::Usable(usable) => usable,
        other => return Ok(Redeemed::Not(other)),
    };
    check_chosen(chosen, again)?;
    let hash = SecretString::from(app.passwords.hash(chosen).await?);
    let mut tx = app.db.write(usable.scope).await?;
    let (id, name) = (usable.user.id, usable.user.name);
    let digest = token_digest(token.expose_secret().as_bytes());
    // Nobody is given more meanwhile.
    roles::hold(&mut tx).await?;
    let taken = links::take(&mut tx, id, digest, app.now()).await?;
    let user = users::find(&mut tx, id).await?;
    if !(taken && user.is_some_and(|user| stands_for(&usable.permissions, &user))) {
        drop(tx);
        return Ok(Redeemed::Not(open(app, token).await?));
    }
    users::set_password(&mut tx, id, &hash).await?;
    sessions::remove_for_user(&mut tx, id).await?;
    let after = json!({ "password": "changed", "link": usable.kind });
    let entry = Entry::of(Actor::User { id, name }, origin.clone());
    entry.did("user.password_set", "user", id).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(Redeemed::Done)
}

/// Refuses a password that is too short or too long, or that was not typed twice alike.
pub(super) fn check_chosen(chosen: &SecretString, again: &SecretString) -> Result<()> {
    check_length(chosen)?;
    if chosen.expose_secret() != again.expose_secret() {
        let why = "This is not the same as the password above. Type both again.";
        return Err(AppError::Invalid(vec![FieldError::new("again", why)]));
    }
    Ok(())
}
