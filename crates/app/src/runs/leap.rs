//! The machine's clock may be set while a worker works by it. A worker sees that by the clock that never is.

use std::time::Duration;

use dossier_domain::Timestamp;
use tokio::time::Instant;

/// What both clocks may differ by without anyone having set one.
const SLACK: Duration = Duration::from_secs(5);

/// What both clocks said when they were last compared.
pub(super) struct Pace {
    at: Timestamp,
    by: Instant,
}

/// How the clock was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leap {
    /// Forward: leases have ended before their time.
    Forward,
    /// Back, by so much.
    Back(Duration),
}

impl Pace {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { at: now, by: Instant::now() }
    }

    /// Whether the clock, which says `now`, was set since the last look.
    pub(super) fn look(&mut self, now: Timestamp) -> Option<Leap> {
        let (before, passed) = (self.at, self.by.elapsed());
        *self = Self::new(now);
        let meant = before.plus(passed);
        if now > meant.plus(SLACK) {
            return Some(Leap::Forward);
        }
        let back = meant.since(now);
        // By the time that stood still, a clock that a test moves would always seem to be set back.
        (now < before && back > SLACK).then_some(Leap::Back(back))
    }
}
