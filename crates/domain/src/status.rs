//! The status of a request, and the verdict that a provider gave: two different things.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Gives a closed set of words its text form, both ways.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every one, in the order of their list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that stands in databases, addresses and answers.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = crate::status::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($word => Ok(Self::$variant),)+ _ => Err(crate::status::UnknownWord(text.to_owned())) }
            }
        }
    };
}
pub(crate) use words;

/// A word that is not of its set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a known word here")]
pub struct UnknownWord(pub String);

words! {
    /// How far the job has come (STATUS-1).
    RequestStatus {
        /// Created; no provider action has succeeded.
        Draft = "draft",
        /// Work in progress.
        Pending = "pending",
        /// Finished.
        Completed = "completed",
        /// The job could not be done.
        Failed = "failed",
        /// Stopped by a person.
        Cancelled = "cancelled",
    }
}

words! {
    /// What a provider concluded about the person or company (STATUS-6). Not the status: a person who was declined is
    /// completed and `fail`.
    Verdict {
        /// Nothing stands in the way.
        Pass = "pass",
        /// A person has to look.
        Review = "review",
        /// The provider says no.
        Fail = "fail",
        /// The provider said nothing that the manifest knows.
        None = "none",
    }
}

/// Who moves a request, with what that allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mover {
    /// An action succeeded; it may start the work but ends nothing.
    Action,
    /// A deciding action came to its end.
    Provider,
    /// A person chose.
    Person,
}

impl RequestStatus {
    /// Completed, failed or cancelled.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    /// Whether `mover` may take a request from here to `to` (STATUS-2, STATUS-3).
    pub fn allows(self, to: Self, mover: Mover) -> bool {
        match mover {
            Mover::Action => self == Self::Draft && to == Self::Pending,
            Mover::Provider => self == Self::Pending && matches!(to, Self::Completed | Self::Failed),
            Mover::Person if self.is_end() => to == Self::Pending,
            Mover::Person => to.is_end(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RequestStatus::{Cancelled, Completed, Draft, Failed, Pending};

    /// STATUS-2
    #[test]
    fn only_the_listed_moves_are_allowed() {
        let allowed = [
            (Draft, Pending, Mover::Action),
            (Draft, Completed, Mover::Person),
            (Draft, Failed, Mover::Person),
            (Draft, Cancelled, Mover::Person),
            (Pending, Completed, Mover::Person),
            (Pending, Failed, Mover::Person),
            (Pending, Cancelled, Mover::Person),
            (Pending, Completed, Mover::Provider),
            (Pending, Failed, Mover::Provider),
            (Completed, Pending, Mover::Person),
            (Failed, Pending, Mover::Person),
            (Cancelled, Pending, Mover::Person),
        ];
        for &from in RequestStatus::ALL {
            for &to in RequestStatus::ALL {
                for mover in [Mover::Action, Mover::Provider, Mover::Person] {
                    assert_eq!(
                        from.allows(to, mover),
                        allowed.contains(&(from, to, mover)),
                        "{from} to {to} by {mover:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn words_read_back() {
        for status in RequestStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
            assert_eq!(status.to_string(), status.as_str());
        }
        assert_eq!("Draft".parse::<RequestStatus>(), Err(UnknownWord("Draft".to_owned())));
        assert_eq!("review".parse(), Ok(Verdict::Review));
    }
}
