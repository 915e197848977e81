//! Who is asking, and what that person may do: permissions as values that only a check can make.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use dossier_domain::{
    Actor, ApiKeyId, Licence, Local, Origin, Permission, PermissionSet, PrincipalId, Scope, SessionId, Timestamp,
    UserId, licence,
};
use dossier_storage::answers::Attempt;

use crate::error::{AppError, Result};

/// What a door of the product asks of whoever comes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it shows nothing of any tenant.
    Nothing,
    /// To be signed in.
    SignIn,
    /// A permission, and the module `kyc`.
    Permission(Permission),
    /// A permission alone: it belongs to the portal around the product, which stays open without the module (TENANT-3).
    Portal(Permission),
}

/// A person or a program that has signed in, with what the tenant's licence and the person's roles, or the program's key,
/// say at this moment.
#[derive(Clone, Debug)]
pub struct Member(Arc<Who>);

/// By what somebody has signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// A person, with a password.
    Session {
        /// The sign-in.
        id: SessionId,
        /// The person.
        user: UserId,
    },
    /// A program, with its key.
    Key(ApiKeyId),
}

/// The facts behind a [`Member`].
#[derive(Clone, Debug)]
pub struct Who {
    /// The tenant whose data the person or program may touch.
    pub scope: Scope,
    /// Its name.
    pub tenant_name: String,
    /// How it writes instants.
    pub local: Local,
    /// Whether creating a request takes `kyc:execute` there (ACCESS-2).
    pub create_needs_execute: bool,
    /// What it may use.
    pub licence: Licence,
    /// By what it has signed in.
    pub login: Login,
    /// The person's name, or the key's.
    pub name: String,
    /// The names of the person's roles; a key has none.
    pub roles: Vec<String>,
    /// What the roles or the key grant.
    pub permissions: PermissionSet,
    /// From where the question comes.
    pub origin: Origin,
    /// The attempt of a program's post under which what follows is done: see [`crate::once`].
    pub(crate) attempt: Option<Attempt>,
    /// When the facts were read.
    pub now: Timestamp,
}

impl Member {
    pub(crate) fn new(who: Who) -> Self {
        Self(Arc::new(who))
    }

    /// The one check of a permission (ACCESS-6): the module first, where there is one (TENANT-3), then the permission.
    ///
    /// # Errors
    /// [`AppError::ModuleRequired`] or [`AppError::Forbidden`].
    pub fn grant<R: Right>(&self) -> Result<Grant<R>> {
        if let Some(module) = R::MODULE.filter(|module| !self.licence.covers(module, self.now)) {
            return Err(AppError::ModuleRequired(module.to_owned()));
        }
        if !self.permissions.allows(R::PERMISSION) {
            // Without `kyc:read` the others open nothing of the product (ACCESS-3), so that is the one to ask for first.
            let first = R::MODULE.is_some() && !self.permissions.allows(Permission::KycRead);
            return Err(AppError::Forbidden(if first { Permission::KycRead } else { R::PERMISSION }));
        }
        Ok(Grant { member: self.clone(), right: PhantomData })
    }

    /// Whether [`Member::grant`] would give `permission`: for pages, which only mirror the check.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.allows(permission)
    }

    /// The person or program as the audit names it.
    pub fn actor(&self) -> Actor {
        let name = self.name.clone();
        match self.login {
            Login::Session { user, .. } => Actor::User { id: user, name },
            Login::Key(id) => Actor::ApiKey { id, name },
        }
    }

    /// Who it is, among people and programs.
    pub fn principal(&self) -> PrincipalId {
        match self.login {
            Login::Session { user, .. } => user.into(),
            Login::Key(id) => id.into(),
        }
    }

    /// The person, when it is one.
    pub fn user(&self) -> Option<UserId> {
        match self.login {
            Login::Session { user, .. } => Some(user),
            Login::Key(_) => None,
        }
    }

    /// The same member; what it does from here on is done under `attempt`.
    pub(crate) fn under(&self, attempt: Attempt) -> Self {
        Self::new(Who { attempt: Some(attempt), ..Who::clone(&self.0) })
    }
}

impl Deref for Member {
    type Target = Who;

    fn deref(&self) -> &Who {
        &self.0
    }
}

/// A permission as a type, so that a use case can demand it in its signature.
pub trait Right: Send + Sync + 'static {
    /// The permission behind the type.
    const PERMISSION: Permission;
    /// The module that the tenant must have beside it; none for the portal around the product.
    const MODULE: Option<&'static str>;
}

macro_rules! rights {
    ($module:expr; $($(#[$doc:meta])* $name:ident = $permission:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl Right for $name {
            const PERMISSION: Permission = Permission::$permission;
            const MODULE: Option<&'static str> = $module;
        }
    )+};
}

// Of the product.
rights! {
    Some(licence::KYC);
    /// `kyc:read`
    Read = KycRead,
    /// `kyc:create`
    Create = KycCreate,
    /// `kyc:update`
    Update = KycUpdate,
    /// `kyc:delete`
    Delete = KycDelete,
    /// `kyc:execute`
    Execute = KycExecute,
    /// `settings:manage`, for what the product has under Settings.
    Manage = SettingsManage,
}

// Of the portal around it, which stays open without the module.
rights! {
    None;
    /// `audit:read`
    Audit = AuditRead,
    /// `users:read`
    UsersRead = UsersRead,
    /// `users:create`
    UsersCreate = UsersCreate,
    /// `users:update`
    UsersUpdate = UsersUpdate,
    /// `users:delete`
    UsersDelete = UsersDelete,
    /// `roles:read`
    RolesRead = RolesRead,
    /// `roles:create`
    RolesCreate = RolesCreate,
    /// `roles:update`
    RolesUpdate = RolesUpdate,
    /// `roles:delete`
    RolesDelete = RolesDelete,
    /// `settings:manage`, for what the tenant itself has under Settings.
    Settings = SettingsManage,
    /// `apikeys:manage`
    ApiKeys = ApikeysManage,
}

/// Proof that a member was checked to hold `R`. Only [`Member::grant`] makes one.
#[derive(Debug)]
pub struct Grant<R: Right> {
    member: Member,
    right: PhantomData<R>,
}

impl<R: Right> Clone for Grant<R> {
    fn clone(&self) -> Self {
        Self { member: self.member.clone(), right: PhantomData }
    }
}

impl<R: Right> Deref for Grant<R> {
    type Target = Member;

    fn deref(&self) -> &Member {
        &self.member
    }
}
