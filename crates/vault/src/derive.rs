//! Subkeys: one key, many uses, none of which can be mistaken for another.

use aws_lc_rs::{error::Unspecified, hkdf, hmac};

/// What a subkey is for. Written into HKDF's `info`.
#[derive(Clone, Copy)]
pub(crate) enum Use<'a> {
    Seal,
    Wrap,
    Digest(&'a str),
}

impl Use<'_> {
    /// The purpose comes last, so that the parts cannot run into each other.
    fn info(&self) -> [&[u8]; 2] {
        match self {
            Use::Seal => [b"dossier/1 seal", b""],
            Use::Wrap => [b"dossier/1 wrap", b""],
            Use::Digest(purpose) => [b"dossier/1 digest ", purpose.as_bytes()],
        }
    }
}

/// HKDF-Expand with SHA-256. The extract step is left out: our keys are uniformly random (RFC 5869, section 3.3).
pub(crate) fn fill(key: &[u8; 32], usage: Use<'_>, out: &mut [u8; 32]) {
    let prk = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, key);
    sound(prk.expand(&usage.info(), hkdf::HKDF_SHA256.hmac_algorithm()).and_then(|okm| okm.fill(out)));
}

/// The subkey of a purpose, ready for HMAC-SHA-256.
pub(crate) fn hmac_key(key: &[u8; 32], purpose: &str) -> hmac::Key {
    let prk = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, key);
    hmac::Key::from(sound(prk.expand(&Use::Digest(purpose).info(), hmac::HMAC_SHA256)))
}

/// For calls of the crypto library that fail on a wrong length only, where the types here fix the length, and for its
/// random source.
#[expect(clippy::expect_used, reason = "lengths are fixed by types; without random bytes there is no safe way on")]
pub(crate) fn sound<T>(result: Result<T, Unspecified>) -> T {
    result.expect("the crypto library works and has random bytes")
}
