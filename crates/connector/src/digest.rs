//! Digests, as hex.

use std::fmt::Write as _;

/// SHA-256 (FIPS 180-4) of `data`, for what is public or random: a short personal value can be searched for.
pub(crate) fn sha256(data: &[u8]) -> String {
    hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, data).as_ref())
}

/// HMAC-SHA-256 (RFC 2104) of `data` under `key`, for what may be personal.
pub(crate) fn keyed(key: &[u8], data: &[u8]) -> String {
    hex(aws_lc_rs::hmac::sign(&aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key), data).as_ref())
}

/// `bytes` in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standards() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(b""), empty, "FIPS 180-4");
        let jefe = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(keyed(b"Jefe", b"what do ya want for nothing?"), jefe, "RFC 4231, test case 2");
    }
}
