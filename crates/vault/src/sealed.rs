//! The layout of a sealed value, told in the crate's documentation.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    error::Unspecified,
};
use secrecy::zeroize::Zeroizing;

use crate::{
    VaultError,
    derive::{self, Use},
};

const VERSION: u8 = 1;
const HEAD: usize = 1 + NONCE_LEN;
const TAG: usize = 16;

/// Fails only when `plain` is longer than AES-GCM can seal.
pub(crate) fn seal(key: &[u8; 32], usage: Use<'_>, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, Unspecified> {
    // Filled in place and never grown, so that no copy of the plain text stays behind on the heap.
    let mut sealed = Vec::with_capacity(HEAD + plain.len() + TAG);
    sealed.push(VERSION);
    sealed.resize(HEAD, 0);
    sealed.extend_from_slice(plain);
    let (nonce, tag) = cipher(key, usage).seal_in_place_separate_tag(Aad::from(context), &mut sealed[HEAD..])?;
    sealed[1..HEAD].copy_from_slice(nonce.as_ref());
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

pub(crate) fn open(key: &[u8; 32], usage: Use<'_>, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
    if sealed.len() < HEAD + TAG || sealed[0] != VERSION {
        return Err(VaultError::Malformed);
    }
    let nonce = Nonce::try_assume_unique_for_key(&sealed[1..HEAD]).map_err(|_| VaultError::Malformed)?;
    let mut plain = sealed[HEAD..].to_vec();
    cipher(key, usage).open_in_place(nonce, Aad::from(context), &mut plain).map_err(|_| VaultError::Refused)?;
    plain.truncate(sealed.len() - HEAD - TAG);
    Ok(plain)
}

/// The library draws the nonces itself: no caller can use one twice.
fn cipher(key: &[u8; 32], usage: Use<'_>) -> RandomizedNonceKey {
    let mut subkey = Zeroizing::new([0; 32]);
    derive::fill(key, usage, &mut subkey);
    derive::sound(RandomizedNonceKey::new(&AES_256_GCM, subkey.as_slice()))
}
