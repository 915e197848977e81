//! What a person does to the own account: another password, and an end to sign-ins. A program has none of that.

use dossier_domain::{Email, SessionId, UserId};
use dossier_storage::sessions::{self, Session};
use dossier_storage::{links, users};
use secrecy::SecretString;
use serde_json::json;

use super::links::check_chosen;
use crate::App;
use crate::access::IDLE;
use crate::audit::Entry;
use crate::error::{AppError, Result};
use crate::grant::{Login, Member};

/// The member's sign-in, and the person.
fn person(member: &Member) -> Result<(SessionId, UserId)> {
    match member.login {
        Login::Session { id, user } => Ok((id, user)),
        Login::Key(_) => Err(AppError::NotFound),
    }
}

/// The address that the member signs in with.
///
/// # Errors
/// Only faults of this side.
pub async fn email(app: &App, member: &Member) -> Result<Email> {
    let (_, user) = person(member)?;
    let me = users::find(&mut app.db.read(member.scope).await?, user).await?;
    Ok(me.ok_or(AppError::NotFound)?.email)
}

/// The member's sign-ins that still count, the newest first.
///
/// # Errors
/// Only faults of this side.
pub async fn sessions(app: &App, member: &Member) -> Result<Vec<Session>> {
    let (now, (_, user)) = (app.now(), person(member)?);
    let mut all = sessions::list(&mut app.db.read(member.scope).await?, user, now).await?;
    all.retain(|session| now < session.last_seen_at.plus(IDLE));
    Ok(all)
}

/// Ends one of the member's own sign-ins.
///
/// # Errors
/// [`AppError::NotFound`] for one that is somebody else's, has ended, or never was.
pub async fn end(app: &App, member: &Member, id: SessionId) -> Result<()> {
    let (_, user) = person(member)?;
    let mut tx = app.db.write(member.scope).await?;
    if !sessions::remove_own(&mut tx, user, id).await? {
        return Err(AppError::NotFound);
    }
    Entry::by(member).did("session.ended", "user", user).write(app, &mut tx).await?;
    Ok(tx.commit().await?)
}

/// Ends every sign-in of the member but this one, and says how many there were.
///
/// # Errors
/// Only faults of this side.
pub async fn end_others(app: &App, member: &Member) -> Result<u64> {
    let (here, user) = person(member)?;
    let mut tx = app.db.write(member.scope).await?;
    let ended = sessions::remove_others(&mut tx, user, here).await?;
    if ended > 0 {
        let after = json!({ "ended": ended });
        Entry::by(member).did("session.others_ended", "user", user).after(after).write(app, &mut tx).await?;
    }
    tx.commit().await?;
    Ok(ended)
}

/// Gives the member another password, which takes the present one; the other sign-ins end, and so does a link to set one.
///
/// # Errors
/// [`AppError::Invalid`] with `present`, `password` or `again`.
pub async fn change_password(
    app: &App,
    member: &Member,
    present: &SecretString,
    chosen: &SecretString,
    again: &SecretString,
) -> Result<()> {
    let (here, user) = person(member)?;
    let stored = users::password(&mut app.db.read(member.scope).await?, user).await?;
    let stored = stored.ok_or(AppError::NotFound)?;
    let wrong = || AppError::field("present", "This is not your present password. Nothing was changed.");
    if !app.passwords.check(present, Some(secrecy::ExposeSecret::expose_secret(&stored))).await? {
        let mut tx = app.db.write(member.scope).await?;
        Entry::by(member).did("user.password_refused", "user", user).write(app, &mut tx).await?;
        tx.commit().await?;
        return Err(wrong());
    }
    check_chosen(chosen, again)?;
    let hash = SecretString::from(app.passwords.hash(chosen).await?);
    let mut tx = app.db.write(member.scope).await?;
    links::remove(&mut tx, user).await?;
    if !users::replace_password(&mut tx, user, &stored, &hash).await? {
        return Err(wrong());
    }
    sessions::remove_others(&mut tx, user, here).await?;
    let after = json!({ "password": "changed" });
    Entry::by(member).did("user.password_changed", "user", user).after(after).write(app, &mut tx).await?;
    Ok(tx.commit().await?)
}
