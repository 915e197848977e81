//! The circuit breaker of a channel: when a provider does not answer, calls to it stop for a while by themselves.

use std::time::Duration;

use crate::time::Timestamp;

/// So many failures in a row stop the calls.
pub const TOO_MANY: u32 = 5;
/// The first pause; each further failure doubles it.
const PAUSE: Duration = Duration::from_secs(15);
/// The longest pause.
const LONGEST: Duration = Duration::from_mins(5);
/// For how long one call may try whether the provider is back, before another may.
const TRIAL: Duration = Duration::from_mins(1);

/// How a channel's provider has fared of late. A failure is a call without an answer, or one of a server that has broken
/// down; a refusal is an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    /// How many calls have failed in a row.
    pub failures: u32,
    /// Until when no call goes out.
    pub closed_until: Option<Timestamp>,
    /// Until when one call tries whether the provider is back.
    pub trying_until: Option<Timestamp>,
}

impl Breaker {
    /// Lets a call out, or says when to ask again. After a pause one call goes first, alone.
    ///
    /// # Errors
    /// The instant until which no call goes out.
    pub fn enter(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        let Some(closed) = self.closed_until else { return Ok(()) };
        let until = self.trying_until.map_or(closed, |trying| trying.max(closed));
        // Nobody closes for longer: a later instant is of a clock that was set back since.
        if now < until && until.since(now) <= LONGEST + TRIAL {
            return Err(until);
        }
        self.trying_until = Some(now.plus(TRIAL));
        Ok(())
    }

    /// A call was answered.
    pub fn answered(&mut self) {
        *self = Self::default();
    }

    /// A call has failed. Those that were on their way when the calls stopped say nothing more than the one that stopped
    /// them.
    pub fn failed(&mut self, now: Timestamp) {
        if self.trying_until.is_none() && self.closed_until.is_some_and(|until| until > now) {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        self.trying_until = None;
        if let Some(more) = self.failures.checked_sub(TOO_MANY) {
            let pause = PAUSE.saturating_mul(2_u32.saturating_pow(more.min(10))).min(LONGEST);
            self.closed_until = Some(now.plus(pause));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(1_764_000_000_000_000).plus(Duration::from_secs(seconds))
    }

    fn failed(times: u32) -> Breaker {
        let mut breaker = Breaker::default();
        (0..times).for_each(|_| breaker.failed(at(0)));
        breaker
    }

    #[test]
    fn many_calls_that_fail_together_are_one_reason_to_stop() {
        assert_eq!(failed(50).enter(at(0)), Err(at(15)));
    }

    #[test]
    fn five_failures_in_a_row_stop_the_calls_and_an_answer_between_does_not() {
        assert_eq!(failed(4).enter(at(0)), Ok(()));
        assert_eq!(failed(5).enter(at(0)), Err(at(15)));
        let mut breaker = failed(4);
        breaker.answered();
        breaker.failed(at(0));
        assert_eq!(breaker.enter(at(0)), Ok(()));
    }

    #[test]
    fn after_a_pause_one_call_goes_first_and_its_end_decides() {
        let mut breaker = failed(5);
        assert_eq!(breaker.enter(at(14)), Err(at(15)));
        assert_eq!(breaker.enter(at(15)), Ok(()));
        assert_eq!(breaker.enter(at(16)), Err(at(75)), "the others wait for its end");
        let mut back = breaker;
        back.answered();
        assert_eq!(back.enter(at(17)), Ok(()));
        breaker.failed(at(17));
        assert_eq!(breaker.enter(at(18)), Err(at(47)), "twice as long");
        let mut lost = failed(5);
        lost.enter(at(15)).unwrap();
        assert_eq!(lost.enter(at(75)), Ok(()), "a trial whose process died does not close the channel for ever");
    }

    #[test]
    fn a_call_that_fails_when_the_pause_is_just_over_begins_the_next() {
        let mut breaker = failed(5);
        breaker.failed(at(15));
        assert_eq!(breaker.enter(at(16)), Err(at(45)), "twice as long");
    }

    #[test]
    fn a_clock_that_was_set_back_closes_nothing_for_longer_than_a_pause() {
        let mut breaker = failed(5);
        let an_hour_before = Timestamp::from_micros(at(0).micros() - 3_600_000_000);
        assert_eq!(breaker.enter(an_hour_before), Ok(()));
    }

    #[test]
    fn a_pause_has_a_longest() {
        let mut breaker = failed(5);
        for n in 1..100 {
            breaker.enter(at(n * 1_000)).unwrap();
            breaker.failed(at(n * 1_000));
        }
        assert_eq!(breaker.enter(at(99_000)), Err(at(99_300)));
    }
}
