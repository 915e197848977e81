//! The demo's secrets: they follow from its master key and stand nowhere.

use dossier_vault::MasterKey;
use secrecy::SecretString;

/// The purpose of the secret that the simulator knows the demo by. The purpose of a password is its owner's address.
pub(crate) const CLIENT_SECRET: &str = "client secret of the simulator";

/// Something only this data folder knows, the same at each start.
pub(crate) fn secret(master: &MasterKey, purpose: &str) -> SecretString {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let bytes = master.digest("demo", purpose.as_bytes());
    let letters: String = bytes[..16].iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    SecretString::from(format!("{}-{}-{}-{}", &letters[..4], &letters[4..8], &letters[8..12], &letters[12..]))
}
