//! The one key that lies outside the database.

use std::fmt;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use secrecy::{SecretString, zeroize::Zeroizing};

use crate::{Key, VaultError};

/// The key that wraps the keys of the tenants. An operator keeps it in a file or an environment variable.
///
/// It only wraps and unwraps. It is wiped from memory when dropped, cannot be cloned and shows nothing of itself.
pub struct MasterKey(Key);

impl MasterKey {
    /// A new master key from the system's random source.
    ///
    /// # Panics
    /// When the system has no random bytes: no key made then could be trusted.
    pub fn generate() -> Self {
        Self(Key::generate())
    }

    /// Reads a master key: 64 hexadecimal digits, or the base64 of 32 bytes (RFC 4648, either alphabet, with or without
    /// padding). White space around it is ignored.
    ///
    /// Gives [`VaultError::NotAKey`] with a sentence for the operator that does not quote the text.
    pub fn from_text(text: &str) -> Result<Self, VaultError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(VaultError::NotAKey("The master key is empty. Expected 64 hexadecimal digits."));
        }
        let bytes = from_hex(text).or_else(|| from_base64(text)).ok_or(VaultError::NotAKey(
            "This is not a master key. Expected 64 hexadecimal digits, or 32 bytes in base64.",
        ))?;
        if bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(VaultError::NotAKey(
                "This master key repeats one byte: it is a placeholder, not a key. Generate a random one.",
            ));
        }
        Ok(Self(Key::filled(|key| key.copy_from_slice(bytes.as_slice()))))
    }

    /// The key as 64 hexadecimal digits, for writing it to its file. [`from_text`](Self::from_text) reads it back.
    pub fn to_text(&self) -> SecretString {
        hex(self.0.bytes()).into()
    }

    /// A digest of the key: 32 hexadecimal digits, safe to store.
    ///
    /// Kept in the database, it shows at start whether the configured key is the one that wrapped the keys there.
    pub fn fingerprint(&self) -> String {
        hex(&self.0.digest("fingerprint of the master key", b"")[..16])
    }

    /// A keyed digest of `data` for `purpose`. See [`Key::digest`].
    pub fn digest(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        self.0.digest(purpose, data)
    }

    /// Wraps a key, so that it can be stored. See [`Key::wrap`].
    pub fn wrap(&self, key: &Key, context: &[u8]) -> Vec<u8> {
        self.0.wrap(key, context)
    }

    /// Unwraps what [`wrap`](Self::wrap) made with this key for the same `context`. See [`Key::unwrap`].
    pub fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Key, VaultError> {
        self.0.unwrap(wrapped, context)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// The length is known beforehand: the text is never moved while it grows, so that no copy stays behind.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    text
}

fn from_hex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut bytes = Zeroizing::new([0; 32]);
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(bytes)
}

fn from_base64(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    // Room for three bytes out of every four characters, which is what the decoder asks for.
    let mut room = Zeroizing::new([0; 48]);
    for alphabet in [alphabet::STANDARD, alphabet::URL_SAFE] {
        let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        if let Ok(32) = GeneralPurpose::new(&alphabet, lenient).decode_slice(text, room.as_mut_slice()) {
            let mut bytes = Zeroizing::new([0; 32]);
            bytes.copy_from_slice(&room[..32]);
            return Some(bytes);
        }
    }
    None
}
