//! Signatures: HMACs (RFC 2104) over parts of a message.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dossier_domain::Timestamp;
use http::HeaderMap;
use jmespath::Rcvar;
use time::format_description::well_known::Rfc3339;

use crate::call::Failure;
use crate::digest::hex;
use crate::manifest::{Algorithm, Encoding, Signature, SignedPart, Unit};

/// What a signature is made over.
pub(crate) struct Message<'a> {
    /// The time, as its header has it; empty when it has none.
    pub(crate) timestamp: &'a str,
    pub(crate) method: &'a str,
    /// Path and query.
    pub(crate) path: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl Signature {
    /// The bytes that are signed. A header that is not there counts as empty.
    pub(crate) fn signed(&self, message: &Message<'_>, root: &Rcvar) -> Result<Vec<u8>, Failure> {
        let mut signed = Vec::new();
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0 {
                signed.extend_from_slice(self.separator.as_bytes());
            }
            match part {
                SignedPart::Timestamp => signed.extend_from_slice(message.timestamp.as_bytes()),
                SignedPart::Method => signed.extend_from_slice(message.method.as_bytes()),
                SignedPart::Path => signed.extend_from_slice(message.path.as_bytes()),
                SignedPart::Body => signed.extend_from_slice(message.body),
                SignedPart::Header(name) => {
                    signed.extend_from_slice(message.headers.get(name).map_or(b"".as_slice(), |v| v.as_bytes()));
                }
                SignedPart::Text(text) => signed.extend_from_slice(text.text(root)?.unwrap_or_default().as_bytes()),
            }
        }
        Ok(signed)
    }
}

fn hash(algorithm: Algorithm) -> hmac::Algorithm {
    match algorithm {
        Algorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Algorithm::Sha256 => hmac::HMAC_SHA256,
        Algorithm::Sha512 => hmac::HMAC_SHA512,
    }
}

/// The HMAC of `signed`, as text.
pub(crate) fn sign(algorithm: Algorithm, key: &str, encoding: Encoding, signed: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hash(algorithm), key.as_bytes()), signed);
    match encoding {
        Encoding::Hex => hex(tag.as_ref()),
        Encoding::Base64 => STANDARD.encode(tag.as_ref()),
    }
}

/// Whether `given` is the HMAC of `signed`; compared in constant time.
pub(crate) fn holds(algorithm: Algorithm, key: &str, encoding: Encoding, signed: &[u8], given: &str) -> bool {
    let tag = match encoding {
        Encoding::Hex => unhex(given.trim()),
        Encoding::Base64 => STANDARD.decode(given.trim()).ok(),
    };
    tag.is_some_and(|tag| hmac::verify(&hmac::Key::new(hash(algorithm), key.as_bytes()), signed, &tag).is_ok())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|d| d.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// `at` as a header has it.
pub(crate) fn stamp(at: Timestamp, unit: Unit) -> String {
    match unit {
        Unit::Seconds => at.micros().div_euclid(1_000_000).to_string(),
        Unit::Milliseconds => at.micros().div_euclid(1_000).to_string(),
        Unit::Rfc3339 => at.to_string(),
    }
}

/// The instant that a header names.
pub(crate) fn read_stamp(text: &str, unit: Unit) -> Option<Timestamp> {
    let number = || text.trim().parse::<i64>().ok();
    match unit {
        Unit::Seconds => number()?.checked_mul(1_000_000).map(Timestamp::from_micros),
        Unit::Milliseconds => number()?.checked_mul(1_000).map(Timestamp::from_micros),
        Unit::Rfc3339 => time::OffsetDateTime::parse(text.trim(), &Rfc3339).ok().map(Timestamp::from_datetime),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2 (SHA-256, SHA-512); RFC 2202, test case 2 (SHA-1).
    #[test]
    fn signatures_are_those_of_the_standards() {
        let (key, data) = ("Jefe", b"what do ya want for nothing?".as_slice());
        let sha1 = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
        assert_eq!(sign(Algorithm::Sha1, key, Encoding::Hex, data), sha1);
        let sha256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(sign(Algorithm::Sha256, key, Encoding::Hex, data), sha256);
        assert!(sign(Algorithm::Sha512, key, Encoding::Hex, data).starts_with("164b7a7bfcf819e2e395fbe73b56e0a3"));
        assert!(holds(Algorithm::Sha256, key, Encoding::Hex, data, &sha256.to_uppercase()));
        let base64 = sign(Algorithm::Sha256, key, Encoding::Base64, data);
        assert!(holds(Algorithm::Sha256, key, Encoding::Base64, data, &base64));
        for wrong in ["", "5b", "zz", &sha256[1..], &format!("{sha256}00")] {
            assert!(!holds(Algorithm::Sha256, key, Encoding::Hex, data, wrong), "{wrong}");
        }
        assert!(!holds(Algorithm::Sha256, "other", Encoding::Hex, data, sha256));
    }

    #[test]
    fn a_time_is_read_as_it_is_written() {
        let at = Timestamp::from_micros(1_795_442_400_123_000);
        for (unit, text) in [
            (Unit::Seconds, "1795442400"),
            (Unit::Milliseconds, "1795442400123"),
            (Unit::Rfc3339, "2026-11-23T14:00:00.123Z"),
        ] {
            assert_eq!(stamp(at, unit), text);
            assert!(read_stamp(text, unit).is_some_and(|read| at.since(read).as_secs() == 0));
        }
        for bad in ["", "soon", "99999999999999999999"] {
            assert_eq!(read_stamp(bad, Unit::Seconds), None);
        }
    }
}
