//! Tokens: kept per channel, renewed early, fetched once for many who wait.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dossier_domain::Timestamp;
use secrecy::SecretString;

use crate::call::Failure;

/// How long before its end a token is renewed.
const EARLY: Duration = Duration::from_secs(30);

/// The most texts of a manifest whose tokens are kept for one channel.
const MOST_TEXTS: usize = 4;

/// Whose token: changed credentials make another key, so that an old token never serves them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TokenKey {
    pub(crate) channel: String,
    pub(crate) version: i64,
    pub(crate) auth: String,
    /// A digest of the address and the credentials.
    pub(crate) credentials: String,
}

/// The tokens of all channels.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<HashMap<TokenKey, Arc<Slot>>>);

/// The place of one token; who holds its lock fetches.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    fetched: AtomicU64,
    state: tokio::sync::Mutex<State>,
}

/// What the last fetch brought.
#[derive(Debug, Default)]
pub(crate) struct State {
    token: Option<Token>,
    failure: Option<Failure>,
}

/// A token and when it ends.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) secret: SecretString,
    pub(crate) until: Timestamp,
}

impl Tokens {
    /// The place for `key`. Places of another version of its channel are given up; runs on two texts of a manifest have
    /// theirs beside each other.
    pub(crate) fn slot(&self, key: &TokenKey) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let beside = |k: &TokenKey| k != key && k.channel == key.channel && k.auth == key.auth;
        let many = slots.keys().filter(|k| beside(k)).count() >= MOST_TEXTS;
        slots.retain(|k, _| !beside(k) || (k.version == key.version && !many));
        Arc::clone(slots.entry(key.clone()).or_default())
    }
}

impl Slot {
    /// How many fetches have ended.
    pub(crate) fn fetched(&self) -> u64 {
        self.fetched.load(Ordering::SeqCst)
    }

    /// Waits for whoever fetches.
    pub(crate) async fn lock(&self) -> tokio::sync::MutexGuard<'_, State> {
        self.state.lock().await
    }

    /// Keeps what a fetch brought.
    pub(crate) fn keep(&self, state: &mut State, result: &Result<Token, Failure>) {
        self.fetched.fetch_add(1, Ordering::SeqCst);
        (state.token, state.failure) = match result {
            Ok(token) => (Some(token.clone()), None),
            Err(failure) => (None, Some(failure.clone())),
        };
    }

    /// What a fetch that ended while this one waited has brought: its failure is shared too, so that many who wait do
    /// not try one after the other.
    pub(crate) fn shared_failure(&self, state: &State, seen: u64) -> Option<Failure> {
        if self.fetched() == seen { None } else { state.failure.clone() }
    }
}

impl State {
    /// The kept token, when it lasts beyond the early renewal.
    pub(crate) fn fresh(&self, now: Timestamp) -> Option<Token> {
        self.token.clone().filter(|token| now.plus(EARLY) < token.until)
    }

    /// Gives up the kept token, which the provider refused; a newer one stays.
    pub(crate) fn drop_if(&mut self, refused: &Token) {
        use secrecy::ExposeSecret as _;
        let same = |t: &Token| t.secret.expose_secret() == refused.secret.expose_secret();
        if self.token.as_ref().is_some_and(same) {
            self.token = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_texts_of_a_manifest_keep_their_tokens_and_an_old_version_does_not() {
        let tokens = Tokens::default();
        let key = |version, credentials: &str| TokenKey {
            channel: "one".to_owned(),
            version,
            auth: "key".to_owned(),
            credentials: credentials.to_owned(),
        };
        let first = tokens.slot(&key(1, "a"));
        let second = tokens.slot(&key(1, "b"));
        assert!(Arc::ptr_eq(&first, &tokens.slot(&key(1, "a"))) && Arc::ptr_eq(&second, &tokens.slot(&key(1, "b"))));
        tokens.slot(&key(2, "a"));
        assert!(!Arc::ptr_eq(&first, &tokens.slot(&key(1, "a"))), "it was given up");
        (0..100).for_each(|n| drop(tokens.slot(&key(1, &n.to_string()))));
        assert!(tokens.0.lock().unwrap().len() <= MOST_TEXTS + 1);
    }
}
