//! People who can sign in, and what they may do.

use std::collections::BTreeMap;

use dossier_domain::{Email, Permission, PermissionSet, RoleId, Timestamp, UserId};
use secrecy::{ExposeSecret, SecretString};

use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::query;
use crate::tx::{ReadTx, WriteTx};

/// A person to add, active from the start.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// The id to be.
    pub id: UserId,
    /// Unique in the installation.
    pub email: &'a Email,
    /// The name on pages.
    pub name: &'a str,
    /// The PHC string of the password.
    pub password_hash: &'a SecretString,
    /// The tenant's roles.
    pub roles: &'a [RoleId],
    /// Now.
    pub created_at: Timestamp,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// As it was typed.
    pub email: Email,
    /// The name on pages.
    pub name: String,
    /// Whether the person can sign in.
    pub active: bool,
    /// The names of the person's roles, in the order of their names.
    pub roles: Vec<String>,
    /// What all the roles grant together.
    pub permissions: PermissionSet,
    /// Since when.
    pub created_at: Timestamp,
}

/// Adds a person.
///
/// # Errors
/// [`crate::Constraint::UserEmail`] when the address is taken, in whichever tenant.
pub async fn add(tx: &mut WriteTx, user: &NewUser<'_>) -> Result<(), StorageError> {
    let add = query(
        "INSERT INTO user_account (tenant_id, id, email, email_folded, name, password_hash, active, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tx.tenant())
    .bind(user.id)
    .bind(user.email.as_str())
    .bind(user.email.folded())
    .bind(user.name)
    .bind(user.password_hash.expose_secret())
    .bind(true)
    .bind(user.created_at);
    tx.attempt(add).await?;
    give_roles(tx, user.id, user.roles).await
}

/// The person with roles and permissions, active or not.
pub async fn find(tx: &mut ReadTx, id: UserId) -> Result<Option<User>, StorageError> {
    let find = query("SELECT id, email, name, active, created_at FROM user_account WHERE tenant_id = $1 AND id = $2");
    let find = find.bind(tx.tenant()).bind(id);
    let Some(row) = tx.optional(find).await? else { return Ok(None) };
    let roles = query(
        "SELECT r.name, r.permissions FROM user_role u JOIN role r ON r.tenant_id = u.tenant_id AND r.id = u.role_id
         WHERE u.tenant_id = $1 AND u.user_id = $2",
    );
    let roles = roles.bind(tx.tenant()).bind(id);
    let roles = tx.all(roles).await?;
    read(&row, &roles).map(Some)
}

fn union(roles: &[Row]) -> Result<PermissionSet, StorageError> {
    let sets = roles.iter().map(|role| role.get::<PermissionSet>("permissions")).collect::<Result<Vec<_>, _>>()?;
    Ok(sets.iter().flat_map(PermissionSet::iter).collect())
}

/// Everybody, active or not, in the order of their addresses.
pub async fn list(tx: &mut ReadTx) -> Result<Vec<User>, StorageError> {
    let list = query(
        "SELECT id, email, name, active, created_at FROM user_account WHERE tenant_id = $1 ORDER BY email_folded, id",
    );
    let list = list.bind(tx.tenant());
    let people = tx.all(list).await?;
    let held = query(
        "SELECT u.user_id, r.name, r.permissions FROM user_role u
         JOIN role r ON r.tenant_id = u.tenant_id AND r.id = u.role_id WHERE u.tenant_id = $1",
    );
    let held = held.bind(tx.tenant());
    let mut roles: BTreeMap<UserId, Vec<Row>> = BTreeMap::new();
    for row in tx.all(held).await? {
        roles.entry(row.get("user_id")?).or_default().push(row);
    }
    people.iter().map(|row| read(row, roles.get(&row.get("id")?).map_or(&[], Vec::as_slice))).collect()
}

fn read(row: &Row, roles: &[Row]) -> Result<User, StorageError> {
    let mut names = roles.iter().map(|role| role.get("name")).collect::<Result<Vec<String>, _>>()?;
    names.sort();
    Ok(User {
        id: row.get("id")?,
        email: row.get("email")?,
        name: row.get("name")?,
        active: row.get("active")?,
        roles: names,
        permissions: union(roles)?,
        created_at: row.get("created_at")?,
    })
}

/// Says whether a person can sign in.
pub async fn set_active(tx: &mut WriteTx, id: UserId, active: bool) -> Result<(), StorageError> {
    let set = query("UPDATE user_account SET active = $3 WHERE tenant_id = $1 AND id = $2");
    let set = set.bind(tx.tenant()).bind(id).bind(active);
    tx.execute(set).await.map(drop)
}

/// Replaces a person's password by one with this PHC string.
pub async fn set_password(tx: &mut WriteTx, id: UserId, hash: &SecretString) -> Result<(), StorageError> {
    let set = query("UPDATE user_account SET password_hash = $3 WHERE tenant_id = $1 AND id = $2");
    let set = set.bind(tx.tenant()).bind(id).bind(hash.expose_secret());
    tx.execute(set).await.map(drop)
}

/// Replaces all roles of a person.
pub async fn set_roles(tx: &mut WriteTx, id: UserId, roles: &[RoleId]) -> Result<(), StorageError> {
    let take = query("DELETE FROM user_role WHERE tenant_id = $1 AND user_id = $2");
    let take = take.bind(tx.tenant()).bind(id);
    tx.execute(take).await?;
    give_roles(tx, id, roles).await
}

async fn give_roles(tx: &mut WriteTx, id: UserId, roles: &[RoleId]) -> Result<(), StorageError> {
    for &role in roles {
        let grant = query("INSERT INTO user_role (tenant_id, user_id, role_id) VALUES ($1, $2, $3)");
        let grant = grant.bind(tx.tenant()).bind(id).bind(role);
        tx.execute(grant).await?;
    }
    Ok(())
}

/// The names of the active people who may do `permission`, in their order (NAV-2: whom to ask).
pub async fn holders(tx: &mut ReadTx, permission: Permission) -> Result<Vec<String>, StorageError> {
    named(tx, |held| held.allows(permission)).await
}

/// The names of the active people who may do everything, in their order.
pub async fn administrators(tx: &mut ReadTx) -> Result<Vec<String>, StorageError> {
    named(tx, |held| held.iter().any(|p| p == Permission::AdminFull)).await
}

async fn named(tx: &mut ReadTx, wanted: impl Fn(&PermissionSet) -> bool) -> Result<Vec<String>, StorageError> {
    let people = query(
        "SELECT a.id, a.name, r.permissions FROM user_account a
         JOIN user_role u ON u.tenant_id = a.tenant_id AND u.user_id = a.id
         JOIN role r ON r.tenant_id = u.tenant_id AND r.id = u.role_id
         WHERE a.tenant_id = $1 AND a.active = $2",
    );
    let people = people.bind(tx.tenant()).bind(true);
    let mut held: BTreeMap<UserId, (String, Vec<Row>)> = BTreeMap::new();
    for row in tx.all(people).await? {
        let name = row.get("name")?;
        held.entry(row.get("id")?).or_insert((name, Vec::new())).1.push(row);
    }
    let mut names = Vec::new();
    for (name, roles) in held.into_values() {
        if wanted(&union(&roles)?) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
