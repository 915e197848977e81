//! How much functions may write while one expression is worked out.
//!
//! The value of an expression is bounded when it is done; what functions write on the way is not, since a text that is
//! shared can be handed to them many times over. The library gives functions nothing of the caller's but their
//! arguments, so the count is the thread's: an expression is worked out on one thread from its beginning to its end.

use std::cell::Cell;

/// The most bytes that functions write for one expression.
pub(crate) const MAX_WRITTEN: usize = 40_000_000;

thread_local! {
    static LEFT: Cell<usize> = const { Cell::new(MAX_WRITTEN) };
}

/// Begins an expression.
pub(crate) fn begin() {
    LEFT.set(MAX_WRITTEN);
}

/// Takes `bytes` of what is left; whether there were as many.
pub(super) fn spend(bytes: usize) -> bool {
    let left = LEFT.get().checked_sub(bytes);
    LEFT.set(left.unwrap_or(0));
    left.is_some()
}
