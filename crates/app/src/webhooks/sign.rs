//! How deliveries are signed: the symmetric scheme of the Standard Webhooks specification, `v1`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dossier_domain::{Entropy, Timestamp};
use dossier_vault::signature;
use secrecy::{ExposeSecret, SecretString};

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// A new secret of 256 bits.
pub(super) fn make(entropy: &Entropy) -> SecretString {
    SecretString::from(format!("{PREFIX}{}", STANDARD.encode(entropy.bytes::<32>())))
}

/// The value of `webhook-signature`: a signature by each secret, the newest first. `at` is the second of the attempt.
pub(super) fn header<'a>(
    secrets: impl IntoIterator<Item = &'a SecretString>,
    id: &str,
    at: Timestamp,
    payload: &str,
) -> String {
    let signed = format!("{id}.{}.{payload}", seconds(at));
    let one = |secret: &SecretString| {
        let key = STANDARD.decode(secret.expose_secret().trim_start_matches(PREFIX)).ok()?;
        Some(format!("v1,{}", STANDARD.encode(signature(&key, signed.as_bytes()))))
    };
    secrets.into_iter().filter_map(one).collect::<Vec<_>>().join(" ")
}

/// The value of `webhook-timestamp`.
pub(super) fn seconds(at: Timestamp) -> i64 {
    at.micros().div_euclid(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that the libraries of the specification are tested with.
    #[test]
    fn a_signature_is_the_one_of_the_specification() {
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let at = Timestamp::from_micros(1_614_265_330_999_999);
        let payload = r#"{"test": 2432232314}"#;
        let signed = header([&secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, payload);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let other = make(&Entropy::seeded(1));
        let both = header([&other, &secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, payload);
        let (first, second) = both.split_once(' ').unwrap_or_default();
        assert_eq!(second, signed);
        assert!(first.starts_with("v1,") && first != second);
        assert_ne!(header([&secret], "another", at, payload), signed);
    }

    #[test]
    fn a_secret_has_the_form_and_the_strength_of_the_specification() {
        let secret = make(&Entropy::System);
        let key = STANDARD.decode(secret.expose_secret().strip_prefix("whsec_").unwrap_or_default());
        assert_eq!(key.map(|key| key.len()), Ok(32));
        assert_ne!(secret.expose_secret(), make(&Entropy::System).expose_secret());
    }
}
