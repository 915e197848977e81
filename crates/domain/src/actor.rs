//! Who did something, as the audit keeps it.

use std::net::IpAddr;

use serde::Serialize;

use crate::ids::{ApiKeyId, PrincipalId, UserId};

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A person who signed in.
    User {
        /// Which one.
        id: UserId,
        /// The name at that time.
        name: String,
    },
    /// A program, by its key.
    ApiKey {
        /// Which key.
        id: ApiKeyId,
        /// The key's name at that time.
        name: String,
    },
    /// Someone who has not signed in.
    Anonymous,
    /// Whoever runs the installation, at its command line.
    Operator,
    /// The product itself: recovery, polling.
    System,
}

impl Actor {
    /// The user, when it is one.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::ApiKey { .. } | Self::Anonymous | Self::Operator | Self::System => None,
        }
    }

    /// The id of the person or the key; the others have none.
    pub fn principal(&self) -> Option<PrincipalId> {
        match self {
            Self::User { id, .. } => Some((*id).into()),
            Self::ApiKey { id, .. } => Some((*id).into()),
            Self::Anonymous | Self::Operator | Self::System => None,
        }
    }

    /// The name for pages and the audit.
    pub fn name(&self) -> &str {
        match self {
            Self::User { name, .. } | Self::ApiKey { name, .. } => name,
            Self::Anonymous => "Not signed in",
            Self::Operator => "Operator (command line)",
            Self::System => "Dossier",
        }
    }
}

/// From where someone acts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The address of the browser or program.
    pub address: Option<IpAddr>,
    /// The request id that also stands in the server's log.
    pub request_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Ids;

    #[test]
    fn an_actor_has_a_name_for_pages_and_an_id_only_when_it_is_a_person() {
        let id: UserId = Ids::default().make();
        let person = Actor::User { id, name: "Lindiwe Nkosi".to_owned() };
        assert_eq!((person.user(), person.name()), (Some(id), "Lindiwe Nkosi"));
        let key: ApiKeyId = Ids::default().make();
        let program = Actor::ApiKey { id: key, name: "Core banking".to_owned() };
        assert_eq!((program.user(), program.name()), (None, "Core banking"));
        assert_eq!(
            (person.principal(), program.principal(), Actor::System.principal()),
            (Some(id.into()), Some(key.into()), None)
        );
        assert_eq!((Actor::System.user(), Actor::System.name()), (None, "Dossier"));
        assert_eq!((Actor::Operator.user(), Actor::Operator.name()), (None, "Operator (command line)"));
        assert_eq!((Actor::Anonymous.user(), Actor::Anonymous.name()), (None, "Not signed in"));
    }
}
