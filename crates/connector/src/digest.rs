//! Digests, as hex.

/// SHA-256 (FIPS 180-4) of `data`, for what is public or random: a short personal value can be searched for.
pub(crate) fn sha256(data: &[u8]) -> String {
    hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, data).as_ref())
}

/// HMAC-SHA-256 (RFC 2104) of `data` under `key`, for what may be personal.
pub(crate) fn keyed(key: &[u8], data: &[u8]) -> String {
    hex(aws_lc_rs::hmac::sign(&aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key), data).as_ref())
}

/// The UUID of `name` in `namespace`: version 5 of RFC 9562, section 5.5. SHA-1 names here, it guards nothing.
pub(crate) fn uuid(namespace: &[u8; 16], name: &[u8]) -> String {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY);
    context.update(namespace);
    context.update(name);
    let mut bytes: Vec<u8> = context.finish().as_ref().iter().copied().take(16).collect();
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// `bytes` in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
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

    #[test]
    fn a_uuid_is_that_of_the_standard() {
        let dns = [0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];
        assert_eq!(uuid(&dns, b"www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2", "RFC 9562, A.4");
    }
}
