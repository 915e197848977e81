//! Digests that are safe to store.

use aws_lc_rs::{digest, hmac};

use crate::derive;

/// SHA-256 of a token, for finding a session by it without storing it.
///
/// Only for tokens with at least 128 random bits. Anything that can be guessed, such as an identity number or an e-mail
/// address, needs [`Key::digest`](crate::Key::digest): a bare hash of it can be searched.
pub fn token_digest(token: &[u8]) -> [u8; 32] {
    array(digest::digest(&digest::SHA256, token).as_ref())
}

/// HMAC-SHA-256 of `message` under `key`, a secret that two sides share: for what others have to verify, so under no
/// subkey. The key should be random and have at least 192 bits.
pub fn signature(key: &[u8], message: &[u8]) -> [u8; 32] {
    array(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref())
}

pub(crate) fn keyed(key: &[u8; 32], purpose: &str, data: &[u8]) -> [u8; 32] {
    array(hmac::sign(&derive::hmac_key(key, purpose), data).as_ref())
}

/// SHA-256 always has 32 bytes.
fn array(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(bytes);
    out
}
