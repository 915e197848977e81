//! A run: one attempt of one action. A run never lies about what is known of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::status::words;

words! {
    /// How an attempt stands.
    RunState {
        /// Recorded; nothing was sent yet.
        Queued = "queued",
        /// A process works on it.
        Running = "running",
        /// The provider accepted it; its end is not known yet.
        Waiting = "waiting",
        /// It ended well and its result is stored.
        Succeeded = "succeeded",
        /// It ended badly; the provider's words are stored.
        Failed = "failed",
        /// The provider let the deadline pass.
        Overdue = "overdue",
        /// Something was sent and no answer was stored: only the provider knows.
        Unknown = "unknown",
        /// Stopped before anything was sent, or no longer followed: by a person, or because its request ended or is gone.
        Cancelled = "cancelled",
    }
}

words! {
    /// How far one HTTP call has come. The row is committed as `sending` before the first byte leaves.
    ExchangeState {
        /// It may have left; no answer is stored.
        Sending = "sending",
        /// A whole answer is stored.
        Answered = "answered",
        /// It ended without a whole answer; the reason is stored.
        Broken = "broken",
    }
}

words! {
    /// What became of one HTTP call, for figures and to narrow a log. A failure is a call without an answer, or one of a server that has broken
    /// down; a refusal is an answer.
    CallOutcome {
        /// With a status below 400.
        Answered = "answered",
        /// With a status from 400 to 499.
        Refused = "refused",
        /// No whole answer in time.
        Timeout = "timeout",
        /// With a status of 500 or more.
        Faulty = "faulty",
        /// No connection, or one that broke off.
        Broken = "broken",
        /// No answer is stored yet, or ever.
        Open = "open",
    }
}

impl CallOutcome {
    /// Whether the provider failed the call.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Timeout | Self::Faulty | Self::Broken)
    }
}

words! {
    /// What kind of failure ended a run, for people, retries and statistics.
    ErrorClass {
        /// The provider refused our credentials.
        Auth = "auth",
        /// The provider refused what was sent.
        Validation = "validation",
        /// The provider does not know the thing asked for.
        NotFound = "not_found",
        /// Too many calls.
        RateLimited = "rate_limited",
        /// The provider cannot be reached or cannot answer now.
        Unavailable = "unavailable",
        /// The provider understood and said no.
        Business = "business",
        /// The provider's answer could not be read.
        Answer = "answer",
        /// This side failed.
        Internal = "internal",
    }
}

words! {
    /// How work stands that goes on at a provider, by the provider's own words.
    Work {
        /// It goes on.
        Waiting = "waiting",
        /// It has ended well.
        Succeeded = "succeeded",
        /// It has ended badly.
        Failed = "failed",
        /// In a word that the manifest does not know, which is never success.
        Unknown = "unknown",
    }
}

impl RunState {
    /// Whether `to` may follow this state.
    pub fn allows(self, to: Self) -> bool {
        use RunState::{Cancelled, Failed, Overdue, Queued, Running, Succeeded, Unknown, Waiting};
        match self {
            Queued => matches!(to, Running | Cancelled | Failed),
            // Back to queued, or stopped, only when it is certain that nothing was sent.
            Running => matches!(to, Queued | Waiting | Succeeded | Failed | Unknown | Cancelled),
            Waiting => matches!(to, Succeeded | Failed | Overdue | Cancelled),
            Unknown => matches!(to, Waiting | Succeeded | Failed),
            Overdue => matches!(to, Succeeded | Failed),
            Succeeded | Failed | Cancelled => false,
        }
    }

    /// The state after the provider has told how its work stands; nothing where that changes nothing. An end is final:
    /// a word that comes late, twice or out of order never moves a run backwards.
    pub fn told(self, work: Work) -> Option<Self> {
        let to = match work {
            Work::Waiting => Self::Waiting,
            Work::Succeeded => Self::Succeeded,
            Work::Failed => Self::Failed,
            Work::Unknown => return None,
        };
        (self.is_open() && self.allows(to)).then_some(to)
    }

    /// Waiting, overdue or unknown: it was sent, and what became of it may still be learnt.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Overdue | Self::Unknown)
    }

    /// Queued or running: an action has at most one such run in a request.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }

    /// What a run that its process left behind has become (the rule of the `sending` row): with no call recorded
    /// nothing was sent, and it is queued again; with a call still `sending`, only the provider knows. `repeatable`
    /// is the manifest's word that the action reads only, so that asking again harms nothing.
    pub fn after_crash(calls: &[ExchangeState], repeatable: bool) -> Self {
        if calls.is_empty() || repeatable { Self::Queued } else { Self::Unknown }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_ended_run_never_moves_again() {
        for from in [RunState::Succeeded, RunState::Failed, RunState::Cancelled] {
            assert!(RunState::ALL.iter().all(|&to| !from.allows(to)), "{from}");
        }
    }

    #[test]
    fn a_run_reaches_the_provider_only_through_running() {
        for &to in RunState::ALL {
            assert_eq!(
                RunState::Queued.allows(to),
                matches!(to, RunState::Running | RunState::Cancelled | RunState::Failed),
                "{to}"
            );
            assert_eq!(RunState::Running.allows(to), !matches!(to, RunState::Running | RunState::Overdue), "{to}");
            assert_eq!(
                RunState::Waiting.allows(to),
                matches!(to, RunState::Succeeded | RunState::Failed | RunState::Overdue | RunState::Cancelled),
                "{to}"
            );
            assert_eq!(
                RunState::Unknown.allows(to),
                matches!(to, RunState::Waiting | RunState::Succeeded | RunState::Failed),
                "{to}"
            );
            assert_eq!(RunState::Overdue.allows(to), matches!(to, RunState::Succeeded | RunState::Failed), "{to}");
        }
    }

    #[test]
    fn after_a_crash_only_the_sending_row_decides() {
        use ExchangeState::{Answered, Sending};
        assert_eq!(RunState::after_crash(&[], false), RunState::Queued);
        assert_eq!(RunState::after_crash(&[Sending], false), RunState::Unknown);
        assert_eq!(RunState::after_crash(&[Answered, Sending], false), RunState::Unknown);
        assert_eq!(RunState::after_crash(&[Answered], false), RunState::Unknown, "its answer was never acted on");
        assert_eq!(RunState::after_crash(&[Sending], true), RunState::Queued, "a read may be repeated");
    }

    #[test]
    fn only_what_was_sent_and_has_no_end_is_moved_by_a_providers_word() {
        use RunState::{Failed, Overdue, Succeeded, Unknown, Waiting};
        for &from in RunState::ALL {
            let open = matches!(from, Waiting | Overdue | Unknown);
            assert_eq!(from.is_open(), open, "{from}");
            assert_eq!(from.told(Work::Succeeded), open.then_some(Succeeded), "{from}");
            assert_eq!(from.told(Work::Failed), open.then_some(Failed), "{from}");
            assert_eq!(from.told(Work::Waiting), (from == Unknown).then_some(Waiting), "{from}");
            assert_eq!(from.told(Work::Unknown), None, "{from}");
        }
    }

    /// What can happen to a run, in any order.
    #[derive(Clone, Copy, Debug)]
    enum News {
        Taken,
        Answered(RunState),
        Told(Work),
        Cancelled,
        Withdrawn { sent: bool },
        Deadline,
        Settled(RunState),
        Crashed { sent: bool, read: bool },
    }

    fn news() -> impl Strategy<Value = News> {
        let ends = prop_oneof![Just(RunState::Succeeded), Just(RunState::Failed)];
        let answers = prop_oneof![Just(RunState::Waiting), Just(RunState::Unknown), ends.clone()];
        let works = prop::sample::select(Work::ALL);
        prop_oneof![
            3 => Just(News::Taken),
            3 => answers.prop_map(News::Answered),
            3 => works.prop_map(News::Told),
            1 => Just(News::Cancelled),
            1 => any::<bool>().prop_map(|sent| News::Withdrawn { sent }),
            1 => Just(News::Deadline),
            1 => ends.prop_map(News::Settled),
            2 => (any::<bool>(), any::<bool>()).prop_map(|(sent, read)| News::Crashed { sent, read }),
        ]
    }

    /// The state after `news`, by the rules above and nothing else.
    fn after(state: RunState, news: News) -> RunState {
        let to = match news {
            News::Taken => Some(RunState::Running).filter(|_| state == RunState::Queued),
            // An answer may still come after its run was given up as unknown.
            News::Answered(to) => Some(to).filter(|_| matches!(state, RunState::Running | RunState::Unknown)),
            News::Told(work) => state.told(work),
            News::Cancelled => Some(RunState::Cancelled).filter(|_| state != RunState::Running),
            // Its request ended or is gone: one that runs is stopped only while nothing of it was sent.
            News::Withdrawn { sent } => Some(RunState::Cancelled).filter(|_| state == RunState::Running && !sent),
            News::Deadline => Some(RunState::Overdue),
            News::Settled(to) => Some(to).filter(|_| matches!(state, RunState::Unknown | RunState::Overdue)),
            News::Crashed { sent, read } => {
                let calls = [ExchangeState::Sending];
                let calls = if sent { &calls[..] } else { &[] };
                Some(RunState::after_crash(calls, read)).filter(|_| state == RunState::Running)
            }
        };
        to.filter(|to| state.allows(*to)).unwrap_or(state)
    }

    proptest! {
        #[test]
        fn whatever_happens_in_whatever_order_no_run_moves_backwards(list in prop::collection::vec(news(), 0..60)) {
            let mut state = RunState::Queued;
            let mut left = false;
            for news in list {
                let next = after(state, news);
                let ended = matches!(state, RunState::Succeeded | RunState::Failed | RunState::Cancelled);
                prop_assert!(!ended || next == state, "{state} was left by {news:?}");
                let resent = next == RunState::Queued && state != RunState::Queued;
                let harmless = matches!(news, News::Crashed { sent: false, .. } | News::Crashed { read: true, .. });
                prop_assert!(!resent || harmless, "{state} is sent again after {news:?}");
                prop_assert!(!left || next != RunState::Queued, "what was accepted or lost is never sent again");
                left |= next.is_open();
                state = next;
            }
        }
    }

    #[test]
    fn live_is_queued_or_running() {
        let live: Vec<_> = RunState::ALL.iter().filter(|s| s.is_live()).collect();
        assert_eq!(live, [&RunState::Queued, &RunState::Running]);
    }
}
