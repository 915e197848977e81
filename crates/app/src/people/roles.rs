//! Roles: those that every tenant has, and a tenant's own (ACCESS-5).

use dossier_domain::reference::fold;
use dossier_domain::{BuiltInRole, Licence, Permission, PermissionSet, RoleId, Timestamp};
use dossier_storage::roles::{self, Role};
use dossier_storage::users::{self, User};
use dossier_storage::{Constraint, StorageError};
use serde_json::{Value, json};

use super::{Held, administers, hold, keep_one_administrator, reach, read};
use crate::App;
use crate::audit::Entry;
use crate::error::{AppError, FieldError, Result};
use crate::grant::{Grant, Member, RolesCreate, RolesDelete, RolesRead, RolesUpdate};
use crate::setup::named;

/// A role in the list.
#[derive(Debug)]
pub struct Listed {
    /// The role.
    pub role: Role,
    /// How many people hold it, active or not.
    pub holders: usize,
}

/// Every role, the built-in ones first, then by name.
///
/// # Errors
/// Only faults of this side.
pub async fn list_roles(app: &App, grant: &Grant<RolesRead>) -> Result<Vec<Listed>> {
    let mut tx = app.db.read(grant.scope).await?;
    let people = users::list(&mut tx).await?;
    let mut all = roles::list(&mut tx).await?;
    let rank = |role: &Role| BuiltInRole::ALL.iter().position(|one| role.built_in.as_deref() == Some(one.as_str()));
    all.sort_by_cached_key(|role| (rank(role).unwrap_or(usize::MAX), fold(&role.name)));
    let listed = all.into_iter().map(|role| Listed { holders: holders(&people, role.id).count(), role });
    Ok(listed.collect())
}

fn holders(people: &[User], role: RoleId) -> impl Iterator<Item = &User> {
    people.iter().filter(move |user| user.role_ids.contains(&role))
}

/// A role with who holds it.
#[derive(Debug)]
pub struct Shown {
    /// The role.
    pub role: Role,
    /// Who holds it, active or not, in the order of their addresses.
    pub holders: Vec<User>,
    /// A permission that the role grants and the one who looks does not hold.
    pub beyond: Option<Permission>,
}

/// One role.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn show_role(app: &App, grant: &Grant<RolesRead>, id: RoleId) -> Result<Shown> {
    let mut tx = app.db.read(grant.scope).await?;
    let role = of(roles::list(&mut tx).await?, id)?;
    let people = users::list(&mut tx).await?;
    let holders = holders(&people, id).cloned().collect();
    Ok(Shown { beyond: grant.permissions.lacks(&role.permissions), role, holders })
}

fn of(all: Vec<Role>, id: RoleId) -> Result<Role> {
    all.into_iter().find(|role| role.id == id).ok_or(AppError::NotFound)
}

/// A role of the tenant's own, which the one who asks may change.
fn own(all: &[Role], id: RoleId, mine: &PermissionSet) -> Result<Role> {
    let role = of(all.to_vec(), id)?;
    if role.built_in.is_some() {
        let why = format!("{} is built in: it can be neither edited nor deleted.", role.name);
        return Err(AppError::Conflict(why));
    }
    reach(mine, &role.permissions)?;
    Ok(role)
}

/// What stands in the form of a role.
#[derive(Debug)]
pub struct Form {
    /// The stored role; none for a new one.
    pub role: Option<Role>,
    /// The permissions that can be ticked: those of licensed modules that the one who fills it in holds.
    pub open: Vec<Permission>,
    /// Those of licensed modules that the one who fills it in does not hold.
    pub beyond: Vec<Permission>,
    /// What the role holds of modules that are not licensed. It stays.
    pub kept: Vec<Permission>,
}

impl Form {
    fn of(role: Option<Role>, mine: &PermissionSet, licence: &Licence, now: Timestamp) -> Self {
        let licensed = |p: &Permission| p.licensed_by().is_none_or(|module| licence.covers(module, now));
        let (here, elsewhere): (Vec<_>, Vec<_>) = Permission::ALL.iter().copied().partition(licensed);
        let (open, beyond) = here.into_iter().partition(|&p| mine.lacks(&PermissionSet::from_iter([p])).is_none());
        let held = |p: &Permission| role.as_ref().is_some_and(|role| role.permissions.iter().any(|q| q == *p));
        let kept = elsewhere.into_iter().filter(held).collect();
        Self { role, open, beyond, kept }
    }
}

/// What a person typed into the form of a role.
#[derive(Clone, Default)]
pub struct Typed {
    /// The name.
    pub name: String,
    /// The words of the permissions that were ticked.
    pub permissions: Vec<String>,
}

struct Checked {
    name: String,
    permissions: PermissionSet,
}

impl Typed {
    fn check(&self, form: &Form, id: RoleId, all: &[Role]) -> std::result::Result<Checked, Vec<FieldError>> {
        let mut refused = Vec::new();
        let name = read(&mut refused, named("name", &self.name)).unwrap_or_default();
        if let Some(other) = all.iter().find(|other| other.id != id && is_called(other, &name)) {
            let why = format!("There is a role {} already. Choose another name.", other.name);
            refused.push(FieldError::new("name", why));
        }
        let mut ticked = Vec::new();
        for word in &self.permissions {
            let permission = word.parse::<Permission>().ok();
            if let Some(permission) = permission.filter(|p| form.open.contains(p) || form.kept.contains(p)) {
                ticked.push(permission);
                continue;
            }
            let field = format!("permissions.{}", permission.unwrap_or(Permission::KycRead).module());
            let why = if permission.is_some_and(|p| form.beyond.contains(&p)) {
                format!("You do not hold {word}, so you cannot give it.")
            } else {
                format!("{word} cannot be given here. Look at the permissions again.")
            };
            refused.push(FieldError::new(field, why));
        }
        if self.permissions.is_empty() && form.kept.is_empty() {
            refused.push(FieldError::new("permissions", "Tick at least one: a role without any does nothing."));
        }
        if refused.is_empty() {
            let permissions = ticked.into_iter().chain(form.kept.iter().copied()).collect();
            Ok(Checked { name, permissions })
        } else {
            Err(refused)
        }
    }
}

/// People and commands tell roles apart by name or word, without case.
fn is_called(role: &Role, name: &str) -> bool {
    fold(&role.name) == fold(name) || role.built_in.as_deref() == Some(fold(name).as_str())
}

fn facts(name: &str, permissions: &PermissionSet) -> Value {
    json!({ "name": name, "permissions": permissions.iter().collect::<Vec<_>>() })
}

/// The form of a new role, and the id that it carries.
pub fn new_role(app: &App, member: &Member) -> (RoleId, Form) {
    (app.ids.make(), Form::of(None, &member.permissions, &member.licence, app.now()))
}

/// Adds a role under the id that its form carries: the same form sent twice adds it once.
///
/// # Errors
/// [`AppError::Invalid`] with `name`, `permissions` or `permissions.<module>`; [`AppError::KeyReused`] when the form was sent before with other content.
pub async fn create(app: &App, grant: &Grant<RolesCreate>, id: RoleId, typed: &Typed) -> Result<()> {
    let mut tx = app.db.write(grant.scope).await?;
    let Held { roles: all, mine } = hold(app, &mut tx, grant).await?;
    let form = Form::of(None, &mine, &grant.licence, app.now());
    let checked = typed.check(&form, id, &all).map_err(AppError::Invalid)?;
    if let Some(made) = all.iter().find(|role| role.id == id) {
        let same = made.name == checked.name && made.permissions == checked.permissions;
        return if same { Ok(()) } else { Err(AppError::KeyReused) };
    }
    roles::add(&mut tx, id, &checked.name, &checked.permissions).await.map_err(named_twice)?;
    let after = facts(&checked.name, &checked.permissions);
    Entry::by(grant).did("role.created", "role", id).after(after).write(app, &mut tx).await?;
    Ok(tx.commit().await?)
}

fn named_twice(error: StorageError) -> AppError {
    match error {
        StorageError::Conflict(Constraint::RoleName) => AppError::field("name", "Another role has this name."),
        other => other.into(),
    }
}

/// Opens the form of a role of the tenant's own.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] for a built-in one; [`AppError::Forbidden`] for one that grants more than
/// the person holds.
pub async fn edit_role(app: &App, grant: &Grant<RolesUpdate>, id: RoleId) -> Result<Form> {
    let all = roles::list(&mut app.db.read(grant.scope).await?).await?;
    let role = own(&all, id, &grant.permissions)?;
    Ok(Form::of(Some(role), &grant.permissions, &grant.licence, app.now()))
}

/// What became of a changed form.
#[derive(Debug)]
pub enum Saved {
    /// The role is as the form has it.
    Done,
    /// Somebody else has changed it since the form was opened. Nothing was saved; it is stored like this now.
    Stale(Box<Form>),
}

/// Saves the form of a role that was opened at `version`. It counts at once for everybody who holds it.
///
/// # Errors
/// [`AppError::Invalid`] as for [`create`], at the permissions also for the last active administrator (ACCESS-5) and
/// for what somebody would lose who holds more than the person; otherwise
/// those of [`edit_role`].
pub async fn update_role(
    app: &App,
    grant: &Grant<RolesUpdate>,
    id: RoleId,
    version: i64,
    typed: &Typed,
) -> Result<Saved> {
    let mut tx = app.db.write(grant.scope).await?;
    let Held { roles: all, mine } = hold(app, &mut tx, grant).await?;
    let role = own(&all, id, &mine)?;
    let form = Form::of(Some(role.clone()), &mine, &grant.licence, app.now());
    let checked = typed.check(&form, id, &all);
    if checked.as_ref().is_ok_and(|checked| checked.name == role.name && checked.permissions == role.permissions) {
        return Ok(Saved::Done);
    }
    if role.version != version {
        return Ok(Saved::Stale(Box::new(form)));
    }
    let checked = checked.map_err(AppError::Invalid)?;
    spare(&mine, &users::list(&mut tx).await?, &role, &all, &checked.permissions)?;
    if !administers(&checked.permissions) {
        let kept = keep_one_administrator(&mut tx, |one| administers(&without(one, id, &all))).await;
        kept.map_err(|error| match error {
            AppError::Conflict(why) => AppError::field("permissions.admin", why),
            other => other,
        })?;
    }
    if !roles::change(&mut tx, id, version, &checked.name, &checked.permissions).await.map_err(named_twice)? {
        return Err(AppError::NotFound);
    }
    let (before, after) = (facts(&role.name, &role.permissions), facts(&checked.name, &checked.permissions));
    Entry::by(grant).did("role.updated", "role", id).before(before).after(after).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(Saved::Done)
}

/// Refuses to take a role, or a part of it that is not `kept`, from somebody who holds more than `mine`.
fn spare(mine: &PermissionSet, people: &[User], role: &Role, all: &[Role], kept: &PermissionSet) -> Result<()> {
    for user in holders(people, role.id) {
        let Some(beyond) = mine.lacks(&user.permissions) else { continue };
        let rest: PermissionSet = without(user, role.id, all).iter().chain(kept.iter()).collect();
        if let Some(lost) = rest.lacks(&user.permissions) {
            let why =
                format!("Somebody who holds {} would lose {lost}, and holds {beyond}, which you do not.", role.name);
            return Err(AppError::field(format!("permissions.{}", lost.module()), why));
        }
    }
    Ok(())
}

/// The same for a role that goes altogether.
fn spare_all(mine: &PermissionSet, people: &[User], role: &Role, all: &[Role]) -> Result<()> {
    spare(mine, people, role, all, &PermissionSet::default()).map_err(|error| match error {
        AppError::Invalid(mut fields) => AppError::Conflict(fields.remove(0).message),
        other => other,
    })
}

/// What a person's other roles grant together.
fn without(user: &User, role: RoleId, all: &[Role]) -> PermissionSet {
    let others = all.iter().filter(|other| other.id != role && user.role_ids.contains(&other.id));
    others.flat_map(|other| other.permissions.iter()).collect()
}

/// A role before it is deleted.
#[derive(Debug)]
pub struct Leaving {
    /// The role.
    pub role: Role,
    /// Who holds it, and what they lose.
    pub losers: Vec<Loser>,
}

/// Who holds a role that is to go.
#[derive(Debug)]
pub struct Loser {
    /// The person.
    pub user: User,
    /// What no other role gives the person.
    pub lost: Vec<Permission>,
}

impl Leaving {
    fn of(role: Role, all: &[Role], people: &[User]) -> Self {
        let loser = |user: &User| {
            let rest = without(user, role.id, all);
            let lost = role.permissions.iter().filter(|&p| rest.lacks(&PermissionSet::from_iter([p])).is_some());
            Loser { lost: lost.collect(), user: user.clone() }
        };
        Self { losers: holders(people, role.id).map(loser).collect(), role }
    }
}

/// Who would lose what with a role.
///
/// # Errors
/// Those of [`edit_role`], and [`AppError::Conflict`] when somebody would who holds more than the one who asks.
pub async fn leaving(app: &App, grant: &Grant<RolesDelete>, id: RoleId) -> Result<Leaving> {
    let mut tx = app.db.read(grant.scope).await?;
    let all = roles::list(&mut tx).await?;
    let role = own(&all, id, &grant.permissions)?;
    let people = users::list(&mut tx).await?;
    spare_all(&grant.permissions, &people, &role, &all)?;
    Ok(Leaving::of(role, &all, &people))
}

/// What became of a role that was to be deleted.
#[derive(Debug)]
pub enum Removed {
    /// It is gone.
    Done,
    /// Since the question was asked, the role or those who hold it have changed. Nothing was done; it stands like this now.
    Changed(Box<Leaving>),
}

/// Deletes a role that stood at `version` and was held by so many people when that was shown.
///
/// # Errors
/// Those of [`leaving`], and [`AppError::Conflict`] for the last active administrator (ACCESS-5).
pub async fn remove(
    app: &App,
    grant: &Grant<RolesDelete>,
    id: RoleId,
    version: i64,
    holders: usize,
) -> Result<Removed> {
    let mut tx = app.db.write(grant.scope).await?;
    let Held { roles: all, mine } = hold(app, &mut tx, grant).await?;
    let role = own(&all, id, &mine)?;
    let people = users::list(&mut tx).await?;
    spare_all(&mine, &people, &role, &all)?;
    let leaving = Leaving::of(role, &all, &people);
    if leaving.role.version != version || leaving.losers.len() != holders {
        return Ok(Removed::Changed(Box::new(leaving)));
    }
    keep_one_administrator(&mut tx, |one| administers(&without(one, id, &all))).await?;
    roles::remove(&mut tx, id).await?;
    let mut before = facts(&leaving.role.name, &leaving.role.permissions);
    before["held_by"] = leaving.losers.iter().map(|loser| json!(loser.user.id)).collect();
    Entry::by(grant).did("role.deleted", "role", id).before(before).write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(Removed::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(permissions: &[Permission]) -> Role {
        let permissions = permissions.iter().copied().collect();
        let id = RoleId::from(uuid::Uuid::from_u128(1));
        Role { id, built_in: None, name: "Desk".to_owned(), permissions, version: 1 }
    }

    /// ACCESS-5
    #[test]
    fn only_permissions_of_licensed_modules_can_be_ticked_and_what_a_role_holds_of_others_stays() {
        let mine: PermissionSet = [Permission::AdminFull].into_iter().collect();
        let stored = role(&[Permission::KycRead, Permission::AuditRead]);
        let now = Timestamp::from_micros(0);
        let unlicensed = Form::of(Some(stored.clone()), &mine, &Licence::default(), now);
        assert_eq!(unlicensed.kept, [Permission::KycRead]);
        assert!(
            unlicensed.open.iter().all(|p| p.module() != "kyc") && unlicensed.open.contains(&Permission::AuditRead)
        );
        let typed = |words: &[&str]| Typed {
            name: "Desk".to_owned(),
            permissions: words.iter().map(|word| (*word).to_owned()).collect(),
        };
        let checked = typed(&["users:read"]).check(&unlicensed, stored.id, &[]).ok().unwrap();
        let saved: Vec<_> = checked.permissions.iter().collect();
        assert_eq!(saved, [Permission::KycRead, Permission::UsersRead], "it stays, though nobody could tick it");
        let refused = typed(&["kyc:delete"]).check(&unlicensed, stored.id, &[]).err().unwrap();
        assert!(refused[0].message.contains("kyc:delete cannot be given here"), "{refused:?}");
        let licence: Licence = [("kyc".to_owned(), None)].into_iter().collect();
        let licensed = Form::of(Some(stored), &mine, &licence, now);
        assert!(licensed.open.contains(&Permission::KycDelete) && licensed.kept.is_empty(), "the control");
    }

    #[test]
    fn a_person_loses_only_what_no_other_role_gives() {
        let all = [role(&[Permission::KycRead, Permission::KycExecute])];
        let rest: PermissionSet = [Permission::KycRead].into_iter().collect();
        let lost: Vec<_> =
            all[0].permissions.iter().filter(|&p| rest.lacks(&PermissionSet::from_iter([p])).is_some()).collect();
        assert_eq!(lost, [Permission::KycExecute]);
    }
}
