//! The status of a request, and the verdict that a provider gave: two different things.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::run::RunState;

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

impl Verdict {
    /// What several results conclude together: the gravest. One that concluded nothing takes nothing away from the others, so
    /// that a check which was failed stays in sight whatever passes after it (STATUS-6).
    pub fn of_all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let gravity = |verdict: &Self| match verdict {
            Self::None => 0,
            Self::Pass => 1,
            Self::Review => 2,
            Self::Fail => 3,
        };
        verdicts.into_iter().max_by_key(gravity).unwrap_or(Self::None)
    }
}

words! {
    /// Who moves a request, with what that allows.
    Mover {
        /// An action succeeded; it may start the work but ends nothing.
        Action = "action",
        /// A deciding action came to its end.
        Provider = "provider",
        /// A person chose.
        Person = "person",
    }
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

/// A run of a deciding action, as far as a request's end depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Deciding<'a> {
    /// The manifest's key of the action.
    pub action: &'a str,
    /// How it stands.
    pub state: RunState,
    /// Whether the provider had taken it up. What failed before changes nothing (STATUS-2).
    pub accepted: bool,
}

/// The end of a request by its deciding runs, oldest first (STATUS-3): none while one of them goes on, or while the
/// outcome of an action's latest is not known; failed when an action's latest failed; else completed.
pub fn decided(runs: &[Deciding<'_>]) -> Option<RequestStatus> {
    if runs.iter().any(|run| run.state.is_live() || run.state == RunState::Waiting) {
        return None;
    }
    let mut latest: Vec<Deciding<'_>> = Vec::new();
    for run in runs {
        let counts = match run.state {
            RunState::Failed => run.accepted,
            RunState::Cancelled => false,
            _ => true,
        };
        if counts {
            latest.retain(|other| other.action != run.action);
            latest.push(*run);
        }
    }
    let any = |state| latest.iter().any(|run| run.state == state);
    if latest.is_empty() || any(RunState::Overdue) || any(RunState::Unknown) {
        return None;
    }
    Some(if any(RunState::Failed) { RequestStatus::Failed } else { RequestStatus::Completed })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// STATUS-6
    #[test]
    fn several_results_conclude_the_gravest_of_them() {
        use Verdict::{Fail, None, Pass, Review};
        for (all, together) in [
            (vec![], None),
            (vec![None, None], None),
            (vec![Pass, None], Pass),
            (vec![Review, Pass], Review),
            (vec![Fail, Pass, Review], Fail),
        ] {
            assert_eq!(Verdict::of_all(all.clone()), together, "{all:?}");
        }
    }
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

    /// STATUS-3
    #[test]
    fn a_request_ends_with_its_last_deciding_run_and_failed_when_a_latest_failed() {
        use RunState::{Cancelled, Failed as Bad, Overdue, Queued, Running, Succeeded, Unknown, Waiting};
        let decide = |runs: &[(&'static str, RunState, bool)]| {
            let runs: Vec<_> =
                runs.iter().map(|&(action, state, accepted)| Deciding { action, state, accepted }).collect();
            decided(&runs)
        };
        assert_eq!(decide(&[]), None);
        assert_eq!(decide(&[("a", Succeeded, true)]), Some(Completed));
        assert_eq!(decide(&[("a", Bad, true)]), Some(Failed));
        assert_eq!(decide(&[("a", Bad, false)]), None, "a failed attempt changes nothing");
        assert_eq!(decide(&[("a", Succeeded, true), ("a", Bad, false)]), Some(Completed));
        assert_eq!(decide(&[("a", Bad, true), ("a", Succeeded, true)]), Some(Completed), "the latest counts");
        assert_eq!(decide(&[("a", Succeeded, true), ("a", Bad, true)]), Some(Failed));
        assert_eq!(decide(&[("a", Bad, true), ("b", Succeeded, true)]), Some(Failed), "of any action");
        assert_eq!(decide(&[("a", Bad, true), ("a", Cancelled, true)]), Some(Failed));
        for going in [Queued, Running, Waiting] {
            assert_eq!(decide(&[("a", going, false), ("a", Succeeded, true)]), None, "{going}");
        }
        for open in [Overdue, Unknown] {
            assert_eq!(decide(&[("a", Succeeded, true), ("b", open, true)]), None, "{open}");
            assert_eq!(decide(&[("b", open, true), ("b", Succeeded, true)]), Some(Completed), "{open} before");
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
