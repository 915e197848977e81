//! People: listed, invited, changed, kept out and let in again.

use std::collections::BTreeSet;

use dossier_domain::reference::fold;
use dossier_domain::{Email, LinkKind, Permission, PermissionSet, RoleId, UserId};
use dossier_storage::roles::{self, Role};
use dossier_storage::users::{self, NewUser, User};
use dossier_storage::{Constraint, ReadTx, StorageError, links as stored, sessions};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::links::{Link, end, issue};
use super::{Held, administers, hold, keep_one_administrator, reach, read};
use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, FieldError, Result};
use crate::grant::{Grant, Member, UsersCreate, UsersDelete, UsersRead, UsersUpdate};
use crate::setup::{make_password, named};

/// How many people a page shows.
const SIZE: usize = 25;

/// Which page of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Turn {
    /// The first one.
    #[default]
    First,
    /// What follows this person.
    After(UserId),
    /// What stands before this person.
    Before(UserId),
}

/// A page of people, in the order of their names.
#[derive(Debug)]
pub struct Found {
    /// At most 25.
    pub rows: Vec<User>,
    /// How many match.
    pub matching: usize,
    /// Leads to the page before, when there is one.
    pub before: Option<UserId>,
    /// Leads to the page after, when there is one.
    pub after: Option<UserId>,
}

/// The people with `text` in their name or address, without case or accents. A tenant has hundreds, and names are folded by
/// rules that no database knows: they are all read, and sorted here.
///
/// # Errors
/// Only faults of this side.
pub async fn list(app: &App, grant: &Grant<UsersRead>, text: &str, turn: Turn) -> Result<Found> {
    let all = users::list(&mut app.db.read(grant.scope).await?).await?;
    let wanted = fold(text.trim());
    let named = all.into_iter().map(|user| (fold(&user.name), user));
    let mut all: Vec<_> =
        named.filter(|(name, user)| name.contains(&wanted) || user.email.folded().contains(&wanted)).collect();
    all.sort_by(|(one, a), (other, b)| (one, a.id).cmp(&(other, b.id)));
    let place = |id: UserId| all.iter().position(|(_, user)| user.id == id);
    let (begin, end) = match turn {
        Turn::After(id) => place(id).map_or((0, SIZE), |at| (at + 1, at + 1 + SIZE)),
        Turn::Before(id) => place(id).map_or((0, SIZE), |at| (at.saturating_sub(SIZE), at)),
        Turn::First => (0, SIZE),
    };
    let (matching, end) = (all.len(), end.min(all.len()));
    let rows: Vec<_> = all.into_iter().take(end).skip(begin).map(|(_, user)| user).collect();
    let before = rows.first().filter(|_| begin > 0).map(|user| user.id);
    let after = rows.last().filter(|_| end < matching).map(|user| user.id);
    Ok(Found { rows, matching, before, after })
}

/// A person, and what keeps the one who looks from changing somebody who holds so much.
#[derive(Debug)]
pub struct Seen {
    /// The person.
    pub user: User,
    /// A permission that the person holds and the one who looks does not.
    pub beyond: Option<Permission>,
}

/// One person.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn find(app: &App, grant: &Grant<UsersRead>, id: UserId) -> Result<Seen> {
    let user = users::find(&mut app.db.read(grant.scope).await?, id).await?.ok_or(AppError::NotFound)?;
    Ok(Seen { beyond: grant.permissions.lacks(&user.permissions), user })
}

/// What a person typed into the form of another.
#[derive(Clone, Default)]
pub struct Typed {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// The ids of the roles that were ticked.
    pub roles: Vec<String>,
}

struct Checked {
    name: String,
    email: Email,
    roles: Vec<Role>,
}

impl Typed {
    /// Every field that is not in order, or the whole. What somebody `has` already need not be given.
    fn check(&self, held: &Held, has: &[RoleId]) -> std::result::Result<Checked, Vec<FieldError>> {
        let mut refused = Vec::new();
        let name = read(&mut refused, named("name", &self.name));
        let email = Email::parse(&self.email).map_err(|why| AppError::field("email", why.to_string()));
        let email = read(&mut refused, email);
        let roles = read(&mut refused, self.chosen(held, has).map_err(|why| AppError::field("roles", why)));
        match (name, email, roles) {
            (Some(name), Some(email), Some(roles)) => Ok(Checked { name, email, roles }),
            _ => Err(refused),
        }
    }

    fn chosen(&self, held: &Held, has: &[RoleId]) -> std::result::Result<Vec<Role>, String> {
        let ticked = |role: &&Role| self.roles.contains(&role.id.to_string());
        let chosen: Vec<_> = held.roles.iter().filter(ticked).cloned().collect();
        if self.roles.iter().any(|id| chosen.iter().all(|role| role.id.to_string() != *id)) {
            return Err("One of the roles is not there any more. Look at them again.".to_owned());
        }
        for role in chosen.iter().filter(|role| !has.contains(&role.id)) {
            if let Some(missing) = held.mine.lacks(&role.permissions) {
                return Err(format!("You cannot give {}: it holds {missing}, and you do not.", role.name));
            }
        }
        Ok(chosen)
    }
}

impl Checked {
    fn ids(&self) -> Vec<RoleId> {
        self.roles.iter().map(|role| role.id).collect()
    }

    /// Whether `user` is like this already.
    fn is(&self, user: &User) -> bool {
        let ids = |ids: &[RoleId]| ids.iter().copied().collect::<BTreeSet<_>>();
        (&self.name, &self.email, ids(&self.ids())) == (&user.name, &user.email, ids(&user.role_ids))
    }

    fn facts(&self) -> Value {
        let roles: Vec<_> = self.roles.iter().map(|role| &role.name).collect();
        json!({ "name": self.name, "email": self.email, "roles": roles })
    }
}

fn facts(user: &User) -> Value {
    json!({ "name": user.name, "email": user.email, "roles": user.roles })
}

/// The same words whoever has the address, in whichever tenant (TENANT-6).
fn taken() -> AppError {
    AppError::field("email", "Another user of this installation has this address.")
}

/// The id of a person to be, which the form carries.
pub fn new_id(app: &App) -> UserId {
    app.ids.make()
}

/// The roles that a member may give, and those that hold more than the member does.
///
/// # Errors
/// Only faults of this side.
pub async fn givable(app: &App, member: &Member) -> Result<(Vec<Role>, Vec<Role>)> {
    let all = roles::list(&mut app.db.read(member.scope).await?).await?;
    Ok(split(all, &member.permissions))
}

fn split(all: Vec<Role>, mine: &PermissionSet) -> (Vec<Role>, Vec<Role>) {
    all.into_iter().partition(|role| mine.lacks(&role.permissions).is_none())
}

/// Adds a person under the id that the form carries, with a link to set the first password. The same form sent twice adds
/// one person, and the link of the second time counts.
///
/// # Errors
/// [`AppError::Invalid`] with the fields of the form; [`AppError::KeyReused`] when the form was sent before with other content.
pub async fn invite(app: &App, grant: &Grant<UsersCreate>, id: UserId, typed: &Typed) -> Result<Link> {
    // Nobody knows it: until the link is used, nobody can sign in.
    let hash = SecretString::from(app.passwords.hash(&make_password()).await?);
    let mut tx = app.db.write(grant.scope).await?;
    let held = hold(app, &mut tx, grant).await?;
    let checked = typed.check(&held, &[]).map_err(AppError::Invalid)?;
    if let Some(made) = users::find(&mut tx, id).await? {
        let waits = made.active && made.invited_until.is_some();
        if !(waits && checked.is(&made) && may_resend(&mut tx, &held, grant, id).await?) {
            return Err(AppError::KeyReused);
        }
        let link = issue(app, &mut tx, Entry::by(grant), id, LinkKind::Invitation).await?;
        tx.commit().await?;
        return Ok(link);
    }
    let new = NewUser {
        id,
        email: &checked.email,
        name: &checked.name,
        password_hash: &hash,
        roles: &checked.ids(),
        created_at: app.now(),
    };
    match users::add(&mut tx, &new).await {
        Ok(()) => {}
        Err(StorageError::Conflict(Constraint::UserEmail)) => return Err(taken()),
        Err(error) => return Err(error.into()),
    }
    Entry::by(grant).did("user.created", "user", id).after(checked.facts()).write(app, &mut tx).await?;
    let link = issue(app, &mut tx, Entry::by(grant), id, LinkKind::Invitation).await?;
    tx.commit().await?;
    Ok(link)
}

/// Whether the one who sends a form again invited the person, or may make links.
async fn may_resend(tx: &mut ReadTx, held: &Held, grant: &Grant<UsersCreate>, id: UserId) -> Result<bool> {
    let link = stored::find(tx, id).await?;
    Ok(held.mine.allows(Permission::UsersUpdate)
        || link.is_some_and(|link| link.made_by.is_some() && link.made_by == grant.user()))
}

/// A person whose form is open.
#[derive(Debug)]
pub struct Editing {
    /// As stored.
    pub user: User,
    /// The roles that can be given.
    pub givable: Vec<Role>,
    /// The roles that hold more than the one who edits does.
    pub beyond: Vec<Role>,
}

/// What became of a changed form.
#[derive(Debug)]
pub enum Saved {
    /// The person is as the form has it.
    Done,
    /// Somebody else has changed the person since the form was opened. Nothing was saved; it is stored like this now.
    Stale(Box<Editing>),
}

/// Opens the form of a person.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Forbidden`] for a person who holds more.
pub async fn editing(app: &App, grant: &Grant<UsersUpdate>, id: UserId) -> Result<Editing> {
    let mut tx = app.db.read(grant.scope).await?;
    let user = users::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    reach(&grant.permissions, &user.permissions)?;
    let (givable, beyond) = split(roles::list(&mut tx).await?, &grant.permissions);
    Ok(Editing { user, givable, beyond })
}

/// Saves the form of a person that was opened at `version`.
///
/// # Errors
/// [`AppError::Invalid`] with the fields of the form, the roles among them for the last active administrator (ACCESS-5);
/// otherwise those of [`editing`].
pub async fn update(app: &App, grant: &Grant<UsersUpdate>, id: UserId, version: i64, typed: &Typed) -> Result<Saved> {
    let mut tx = app.db.write(grant.scope).await?;
    let held = hold(app, &mut tx, grant).await?;
    let user = users::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    reach(&held.mine, &user.permissions)?;
    let checked = typed.check(&held, &user.role_ids);
    if checked.as_ref().is_ok_and(|checked| checked.is(&user)) {
        return Ok(Saved::Done);
    }
    if user.version != version {
        let (givable, beyond) = split(held.roles, &held.mine);
        return Ok(Saved::Stale(Box::new(Editing { user, givable, beyond })));
    }
    let checked = checked.map_err(AppError::Invalid)?;
    if !checked.roles.iter().any(|role| administers(&role.permissions)) {
        let kept = keep_one_administrator(&mut tx, |one| one.id != id).await;
        kept.map_err(|error| match error {
            AppError::Conflict(why) => AppError::field("roles", why),
            other => other,
        })?;
    }
    // Whoever reads the post of the address before must not set the password.
    if checked.email.folded() != user.email.folded() {
        end(app, &mut tx, id).await?;
    }
    match users::change(&mut tx, id, version, &checked.name, &checked.email).await {
        Ok(true) => {}
        Ok(false) => return Err(AppError::NotFound),
        Err(StorageError::Conflict(Constraint::UserEmail)) => return Err(taken()),
        Err(error) => return Err(error.into()),
    }
    users::set_roles(&mut tx, id, &checked.ids()).await?;
    let entry = Entry::by(grant).did("user.updated", "user", id).before(facts(&user)).after(checked.facts());
    entry.write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(Saved::Done)
}

/// Somebody who may be kept out, before it is done.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Forbidden`] for a person who holds more.
pub async fn leaver(app: &App, grant: &Grant<UsersDelete>, id: UserId) -> Result<User> {
    let user = users::find(&mut app.db.read(grant.scope).await?, id).await?.ok_or(AppError::NotFound)?;
    reach(&grant.permissions, &user.permissions)?;
    Ok(user)
}

/// Keeps a person out from now on: ends the person's sessions and link. `false` when the person was kept out already.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Forbidden`] for a person who holds more; [`AppError::Conflict`] for the last active
/// administrator (ACCESS-5).
pub async fn deactivate(app: &App, grant: &Grant<UsersDelete>, id: UserId) -> Result<bool> {
    let mut tx = app.db.write(grant.scope).await?;
    let held = hold(app, &mut tx, grant).await?;
    let user = users::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    reach(&held.mine, &user.permissions)?;
    if !user.active {
        return Ok(false);
    }
    keep_one_administrator(&mut tx, |one| one.id != id).await?;
    end(app, &mut tx, id).await?;
    users::set_active(&mut tx, id, false).await?;
    let ended = sessions::remove_for_user(&mut tx, id).await?;
    let (before, after) = (json!({ "active": true }), json!({ "active": false, "sessions_ended": ended }));
    Entry::by(grant).did("user.deactivated", "user", id).before(before).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(true)
}

/// Lets a person in again. `false` when the person can sign in already.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Forbidden`] for a person who holds more.
pub async fn activate(app: &App, grant: &Grant<UsersDelete>, id: UserId) -> Result<bool> {
    let mut tx = app.db.write(grant.scope).await?;
    let held = hold(app, &mut tx, grant).await?;
    let user = users::find(&mut tx, id).await?.ok_or(AppError::NotFound)?;
    reach(&held.mine, &user.permissions)?;
    if user.active {
        return Ok(false);
    }
    users::set_active(&mut tx, id, true).await?;
    let (before, after) = (json!({ "active": false }), json!({ "active": true }));
    Entry::by(grant).did("user.activated", "user", id).before(before).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(true)
}
