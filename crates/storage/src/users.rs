//! People who can sign in, and what they may do.

use std::collections::BTreeMap;

use dossier_domain::{Email, Permission, PermissionSet, RoleId, Timestamp, UserId};
use secrecy::{ExposeSecret, SecretString};

use crate::dialect::Row;
use crate::error::StorageError;
use crate::query::{Query, query};
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
    /// Whether the person was not deactivated.
    pub active: bool,
    /// The names of the person's roles, in the order of their names.
    pub roles: Vec<String>,
    /// What all the roles grant together.
    pub permissions: PermissionSet,
    /// The roles, in the order of their names.
    pub role_ids: Vec<RoleId>,
    /// Since when.
    pub created_at: Timestamp,
    /// Grows with every change of name, address or roles.
    pub version: i64,
    /// When the person signed in last.
    pub signed_in_at: Option<Timestamp>,
    /// Set while the person was invited and has not set a password yet: when the invitation ends, or ended.
    pub invited_until: Option<Timestamp>,
}

impl User {
    /// Whether the person can sign in: who was invited and never came cannot.
    pub fn can_sign_in(&self) -> bool {
        self.active && self.invited_until.is_none()
    }
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

/// The tenant's people. The link of an invitation counts until it was used.
fn people(tx: &ReadTx) -> Query {
    query(
        "SELECT a.id, a.email, a.name, a.active, a.created_at, a.version, a.signed_in_at,
            (SELECT l.expires_at FROM sign_in_link l WHERE l.tenant_id = a.tenant_id AND l.user_id = a.id
                AND l.kind = 'invitation' AND l.used_at IS NULL) AS invited_until
         FROM user_account a WHERE a.tenant_id = $1",
    )
    .bind(tx.tenant())
}

/// The person with roles and permissions, active or not.
pub async fn find(tx: &mut ReadTx, id: UserId) -> Result<Option<User>, StorageError> {
    let find = people(tx).push(" AND a.id = ").push_bind(id);
    let Some(row) = tx.optional(find).await? else { return Ok(None) };
    let roles = query(
        "SELECT r.id, r.name, r.permissions FROM user_role u JOIN role r ON r.tenant_id = u.tenant_id AND r.id = u.role_id
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
    let list = people(tx).push(" ORDER BY a.email_folded, a.id");
    let people = tx.all(list).await?;
    let held = query(
        "SELECT u.user_id, r.id, r.name, r.permissions FROM user_role u
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
    let each = roles.iter().map(|role| Ok((role.get("name")?, role.get("id")?)));
    let mut each = each.collect::<Result<Vec<(String, RoleId)>, StorageError>>()?;
    each.sort();
    let (names, ids) = each.into_iter().unzip();
    Ok(User {
        id: row.get("id")?,
        email: row.get("email")?,
        name: row.get("name")?,
        active: row.get("active")?,
        roles: names,
        role_ids: ids,
        permissions: union(roles)?,
        created_at: row.get("created_at")?,
        version: row.get("version")?,
        signed_in_at: row.get("signed_in_at")?,
        invited_until: row.get("invited_until")?,
    })
}

/// Changes name and address of a person who still has this version. Says whether it had.
///
/// # Errors
/// [`crate::Constraint::UserEmail`] when the address is taken, in whichever tenant.
pub async fn change(
    tx: &mut WriteTx,
    id: UserId,
    version: i64,
    name: &str,
    email: &Email,
) -> Result<bool, StorageError> {
    let set = query(
        "UPDATE user_account SET name = $4, email = $5, email_folded = $6, version = version + 1
         WHERE tenant_id = $1 AND id = $2 AND version = $3",
    );
    let set = set.bind(tx.tenant()).bind(id).bind(version).bind(name).bind(email.as_str()).bind(email.folded());
    Ok(tx.attempt(set).await? > 0)
}

/// Notes that a person signed in, provided that the person is active and the password still has the PHC string that was
/// checked. Says whether that is so; nobody changes either before this transaction ends.
pub async fn signed_in(
    tx: &mut WriteTx,
    id: UserId,
    checked: &SecretString,
    at: Timestamp,
) -> Result<bool, StorageError> {
    let set = query(
        "UPDATE user_account SET signed_in_at = $3
         WHERE tenant_id = $1 AND id = $2 AND active = $4 AND password_hash = $5",
    );
    let set = set.bind(tx.tenant()).bind(id).bind(at).bind(true).bind(checked.expose_secret());
    tx.changes_one(set).await
}

/// The PHC string of a person's password.
pub async fn password(tx: &mut ReadTx, id: UserId) -> Result<Option<SecretString>, StorageError> {
    let find = query("SELECT password_hash FROM user_account WHERE tenant_id = $1 AND id = $2");
    let find = find.bind(tx.tenant()).bind(id);
    tx.optional(find).await?.map(|row| row.get("password_hash")).transpose()
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

/// Replaces a person's password, provided that it still has this PHC string. Says whether it had.
pub async fn replace_password(
    tx: &mut WriteTx,
    id: UserId,
    old: &SecretString,
    new: &SecretString,
) -> Result<bool, StorageError> {
    let set =
        query("UPDATE user_account SET password_hash = $4 WHERE tenant_id = $1 AND id = $2 AND password_hash = $3");
    let set = set.bind(tx.tenant()).bind(id).bind(old.expose_secret()).bind(new.expose_secret());
    tx.changes_one(set).await
}

/// Replaces all roles of a person.
pub async fn set_roles(tx: &mut WriteTx, id: UserId, roles: &[RoleId]) -> Result<(), StorageError> {
    let count = query("UPDATE user_account SET version = version + 1 WHERE tenant_id = $1 AND id = $2");
    let count = count.bind(tx.tenant()).bind(id);
    tx.execute(count).await?;
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

/// The names of the active people who may do `permission`, in their order (NAV-2: whom to ask); nobody who was invited and
/// has not come yet.
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
         WHERE a.tenant_id = $1 AND a.active = $2 AND NOT EXISTS (SELECT 1 FROM sign_in_link l
            WHERE l.tenant_id = a.tenant_id AND l.user_id = a.id AND l.kind = 'invitation' AND l.used_at IS NULL)",
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
