//! The data key of a tenant or a request.

use std::fmt;

use aws_lc_rs::rand;
use secrecy::{ExposeSecret, SecretBox, zeroize::Zeroizing};

use crate::{
    VaultError,
    derive::{self, Use},
    digest, sealed,
};

/// A random 256-bit key. It is wiped from memory when dropped, cannot be cloned and shows nothing of itself.
///
/// It leaves the process only wrapped under another key.
pub struct Key(SecretBox<[u8; 32]>);

impl Key {
    /// A new key from the system's random source.
    ///
    /// # Panics
    /// When the system has no random bytes: no key made then could be trusted.
    pub fn generate() -> Self {
        Self::filled(|bytes| derive::sound(rand::fill(bytes)))
    }

    /// Seals `plain` for the place that `context` names. Two seals of the same text differ.
    ///
    /// The result is 29 bytes longer than `plain`; the crate's documentation tells its layout. It hides the text, not
    /// its length. Fails only past 64 GiB.
    pub fn seal(&self, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        sealed::seal(self.bytes(), Use::Seal, context, plain).map_err(|_| VaultError::TooLong)
    }

    /// Opens what [`seal`](Self::seal) made with this key for the same `context`.
    ///
    /// Gives [`VaultError::Malformed`] for what is no sealed value, [`VaultError::Refused`] when key or context do not
    /// fit or a bit was changed.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        sealed::open(self.bytes(), Use::Seal, context, sealed)
    }

    /// Wraps another key, so that it can be stored. 61 bytes, with the layout of a sealed value.
    pub fn wrap(&self, key: &Key, context: &[u8]) -> Vec<u8> {
        derive::sound(sealed::seal(self.bytes(), Use::Wrap, context, key.bytes()))
    }

    /// Unwraps what [`wrap`](Self::wrap) made with this key for the same `context`. Errors as for [`open`](Self::open).
    pub fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Key, VaultError> {
        let plain = Zeroizing::new(sealed::open(self.bytes(), Use::Wrap, context, wrapped)?);
        if plain.len() != 32 {
            return Err(VaultError::Malformed);
        }
        Ok(Self::filled(|bytes| bytes.copy_from_slice(&plain)))
    }

    /// HMAC-SHA-256 of `data` under the subkey of `purpose`.
    ///
    /// For looking up or comparing personal data without storing it. Digests of different purposes have nothing in
    /// common, so that a column cannot be matched against another.
    pub fn digest(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        digest::keyed(self.bytes(), purpose, data)
    }

    pub(crate) fn filled(fill: impl FnOnce(&mut [u8; 32])) -> Self {
        Self(SecretBox::init_with_mut(fill))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}
