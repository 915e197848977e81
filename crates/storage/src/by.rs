//! Who made a row, with the name at that time.

use dossier_domain::{Actor, PrincipalId};

use crate::dialect::Row;
use crate::error::StorageError;

/// A person or a program, or the product itself when there is no id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// The person or the API key.
    pub id: Option<PrincipalId>,
    /// The name at that time.
    pub name: String,
}

impl From<&Actor> for By {
    fn from(actor: &Actor) -> Self {
        Self { id: actor.principal(), name: actor.name().to_owned() }
    }
}

impl By {
    pub(crate) fn read(row: &Row, id: &'static str, name: &'static str) -> Result<Self, StorageError> {
        Ok(Self { id: row.get(id)?, name: row.get(name)? })
    }
}
