//! How often a key may ask: so many times a minute, counted in this process. Told in the headers `RateLimit-Policy` and
//! `RateLimit` (draft-ietf-httpapi-ratelimit-headers).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use dossier_domain::{PrincipalId, Timestamp};

/// How often a key may ask in a minute unless the operator says otherwise.
pub const PER_MINUTE: u32 = 600;
const MINUTE: Duration = Duration::from_mins(1);
/// From so many keys on, those that did not ask lately are forgotten.
const MANY: usize = 1_000;

/// The counts of every key.
pub(crate) struct Limits {
    most: u32,
    windows: Mutex<HashMap<PrincipalId, Window>>,
}

#[derive(Clone, Copy)]
struct Window {
    began: Timestamp,
    asked: u32,
}

/// How a key stands.
pub(crate) struct Count {
    /// Whether it has asked too often.
    pub(crate) over: bool,
    most: u32,
    left: u32,
    /// After how many seconds it may ask again as often as ever.
    pub(crate) reset: u64,
}

impl Limits {
    pub(crate) fn new(most: u32) -> Self {
        Self { most, windows: Mutex::default() }
    }

    /// Counts a call.
    pub(crate) fn count(&self, key: PrincipalId, now: Timestamp) -> Count {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = |window: &Window| now < window.began.plus(MINUTE);
        if windows.len() >= MANY {
            windows.retain(|_, window| lately(window));
        }
        let window = windows.entry(key).or_insert(Window { began: now, asked: 0 });
        if !lately(window) {
            *window = Window { began: now, asked: 0 };
        }
        window.asked = window.asked.saturating_add(1);
        Count {
            over: window.asked > self.most,
            most: self.most,
            left: self.most.saturating_sub(window.asked),
            reset: window.began.plus(MINUTE).since(now).as_secs().max(1),
        }
    }
}

impl Count {
    /// Tells it.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let texts = [
            ("ratelimit-policy", format!("\"key\";q={};w={}", self.most, MINUTE.as_secs())),
            ("ratelimit", format!("\"key\";r={};t={}", self.left, self.reset)),
        ];
        for (name, text) in texts {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dossier_domain::Ids;

    #[test]
    fn a_key_may_ask_so_often_in_a_minute_and_no_other_pays_for_it() {
        let (limits, now) = (Limits::new(2), Timestamp::from_micros(1_764_000_000_000_000));
        let (one, other): (PrincipalId, PrincipalId) = (Ids::default().make(), Ids::default().make());
        let over = |key, at| limits.count(key, at).over;
        assert_eq!([over(one, now), over(one, now), over(one, now)], [false, false, true]);
        assert!(!over(other, now));
        let later = now.plus(Duration::from_secs(59));
        let count = limits.count(one, later);
        assert_eq!((count.over, count.left, count.reset), (true, 0, 1));
        assert!(!over(one, now.plus(MINUTE)), "the next minute");
    }
}
