//! The access tokens that were issued and still count.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::chance::Chance;

/// How long a token counts; Keycloak's default.
pub(crate) const LIFE: Duration = Duration::from_mins(5);
/// Past this many tokens the expired ones are dropped, and the oldest if none is.
const KEPT: usize = 1_000;

/// Issues tokens that look random and follow from the seed and a counter.
pub(crate) struct Tokens {
    seed: u64,
    issued: u64,
    ends: HashMap<String, Instant>,
}

impl Tokens {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, issued: 0, ends: HashMap::new() }
    }

    /// A new token that counts for [`LIFE`] from now.
    pub(crate) fn issue(&mut self, now: Instant) -> String {
        self.issued += 1;
        let mut chance = Chance::of(self.seed, &["token", &self.issued.to_string()]);
        let token = format!("{}{}", chance.uuid().simple(), chance.uuid().simple());
        if self.ends.len() >= KEPT {
            self.ends.retain(|_, end| *end > now);
        }
        if self.ends.len() >= KEPT
            && let Some(oldest) = self.ends.iter().min_by_key(|(_, end)| **end).map(|(token, _)| token.clone())
        {
            self.ends.remove(&oldest);
        }
        self.ends.insert(token.clone(), now + LIFE);
        token
    }

    /// Whether this token was issued here and has not expired.
    pub(crate) fn counts(&self, token: &str, now: Instant) -> bool {
        self.ends.get(token).is_some_and(|end| *end > now)
    }

    /// Ends a token before its time.
    pub(crate) fn revoke(&mut self, token: &str) {
        self.ends.remove(token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_counts_for_five_minutes_and_no_longer() {
        let (mut tokens, now) = (Tokens::new(7), Instant::now());
        let token = tokens.issue(now);
        assert!(tokens.counts(&token, now + Duration::from_secs(299)));
        assert!(!tokens.counts(&token, now + Duration::from_mins(5)));
        assert!(!tokens.counts("made-up", now));
    }

    #[test]
    fn tokens_differ_and_follow_from_the_seed() {
        let now = Instant::now();
        let two = |seed| {
            let mut tokens = Tokens::new(seed);
            [tokens.issue(now), tokens.issue(now)]
        };
        let [first, second] = two(7);
        assert_ne!(first, second);
        assert_eq!([first, second], two(7));
        assert_ne!(two(7), two(8));
    }

    #[test]
    fn a_revoked_token_counts_no_more_and_old_ones_make_room() {
        let (mut tokens, now) = (Tokens::new(7), Instant::now());
        let first = tokens.issue(now);
        for second in 1..=KEPT {
            tokens.issue(now + Duration::from_millis(u64::try_from(second).unwrap()));
        }
        assert_eq!(tokens.ends.len(), KEPT);
        assert!(!tokens.counts(&first, now));
        let last = tokens.issue(now);
        tokens.revoke(&last);
        assert!(!tokens.counts(&last, now));
    }
}
