//! How much work expressions may be: counted, since a short one can double a list at every bracket.
//!
//! Two counts: the steps that are taken, and the bytes that functions write. One expression has so many of each. What is
//! worked out together, such as the display of an answer, has a count of steps of its own, since a manifest may hold
//! thousands of expressions and a table repeats each of its own for every row. A step takes some fifty nanoseconds and
//! leaves at most some hundred bytes behind.
//!
//! The library gives functions nothing of the caller's but their arguments, so the counts are the thread's: an
//! expression is worked out on one thread from its beginning to its end.

use std::cell::Cell;
use std::marker::PhantomData;

/// The most bytes that functions write for one expression.
const MOST_WRITTEN: usize = 40_000_000;
/// The most steps of one expression: a value of an answer of the largest size can be looked at some times over.
const MOST_STEPS: usize = 8_000_000;
/// The most steps of what is worked out together beside the threads that serve others.
pub(crate) const HEAVY: usize = 24_000_000;
/// The most steps of what is worked out together where it comes up.
pub(crate) const LIGHT: usize = 3_000_000;
/// The bytes that are moved for one step.
const BYTES: usize = 16;

#[derive(Clone, Copy)]
struct Left {
    written: usize,
    steps: usize,
    /// The steps of what is worked out together.
    together: usize,
}

thread_local! {
    static LEFT: Cell<Left> =
        const { Cell::new(Left { written: MOST_WRITTEN, steps: MOST_STEPS, together: usize::MAX }) };
}

/// There is not as much left. What has run out stays so until the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spent;

/// Begins an expression.
pub(crate) fn begin() {
    LEFT.set(Left { written: MOST_WRITTEN, steps: MOST_STEPS, ..LEFT.get() });
}

/// While it lives, all expressions of this thread come to a number of steps together. It stays on its thread.
pub(crate) struct Together {
    outside: usize,
    _here: PhantomData<*const ()>,
}

impl Together {
    /// At most `steps` from here on.
    pub(crate) fn of(steps: usize) -> Self {
        let left = LEFT.get();
        LEFT.set(Left { together: steps.min(left.together), ..left });
        begin();
        Self { outside: left.together, _here: PhantomData }
    }
}

impl Drop for Together {
    fn drop(&mut self) {
        LEFT.set(Left { together: self.outside, ..LEFT.get() });
    }
}

/// Takes `steps`.
pub(crate) fn step(steps: usize) -> Result<(), Spent> {
    let left = LEFT.get();
    let (own, together) = (left.steps.checked_sub(steps), left.together.checked_sub(steps));
    LEFT.set(Left { steps: own.unwrap_or(0), together: together.unwrap_or(0), ..left });
    own.and(together).map(drop).ok_or(Spent)
}

/// Takes the steps of moving `bytes`.
pub(crate) fn moved(bytes: usize) -> Result<(), Spent> {
    step(bytes / BYTES + 1)
}

/// Takes `bytes` of what functions may write.
pub(crate) fn written(bytes: usize) -> Result<(), Spent> {
    let left = LEFT.get();
    let written = left.written.checked_sub(bytes);
    LEFT.set(Left { written: written.unwrap_or(0), ..left });
    written.map(drop).ok_or(Spent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_expression_has_its_own_count_and_all_together_have_one() {
        begin();
        assert_eq!((step(MOST_STEPS), step(1)), (Ok(()), Err(Spent)));
        begin();
        assert_eq!(step(1), Ok(()));
        {
            let _bound = Together::of(10);
            assert_eq!(step(6), Ok(()));
            begin();
            assert_eq!((step(6), step(0)), (Err(Spent), Ok(())));
        }
        assert_eq!(step(1), Ok(()), "outside nothing is taken");
    }

    #[test]
    fn nothing_within_gets_more_than_what_is_around_it() {
        let _around = Together::of(10);
        let _within = Together::of(1_000);
        assert_eq!(step(11), Err(Spent));
    }
}
